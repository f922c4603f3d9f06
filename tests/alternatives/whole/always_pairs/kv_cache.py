import numpy as np
from pico_gpt import mha, gpt2, generate


def mha_cached(x, c_attn, c_proj, n_head, past):
    return mha(x, c_attn, c_proj, n_head, past=past, use_cache=True)


def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    return gpt2(inputs, wte, wpe, blocks, ln_f, n_head, past=past, use_cache=True)


def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    return generate(inputs, params, n_head, n_tokens_to_generate)
