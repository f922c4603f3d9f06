"""Step 9: gpt2, against Hugging Face's GPT2LMHeadModel."""

from typing import Any

import numpy as np

from grader.judging.cases import LOUD, Params, called, ids, loud, renumbered
from grader.judging.cases import model as fresh_model
from grader.judging.failure import Array
from grader.judging.judge import Judge, judges
from reference_activations.models import Model


def _args(inputs: Any, params: Params, n_head: int) -> tuple[Any, ...]:
    return (inputs, params["wte"], params["wpe"], params["blocks"], params["ln_f"], n_head)


@judges("gpt2", "core")
def test_gpt2_equals_hugging_face_on_the_fixture(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    for prompt in goldens.prompts:
        inputs = goldens[f"{prompt}/ids"].tolist()
        judge.equal(
            f"a prompt of {len(inputs)} tokens, {called('fixture')}",
            _args(inputs, model.params, model.n_head),
            goldens[f"{prompt}/logits"],
        )


@judges("gpt2", "core")
def test_gpt2_equals_hugging_face_on_pico(judge: Judge) -> None:
    goldens, model = judge.goldens("pico"), judge.model("pico")
    for prompt in goldens.prompts:
        inputs, logits = goldens[f"{prompt}/ids"].tolist(), goldens[f"{prompt}/logits"]
        if len(logits) == len(inputs):
            judge.equal(
                f"a prompt of {len(inputs)} tokens, {called('pico')}",
                _args(inputs, model.params, model.n_head),
                logits,
            )


@judges("gpt2", "fresh")
def test_gpt2_sees_nothing_of_later_tokens(judge: Judge) -> None:
    model, inputs, params, logits = _renumbered(judge)
    n = int(judge.rng.integers(2, len(inputs)))
    judge.equal(f"the first {n} tokens alone", _args(inputs[:n], params, model.n_head), logits[:n])


@judges("gpt2", "fresh")
def test_gpt2_follows_a_renumbered_vocabulary(judge: Judge) -> None:
    model, inputs, params, logits = _renumbered(judge)
    judge.equal("token ids renumbered", _args(inputs, params, model.n_head), logits)


def _renumbered(judge: Judge) -> tuple[Model, list[int], Params, Array]:
    """The fixture with its token ids in another order, the first prompt in these, and its logits."""
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    prompt = goldens.prompts[0]
    params, place = renumbered(judge.rng, model.params)
    return (
        model,
        place[goldens[f"{prompt}/ids"]].tolist(),
        params,
        goldens[f"{prompt}/logits"][:, np.argsort(place)],
    )


@judges("gpt2", "fresh")
def test_gpt2_of_fresh_models(judge: Judge) -> None:
    for n_layer, n_embd, n_head in ((1, 12, 3), (3, 8, 2)):
        params = fresh_model(judge.rng, n_vocab=29, n_ctx=11, n_embd=n_embd, n_layer=n_layer)
        inputs = ids(judge.rng, 6, 29)
        inputs[2] = 28  # an id beyond n_ctx
        judge.fresh(f"{n_layer} blocks, {n_head} heads of {n_embd // n_head}", _args(inputs, params, n_head))
    params["blocks"][0] = loud(params["blocks"][0])
    judge.fresh("scores in the hundreds", _args(inputs, params, n_head), error=LOUD)


@judges("gpt2", "edges")
def test_gpt2_of_one_token_and_of_a_full_context(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    prompt = max(goldens.prompts, key=lambda p: len(goldens[f"{p}/ids"]))
    inputs, logits = goldens[f"{prompt}/ids"].tolist(), goldens[f"{prompt}/logits"]
    judge.equal("one token", _args(inputs[:1], model.params, model.n_head), logits[:1])
    judge.equal(f"a full context of {len(inputs)}", _args(inputs, model.params, model.n_head), logits)


@judges("gpt2", "edges")
def test_gpt2_takes_ids_as_an_array(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    prompt = goldens.prompts[0]
    judge.equal(
        "ids as an array",
        _args(goldens[f"{prompt}/ids"], model.params, model.n_head),
        goldens[f"{prompt}/logits"],
    )
