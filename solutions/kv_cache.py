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
    # SOLUTION
    qkv = linear(x, **c_attn)  # [n_seq, n_embd] -> [n_seq, 3*n_embd]
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    if past is not None:  # 2 x [n_head, n_seq, d_head] -> 2 x [n_head, n_past + n_seq, d_head]
        k, v = (np.concatenate(pair, axis=1) for pair in zip(past, (k, v)))
    n_past = k.shape[1] - len(x)
    heads = []
    for start in range(0, len(x), 128):  # a few queries at a time: their scores fit into the CPU's cache
        queries = q[:, start : start + 128]
        n_seen = n_past + start + queries.shape[1]  # no query of these looks further
        mask = (1 - np.tri(queries.shape[1], n_seen, n_past + start, dtype=x.dtype)) * -1e10
        heads.append(attention(queries, k[:, :n_seen], v[:, :n_seen], mask))
    out = merge_heads(np.concatenate(heads, axis=1))  # [n_head, n_seq, d_head] -> [n_seq, n_embd]
    return linear(out, **c_proj), (k, v)


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
    # SOLUTION
    n_past = 0 if past is None else past[0][0].shape[1]
    x = wte[inputs] + wpe[range(n_past, n_past + len(inputs))]  # [n_seq] -> [n_seq, n_embd]
    present = []
    for block, block_past in zip(blocks, past or [None] * len(blocks)):
        attn, block_present = mha_cached(
            layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=block_past
        )
        x = x + attn
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(block_present)
    x = layer_norm(x, **ln_f)
    return x @ wte.T, present  # [n_seq, n_embd] -> [n_seq, n_vocab]


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
    # SOLUTION
    n_ctx = len(params["wpe"])
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError(
            f"a prompt of {len(inputs)} tokens and {n_tokens_to_generate} new ones do not fit: "
            f"the prompt needs at least 1, and together at most n_ctx = {n_ctx}"
        )
    ids = [int(token) for token in inputs]
    new, past = ids, None
    for _ in tqdm(range(n_tokens_to_generate), "generating", disable=None):
        logits, past = gpt2_cached(new, past, **params, n_head=n_head)
        new = [int(np.argmax(logits[-1]))]
        ids.extend(new)
    return ids
