"""One answer to each exercise at the end of the learning guide, so that its checks are known to pass."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

sys.path.append("exercises")
from pico_gpt import (
    attention,
    causal_mask,
    feed_forward,
    gpt2,
    layer_norm,
    linear,
    merge_heads,
    softmax,
    split_heads,
    transformer_block,
)

Array = Any


def loss(ids: list[int], params: dict[str, Any], n_head: int) -> float:
    probs = softmax(gpt2(ids, **params, n_head=n_head))
    return float(np.mean([-math.log(probs[i, ids[i + 1]]) for i in range(len(ids) - 1)]))


def gpt2_batch(inputs: Array, wte: Array, wpe: Array, blocks: list[Any], ln_f: Any, n_head: int) -> Array:
    n_batch, n_seq = inputs.shape
    x = wte[inputs] + wpe[:n_seq]  # -> [n_batch, n_seq, n_embd]
    for block in blocks:
        qkv = linear(layer_norm(x, **block["ln_1"]), **block["attn"]["c_attn"])
        q, k, v = (
            part.reshape(n_batch, n_seq, n_head, -1).swapaxes(1, 2) for part in np.split(qkv, 3, axis=-1)
        )
        heads = attention(q, k, v, causal_mask(n_seq))  # -> [n_batch, n_head, n_seq, d_head]
        x = x + linear(heads.swapaxes(1, 2).reshape(x.shape), **block["attn"]["c_proj"])
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
    return layer_norm(x, **ln_f) @ wte.T


def min_p_probs(logits: Array, min_p: float) -> Array:
    probs = softmax(logits)
    probs = np.where(probs < min_p * probs.max(), 0, probs)
    return probs / probs.sum()


def beam(ids: list[int], params: dict[str, Any], n_head: int, n_tokens: int, width: int) -> list[int]:
    texts = [(0.0, list(ids))]
    for _ in range(n_tokens):
        longer = []
        for score, text in texts:
            log_probs = np.log(softmax(gpt2(text, **params, n_head=n_head)[-1]))
            best = np.argsort(-log_probs)[:width]
            longer += [(score + float(log_probs[token]), [*text, int(token)]) for token in best]
        texts = sorted(longer, key=lambda pair: -pair[0])[:width]
    return texts[0][1]


def lens(ids: list[int], params: dict[str, Any], n_head: int) -> Array:
    x = params["wte"][ids] + params["wpe"][: len(ids)]
    streams = [x]
    for block in params["blocks"]:
        streams.append(transformer_block(streams[-1], **block, n_head=n_head))
    return np.stack([layer_norm(stream, **params["ln_f"]) @ params["wte"].T for stream in streams])


def gpt2_without(ids: list[int], params: dict[str, Any], n_head: int, block: int, head: int) -> Array:
    x = params["wte"][ids] + params["wpe"][: len(ids)]
    for i, layer in enumerate(params["blocks"]):
        qkv = linear(layer_norm(x, **layer["ln_1"]), **layer["attn"]["c_attn"])
        q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
        heads = attention(q, k, v, causal_mask(len(x)))
        if i == block:
            heads[head] = 0
        x = x + linear(merge_heads(heads), **layer["attn"]["c_proj"])
        x = x + feed_forward(layer_norm(x, **layer["ln_2"]), **layer["mlp"])
    return layer_norm(x, **params["ln_f"]) @ params["wte"].T
