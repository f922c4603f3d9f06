"""present is one array [2, n_head, n_seq, d_head] a block; the heads are one axis of an einsum."""
import numpy as np
from pico_gpt import layer_norm, gelu

HIDDEN = np.float32(-1e10)


def dense(x, w, b):
    return np.einsum("ti,io->to", x, w) + b


def mha_cached(x, c_attn, c_proj, n_head, past):
    n_new, n_embd = x.shape
    q, k, v = dense(x, **c_attn).reshape(n_new, 3, n_head, n_embd // n_head).transpose(1, 2, 0, 3)
    present = np.stack([k, v])
    if past is not None:
        present = np.concatenate([np.asarray(past), present], axis=2)
    keys, values = present
    n_all = keys.shape[1]
    mask = HIDDEN * (np.arange(n_all) > np.arange(n_all - n_new, n_all)[:, None])
    scores = np.einsum("htd,hsd->hts", q, keys) / np.sqrt(n_embd // n_head) + mask
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    out = np.einsum("hts,hsd->thd", weights, values).reshape(n_new, n_embd)
    return dense(out, **c_proj), present


def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = 0 if past is None else np.shape(past[0][0])[1]
    x = wte[inputs] + wpe[n_past : n_past + len(inputs)]
    presents = []
    for block, before in zip(blocks, [None] * len(blocks) if past is None else past):
        out, present = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=before)
        x = x + out
        h = gelu(dense(layer_norm(x, **block["ln_2"]), **block["mlp"]["c_fc"]))
        x = x + dense(h, **block["mlp"]["c_proj"])
        presents.append(present)
    return layer_norm(x, **ln_f) @ wte.T, presents


def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    ids, past = [int(i) for i in inputs], None
    if not ids or len(ids) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("does not fit")
    new = ids
    for _ in range(n_tokens_to_generate):
        logits, past = gpt2_cached(new, past, **params, n_head=n_head)
        new = [int(np.argmax(logits[-1]))]
        ids = ids + new
    return ids
