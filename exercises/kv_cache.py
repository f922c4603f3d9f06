"""Generation without doing the same work twice: the key-value cache.

Attention is causal, so what a token computed does not change when more tokens follow. All that
later tokens ever need from it are its keys and values. `past` keeps them: one pair (k, v) for every
block, each [n_head, n_past, d_head], or None before the first token.
"""

import numpy as np
from pico_gpt import attention, feed_forward, layer_norm, linear, merge_heads, split_heads
from tqdm import tqdm

# ----------------------------------------------------------------------------------- step 12


def mha_cached(x, c_attn, c_proj, n_head, past):
    """Multi-head attention of new tokens over the cached ones and themselves.

    Only the new tokens' rows pass through the linear layers. Their keys and values are appended
    to the past ones. New token i is at position n_past + i and sees the positions 0 ... n_past + i.

    Args:
        x: the new tokens alone, [n_seq, n_embd]; one row or several.
        c_attn: {"w": [n_embd, 3*n_embd], "b": [3*n_embd]}.
        c_proj: {"w": [n_embd, n_embd], "b": [n_embd]}.
        n_head: number of heads.
        past: (k, v) of this block, each [n_head, n_past, d_head], or None. Must not be changed.
    Returns:
        (out, present): out [n_seq, n_embd]; present the pair (k, v) of all tokens so far, each
        [n_head, n_past + n_seq, d_head], to be given as `past` next time.
    Source:
        `attn` with `past` in GPT-2's model.py; `past_key_values` in Hugging Face.
    """
    raise NotImplementedError("step 12: mha_cached")


def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    """The logits of new tokens, when everything before them is in the cache.

    Args:
        inputs: ids of the new tokens alone, n_seq of them.
        past: one (k, v) a block, from an earlier call, or None at the start. Must not be changed.
        wte, wpe, blocks, ln_f, n_head: as in gpt2.
    Returns:
        (logits, present): logits [n_seq, n_vocab], present a list with one (k, v) a block.
    Source:
        `model` with `past` in GPT-2's model.py; `GPT2LMHeadModel` with `use_cache`.
    """
    raise NotImplementedError("step 12: gpt2_cached")


def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    """Write on greedily, as generate does, with a cache: the same ids, many times faster.

    Args:
        inputs: the prompt's token ids. The caller's list must not change.
        params: the tree of weights (see the top of pico_gpt.py).
        n_head: number of heads.
        n_tokens_to_generate: how many tokens to add.
    Returns:
        A list: the prompt's ids, then the new ones.
    Raises:
        ValueError: the prompt is empty, or prompt and new tokens together exceed n_ctx.
    Source:
        `sample_sequence` with `past` in GPT-2's sample.py.
    """
    raise NotImplementedError("step 12: generate_cached")
