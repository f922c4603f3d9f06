"""Inputs that no model produces, with what torch and Hugging Face answer to them in float64.

Needs torch and transformers. Every input is a float32 number, so that a float32 implementation is
given exactly what torch was given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.activations import NewGELUActivation
from transformers.models.gpt2.modeling_gpt2 import eager_attention_forward
from transformers.pytorch_utils import Conv1D

Float64 = NDArray[np.float64]
Case = dict[str, Float64]

SEED = 17
HIDDEN = -1e10  # what a mask adds where a query may not look


def make_cases() -> dict[str, dict[str, Case]]:
    """function -> name of the case -> {"in.x": ..., "out": ...}."""
    rng = np.random.Generator(np.random.PCG64(SEED))
    return {
        "gelu": run(gelu, gelu_inputs(rng)),
        "softmax": run(softmax, softmax_inputs(rng)),
        "layer_norm": run(layer_norm, layer_norm_inputs(rng)),
        "linear": run(linear, linear_inputs(rng)),
        "attention": run(attention, attention_inputs(rng)),
    }


def run(function: Callable[..., Float64], inputs: dict[str, dict[str, Any]]) -> dict[str, Case]:
    """Round the inputs to float32, and add what the function makes of them in float64."""
    cases: dict[str, Case] = {}
    for name, arguments in inputs.items():
        rounded = {k: np.asarray(v, np.float32).astype(np.float64) for k, v in arguments.items()}
        out = function(**{k: torch.tensor(v) for k, v in rounded.items()})
        cases[name] = {f"in.{k}": v for k, v in rounded.items()} | {"out": np.asarray(out)}
    return cases


# -------------------------------------------------------------- the functions, as torch has them


def gelu(x: torch.Tensor) -> Any:
    return NewGELUActivation()(x)


def softmax(x: torch.Tensor) -> Any:
    return torch.nn.functional.softmax(x, dim=-1)


def layer_norm(x: torch.Tensor, g: torch.Tensor, b: torch.Tensor, eps: float | torch.Tensor = 1e-5) -> Any:
    return torch.nn.functional.layer_norm(x, g.shape, g, b, float(eps))


@torch.no_grad()
def linear(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> Any:
    layer = Conv1D(w.shape[1], w.shape[0]).double()
    layer.weight.copy_(w)
    layer.bias.copy_(b)
    return layer(x)


def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor) -> Any:
    module = torch.nn.Module().eval()
    out, _weights = eager_attention_forward(module, q[None], k[None], v[None], mask)
    return out[0].transpose(0, 1)  # [n_seq, n_head, d_head] -> [n_head, n_seq, d_head]


# --------------------------------------------------------------------------------- their inputs


def gelu_inputs(rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    return {
        # The tanh form and the erf form are farthest apart at +-2.7.
        "landmarks": {"x": [0, 1, -1, 2.7, -2.7, 0.5, -0.5, 3, -3, 10, -10, 100, -100, 1e-6, -1e-6]},
        "grid": {"x": np.linspace(-6, 6, 97)},
        "three_axes": {"x": rng.normal(0, 2, (2, 3, 5))},
    }


def softmax_inputs(rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    return {
        "row": {"x": rng.normal(0, 2, 9)},
        # A sum over the wrong axis without keepdims still broadcasts on a square.
        "square": {"x": rng.normal(0, 2, (5, 5))},
        "oblong": {"x": rng.normal(0, 2, (3, 8))},
        "three_axes": {"x": rng.normal(0, 2, (2, 3, 5))},
        "rows_at_1000": {
            "x": [[1000, 1001, 999, 1000.5], [-1000, -1001, -999, -1000.5], [1000, -1000, 0, 999]]
        },
        "rows_at_10000": {"x": [[1e4, 1e4 - 1, -1e4], [-1e4, -1e4 + 2, -1e4 - 1]]},
        "masked_row": {"x": [[0.5, HIDDEN, HIDDEN, HIDDEN], [0.5, 1.5, HIDDEN, HIDDEN]]},
    }


def layer_norm_inputs(rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    def gain_and_bias(n: int) -> dict[str, Any]:
        return {"g": rng.uniform(0.3, 0.8, n) + rng.integers(0, 2, n), "b": rng.normal(0, 1, n) + 0.3}

    def rows(*shape: int) -> Float64:
        """Rows of standard deviation 0.02 to 10 around means from -1 to 3."""
        n_rows = int(np.prod(shape[:-1]))
        scale = np.geomspace(0.02, 10, n_rows)[:, None]
        mean = np.linspace(-1, 3, n_rows)[::-1, None]
        return (mean + scale * rng.normal(0, 1, (n_rows, shape[-1]))).reshape(shape)

    return {
        "rows_of_every_scale": {"x": rows(7, 48), **gain_and_bias(48)},
        "one_row": {"x": rows(2, 6)[1], **gain_and_bias(6)},
        "few_features": {"x": rows(5, 4), **gain_and_bias(4)},
        "three_axes": {"x": rows(2, 3, 10), **gain_and_bias(10)},
        "constant_row": {"x": [[0.75] * 8, [-2.0] * 8, list(range(8))], **gain_and_bias(8)},
        "eps_0.1": {"x": rows(5, 12), **gain_and_bias(12), "eps": 0.1},
        "eps_1": {"x": rows(4, 9), **gain_and_bias(9), "eps": 1.0},
    }


def linear_inputs(rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    def layer(n_in: int, n_out: int) -> dict[str, Any]:
        return {"w": rng.normal(0, 1, (n_in, n_out)), "b": rng.normal(0, 1, n_out) + 0.5}

    return {
        "wider": {"x": rng.normal(0, 1, (5, 6)), **layer(6, 11)},
        # w and its transpose have the same shape: only values tell them apart.
        "square": {"x": rng.normal(0, 1, (4, 7)), **layer(7, 7)},
        "one_row": {"x": rng.normal(0, 1, 6), **layer(6, 3)},
        "three_axes": {"x": rng.normal(0, 1, (2, 3, 4)), **layer(4, 5)},
    }


def attention_inputs(rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    def qkv(n_head: int, n_query: int, n_key: int, d_head: int) -> dict[str, Any]:
        return {
            "q": rng.normal(0, 1.5, (n_head, n_query, d_head)),
            "k": rng.normal(0, 1.5, (n_head, n_key, d_head)),
            "v": rng.normal(0, 1.5, (n_head, n_key, d_head)),
        }

    def mask(allowed: Any) -> Float64:
        return np.where(allowed, 0.0, HIDDEN)

    query, key = np.arange(6)[:, None], np.arange(6)[None, :]
    return {
        "causal": {**qkv(3, 6, 6, 8), "mask": mask(key <= query)},
        "no_mask": {**qkv(3, 6, 6, 8), "mask": np.zeros((6, 6))},
        # Causal, but only over a window of 3; and a prefix of 3 that everyone may see.
        "window": {**qkv(2, 6, 6, 5), "mask": mask((key <= query) & (key > query - 3))},
        "prefix": {**qkv(2, 6, 6, 5), "mask": mask((key <= query) | (key < 3))},
        # Not only 0 and minus infinity: a bias for distance.
        "graded": {**qkv(2, 6, 6, 5), "mask": -0.5 * np.abs(query - key)},
        # Three new tokens after four in the cache.
        "last_3_of_7": {**qkv(4, 3, 7, 12), "mask": mask(np.tri(7)[4:])},
        "last_1_of_5": {**qkv(4, 1, 5, 12), "mask": np.zeros((1, 5))},
    }
