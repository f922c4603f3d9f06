from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, Protocol, TypedDict

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]


class Dense(TypedDict):
    w: Array
    b: Array


class Norm(TypedDict):
    g: Array
    b: Array


class Layer(Protocol):
    def __call__(self, x: Array) -> Array: ...


@dataclass(frozen=True)
class Config:
    n_head: int
    eps: float = 1e-5
    hidden: float = -1e10


@dataclass
class Sampler:
    temperature: float = 1.0
    top_k: Optional[int] = None
    top_p: float = 1.0
    log: list[int] = field(default_factory=list)

    def probs(self, logits: Array) -> Array:
        if self.temperature == 0:
            out = np.zeros(logits.shape, logits.dtype)
            out[int(logits.argmax())] = 1.0
            return out
        scaled: Array = logits / self.temperature
        order = np.argsort(-scaled, kind="stable")
        p = softmax(scaled)[order]
        if self.top_k is not None and self.top_k > 0:
            p[self.top_k :] = 0.0
            p /= p.sum()
        if self.top_p < 1.0:
            p[np.cumsum(p) - p >= self.top_p] = 0.0
            p /= p.sum()
        out = np.empty_like(p)
        out[order] = p
        return out


def gelu(x: Array) -> Array:
    inner: Array = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1.0 + np.tanh(inner))


def softmax(x: Array) -> Array:
    exp: Array = np.exp(x - x.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def layer_norm(x: Array, g: Array, b: Array, eps: float = Config.eps) -> Array:
    mean: Array = x.mean(axis=-1, keepdims=True)
    variance: Array = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps) * g + b


def linear(x: Array, w: Array, b: Array) -> Array:
    return x @ w + b


def causal_mask(n_seq: int) -> Array:
    rows, columns = np.ogrid[:n_seq, :n_seq]
    return np.where(columns > rows, Config.hidden, 0.0).astype(np.float32)


def attention(q: Array, k: Array, v: Array, mask: Array) -> Array:
    scores: Array = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[2])
    return softmax(scores + mask[None, :, :]) @ v


def split_heads(x: Array, n_head: int) -> Array:
    n_seq, n_embd = x.shape
    return x.reshape((n_seq, n_head, n_embd // n_head)).transpose((1, 0, 2))


def merge_heads(x: Array) -> Array:
    n_head, n_seq, d_head = x.shape
    return x.transpose((1, 0, 2)).reshape((n_seq, n_head * d_head))


def mha(x: Array, c_attn: Dense, c_proj: Dense, n_head: int) -> Array:
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=1))
    return linear(merge_heads(attention(q, k, v, causal_mask(x.shape[0]))), **c_proj)


def feed_forward(x: Array, c_fc: Dense, c_proj: Dense) -> Array:
    return linear(gelu(linear(x, **c_fc)), **c_proj)


def transformer_block(x: Array, mlp: dict[str, Dense], attn: dict[str, Dense], ln_1: Norm, ln_2: Norm, n_head: int) -> Array:
    layers: tuple[Layer, ...] = (
        lambda h: mha(layer_norm(h, **ln_1), **attn, n_head=n_head),
        lambda h: feed_forward(layer_norm(h, **ln_2), **mlp),
    )
    for layer in layers:
        x = x + layer(x)
    return x


def gpt2(inputs: Sequence[int], wte: Array, wpe: Array, blocks: list[dict[str, Any]], ln_f: Norm, n_head: int) -> Array:
    x: Array = wte[list(inputs)] + wpe[: len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T


def apply_frequency_penalty(logits: Array, generated_tokens: Sequence[int], penalty: float) -> Array:
    counts = np.bincount(np.asarray(generated_tokens, dtype=np.int64), minlength=logits.shape[0])
    return (logits - penalty * counts).astype(logits.dtype)


def next_token_probs(logits: Array, temperature: float = 1.0, top_k: Optional[int] = None, top_p: float = 1.0) -> Array:
    return Sampler(temperature, top_k, top_p).probs(logits)


def sample(probs: Array, rng: np.random.Generator) -> int:
    return int(rng.choice(probs.shape[0], p=probs.astype(np.float64) / probs.astype(np.float64).sum()))


def generate(
    inputs: Sequence[int], params: dict[str, Any], n_head: int, n_tokens_to_generate: int, temperature: float = 0.0,
    frequency_penalty: float = 0.0, top_k: Optional[int] = None, top_p: float = 1.0,
    rng: Optional[np.random.Generator] = None,
) -> list[int]:
    n_ctx: int = params["wpe"].shape[0]
    if not inputs or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} tokens do not fit into {n_ctx}")
    generator = rng if rng is not None else np.random.default_rng()
    new: list[int] = []
    for _ in range(n_tokens_to_generate):
        logits = gpt2([*inputs, *new], **params, n_head=n_head)[-1]
        logits = apply_frequency_penalty(logits, new, frequency_penalty)
        greedy = temperature == 0
        new.append(int(np.argmax(logits)) if greedy else sample(next_token_probs(logits, temperature, top_k, top_p), generator))
    return [*map(int, inputs), *new]
