"""Step 8: transformer_block, against Hugging Face's GPT2Block."""

from typing import Any

import numpy as np

from grader.judging.cases import LOUD, Params, block, called, in_order, loud
from grader.judging.failure import Array
from grader.judging.judge import Judge, judges


def _args(x: Array, params: Params, n_head: int) -> tuple[Any, ...]:
    return (x, params["mlp"], params["attn"], params["ln_1"], params["ln_2"], n_head)


@judges("transformer_block", "core")
def test_transformer_block_equals_hugging_face_in_every_block(judge: Judge) -> None:
    for name in ("fixture", "pico"):
        goldens, model = judge.goldens(name), judge.model(name)
        prompt = goldens.prompts[0]
        for i, params in enumerate(model.params["blocks"]):
            x, y = goldens[f"{prompt}/h.{i}.in"], goldens[f"{prompt}/h.{i}.out"]
            judge.equal(f"block {i} of {called(name)}", _args(x, params, model.n_head), y)


@judges("transformer_block", "core")
def test_transformer_block_equals_hugging_face_on_every_prompt(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    for prompt in goldens.prompts[1:]:
        x, y = goldens[f"{prompt}/h.2.in"], goldens[f"{prompt}/h.2.out"]
        judge.equal(
            f"{len(x)} tokens in block 2 of {called('fixture')}",
            _args(x, model.params["blocks"][2], model.n_head),
            y,
        )


@judges("transformer_block", "fresh")
def test_transformer_block_sees_nothing_of_later_tokens(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    prompt, i = goldens.prompts[0], int(judge.rng.integers(model.n_layer))
    x, y = goldens[f"{prompt}/h.{i}.in"], goldens[f"{prompt}/h.{i}.out"]
    n, order = int(judge.rng.integers(2, len(x))), in_order(judge.rng, model.n_embd)
    params = _reordered(model.params["blocks"][i], order)  # features in an order that nobody has seen
    judge.equal(f"the first {n} tokens alone", _args(x[:n, order], params, model.n_head), y[:n, order])


def _reordered(params: Params, order: Array) -> Params:
    """The block that does the same with the features in another order."""

    def norm(old: Params) -> Params:
        return {"g": old["g"][order], "b": old["b"][order]}

    def layers(old: Params, first: str) -> Params:
        """What reads the features, and what writes them back."""
        c_in, c_proj = old[first], old["c_proj"]
        return {
            first: {"w": c_in["w"][order], "b": c_in["b"]},
            "c_proj": {"w": c_proj["w"][:, order], "b": c_proj["b"][order]},
        }

    return {
        "ln_1": norm(params["ln_1"]),
        "attn": layers(params["attn"], "c_attn"),
        "ln_2": norm(params["ln_2"]),
        "mlp": layers(params["mlp"], "c_fc"),
    }


@judges("transformer_block", "fresh")
def test_transformer_block_of_fresh_parameters(judge: Judge) -> None:
    for n_seq, n_embd, n_head in ((5, 12, 3), (4, 8, 2)):
        x = judge.rng.standard_normal((n_seq, n_embd)) * 2
        judge.fresh(
            f"{n_seq} tokens, {n_head} heads of {n_embd // n_head}",
            _args(x, block(judge.rng, n_embd), n_head),
        )
    x = judge.rng.standard_normal((6, 12)) * 2
    judge.fresh("scores in the hundreds", _args(x, loud(block(judge.rng, 12)), 3), error=LOUD)


@judges("transformer_block", "edges")
def test_transformer_block_that_adds_nothing_returns_its_input(judge: Judge) -> None:
    params = block(judge.rng, 8)
    for part in ("attn", "mlp"):
        params[part]["c_proj"] = {"w": np.zeros_like(params[part]["c_proj"]["w"]), "b": np.zeros(8)}
    x = judge.rng.standard_normal((4, 8)).astype(np.float32).astype(np.float64)
    judge.equal("both c_proj are 0", _args(x, params, 2), x)
    params["mlp"]["c_proj"]["b"] = np.arange(8.0)
    judge.equal("c_proj of the mlp is its bias", _args(x, params, 2), x + np.arange(8.0))


@judges("transformer_block", "edges")
def test_transformer_block_of_one_token(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    prompt = goldens.prompts[0]
    x, y = goldens[f"{prompt}/h.0.in"], goldens[f"{prompt}/h.0.out"]
    judge.equal("the first token alone", _args(x[:1], model.params["blocks"][0], model.n_head), y[:1])
