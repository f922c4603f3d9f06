# Everything that step 12 needs is in this file, under the names of pico_gpt.py, but not always with the same arguments.
import numpy as np


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def layer_norm(x, params, eps=1e-5):
    mean = x.mean(-1, keepdims=True)
    return params["g"] * (x - mean) / np.sqrt(x.var(-1, keepdims=True) + eps) + params["b"]


def linear(x, params):
    return x @ params["w"] + params["b"]


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def split_heads(x, n_head):
    return x.reshape(len(x), n_head, -1).transpose(1, 0, 2)


def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(t, n_head) for t in np.split(linear(x, c_attn), 3, axis=-1))
    if past is not None:
        k, v = np.concatenate((past[0], k), 1), np.concatenate((past[1], v), 1)
    n_past = k.shape[1] - q.shape[1]
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
    hidden = np.arange(k.shape[1])[None, :] > n_past + np.arange(q.shape[1])[:, None]
    weights = softmax(np.where(hidden, -np.inf, scores), axis=-1)
    return linear((weights @ v).transpose(1, 0, 2).reshape(x.shape), c_proj), (k, v)


def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = past[0][0].shape[1] if past else 0
    x = wte[inputs] + wpe[n_past : n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a, kv = mha_cached(layer_norm(x, block["ln_1"]), **block["attn"], n_head=n_head, past=past and past[i])
        x = x + a
        x = x + linear(gelu(linear(layer_norm(x, block["ln_2"]), block["mlp"]["c_fc"])), block["mlp"]["c_proj"])
        present.append(kv)
    return layer_norm(x, ln_f) @ wte.T, present


def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    total = len(inputs) + n_tokens_to_generate
    if not len(inputs) or total > len(params["wpe"]):
        raise ValueError(f"{total} tokens")
    ids, past = list(inputs), None
    while len(ids) < total:
        logits, past = gpt2_cached(ids[past[0][0].shape[1] if past else 0 :], past, **params, n_head=n_head)
        ids.append(int(logits[-1].argmax()))
    return ids
