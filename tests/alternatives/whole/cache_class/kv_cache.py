"""The cache as an object inside; outside it is the list of pairs that the contract wants."""
from dataclasses import dataclass

import numpy as np
import pico_gpt as m


@dataclass
class KVCache:
    k: np.ndarray
    v: np.ndarray

    @classmethod
    def of(cls, past, like):
        if past is None:
            empty = np.empty((like.shape[0], 0, like.shape[2]), like.dtype)
            return cls(empty, empty)
        return cls(*past)

    def extended(self, k, v):
        return KVCache(np.append(self.k, k, axis=1), np.append(self.v, v, axis=1))

    def __len__(self):
        return self.k.shape[1]

    def pair(self):
        return [self.k, self.v]


def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (m.split_heads(t, n_head) for t in np.split(m.linear(x, **c_attn), 3, axis=-1))
    before = KVCache.of(past, k)
    now = before.extended(k, v)
    i, j = np.arange(len(x))[:, None] + len(before), np.arange(len(now))[None]
    mask = np.where(j <= i, 0.0, -1e10).astype(x.dtype)
    return m.linear(m.merge_heads(m.attention(q, now.k, now.v, mask)), **c_proj), now.pair()


class Model:
    def __init__(self, wte, wpe, blocks, ln_f, n_head):
        self.wte, self.wpe, self.blocks, self.ln_f, self.n_head = wte, wpe, blocks, ln_f, n_head

    def __call__(self, inputs, past):
        n_past = 0 if not past else len(past[0][0][0])
        x = self.wte[np.asarray(inputs)] + self.wpe[n_past + np.arange(len(inputs))]
        present = []
        for n, block in enumerate(self.blocks):
            a, pair = mha_cached(m.layer_norm(x, **block["ln_1"]), **block["attn"], n_head=self.n_head, past=past[n] if past else None)
            x = x + a
            x = x + m.feed_forward(m.layer_norm(x, **block["ln_2"]), **block["mlp"])
            present.append(pair)
        return np.dot(m.layer_norm(x, **self.ln_f), self.wte.T), present


def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    return Model(wte, wpe, blocks, ln_f, n_head)(inputs, past)


def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if not 0 < len(inputs) <= params["wpe"].shape[0] - n_tokens_to_generate:
        raise ValueError("too long, or empty")
    model, past, ids = Model(**params, n_head=n_head), None, list(map(int, inputs))
    while n_tokens_to_generate > 0:
        logits, past = model(ids[-1:] if past else ids, past)
        ids.append(int(np.argmax(logits[-1])))
        n_tokens_to_generate -= 1
    return ids
