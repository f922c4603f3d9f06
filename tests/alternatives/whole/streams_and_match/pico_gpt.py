"""Generators, match, the walrus, itertools."""
from contextlib import contextmanager
from enum import Enum
from itertools import islice, takewhile

import numpy as np


class Way(Enum):
    GREEDY = "greedy"
    DRAWN = "drawn"


@contextmanager
def quiet():
    with np.errstate(over="ignore", under="ignore"):
        yield


def gelu(x):
    match x.ndim:
        case 0:
            return gelu(x[None])[0]
        case _:
            return (half := 0.5 * x) + half * np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))


def softmax(x):
    with quiet():
        return (e := np.exp(x - np.max(x, -1, keepdims=True))) / e.sum(-1, keepdims=True)


def layer_norm(x, g, b, *rest, eps=1e-5):
    if rest:
        (eps,) = rest
    return g * (d := x - x.mean(-1, keepdims=True)) / np.sqrt((d * d).mean(-1, keepdims=True) + eps) + b


def linear(x, w, b):
    return x @ w + b


def causal_mask(n_seq):
    return np.vstack([np.r_[np.zeros(i + 1), np.full(n_seq - i - 1, -1e10)] for i in range(n_seq)])


def attention(q, k, v, mask):
    def heads():
        for a, b, c in zip(q, k, v, strict=True):
            yield softmax(a @ b.T / len(a[0]) ** 0.5 + mask) @ c

    return np.stack(tuple(heads()))


def split_heads(x, n_head):
    return np.stack(tuple(x[:, columns] for columns in np.arange(x.shape[1]).reshape(n_head, -1)))


def merge_heads(x):
    return np.c_[tuple(x)]


def mha(x, c_attn, c_proj, n_head):
    *qkv, = map(lambda part: split_heads(part, n_head), np.split(linear(x, **c_attn), 3, 1))
    return linear(merge_heads(attention(*qkv, causal_mask(len(x)))), **c_proj)


def feed_forward(x, c_fc, c_proj):
    for layer, then in ((c_fc, gelu), (c_proj, lambda y: y)):
        x = then(linear(x, **layer))
    return x


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    halves = {"attn": (ln_1, lambda y: mha(y, n_head=n_head, **attn)), "mlp": (ln_2, lambda y: feed_forward(y, **mlp))}
    for norm, f in halves.values():
        x = x + f(layer_norm(x, **norm))
    return x


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    def stream(x):
        yield x
        for block in blocks:
            yield (x := transformer_block(x, **block, n_head=n_head))

    *_, last = stream(wte[inputs] + wpe[: len(inputs)])
    return layer_norm(last, **ln_f) @ wte.T


def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = {t: list(generated_tokens).count(t) for t in generated_tokens}
    return np.array([logit - penalty * counts.get(i, 0) for i, logit in enumerate(logits)], dtype=logits.dtype)


def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    match temperature, top_k:
        case 0 | 0.0, _:
            return np.eye(1, len(logits), int(np.argmax(logits)))[0]
        case _, None:
            k = len(logits)
        case _, int():
            k = min(top_k, len(logits))
    ranked = sorted(range(len(logits)), key=lambda i: -logits[i])[:k]
    p = softmax(np.array([logits[i] / temperature for i in ranked]))
    before = np.concatenate([[0.0], np.cumsum(p)[:-1]])
    kept = len(p) if top_p >= 1 else len(list(takewhile(lambda m: m < top_p, before)))
    out = np.zeros(len(logits))
    out[ranked[:kept]] = p[:kept] / p[:kept].sum()
    return out


def sample(probs, rng):
    return int(np.argmax(np.cumsum(probs) > rng.random() * np.sum(probs)))


def tokens(ids, params, n_head, way, settings, penalty, rng):
    new = []
    while True:
        logits = apply_frequency_penalty(gpt2(ids + new, n_head=n_head, **params)[-1], new, penalty)
        match way:
            case Way.GREEDY:
                new.append(int(np.argmax(logits)))
            case Way.DRAWN:
                new.append(sample(next_token_probs(logits, *settings), rng))
        yield new[-1]


def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if not (n := len(inputs)) or n + n_tokens_to_generate > (n_ctx := len(params["wpe"])):
        raise ValueError(f"{n} tokens and {n_tokens_to_generate} new ones")
    way = Way.DRAWN if temperature else Way.GREEDY
    stream = tokens(list(inputs), params, n_head, way, (temperature, top_k, top_p), frequency_penalty, rng or np.random.default_rng())
    return [*inputs, *islice(stream, n_tokens_to_generate)]
