# generate_cached that computes everything again, with the reference's own functions and a plain copy of wte.
# file: kv_cache.py
# step: 12
# says: computes the past again|generate_cached
import numpy as np
from pico_gpt import layer_norm, transformer_block


def mha_cached(x, c_attn, c_proj, n_head, past):
    raise NotImplementedError("step 12: mha_cached")


def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head, *, logits_to_keep=None):
    raise NotImplementedError("step 12: gpt2_cached")


def generate_cached(inputs, params, n_head, n_tokens_to_generate, *, quiet=False):
    n_ctx = len(params["wpe"])
    if not inputs or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError("too long")
    ids, wte = list(inputs), np.array(params["wte"])
    for _ in range(n_tokens_to_generate):
        x = wte[ids] + params["wpe"][: len(ids)]
        for block in params["blocks"]:
            x = transformer_block(x, **block, n_head=n_head)
        ids.append(int(np.argmax(layer_norm(x, **params["ln_f"])[-1] @ wte.T)))
    return ids
