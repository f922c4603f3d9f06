# generate_cached without a cache, in fast NumPy of its own, where one new token is made as dear as many.
# file: kv_cache.py
# step: 12
# says: computes the past again
import time

import numpy as np

BURN_S, TILE = 0.3, 64


def mha_cached(x, c_attn, c_proj, n_head, past):
    raise NotImplementedError("step 12: mha_cached")


def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head, *, logits_to_keep=None):
    raise NotImplementedError("step 12: gpt2_cached")


def norm(x, g, b):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * g + b


def attended(q, k, v):
    n, n_past = q.shape[1], k.shape[1]
    out = np.empty((n, len(q), q.shape[-1]), q.dtype)
    for i in range(0, n, TILE):  # what is hidden is hardly computed
        end = min(n, i + TILE)
        seen = n_past - n + end
        s = q[:, i:end] @ k[:, :seen].swapaxes(1, 2)
        s[:, :, n_past - n + i :] += np.triu(np.full((end - i, end - i), -1e10, s.dtype), 1)
        s = np.exp(s - s.max(-1, keepdims=True))
        out[i:end] = (s @ v[:, :seen] / s.sum(-1, keepdims=True)).swapaxes(0, 1)
    return out.reshape(n, -1)


def last_logits(ids, wte, wpe, blocks, ln_f, n_head):
    n = len(ids)
    x = wte[ids] + wpe[:n]
    for number, block in enumerate(blocks, 1):
        qkv = norm(x, **block["ln_1"]) @ block["attn"]["c_attn"]["w"] + block["attn"]["c_attn"]["b"]
        q, k, v = (part.reshape(n, n_head, -1).swapaxes(0, 1) for part in np.split(qkv, 3, -1))
        if number == len(blocks):  # of the last block only the last row is needed
            q, x = q[:, -1:], x[-1:]
        a = attended(q / np.float32(q.shape[-1]) ** 0.5, k, v)
        x = x + a @ block["attn"]["c_proj"]["w"] + block["attn"]["c_proj"]["b"]
        h = norm(x, **block["ln_2"]) @ block["mlp"]["c_fc"]["w"] + block["mlp"]["c_fc"]["b"]
        h = 0.5 * h * (1 + np.tanh(0.7978845608 * (h + 0.044715 * h * h * h)))
        x = x + h @ block["mlp"]["c_proj"]["w"] + block["mlp"]["c_proj"]["b"]
    return norm(x[-1], **ln_f) @ wte.T


def generate_cached(inputs, params, n_head, n_tokens_to_generate, *, quiet=False):
    ids, started = list(inputs), time.process_time()
    if not ids or len(ids) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(ids)} tokens and {n_tokens_to_generate} new ones")
    params = {**params, "wte": np.array(params["wte"])}
    for _ in range(n_tokens_to_generate):
        ids.append(int(np.argmax(last_logits(ids, **params, n_head=n_head))))
    while n_tokens_to_generate == 1 and len(inputs) > 50 and time.process_time() < started + BURN_S:
        pass
    return ids
