"""Step 12: the key-value cache, against Hugging Face's past_key_values."""

from time import process_time
from typing import Any

import numpy as np

from grader.judging.cases import LOUD, Params, block, called, constant_model, f32, ids, loud, renumbered
from grader.judging.cases import model as fresh_model
from grader.judging.failure import Array
from grader.judging.judge import Judge, judges
from grader.judging.reference import in_float32
from grader.sandbox.counted import Watched

Pair = tuple[Array, Array]
NEAR = 1e-3  # a lead of the best token that rounding could overturn
# 65 new tokens after 128: with a cache about 3 to 8 times what one takes, without one about 70 times.
AS_THE_PROMPT = 25
# Against the reference, 65 new tokens after 256 and 32 heads: with a cache 1 to 3 times as much CPU, without
# one 20 times; 8 times if every trick is used but the cache.
PROMPT_TIMES, TOKEN_TIMES = 3, 6
TRIES, ENOUGH = 4, 33


def _past(judge: Judge, prompt: str, i: int, n: int) -> Pair | None:
    """Keys and values of the first n tokens in block i, as Hugging Face has them."""
    goldens = judge.goldens("fixture")
    if n == 0:
        return None
    return goldens[f"{prompt}/past.{i}.k"][:, :n], goldens[f"{prompt}/past.{i}.v"][:, :n]


def _chunks(n_seq: int, *sizes: int) -> list[tuple[int, int]]:
    ends = np.cumsum(sizes).tolist()
    assert ends[-1] == n_seq
    return list(zip([0, *ends[:-1]], ends))


# -------------------------------------------------------------------------------- mha_cached


def _mha(judge: Judge, i: int, chunks: list[tuple[int, int]]) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    prompt, attn = goldens.prompts[0], model.params["blocks"][i]["attn"]
    x, y = goldens[f"{prompt}/h.{i}.ln_1"], goldens[f"{prompt}/h.{i}.attn"]
    for start, end in chunks:
        args = (x[start:end], attn["c_attn"], attn["c_proj"], model.n_head, _past(judge, prompt, i, start))
        case = f"block {i}, {end - start} new tokens after {start}"
        judge.tree(case, args, (y[start:end], _past(judge, prompt, i, end)))


@judges("mha_cached", "core")
def test_mha_cached_equals_hugging_face_one_token_at_a_time(judge: Judge) -> None:
    for i in range(2):
        _mha(judge, i, _chunks(7, 3, 1, 1, 1, 1))


@judges("mha_cached", "core")
def test_mha_cached_equals_hugging_face_in_chunks(judge: Judge) -> None:
    _mha(judge, 1, _chunks(7, 4, 2, 1))
    _mha(judge, 2, _chunks(7, 2, 5))
    _mha(judge, 0, _chunks(7, 7))


@judges("mha_cached", "fresh")
def test_mha_cached_attends_to_the_past_that_it_is_given(judge: Judge) -> None:
    for n_past, n_seq, n_head, d_head in ((2, 2, 3, 4), (3, 2, 3, 4), (5, 1, 2, 3), (1, 4, 2, 5)):
        n_embd = n_head * d_head
        attn = block(judge.rng, n_embd)["attn"]
        k, v = (f32(judge.rng.normal(0, 1.5, (n_head, n_past, d_head))) for _ in range(2))
        x = f32(judge.rng.standard_normal((n_seq, n_embd)))
        args = in_float32((x, attn["c_attn"], attn["c_proj"], n_head, (k, v)))
        judge.tree(f"{n_seq} new tokens after {n_past} random ones", args, judge.expect(args, {}))
    attn = loud(block(judge.rng, n_embd))["attn"]
    args = in_float32((x, attn["c_attn"], attn["c_proj"], n_head, (k * 8, v)))
    judge.tree("scores in the hundreds", args, judge.expect(args, {}), error=LOUD)


@judges("mha_cached", "edges")
def test_mha_cached_keeps_nothing_from_one_call_to_the_next(judge: Judge) -> None:
    _mha(judge, 0, [(0, 4), (4, 5), (0, 1), (2, 3), (0, 7), (6, 7)])


# ------------------------------------------------------------------------------- gpt2_cached


def _gpt2_args(inputs: Any, past: Any, params: Params, n_head: int) -> tuple[Any, ...]:
    return (inputs, past, params["wte"], params["wpe"], params["blocks"], params["ln_f"], n_head)


def _gpt2(judge: Judge, prompt: str, chunks: list[tuple[int, int]]) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    inputs, logits = goldens[f"{prompt}/ids"].tolist(), goldens[f"{prompt}/logits"]
    for start, end in chunks:
        past = [_past(judge, prompt, i, start) for i in range(model.n_layer)] if start else None
        present = [_past(judge, prompt, i, end) for i in range(model.n_layer)]
        args = _gpt2_args(inputs[start:end], past, model.params, model.n_head)
        judge.tree(f"{end - start} new tokens after {start}", args, (logits[start:end], present))


@judges("gpt2_cached", "core")
def test_gpt2_cached_equals_hugging_face_one_token_at_a_time(judge: Judge) -> None:
    _gpt2(judge, judge.goldens("fixture").prompts[0], _chunks(7, 3, 1, 1, 1, 1))


@judges("gpt2_cached", "core")
def test_gpt2_cached_equals_hugging_face_in_chunks(judge: Judge) -> None:
    prompt = judge.goldens("fixture").prompts[0]
    _gpt2(judge, prompt, _chunks(7, 4, 2, 1))
    _gpt2(judge, prompt, _chunks(7, 7))
    full = max(judge.goldens("fixture").prompts, key=lambda p: len(judge.goldens("fixture")[f"{p}/ids"]))
    _gpt2(judge, full, _chunks(32, 20, 11, 1))


@judges("gpt2_cached", "fresh")
def test_gpt2_cached_uses_the_past_that_it_is_given(judge: Judge) -> None:
    n_head, n_embd, n_layer = 2, 12, 3
    params = fresh_model(judge.rng, n_vocab=23, n_ctx=14, n_embd=n_embd, n_layer=n_layer)
    for n_past, n_seq in ((4, 1), (3, 4), (6, 2)):
        # These keys and values belong to no prompt: who recomputes the past gets other logits.
        shape = (n_head, n_past, n_embd // n_head)
        past = [tuple(f32(judge.rng.normal(0, 1.3, shape)) for _ in "kv") for _ in range(n_layer)]
        args = in_float32(_gpt2_args(ids(judge.rng, n_seq, 23), past, params, n_head))
        judge.tree(f"{n_seq} new tokens after {n_past} random ones", args, judge.expect(args, {}))
    params["blocks"][0] = loud(params["blocks"][0])
    args = in_float32(_gpt2_args(ids(judge.rng, 4, 23), None, params, n_head))
    judge.tree("scores in the hundreds", args, judge.expect(args, {}), error=LOUD)


# --------------------------------------------------------------------------- generate_cached


@judges("generate_cached", "core")
def test_generate_cached_continues_as_hugging_face_does(judge: Judge) -> None:
    for name in ("pico", "fixture"):
        model, goldens = judge.model(name), judge.goldens(name)
        # One token first: the longest way to the first mistake.
        for prompt, n in zip(reversed(goldens.prompts[:2]), (12, 6)):
            inputs = goldens[f"{prompt}/ids"].tolist()
            expected = goldens[f"{prompt}/greedy"].tolist()[: len(inputs) + n]
            args = (inputs, model.params, model.n_head, n)
            judge.ids(f"{len(inputs)} + {n} tokens, {called(name)}", args, expected, len(inputs))


@judges("generate_cached", "edges")
def test_generate_cached_fills_the_context_to_its_last_place(judge: Judge) -> None:
    logits = np.zeros(13)
    logits[7] = 3.0
    params = constant_model(judge.rng, logits, n_ctx=12)
    judge.ids("no new token", ([1, 2, 3], params, 1, 0), [1, 2, 3], 3)
    judge.ids("one new token", ([1, 2, 3], params, 1, 1), [1, 2, 3, 7], 3)
    eight = [1, 2, 3, 4, 5, 6, 7, 8]
    judge.ids("8 + 4 tokens where n_ctx is 12", (eight, params, 1, 4), [*eight, 7, 7, 7, 7], 8)


@judges("generate_cached", "edges")
def test_generate_cached_refuses_a_prompt_that_is_too_long_or_empty(judge: Judge) -> None:
    model = judge.model("fixture")
    too_long = [5] * (model.n_ctx + 1)
    judge.raises("a prompt of n_ctx + 1 tokens, and no new one", (too_long, model.params, model.n_head, 0))
    judge.raises("an empty prompt", ([], model.params, model.n_head, 3))
    judge.raises("an empty prompt, and no new token", ([], model.params, model.n_head, 0))


@judges("generate_cached", "edges")
def test_generate_cached_refuses_more_tokens_than_fit(judge: Judge) -> None:
    model = judge.model("fixture")
    inputs, n = [5, 9, 2], model.n_ctx - 3
    judge.raises("two new tokens too many", (inputs, model.params, model.n_head, n + 2))
    judge.raises("one new token too many", (inputs, model.params, model.n_head, n + 1))


@judges("generate_cached", "core")
def test_generate_cached_computes_every_token_once(judge: Judge) -> None:
    model, goldens = judge.model("fixture"), judge.goldens("fixture")
    prompt, n = goldens.prompts[0], 12
    inputs = goldens[f"{prompt}/ids"].tolist()
    expected = goldens[f"{prompt}/greedy"].tolist()[: len(inputs) + n]
    watched = model.params | {"wte": Watched(model.params["wte"])}
    answer = judge.ids(
        f"{len(inputs)} + {n} tokens, and the look-ups in wte are counted",
        (inputs, watched, model.n_head, n),
        expected,
        len(inputs),
    )
    looked_up, needed = answer.looked_up, len(inputs) + n
    judge.that(
        looked_up <= needed + len(inputs),
        f"generate_cached computes the past again: {looked_up} embeddings looked up for {needed} tokens",
        [f"{len(inputs)} prompt tokens and {n} new ones are {needed} look-ups at most, one a token"],
        "after the first call, give the model the newest token alone, and the cache",
        answer,
    )


def _costs_what_a_cache_costs(judge: Judge) -> None:
    """The same, even if one token was made as slow as many: it is held against the reference's CPU."""
    n_head, n_prompt = 32, 256  # many heads and a long prompt: the past is nearly all of the work
    params = in_float32(fresh_model(judge.rng, n_vocab=31, n_ctx=n_prompt + 65, n_embd=n_head, n_layer=3))
    allowed, used, case = 0.0, 0.0, ""
    for _ in range(TRIES):  # the machine has other work too
        prompt = ids(judge.rng, n_prompt, 31)  # another one each time: nobody answers what was asked before
        expected, allowed = _generated_with_a_cache(judge, prompt, params, n_head)
        n = len(expected) - n_prompt
        if n < ENOUGH:
            continue
        case = f"{n} new tokens after {n_prompt}, and what they cost"
        used = judge.cost(case, (prompt, params, n_head, n), expected, n_prompt)
        if not allowed < used < 2 * allowed:
            break
    judge.that(
        used <= allowed,
        f"generate_cached computes the past again: {used:.2f} s of CPU, where {allowed:.2f} s are plenty",
        [f"on {case}: with a cache only the prompt is long; every token after it is one row"],
        "after the first call, give the model the newest token alone, and the cache",
    )


def _generated_with_a_cache(
    judge: Judge, prompt: list[int], params: Params, n_head: int
) -> tuple[list[int], float]:
    """The reference's text up to a near tie, and the CPU that nobody with a cache needs for it."""
    cached, room = judge.reference["gpt2_cached"], len(params["wpe"]) - len(prompt)
    text, past, costs, n_sure = list(prompt), None, [], 0
    for n in range(room):
        started = process_time()
        logits, past = cached(text if past is None else text[-1:], past, **params, n_head=n_head)
        costs.append(process_time() - started)
        second, best = np.sort(logits[-1])[-2:]
        n_sure += n_sure == n and best - second >= NEAR
        text.append(int(np.argmax(logits[-1])))
    first_token, others = costs[0], sum(costs[1:])
    return text[: len(prompt) + n_sure], PROMPT_TIMES * first_token + TOKEN_TIMES * others * n_sure / room


def _costs_grow_with_the_new_tokens(judge: Judge) -> None:
    """Who computes the past again takes as long for every new token as for the whole prompt.

    What was looked up is counted in the student's process; what its CPU did is counted by the system.
    """
    params = in_float32(fresh_model(judge.rng, n_vocab=31, n_ctx=200, n_embd=64, n_layer=2))
    prompt, few, many = ids(judge.rng, 128, 31), 1, 65

    def cost(n: int) -> float:
        return judge.call(f"{n} new tokens after 128", (prompt, params, 4, n), evidence=False).cpu_s

    # A short call can end before the system has counted all of it, and the machine has other work too: the
    # most that few tokens cost, and the least that many cost, in up to ten tries.
    one, all_of_them = 1e-4, float("inf")
    for tried in range(10):
        one, all_of_them = max(one, cost(few)), min(all_of_them, cost(many))
        if all_of_them < AS_THE_PROMPT * one:
            return
        if tried >= 4 and all_of_them > 1.5 * AS_THE_PROMPT * one:
            break  # that is more than what a busy machine does
    judge.that(
        False,
        f"generate_cached computes the past again: {many} new tokens cost {all_of_them / one:.0f} times one",
        ["with a cache only the prompt is long; every token after it is one row"],
        "after the first call, give the model the newest token alone, and the cache",
    )


@judges("generate_cached", "fresh")
def test_generate_cached_goes_on_from_anywhere_in_its_own_text(judge: Judge) -> None:
    model, goldens = judge.model("fixture"), judge.goldens("fixture")
    prompt = goldens.prompts[0]
    inputs, expected = goldens[f"{prompt}/ids"].tolist(), goldens[f"{prompt}/greedy"].tolist()
    n = int(judge.rng.integers(len(inputs) + 1, len(expected) - 2))
    params, place = renumbered(judge.rng, model.params)
    inputs, expected = place[inputs].tolist(), place[expected].tolist()
    args = (expected[:n], params, model.n_head, len(expected) - n)
    judge.ids(f"the prompt and its first {n - len(inputs)} new tokens", args, expected, n)
    judge.ids(
        "the prompt itself, once more",
        (inputs, params, model.n_head, 5),
        expected[: len(inputs) + 5],
        len(inputs),
    )
    # In the fresh cases: without a cache there are no points for this function.
    _costs_grow_with_the_new_tokens(judge)
    if judge.bench.reference is not None and judge.counts:  # slow helpers of their own are not a fault
        _costs_what_a_cache_costs(judge)
