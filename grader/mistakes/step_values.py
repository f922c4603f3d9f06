"""What the right functions go through on the way, in plain words: the values that a trace knows.

Each function of the kata has a generator of (words, value); those of functions that call others take in what
these go through. This file has right formulas, so it is sealed in the student's edition like the register.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader.judging.reference import Reference, in_float64
from grader.mistakes.trace import Known

Values = Iterator[tuple[str, Any]]
MAX_POSITIONS = 64


def known_values(
    function: str, reference: Reference, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[Known]:
    """What this function goes through on these arguments, in float64; [] where nothing is known of it."""
    if function not in _VALUES:
        return []
    with np.errstate(all="ignore"):
        found = _VALUES[function](_Ours(reference), *in_float64(args), **in_float64(kwargs))
        return [
            Known(words, np.asarray(value, dtype=np.float64))
            for words, value in found
            if np.size(value) <= 1 << 18
        ]


class _Ours:
    """The reference's functions as attributes."""

    def __init__(self, reference: Reference):
        self._reference = reference

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self._reference[name]


def _gelu(ours: Any, x: Any) -> Values:
    x = np.asarray(x)
    c = math.sqrt(2 / math.pi)
    inner = c * (x + 0.044715 * x**3)
    yield "x", x
    yield "gelu of x", ours.gelu(x)
    yield "x cubed", x**3
    yield "x squared", x**2
    yield "0.044715 x^3", 0.044715 * x**3
    yield "0.044715 x^2", 0.044715 * x**2
    yield "1 + 0.044715 x^2", 1 + 0.044715 * x**2
    yield "x + 0.044715 x^3, not times sqrt(2/pi) yet", x + 0.044715 * x**3
    yield "what goes into tanh", inner
    yield "sqrt(2/pi) x", c * x
    yield "sqrt(2/pi) 0.044715 x^3", c * 0.044715 * x**3
    yield "tanh of the inner part", np.tanh(inner)
    yield "1 + tanh", 1 + np.tanh(inner)
    yield "the gate, half of 1 + tanh", 0.5 * (1 + np.tanh(inner))
    yield "half of x", 0.5 * x
    yield "twice what goes into tanh", 2 * inner
    yield "x (1 + tanh), not halved yet", x * (1 + np.tanh(inner))
    yield "x tanh", x * np.tanh(inner)
    yield "half of x tanh", 0.5 * x * np.tanh(inner)
    yield "exp of the inner part", np.exp(inner)
    yield "exp of minus the inner part", np.exp(-inner)
    yield "twice sinh of the inner part", np.exp(inner) - np.exp(-inner)
    yield "twice cosh of the inner part", np.exp(inner) + np.exp(-inner)
    yield "exp of minus twice the inner part", np.exp(-2 * inner)
    yield "exp of twice the inner part", np.exp(2 * inner)
    yield "1 + exp of minus twice the inner part", 1 + np.exp(-2 * inner)
    yield "1 + exp of twice the inner part", 1 + np.exp(2 * inner)


def _softmax(ours: Any, x: Any) -> Values:
    x = np.asarray(x)
    top = x.max(axis=-1, keepdims=True)
    e = np.exp(x - top)
    yield "x", x
    yield "the probabilities (softmax of x)", ours.softmax(x)
    yield "the largest number of each row", top
    yield "x minus the row's largest", x - top
    yield "exp of x minus the row's largest", e
    yield "the sum of exp in each row", e.sum(axis=-1, keepdims=True)
    yield "1 over the sum of exp", 1 / e.sum(axis=-1, keepdims=True)
    yield "log of the sum of exp", np.log(e.sum(axis=-1, keepdims=True))
    yield "log of the probabilities", x - top - np.log(e.sum(axis=-1, keepdims=True))
    yield "log-sum-exp of each row", top + np.log(e.sum(axis=-1, keepdims=True))


def _layer_norm(ours: Any, x: Any, g: Any, b: Any, eps: float = 1e-5) -> Values:
    x, g, b = np.asarray(x), np.asarray(g), np.asarray(b)
    mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    d, root = x - mean, np.sqrt(variance + eps)
    yield "x", x
    yield "the layer norm of x", ours.layer_norm(x, g, b, eps)
    yield "g", g
    yield "b", b
    yield "the mean of each row", mean
    yield "the variance of each row", variance
    yield "x - mean", d
    yield "the squared distances from the mean", d**2
    yield "the sum of each row", x.sum(axis=-1, keepdims=True)
    yield "the sum of squared distances", (d**2).sum(axis=-1, keepdims=True)
    yield "x squared", x**2
    yield "the mean of x squared", (x**2).mean(axis=-1, keepdims=True)
    yield "the mean, squared", mean**2
    yield "variance + eps", variance + eps
    yield "sqrt(variance + eps)", root
    yield "1 over sqrt(variance + eps)", 1 / root
    yield "the standard deviation, no eps yet", np.sqrt(variance)
    yield "x, normalised (no gain and bias yet)", d / root
    yield "x, normalised and scaled (no bias yet)", g * d / root
    yield "g (x - mean)", g * d
    yield "g over sqrt(variance + eps)", g / root


def _linear(ours: Any, x: Any, w: Any, b: Any) -> Values:
    yield "x", x
    yield "x w + b", ours.linear(x, w, b)
    yield "x w, no bias yet", np.asarray(x) @ w
    yield "w", w
    yield "b", b


def _mask(ours: Any, n_seq: int) -> Values:
    visible = np.tri(n_seq)
    yield "the causal mask", np.where(visible == 1, 0.0, -1e10)
    yield "1 where a query may look", visible
    yield "1 where a query may not look", 1 - visible
    yield "all positions", np.ones((n_seq, n_seq))


def _attention(ours: Any, q: Any, k: Any, v: Any, mask: Any) -> Values:
    q, k, v, mask = map(np.asarray, (q, k, v, mask))
    d = q.shape[-1]
    yield "the output of attention", ours.attention(q, k, v, mask)
    yield "the queries", q
    yield "the keys", k
    yield "the values", v
    yield "the mask", mask
    scores = q @ k.swapaxes(-1, -2)
    scaled = scores / math.sqrt(d)
    weights = ours.softmax(scaled + mask)
    yield "q k^T, not scaled yet", scores
    yield "q k^T / sqrt(d_head), not masked yet", scaled
    yield "q k^T / sqrt(d_head), masked", scaled + mask
    yield "q k^T, masked, not scaled yet", scores + mask
    yield "the attention weights", weights
    yield "the queries / sqrt(d_head)", q / math.sqrt(d)
    yield "the keys / sqrt(d_head)", k / math.sqrt(d)
    yield "the queries / sqrt(sqrt(d_head))", q / d**0.25
    yield "the keys / sqrt(sqrt(d_head))", k / d**0.25
    exp = np.exp(scaled + mask - (scaled + mask).max(axis=-1, keepdims=True))
    yield "the largest score of each query", (scaled + mask).max(axis=-1, keepdims=True)
    yield (
        "scores minus the largest of their query",
        scaled + mask - (scaled + mask).max(axis=-1, keepdims=True),
    )
    yield "exp of the scores", exp
    yield "the sum of exp for each query", exp.sum(axis=-1, keepdims=True)


def _split_heads(ours: Any, x: Any, n_head: int) -> Values:
    x = np.asarray(x)
    yield "x", x
    yield "the heads", ours.split_heads(x, n_head)
    yield "x cut into heads, tokens still first", x.reshape(len(x), n_head, -1)


def _merge_heads(ours: Any, x: Any) -> Values:
    x = np.asarray(x)
    yield "the heads", x
    yield "the heads side by side", ours.merge_heads(x)
    yield "the heads, tokens first", x.transpose(1, 0, 2)


def _mha(ours: Any, x: Any, c_attn: Any, c_proj: Any, n_head: int, past: Any = None) -> Values:
    x = np.asarray(x)
    yield "x", x
    qkv = ours.linear(x, **c_attn)
    yield "c_attn's output", qkv
    yield "x times c_attn's w, no bias yet", x @ c_attn["w"]
    parts = np.split(qkv, 3, axis=-1)
    for words, part in zip(("queries", "keys", "values"), parts):
        yield f"the {words} of all heads", part
        yield f"the {words}, cut into heads, tokens first", part.reshape(len(x), n_head, -1)
    q, k, v = (ours.split_heads(part, n_head) for part in parts)
    yield "c_attn's output in three parts", np.stack(parts)
    yield "the queries, keys and values in heads", np.stack([q, k, v])
    for i, part in enumerate(np.split(qkv, 3 * n_head, axis=-1)):
        yield f"the {('queries', 'keys', 'values')[i // n_head]} of head {i % n_head}", part
    mask = np.where(np.tri(len(x)) == 1, 0.0, -1e10)
    if past is not None:
        yield "the past keys", past[0]
        yield "the past values", past[1]
        yield "the new keys", k
        yield "the new values", v
        n_past = past[0].shape[1]
        k, v = np.concatenate([past[0], k], axis=1), np.concatenate([past[1], v], axis=1)
        mask = np.where(np.tri(len(x), len(x) + n_past, n_past) == 1, 0.0, -1e10)
    yield from _mask(ours, len(x))
    yield from _attention(ours, q, k, v, mask)
    heads = ours.attention(q, k, v, mask)
    merged = ours.merge_heads(heads)
    yield "the output of all heads", heads
    yield "the heads side by side", merged
    yield "the heads, tokens first", heads.transpose(1, 0, 2)
    for h in range(n_head):
        yield f"the heads up to {h}, side by side", ours.merge_heads(heads[: h + 1])
        yield f"the heads up to {h}", heads[: h + 1]
    yield "the heads times c_proj's w, no bias yet", merged @ c_proj["w"]
    yield "the output of mha", ours.linear(merged, **c_proj)
    for name, layer in (("c_attn", c_attn), ("c_proj", c_proj)):
        yield f"{name}'s w", layer["w"]
        yield f"{name}'s b", layer["b"]
    for words, w, b in zip(("queries", "keys", "values"), *(np.split(c_attn[p], 3, axis=-1) for p in "wb")):
        yield f"c_attn's w for the {words}", w
        yield f"c_attn's b for the {words}", b
        for h, part in enumerate(np.split(w, n_head, axis=-1)):
            yield f"c_attn's w for the {words} of head {h}", part
    for h, part in enumerate(np.split(c_proj["w"], n_head)):
        yield f"c_proj's w for head {h}", part
        yield f"head {h} times its part of c_proj's w", heads[h] @ part


def _feed_forward(ours: Any, x: Any, c_fc: Any, c_proj: Any) -> Values:
    x = np.asarray(x)
    hidden = ours.linear(x, **c_fc)
    yield "x", x
    yield "the output of feed_forward", ours.feed_forward(x, c_fc, c_proj)
    yield "x times c_fc's w, no bias yet", x @ c_fc["w"]
    yield "c_fc's output, before gelu", hidden
    for name, layer in (("c_fc", c_fc), ("c_proj", c_proj)):
        yield f"{name}'s w", layer["w"]
        yield f"{name}'s b", layer["b"]
    yield "the hidden layer, after gelu", ours.gelu(hidden)
    yield "the hidden layer times c_proj's w, no bias yet", ours.gelu(hidden) @ c_proj["w"]
    yield from ((f"{words} (x: c_fc's output)", value) for words, value in _gelu(ours, hidden))


def _block(
    ours: Any, x: Any, mlp: Any, attn: Any, ln_1: Any, ln_2: Any, n_head: int, past: Any = None
) -> Values:
    x = np.asarray(x)
    yield "x", x
    normed = ours.layer_norm(x, **ln_1)
    yield "the layer norm of x, with ln_1", normed
    out = ours.mha(normed, **attn, n_head=n_head)
    yield "the output of attention", out
    middle = x + out
    yield "x + attention", middle
    second = ours.layer_norm(middle, **ln_2)
    yield "the layer norm of x + attention, with ln_2", second
    thought = ours.feed_forward(second, **mlp)
    yield "the output of feed_forward", thought
    yield "the output of the block", middle + thought
    yield from ((f"{words} (x: the input)", value) for words, value in _layer_norm(ours, x, **ln_1))
    yield from _mha(ours, normed, **attn, n_head=n_head)
    yield from ((f"{words} (x: x + attention)", value) for words, value in _layer_norm(ours, middle, **ln_2))
    yield from _feed_forward(ours, second, **mlp)


def _gpt2(ours: Any, inputs: Any, wte: Any, wpe: Any, blocks: Any, ln_f: Any, n_head: int) -> Values:
    inputs = [int(i) for i in inputs]
    tokens, positions = wte[inputs], wpe[: len(inputs)]
    x = tokens + positions
    yield "the token embeddings", tokens
    yield "the position embeddings", positions
    yield "token + position embeddings", x
    yield "wte", wte
    yield "wpe", wpe
    for i, block in enumerate(blocks):
        before = x
        x = ours.transformer_block(x, **block, n_head=n_head)
        yield f"the output of block {i}", x
        if i in (0, len(blocks) - 1):
            yield from (
                (f"{words}, in block {i}", v) for words, v in _block(ours, before, **block, n_head=n_head)
            )
    last = ours.layer_norm(x, **ln_f)
    yield "the last layer norm, ln_f", last
    yield "the logits", last @ wte.T
    yield from ((f"{words} (ln_f)", value) for words, value in _layer_norm(ours, x, **ln_f))


def _penalty(ours: Any, logits: Any, generated_tokens: Any, penalty: float) -> Values:
    counts = np.bincount(np.asarray(generated_tokens, dtype=int), minlength=len(logits))
    yield "the logits", logits
    yield "how often each token was generated", counts
    yield "count times penalty", counts * penalty
    yield "the logits less the penalty", logits - counts * penalty


def _probs(ours: Any, logits: Any, temperature: float = 1.0, top_k: Any = None, top_p: float = 1.0) -> Values:
    logits = np.asarray(logits)
    yield "the logits", logits
    yield "the probabilities", ours.next_token_probs(logits, temperature, top_k, top_p)
    if temperature == 0:
        return
    scaled = logits / temperature
    yield "the logits / temperature", scaled
    yield "the logits, largest first", np.sort(scaled)[::-1]
    yield "the logits, smallest first", np.sort(scaled)
    kept = scaled
    if top_k:
        kept = np.where(scaled < np.sort(scaled)[-min(top_k, len(scaled))], -np.inf, scaled)
        yield "the top-k logits", kept
    probs = ours.softmax(kept)
    yield "the probabilities before top-p", probs
    yield "the probabilities of all tokens", ours.softmax(scaled)
    yield "the probabilities, largest first", np.sort(probs)[::-1]
    yield "the mass so far, largest first", np.cumsum(np.sort(probs)[::-1])
    cut = ours.next_token_probs(logits, temperature, top_k, top_p)
    yield "the nucleus, not normalised yet", np.where(cut > 0, probs, 0)
    yield from _softmax(ours, scaled)


def _mha_cached(ours: Any, x: Any, c_attn: Any, c_proj: Any, n_head: int, past: Any) -> Values:
    out, (k, v) = ours.mha_cached(x, c_attn, c_proj, n_head, past)
    yield "the output of mha_cached", out
    yield "the keys so far", k
    yield "the values so far", v
    yield from _mha(ours, x, c_attn, c_proj, n_head, past)


def _gpt2_cached(
    ours: Any, inputs: Any, past: Any, wte: Any, wpe: Any, blocks: Any, ln_f: Any, n_head: int
) -> Values:
    inputs = [int(i) for i in inputs]
    n_past = 0 if past is None else past[0][0].shape[1]
    tokens, positions = wte[inputs], wpe[n_past : n_past + len(inputs)]
    x = tokens + positions
    yield "the token embeddings", tokens
    yield "the position embeddings", positions
    yield "token + position embeddings", x
    for i, (block, its_past) in enumerate(zip(blocks, past or [None] * len(blocks))):
        normed = ours.layer_norm(x, **block["ln_1"])
        attn, present = ours.mha_cached(normed, **block["attn"], n_head=n_head, past=its_past)
        middle = x + attn
        second = ours.layer_norm(middle, **block["ln_2"])
        thought = ours.feed_forward(second, **block["mlp"])
        yield f"the layer norm with ln_1, in block {i}", normed
        yield f"the output of attention, in block {i}", attn
        yield f"the keys of block {i}", present[0]
        yield f"the values of block {i}", present[1]
        yield f"x + attention, in block {i}", middle
        yield f"the layer norm with ln_2, in block {i}", second
        yield f"the output of feed_forward, in block {i}", thought
        yield from ((f"{w}, in block {i}", v) for w, v in _mha(ours, normed, **block["attn"], n_head=n_head,
                                                             past=its_past))  # fmt: skip
        x = middle + thought
        yield f"the output of block {i}", x
    last = ours.layer_norm(x, **ln_f)
    yield "the last layer norm, ln_f", last
    yield "the logits", last @ wte.T
    yield "the logits of the last token", (last @ wte.T)[-1]
    yield "the last token after ln_f", last[-1]


def _generate(ours: Any, inputs: Any, params: Any, n_head: int, n_tokens_to_generate: int, *_: Any) -> Values:
    ids = [int(i) for i in inputs]
    yield from ((f"params: {name}", params[name]) for name in ("wte", "wpe"))
    for n in range(min(n_tokens_to_generate, MAX_POSITIONS)):
        logits = ours.gpt2(ids, **params, n_head=n_head)
        if n == 0 or n == n_tokens_to_generate - 1:
            yield f"the logits for new token {n}", logits
            yield f"the last row of logits, for new token {n}", logits[-1]
            yield f"the probabilities for new token {n}", ours.softmax(logits[-1])
        ids.append(int(np.argmax(logits[-1])))


_VALUES: dict[str, Callable[..., Values]] = {
    "gelu": _gelu, "softmax": _softmax, "layer_norm": _layer_norm, "linear": _linear, "causal_mask": _mask,
    "attention": _attention, "split_heads": _split_heads, "merge_heads": _merge_heads, "mha": _mha,
    "feed_forward": _feed_forward, "transformer_block": _block, "gpt2": _gpt2, "generate": _generate,
    "apply_frequency_penalty": _penalty, "next_token_probs": _probs, "mha_cached": _mha_cached,
    "gpt2_cached": _gpt2_cached, "generate_cached": _generate,
}  # fmt: skip
