"""Step 10: generate, greedy, against Hugging Face's generate."""

from typing import Any

import numpy as np

from grader.judging.cases import Params, called, constant_model, ids, renumbered
from grader.judging.cases import model as fresh_model
from grader.judging.judge import Judge, judges

END_OF_TEXT = 50256
CLEAR = 1e-3  # a lead of the best token over the second that no rounding overturns


def _greedy(judge: Judge, name: str, prompt: str) -> tuple[list[int], list[int]]:
    goldens = judge.goldens(name)
    return goldens[f"{prompt}/ids"].tolist(), goldens[f"{prompt}/greedy"].tolist()


@judges("generate", "core")
def test_generate_continues_the_fixture_as_hugging_face_does(judge: Judge) -> None:
    model, goldens = judge.model("fixture"), judge.goldens("fixture")
    prompts = [p for p in goldens.prompts if f"{p}/greedy" in goldens]
    for prompt, n in zip(prompts, (20, 12, 6)):  # every token costs a whole forward pass
        inputs, expected = _greedy(judge, "fixture", prompt)
        args = (inputs, model.params, model.n_head, n)
        judge.ids(
            f"{len(inputs)} + {n} tokens, {called('fixture')}", args, expected[: len(inputs) + n], len(inputs)
        )


@judges("generate", "core")
def test_generate_continues_pico_as_hugging_face_does(judge: Judge) -> None:
    model, goldens = judge.model("pico"), judge.goldens("pico")
    prompts = [p for p in goldens.prompts if f"{p}/greedy" in goldens]
    for prompt, n in zip(prompts, (10, 5)):
        inputs, expected = _greedy(judge, "pico", prompt)
        args = (inputs, model.params, model.n_head, n)
        judge.ids(
            f"{len(inputs)} + {n} tokens, {called('pico')}", args, expected[: len(inputs) + n], len(inputs)
        )


@judges("generate", "fresh")
def test_generate_goes_on_from_anywhere_in_its_own_text(judge: Judge) -> None:
    model, goldens = judge.model("fixture"), judge.goldens("fixture")
    inputs, expected = _greedy(judge, "fixture", goldens.prompts[0])
    n = int(judge.rng.integers(len(inputs) + 1, len(expected) - 2))
    params, place = renumbered(judge.rng, model.params)
    expected = place[expected].tolist()
    args = (expected[:n], params, model.n_head, len(expected) - n)
    judge.ids(f"the prompt and its first {n - len(inputs)} new tokens", args, expected, n)


@judges("generate", "fresh")
def test_generate_of_fresh_prompts(judge: Judge) -> None:
    for n_prompt in (1, 4):
        params, inputs = fresh_model(judge.rng), ids(judge.rng, n_prompt, 31)
        expected = _clear_greedy(judge, inputs, params, 2, 6)
        n = len(expected) - n_prompt
        judge.ids(f"a random model, {n_prompt} + {n} tokens", (inputs, params, 2, n), expected, n_prompt)


@judges("generate", "edges")
def test_generate_refuses_a_prompt_that_is_too_long_or_empty(judge: Judge) -> None:
    model = judge.model("fixture")
    _judge_one_more(judge)
    for n in (2, 1):
        too_long = [5] * (model.n_ctx + n)
        case = f"a prompt of n_ctx + {n} tokens, and no new one"
        judge.raises(case, (too_long, model.params, model.n_head, 0))
    judge.raises("an empty prompt", ([], model.params, model.n_head, 3))
    judge.raises("an empty prompt, and no new token", ([], model.params, model.n_head, 0))


@judges("generate", "edges")
def test_generate_refuses_more_tokens_than_fit(judge: Judge) -> None:
    model, goldens = judge.model("fixture"), judge.goldens("fixture")
    inputs = goldens[f"{goldens.prompts[0]}/ids"].tolist()
    _judge_one_more(judge)
    n = model.n_ctx - len(inputs)
    judge.raises("two new tokens too many", (inputs, model.params, model.n_head, n + 2))
    judge.raises("one new token too many", (inputs, model.params, model.n_head, n + 1))
    judge.raises("a prompt of n_ctx tokens and 1 new one", ([5] * model.n_ctx, model.params, model.n_head, 1))


def _judge_one_more(judge: Judge) -> None:
    """One new token, where it fits: a generate that refuses everything passes nothing."""
    model, goldens = judge.model("fixture"), judge.goldens("fixture")
    inputs, expected = _greedy(judge, "fixture", goldens.prompts[0])
    args = (inputs, model.params, model.n_head, 1)
    judge.ids("one new token", args, expected[: len(inputs) + 1], len(inputs))


@judges("generate", "edges")
def test_generate_fills_the_context_to_its_last_place_and_does_not_stop_early(judge: Judge) -> None:
    logits = np.zeros(13)
    logits[7] = 3.0
    params = constant_model(judge.rng, logits, n_ctx=12)
    judge.ids("no new token", ([1, 2, 3], params, 1, 0), [1, 2, 3], 3)
    judge.ids(
        "8 + 4 tokens where n_ctx is 12",
        ([1, 2, 3, 4, 5, 6, 7, 8], params, 1, 4),
        [1, 2, 3, 4, 5, 6, 7, 8, 7, 7, 7, 7],
        8,
    )
    # A model with GPT-2's vocabulary whose next token is always <|endoftext|>.
    wide = fresh_model(judge.rng, n_vocab=4, n_ctx=8, n_embd=4, n_layer=1)
    wide["wte"] = np.zeros((END_OF_TEXT + 1, 4))
    wide["wte"][END_OF_TEXT] = 1.0
    wide["ln_f"] = {"g": np.zeros(4), "b": np.ones(4)}
    judge.ids("a model that says only <|endoftext|>", ([3, 5], wide, 2, 3), [3, 5] + [END_OF_TEXT] * 3, 2)


def _clear_greedy(judge: Judge, inputs: list[int], params: Params, n_head: int, n: int) -> list[int]:
    """The reference's greedy continuation, cut before the first near tie."""
    out = list(inputs)
    gpt2: Any = judge.reference["gpt2"]
    for _ in range(n):
        logits = gpt2(out, **params, n_head=n_head)[-1]
        first, second = np.sort(logits)[-1], np.sort(logits)[-2]
        if first - second < CLEAR:
            break
        out.append(int(np.argmax(logits)))
    return out
