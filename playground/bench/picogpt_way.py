"""GPT-2 as the best-known small NumPy programs write it, to measure what their habits cost.

All of it is right. Three habits make it slow: `np.sqrt(2 / np.pi)` is a float64 number of NumPy's own,
and since NumPy 2 everything that it touches becomes float64, the weights of every matrix product
included; each new token computes the whole past again; and each step scores every position's next token.
The way of writing is picoGPT's (Jay Mody, 2023), which is read for its brevity and never meant to be fast.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def gelu(x: Array) -> Array:
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


def softmax(x: Array) -> Array:
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.asarray(exp_x / np.sum(exp_x, axis=-1, keepdims=True))


def layer_norm(x: Array, g: Array, b: Array, eps: float = 1e-5) -> Array:
    mean, variance = np.mean(x, axis=-1, keepdims=True), np.var(x, axis=-1, keepdims=True)
    return np.asarray(g * (x - mean) / np.sqrt(variance + eps) + b)


def linear(x: Array, w: Array, b: Array) -> Array:
    return np.asarray(x @ w + b)


def attention(q: Array, k: Array, v: Array, mask: Array) -> Array:
    return np.asarray(softmax(q @ k.T / np.sqrt(q.shape[-1]) + mask) @ v)


def mha(x: Array, c_attn: dict[str, Any], c_proj: dict[str, Any], n_head: int) -> Array:
    qkv = np.split(linear(x, **c_attn), 3, axis=-1)
    qkv_heads = [np.split(part, n_head, axis=-1) for part in qkv]
    mask = (1 - np.tri(x.shape[0], dtype=x.dtype)) * -1e10
    heads = [attention(q, k, v, mask) for q, k, v in zip(*qkv_heads)]
    return linear(np.hstack(heads), **c_proj)


def gpt2(
    inputs: list[int], wte: Array, wpe: Array, blocks: list[Any], ln_f: dict[str, Any], n_head: int
) -> Array:
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = x + mha(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head)
        hidden = gelu(linear(layer_norm(x, **block["ln_2"]), **block["mlp"]["c_fc"]))
        x = x + linear(hidden, **block["mlp"]["c_proj"])
    return np.asarray(layer_norm(x, **ln_f) @ wte.T)


def generate(inputs: list[int], params: dict[str, Any], n_head: int, n_tokens_to_generate: int) -> list[int]:
    """The prompt's ids and the new ones, greedily."""
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        ids.append(int(np.argmax(gpt2(ids, **params, n_head=n_head)[-1])))
    return ids
