"""Inputs that the suites draw: rows that tell mistakes apart, small models, masks.

The draws follow what makes a mistake visible: sizes that all differ, gains that are not 1, biases
that are not 0, rows of very different scale, scores far from uniform.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.judging.failure import Array

HIDDEN = -1e10  # what a hidden place of a mask holds in the cases
Params = dict[str, Any]

# The models that inputs come from, as a student knows them.
_CALLED = {"fixture": "the small test model", "pico": "pico, the trained model"}


def called(model: str) -> str:
    """A model's name in a student's words."""
    return _CALLED[model]


def words(case: str) -> str:
    """A golden case's name in words: "rows at 1000"."""
    return case.replace("_", " ")


def rows(rng: np.random.Generator, *shape: int) -> Array:
    """Rows of very different scale (0.05 to 10), each with a mean of its own scale."""
    scale = np.exp(rng.uniform(np.log(0.05), np.log(10), (*shape[:-1], 1)))
    return f32(scale * (rng.standard_normal(shape) + rng.uniform(-1, 2, (*shape[:-1], 1))))


def f32(x: Array) -> Array:
    """Rounded to float32 and back, so that the judge and the student see the same numbers."""
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def mask(n_seq: int) -> Array:
    """The causal mask that the cases hand to attention."""
    query, key = np.ogrid[:n_seq, :n_seq]
    return np.where(key > query, HIDDEN, 0.0)


def norm(rng: np.random.Generator, n_embd: int) -> Params:
    """Parameters of a layer norm: gains not 1, biases not 0."""
    return {"g": f32(rng.uniform(0.3, 1.8, n_embd)), "b": f32(rng.normal(0, 0.5, n_embd))}


def dense(rng: np.random.Generator, n_in: int, n_out: int, gain: float = 1.0) -> Params:
    """Parameters of a linear layer with a bias that matters."""
    w = rng.standard_normal((n_in, n_out)) * gain / np.sqrt(n_in)
    return {"w": f32(w), "b": f32(rng.normal(0, 0.4, n_out))}


def block(rng: np.random.Generator, n_embd: int) -> Params:
    """Parameters of one transformer block, every part different."""
    return {
        "ln_1": norm(rng, n_embd),
        "attn": {"c_attn": dense(rng, n_embd, 3 * n_embd, 1.6), "c_proj": dense(rng, n_embd, n_embd)},
        "ln_2": norm(rng, n_embd),
        "mlp": {"c_fc": dense(rng, n_embd, 4 * n_embd, 1.5), "c_proj": dense(rng, 4 * n_embd, n_embd)},
    }


LOUD = 5e-3  # what answers of a loud block may be off: float32 rounds its scores to about 1e-4


def loud(block: Params) -> Params:
    """The same block with attention scores in the hundreds, and hidden units far outside of gelu's curve.

    A softmax that overflows, a mask of -100 and a gelu that divides inf by inf all show here.
    """
    n_embd = len(block["ln_1"]["g"])
    c_attn = {key: value.copy() for key, value in block["attn"]["c_attn"].items()}
    c_attn["w"][:, : 2 * n_embd] *= 8
    c_fc = {"w": block["mlp"]["c_fc"]["w"], "b": block["mlp"]["c_fc"]["b"].copy()}
    c_fc["b"][:2] = 60.0, -60.0
    return block | {"attn": block["attn"] | {"c_attn": c_attn}, "mlp": block["mlp"] | {"c_fc": c_fc}}


def model(
    rng: np.random.Generator, n_vocab: int = 31, n_ctx: int = 16, n_embd: int = 20, n_layer: int = 2
) -> Params:
    """A small random GPT-2, far from uniform in its attention and its logits."""
    return {
        "wte": f32(rng.standard_normal((n_vocab, n_embd))),
        "wpe": f32(rng.standard_normal((n_ctx, n_embd)) * 0.7),
        "blocks": [block(rng, n_embd) for _ in range(n_layer)],
        "ln_f": norm(rng, n_embd),
    }


def constant_model(rng: np.random.Generator, logits: Array, n_ctx: int = 32) -> Params:
    """A GPT-2 whose logits are these at every position, whatever it reads.

    The last layer norm has gain 0, so that its output is its bias: the logits, through a wte that
    is the identity. The right distribution of its next token is therefore known without a model.
    """
    n_vocab = len(logits)
    params = model(rng, n_vocab, n_ctx, n_vocab, 1)
    params["wte"] = np.eye(n_vocab)
    params["ln_f"] = {"g": np.zeros(n_vocab), "b": f32(logits)}
    return params


def ids(rng: np.random.Generator, n: int, n_vocab: int) -> list[int]:
    """Token ids with at least one repeat where there is room for one."""
    out = [int(i) for i in rng.integers(0, n_vocab, n)]
    if n > 2:
        out[-1] = out[0]
    return out


def in_order(rng: np.random.Generator, n: int) -> Array:
    """A permutation of n places that is never the identity for n > 1."""
    order = rng.permutation(n)
    return np.roll(order, 1) if n > 1 and (order == np.arange(n)).all() else order


def renumbered(rng: np.random.Generator, params: Params) -> tuple[Params, Array]:
    """The same model with its token ids in an order that nobody has seen, and where each old id is now."""
    order = in_order(rng, len(params["wte"]))
    return params | {"wte": np.asarray(params["wte"])[order]}, np.argsort(order)
