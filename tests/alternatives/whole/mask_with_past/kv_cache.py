from pico_gpt import *
from pico_gpt import np


def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(t, n_head) for t in np.split(linear(x, **c_attn), 3, -1))
    n_past = 0
    if past is not None:
        n_past = past[0].shape[1]
        k, v = np.hstack([past[0], k]), np.hstack([past[1], v])
    # a single new token sees everything: it needs no mask
    mask = None if len(x) == 1 else causal_mask(len(x), n_past)
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)


def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = past[0][0].shape[1] if past is not None else 0
    x = wte[inputs] + wpe[n_past : n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        out, pair = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[i] if past else None)
        x = x + out
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present += [pair]
    return layer_norm(x, **ln_f) @ wte.T, present


def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    room = len(params["wpe"]) - len(inputs)
    if len(inputs) == 0 or n_tokens_to_generate > room:
        raise ValueError(f"{room} more tokens fit, and the prompt needs one")
    out, past = [*inputs], None
    for n in range(n_tokens_to_generate):
        logits, past = gpt2_cached(out if past is None else out[-1:], past, n_head=n_head, **params)
        out.append(int(logits[-1].argmax()))
    return out
