import numpy as np
from pico_gpt import attention, feed_forward, layer_norm, linear, merge_heads, split_heads


def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    if past is not None:
        past_k, past_v = past
        k = np.concatenate([past_k, k], axis=1)
        v = np.concatenate([past_v, v], axis=1)
    n_new, n_all = q.shape[1], k.shape[1]
    mask = np.triu(np.full((n_new, n_all), -1e10), k=n_all - n_new + 1)
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head, kvcache=None):
    a, present = mha_cached(layer_norm(x, **ln_1), **attn, n_head=n_head, past=kvcache)
    x = x + a
    return x + feed_forward(layer_norm(x, **ln_2), **mlp), present


def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    if past is None:
        past = [None] * len(blocks)
        positions = range(len(inputs))
    else:
        start = past[0][0].shape[1]
        positions = range(start, start + len(inputs))
    x = wte[inputs] + wpe[positions]
    present = []
    for block, kvcache in zip(blocks, past):
        x, updated = transformer_block(x, **block, n_head=n_head, kvcache=kvcache)
        present.append(updated)
    return layer_norm(x, **ln_f) @ wte.T, present


def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    n_ctx = len(params["wpe"])
    if not inputs or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError("prompt empty or too long")
    ids = list(inputs)
    kvcache, todo = None, ids[:]
    for _ in range(n_tokens_to_generate):
        logits, kvcache = gpt2_cached(todo, kvcache, **params, n_head=n_head)
        todo = [int(np.argmax(logits[-1]))]
        ids = ids + todo
    return ids
