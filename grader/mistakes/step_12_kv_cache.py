"""Mistakes of step 12."""
# Wrong on purpose; names such as np and gpt2 are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(12)
mistake = chapter.mistake
right = chapter.right
slip = chapter.slip

# ---------------------------------------------------------------------------------- mha_cached


@right
def mha_cached(x, c_attn, c_proj, n_head, past):
    qkv = linear(x, **c_attn)  # [n_seq, n_embd] -> [n_seq, 3*n_embd]
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    if past is not None:
        k, v = (np.concatenate(pair, axis=1) for pair in zip(past, (k, v)))
    n_seq, n_all = len(x), k.shape[1]
    mask = (1 - np.tri(n_seq, n_all, n_all - n_seq, dtype=x.dtype)) * -1e10
    heads = attention(q, k, v, mask)
    return linear(merge_heads(heads), **c_proj), (k, v)


QKV = "    qkv = linear(x, **c_attn)  # [n_seq, n_embd] -> [n_seq, 3*n_embd]\n"
SPLIT = "q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))"
JOIN = "        k, v = (np.concatenate(pair, axis=1) for pair in zip(past, (k, v)))\n"
MASK = "mask = (1 - np.tri(n_seq, n_all, n_all - n_seq, dtype=x.dtype)) * -1e10"
HEADS = "heads = attention(q, k, v, mask)"
OUT = "return linear(merge_heads(heads), **c_proj), (k, v)"

slip(
    "mha_cached.mask-not-aligned",
    "this mask counts the new tokens' positions from 0: they do not see all of the past",
    "At which position does new token 0 stand when there are four past ones?",
    (MASK, "mask = (1 - np.tri(n_seq, n_all, dtype=x.dtype)) * -1e10"),
)
slip(
    "mha_cached.mask-one-less",
    "this mask hides every new token from itself",
    "May a token look at its own key?",
    (MASK, "mask = (1 - np.tri(n_seq, n_all, n_all - n_seq - 1, dtype=x.dtype)) * -1e10"),
)
slip(
    "mha_cached.mask-one-more",
    "this mask lets every new token see the next one as well",
    "Which is the last key that new token 0 may see?",
    (MASK, "mask = (1 - np.tri(n_seq, n_all, n_all - n_seq + 1, dtype=x.dtype)) * -1e10"),
)
slip(
    "mha_cached.no-mask",
    "this has no mask: in a chunk the new tokens see later ones",
    "Two new tokens at once: may the first one see the second?",
    (MASK, "mask = np.zeros((n_seq, n_all), dtype=x.dtype)"),
)
slip(
    "mha_cached.no-mask-with-past",
    "this has no mask once there is a past: right for one new token, wrong for several",
    "Two new tokens at once: may the first one see the second?",
    (MASK, "mask = (1 - np.tri(n_seq, n_all, n_all if past else 0, dtype=x.dtype)) * -1e10"),
)
slip(
    "mha_cached.past-hidden",
    "this mask hides the past: new tokens see only each other",
    "What is the past kept for?",
    (
        MASK,
        "mask = (1 - np.tri(n_seq, n_all, n_all - n_seq, dtype=x.dtype)) * -1e10\n"
        "    mask[:, : n_all - n_seq] = -1e10",
    ),
)
slip(
    "mha_cached.square-mask",
    "this makes a mask with a row for every token so far; only the new ones have queries",
    "How many queries are there, and how many keys?",
    (MASK, "mask = (1 - np.tri(n_all, n_all, dtype=x.dtype)) * -1e10"),
)
slip(
    "mha_cached.mask-of-new-tokens",
    "this makes a mask with a column for every new token; the past has keys too",
    "How many queries are there, and how many keys?",
    (MASK, "mask = (1 - np.tri(n_seq, n_seq, dtype=x.dtype)) * -1e10"),
)
slip(
    "mha_cached.past-ignored",
    "this never uses the past",
    "Which of the arguments do you never use?",
    (f"    if past is not None:\n{JOIN}", ""),
)
slip(
    "mha_cached.past-behind",
    "this puts the past after the new tokens",
    "Which came first: the past, or the new tokens?",
    (JOIN, "        k, v = (np.concatenate(pair, axis=1) for pair in zip((k, v), past))\n"),
)
slip(
    "mha_cached.only-keys-joined",
    "this appends the new keys to the past ones, and forgets the values",
    "How many values does attention need for ten keys?",
    (JOIN, "        k = np.concatenate([past[0], k], axis=1)\n"),
)
slip(
    "mha_cached.only-values-joined",
    "this appends the new values to the past ones, and forgets the keys",
    "How many values does attention need for ten keys?",
    (JOIN, "        v = np.concatenate([past[1], v], axis=1)\n"),
)
slip(
    "mha_cached.past-values-for-keys",
    "this reads the past as (v, k); it is (k, v)",
    "In which order does the pair hold keys and values?",
    (JOIN, "        k, v = (np.concatenate(pair, axis=1) for pair in zip(past[::-1], (k, v)))\n"),
)
slip(
    "mha_cached.past-instead",
    "this uses the past's keys and values in place of the new ones",
    "Where do the new tokens' own keys and values go?",
    (JOIN, "        k, v = past\n"),
)
slip(
    "mha_cached.joined-along-heads",
    "this joins past and new tokens along the heads, not along the tokens",
    "Which axis grows when a token is added?",
    (JOIN, "        k, v = (np.concatenate(pair, axis=0) for pair in zip(past, (k, v)))\n"),
)
slip(
    "mha_cached.joined-along-features",
    "this joins past and new tokens along the features, not along the tokens",
    "Which axis grows when a token is added?",
    (JOIN, "        k, v = (np.concatenate(pair, axis=-1) for pair in zip(past, (k, v)))\n"),
)
slip(
    "mha_cached.oldest-dropped",
    "this drops the oldest past token in every call",
    "How long should the past be after the next token?",
    (JOIN, "        k, v = (np.concatenate([old[:, 1:], new], axis=1) for old, new in zip(past, (k, v)))\n"),
)
slip(
    "mha_cached.present-is-new-only",
    "this returns only the new tokens' keys and values, not those of all tokens so far",
    "What does the next call need as its past?",
    (OUT, "return linear(merge_heads(heads), **c_proj), (k[:, n_all - n_seq :], v[:, n_all - n_seq :])"),
)
slip(
    "mha_cached.present-is-past",
    "this returns the past as it was given",
    "What does the next call need as its past?",
    (OUT, "return linear(merge_heads(heads), **c_proj), past or (k, v)"),
)
slip(
    "mha_cached.present-swapped",
    "this returns (v, k); the pair is (k, v)",
    "In which order does the pair hold keys and values?",
    (OUT, "return linear(merge_heads(heads), **c_proj), (v, k)"),
)
slip(
    "mha_cached.present-merged",
    "this returns keys and values with the heads merged",
    "Which shape does the docstring give for k and v?",
    (OUT, "return linear(merge_heads(heads), **c_proj), (merge_heads(k), merge_heads(v))"),
)
slip(
    "mha_cached.no-present",
    "this returns only the output, without the keys and values",
    "Which two things does the contract return?",
    (OUT, "return linear(merge_heads(heads), **c_proj)"),
)
slip(
    "mha_cached.present-first",
    "this returns (present, out); it should be (out, present)",
    "In which order does the contract return the two?",
    (OUT, "return (k, v), linear(merge_heads(heads), **c_proj)"),
)
slip(
    "mha_cached.no-projection",
    "this forgets c_proj, the second linear layer",
    "Which of the arguments do you never use?",
    (OUT, "return merge_heads(heads), (k, v)"),
)
slip(
    "mha_cached.k-q-v",
    "this takes the three parts as keys, queries, values; GPT-2 has queries first",
    "In which order do the three parts lie side by side?",
    (SPLIT, "k, q, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))"),
)
slip(
    "mha_cached.v-k-q",
    "this takes the three parts as values, keys, queries; GPT-2 has queries first",
    "In which order do the three parts lie side by side?",
    (SPLIT, "v, k, q = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))"),
)
slip(
    "mha_cached.last-query-only",
    "this returns only the last new token's row",
    "How many rows should the output have for a chunk of three?",
    (OUT, "return linear(merge_heads(heads), **c_proj)[-1:], (k, v)"),
)
slip(
    "mha_cached.changes-past",
    "this writes the new keys into the caller's own past",
    "Whose array does past[0][...] = ... change?",
    (JOIN, f"{JOIN}        past[0][:, -1] = k[:, -1]\n"),
)
slip(
    "mha_cached.remembers",
    "this keeps a past of its own from call to call, and ignores the one that it is given",
    "What does a default argument such as memo=[] hold when the function is called a second time?",
    ("n_head, past):", "n_head, past, memo=[]):"),
    (
        JOIN,
        "        k, v = (np.concatenate(pair, axis=1) for pair in zip(memo[-1] if memo else past, (k, v)))\n"
        "    memo.append((k, v))\n",
    ),
)

# --------------------------------------------------------------------------------- gpt2_cached


@right
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
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


N_PAST = "n_past = 0 if past is None else past[0][0].shape[1]"
EMBED = "x = wte[inputs] + wpe[range(n_past, n_past + len(inputs))]"
ZIP = "zip(blocks, past or [None] * len(blocks))"
APPEND = "present.append(block_present)"
FINAL = "    x = layer_norm(x, **ln_f)\n"
LOGITS = "return x @ wte.T, present"
ATTN = "        x = x + attn\n"
MLP = '        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])\n'

slip(
    "gpt2_cached.positions-from-0",
    "this counts positions from 0 in every call, whatever the past holds",
    "At which position does the first new token stand when there are four past ones?",
    (EMBED, "x = wte[inputs] + wpe[range(len(inputs))]"),
)
slip(
    "gpt2_cached.position-one-more",
    "this counts positions one too far when there is a past",
    "Positions start at 0. At which one is the token after four others?",
    (N_PAST, "n_past = 0 if past is None else past[0][0].shape[1] + 1"),
)
slip(
    "gpt2_cached.position-one-less",
    "this counts positions one too few when there is a past",
    "Positions start at 0. At which one is the token after four others?",
    (N_PAST, "n_past = 0 if past is None else past[0][0].shape[1] - 1"),
)
slip(
    "gpt2_cached.positions-from-blocks",
    "this uses the number of blocks (len(past)) as the number of past tokens",
    "past has one pair for every block. Where is the number of tokens?",
    (N_PAST, "n_past = 0 if past is None else len(past)"),
)
slip(
    "gpt2_cached.positions-from-heads",
    "this uses the number of heads as the number of past tokens",
    "A key array is [n_head, n_past, d_head]. Which axis are the tokens?",
    (N_PAST, "n_past = 0 if past is None else len(past[0][0])"),
)
slip(
    "gpt2_cached.same-position",
    "this gives all new tokens the same position",
    "At which positions are three new tokens?",
    (EMBED, "x = wte[inputs] + wpe[n_past]"),
)
slip(
    "gpt2_cached.no-positions-with-past",
    "this adds positions only in the first call",
    "Do later tokens have positions too?",
    (EMBED, "x = wte[inputs] + (wpe[range(len(inputs))] if past is None else 0)"),
)
slip(
    "gpt2_cached.no-positions",
    "this forgets the position embeddings wpe",
    "Which of the arguments do you never use?",
    (EMBED, "x = wte[inputs]"),
)
slip(
    "gpt2_cached.one-cache-for-all",
    "this gives every block the first block's keys and values",
    "Does every block have keys of its own?",
    (ZIP, "zip(blocks, [past[0]] * len(blocks) if past else [None] * len(blocks))"),
)
slip(
    "gpt2_cached.cache-of-block-before",
    "this gives every block the keys and values that the block before it has just made",
    "Does every block have keys of its own?",
    (
        "        attn, block_present = mha_cached(",
        "        block_past = present[-1] if present and past else block_past\n"
        "        attn, block_present = mha_cached(",
    ),
)
slip(
    "gpt2_cached.cache-reversed",
    "this gives the past to the blocks in reverse order",
    "Which pair of the past belongs to the first block?",
    (ZIP, "zip(blocks, past[::-1] if past else [None] * len(blocks))"),
)
slip(
    "gpt2_cached.past-ignored",
    "this never gives the past to the blocks",
    "Which of your arguments reaches mha_cached?",
    (ZIP, "zip(blocks, [None] * len(blocks))"),
)
slip(
    "gpt2_cached.present-is-past",
    "this returns the past as it was given",
    "What does the next call need as its past?",
    (LOGITS, "return x @ wte.T, past or present"),
)
slip(
    "gpt2_cached.present-of-last-block",
    "this returns the last block's keys and values only",
    "How many pairs does the next call need?",
    (LOGITS, "return x @ wte.T, present[-1:]"),
)
slip(
    "gpt2_cached.present-reversed",
    "this returns the pairs in reverse order",
    "Which pair belongs to the first block?",
    (APPEND, "present.insert(0, block_present)"),
)
slip(
    "gpt2_cached.present-doubled",
    "this returns the past's pairs, and the new ones after them",
    "How many pairs does the next call need?",
    ("present = []", "present = list(past or [])"),
)
slip(
    "gpt2_cached.no-present",
    "this returns only the logits, without the keys and values (the present)",
    "Which two things does the contract return?",
    (LOGITS, "return x @ wte.T"),
)
slip(
    "gpt2_cached.present-first",
    "this returns (present, logits); it should be (logits, present)",
    "In which order does the contract return the two?",
    (LOGITS, "return present, x @ wte.T"),
)
slip(
    "gpt2_cached.no-ln_f",
    "this forgets the last layer norm ln_f",
    "Which of the arguments do you never use?",
    (FINAL, ""),
)
slip(
    "gpt2_cached.last-row-only",
    "this returns only the last token's logits",
    "How many rows should the logits of three new tokens have?",
    (LOGITS, "return x[-1:] @ wte.T, present"),
)
slip(
    "gpt2_cached.no-attention-residual",
    "this replaces x by attention's result; it should be added to x",
    "What is left of x after attention?",
    (ATTN, "        x = attn\n"),
)
slip(
    "gpt2_cached.no-feed-forward-residual",
    "this replaces x by feed_forward's result; it should be added to x",
    "What is left of x after feed_forward?",
    (MLP, '        x = feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])\n'),
)
slip(
    "gpt2_cached.no-feed-forward",
    "this has attention in its blocks, and no feed_forward",
    "Which of your earlier functions is never called?",
    (MLP, ""),
)
slip(
    "gpt2_cached.ln_1-twice",
    "this uses ln_1 for both halves of a block",
    "Which layer norm comes before feed_forward?",
    (MLP, '        x = x + feed_forward(layer_norm(x, **block["ln_1"]), **block["mlp"])\n'),
)
slip(
    "gpt2_cached.no-ln_1",
    "this forgets the layer norm before attention",
    "What exactly goes into mha_cached?",
    ('layer_norm(x, **block["ln_1"]), **block["attn"]', 'x, **block["attn"]'),
)
slip(
    "gpt2_cached.changes-past",
    "this writes the new keys and values into the caller's own list",
    "Whose list does past[i] = ... change?",
    (LOGITS, "if past:\n        past[:] = present\n    return x @ wte.T, present"),
)
slip(
    "gpt2_cached.remembers",
    "this keeps the keys and values of its first call, and always goes on from those",
    "What does a default argument such as memo=[] hold when the function is called a second time?",
    ("n_head):", "n_head, memo=[]):"),
    (N_PAST, f"past = memo[-1] if memo else past\n    {N_PAST}"),
    (LOGITS, "memo.append(present)\n    return x @ wte.T, present"),
)

# ----------------------------------------------------------------------------- generate_cached


@right
def generate_cached(inputs, params, n_head, n_tokens_to_generate, *, quiet=False):
    n_ctx = len(params["wpe"])
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError(
            f"a prompt of {len(inputs)} tokens and {n_tokens_to_generate} new ones do not fit: "
            f"the prompt needs at least 1, and together at most n_ctx = {n_ctx}"
        )
    ids = [int(token) for token in inputs]
    new, past = ids, None
    for _ in tqdm(range(n_tokens_to_generate), "generating", disable=quiet or None):
        logits, past = gpt2_cached(new, past, **params, n_head=n_head)
        new = [int(np.argmax(logits[-1]))]
        ids.extend(new)
    return ids


START = "new, past = ids, None"
CALL = "logits, past = gpt2_cached(new, past, **params, n_head=n_head)"
NEW = "new = [int(np.argmax(logits[-1]))]"
CHECK = "if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > n_ctx:"
COPY = "ids = [int(token) for token in inputs]"
LOOP = 'tqdm(range(n_tokens_to_generate), "generating", disable=quiet or None)'
RAISE = """        raise ValueError(
            f"a prompt of {len(inputs)} tokens and {n_tokens_to_generate} new ones do not fit: "
            f"the prompt needs at least 1, and together at most n_ctx = {n_ctx}"
        )
"""

slip(
    "generate_cached.whole-text-every-time",
    "this gives the model the whole text every time, on top of a past that holds it already",
    "Which tokens are not yet in the past?",
    (CALL, "logits, past = gpt2_cached(ids, past, **params, n_head=n_head)"),
)
slip(
    "generate_cached.past-never-passed",
    "this gives the model one new token and no past: it forgets everything before",
    "What does the model know about tokens that are neither given nor in the past?",
    (CALL, "logits, _ = gpt2_cached(new, None, **params, n_head=n_head)"),
)
slip(
    "generate_cached.past-never-updated",
    "this always goes on from the prompt's past: new tokens never get into it",
    "Which of gpt2_cached's two answers does the next call need?",
    (
        CALL,
        "logits, present = gpt2_cached(new, past, **params, n_head=n_head)\n        past = past or present",
    ),
)
slip(
    "generate_cached.last-token-of-prompt-only",
    "this starts with only the prompt's last token",
    "What must be in the past before the first new token?",
    (START, "new, past = ids[-1:], None"),
)
slip(
    "generate_cached.prompt-without-last",
    "this starts with the prompt without its last token",
    "What must the model have read before the first new token?",
    (START, "new, past = ids[:-1] or ids, None"),
)
slip(
    "generate_cached.same-token-again",
    "this gives the model the prompt again instead of the newest token",
    "Which tokens are not yet in the past?",
    (START, "new, past = list(ids), None"),
    (NEW, "token = [int(np.argmax(logits[-1]))]"),
    ("ids.extend(new)", "ids.extend(token)"),
)
slip(
    "generate_cached.no-cache",
    "this computes the whole text again for every token: the cache is never used",
    "Which tokens does the model have to read when there is a past?",
    (CALL, "logits, _ = gpt2_cached(ids, None, **params, n_head=n_head)"),
)
slip(
    "generate_cached.last-two-tokens",
    "this gives the model the last two tokens; one of them is in the past already",
    "Which tokens are not yet in the past?",
    ("ids.extend(new)", "ids.extend(new)\n        new = ids[-2:]"),
)
slip(
    "generate_cached.first-row",
    "this takes the logits of the first new position",
    "Which row scores the token that follows the whole text?",
    (CALL, "logits, past = gpt2_cached(new, past, **params, n_head=n_head)"),
    (NEW, "new = [int(np.argmax(logits[0]))]"),
)
slip(
    "generate_cached.flat-argmax",
    "this takes argmax of the whole array of logits, which gives a place in the array, not a token id",
    "What does np.argmax return for an array with two axes?",
    (CALL, "logits, past = gpt2_cached(new, past, **params, n_head=n_head)"),
    (NEW, "new = [int(np.argmax(logits))]"),
)
slip(
    "generate_cached.argmin",
    "this appends the least likely token",
    "Which logit belongs to the most likely token: the largest, or the smallest?",
    (NEW, "new = [int(np.argmin(logits[-1]))]"),
)
slip(
    "generate_cached.one-too-many",
    "this generates one token too many",
    "How many rounds does your loop make?",
    (LOOP, "range(n_tokens_to_generate + 1)"),
)
slip(
    "generate_cached.one-too-few",
    "this generates one token too few",
    "How many rounds does your loop make?",
    (LOOP, "range(n_tokens_to_generate - 1)"),
)
slip(
    "generate_cached.at-least-one",
    "this generates one token even when none is asked for",
    "How many rounds does your loop make when n_tokens_to_generate is 0?",
    (LOOP, "range(max(1, n_tokens_to_generate))"),
)
slip(
    "generate_cached.no-length-check",
    "this does not check lengths against n_ctx: a longer text runs out of positions",
    "What does wpe hold for position n_ctx?",
    (f"    {CHECK}\n{RAISE}", ""),
)
slip(
    "generate_cached.accepts-empty-prompt",
    "this accepts an empty prompt; the contract says ValueError",
    "What is the last row of logits when there is no token?",
    (CHECK, "if len(inputs) + n_tokens_to_generate > n_ctx:"),
)
slip(
    "generate_cached.check-too-strict",
    "this refuses a text that fills n_ctx exactly",
    "May prompt and new tokens together be exactly n_ctx?",
    (CHECK, "if len(inputs) == 0 or len(inputs) + n_tokens_to_generate >= n_ctx:"),
)
slip(
    "generate_cached.checks-the-prompt-only",
    "this checks only the prompt's length, not that of prompt and new tokens together",
    "How long is the text when the last token is written?",
    (CHECK, "if len(inputs) == 0 or len(inputs) > n_ctx:"),
)
slip(
    "generate_cached.assertion",
    "this raises AssertionError; the contract says ValueError",
    "Which exception does an assert raise?",
    (f"    {CHECK}\n{RAISE}", "    assert 0 < len(inputs) and len(inputs) + n_tokens_to_generate <= n_ctx\n"),
)
slip(
    "generate_cached.new-tokens-returned",
    "this returns the new tokens only, without the prompt",
    "What does the docstring say comes first in the list?",
    ("return ids", "return ids[len(inputs) :]"),
)
slip(
    "generate_cached.array-returned",
    "this returns an array; the contract says a list",
    "What type does the docstring promise?",
    ("return ids", "return np.array(ids)"),
)
slip(
    "generate_cached.in-place",
    "this appends to the caller's own list",
    "Whose list does extend change?",
    (COPY, "ids = inputs"),
)
slip(
    "generate_cached.remembers",
    "this keeps the past of its earlier calls and goes on from there",
    "What does a default argument such as memo=[] hold when the function is called a second time?",
    ("*, quiet=False):", "*, quiet=False, memo=[]):"),
    (START, "new, past = ids, memo[-1] if memo else None"),
    ("ids.extend(new)", "ids.extend(new)\n        memo[:] = [past]"),
)

slip(
    "mha_cached.past-counted-in-pairs",
    "this uses len(past), which is always 2, as the number of past tokens in its mask",
    "past is a pair. What is its length?",
    (MASK, "mask = (1 - np.tri(n_seq, n_all, len(past) if past is not None else 0, dtype=x.dtype)) * -1e10"),
)
slip(
    "mha_cached.past-counted-in-heads",
    "this uses the number of heads as the number of past tokens in its mask",
    "Which axis of a key array are the tokens?",
    (MASK, "mask = (1 - np.tri(n_seq, n_all, n_head if past is not None else 0, dtype=x.dtype)) * -1e10"),
)
slip(
    "mha_cached.no-mask-without-past",
    "this has no mask in the first call: the prompt's tokens see later ones",
    "May the prompt's first token see its second?",
    (
        MASK,
        "mask = (1 - np.tri(n_seq, n_all, n_all - n_seq, dtype=x.dtype)) * (-1e10 if past is not None else 0)",
    ),
)
slip(
    "mha_cached.residual-inside",
    "this adds x to its own answer",
    "Whose job is the residual: attention's or the block's?",
    (OUT, "return x + linear(merge_heads(heads), **c_proj), (k, v)"),
)
slip(
    "mha_cached.values-behind-past-keys",
    "this appends the new values to the past keys; the new keys belong there",
    "What is past[0]: keys, or values?",
    (JOIN, "        k, v = np.concatenate([past[0], v], axis=1), np.concatenate([past[1], v], axis=1)\n"),
)
slip(
    "gpt2_cached.positions-from-features",
    "this uses the width of a head as the number of past tokens",
    "Which axis of a key array are the tokens?",
    (N_PAST, "n_past = 0 if past is None else past[0][0].shape[2]"),
    (EMBED, "x = wte[inputs] + wpe[[i % len(wpe) for i in range(n_past, n_past + len(inputs))]]"),
)
slip(
    "gpt2_cached.parallel",
    "here feed_forward reads what attention has read, not what attention made of it",
    "What does ln_2 normalise: the block's input, or x with attention's result added?",
    (ATTN + MLP, '        x = x + attn + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])\n'),
)
slip(
    "gpt2_cached.no-ln_2",
    "this forgets the layer norm before feed_forward",
    "Which part of a block do you never use?",
    (MLP, '        x = x + feed_forward(x, **block["mlp"])\n'),
)
slip(
    "gpt2_cached.norms-swapped",
    "ln_1 and ln_2 are swapped",
    "Which of the two comes before attention?",
    ('layer_norm(x, **block["ln_1"]), **block["attn"]', 'layer_norm(x, **block["ln_2"]), **block["attn"]'),
    (MLP, '        x = x + feed_forward(layer_norm(x, **block["ln_1"]), **block["mlp"])\n'),
)
slip(
    "gpt2_cached.hidden-states",
    "this returns the last hidden states, not the logits",
    "Which shape has one row of logits?",
    (LOGITS, "return x, present"),
)
slip(
    "gpt2_cached.position-of-the-first-for-all",
    "this gives all tokens of a later call the position of the first of them",
    "Two new tokens after four past ones: at which positions do they stand?",
    (EMBED, "x = wte[inputs] + (wpe[range(len(inputs))] if past is None else wpe[n_past])"),
)
slip(
    "generate_cached.last-prompt-token-twice",
    "this gives the model the prompt, and then the prompt's last token once more",
    "Which tokens are in the cache after the first call?",
    (START, "_, past = gpt2_cached(ids, None, **params, n_head=n_head)\n    new = ids[-1:]"),
    (
        "gpt2_cached(new, past, **params",
        "gpt2_cached(new if len(past[0][0][0]) < n_ctx else new[:0] or new, past if len(past[0][0][0]) < n_ctx else None, **params",
    ),
)


slip(
    "generate_cached.picogpt",
    "this appends to the caller's own list (make a copy first: list(inputs)), and returns the new tokens only, without "
    "the prompt",
    "Whose list does append change, and what does the docstring say comes first in the answer?",
    (COPY, "ids = inputs"),
    (START, "new, past = list(ids), None"),
    ("    return ids\n", "    return ids[len(ids) - n_tokens_to_generate :]\n"),
)
slip(
    "generate_cached.first-new-token-only",
    "this returns after the first new token: the return is inside the loop",
    "How far to the left does the return belong?",
    ("    return ids\n", "        return ids\n    return ids\n"),
)
slip(
    "generate_cached.prompt-twice",
    "this puts the prompt into its answer twice",
    "Does your list hold the prompt already when you put the two together?",
    ("    return ids\n", "    return [*(int(i) for i in inputs), *ids]\n"),
)
slip(
    "mha_cached.float16",
    "this keeps keys and values in half precision, which keeps only three digits",
    "What is the dtype of what you return as the present?",
    (HEADS, "k, v = (part.astype(np.float16).astype(x.dtype) for part in (k, v))\n    " + HEADS),
)
slip(
    "mha_cached.no-queries-for-past",
    "this returns a row for every token so far, past ones as well",
    "How many rows should the output have for two new tokens?",
    (
        OUT,
        "past_rows = np.zeros((n_all - n_seq, x.shape[-1]), dtype=x.dtype)\n"
        "    return np.concatenate([past_rows, linear(merge_heads(heads), **c_proj)]), (k, v)",
    ),
)
slip(
    "gpt2_cached.all-positions",
    "this adds the first rows of wpe up to the last new token, not the rows of the new tokens alone",
    "How many rows of wpe does one new token need?",
    (EMBED, "x = wte[inputs] + wpe[: n_past + len(inputs)]"),
)
slip(
    "gpt2_cached.not-transposed-logits",
    "this returns the logits transposed: [n_vocab, n_seq]",
    "Which axis of the logits should be as long as the new tokens?",
    (LOGITS, "return (x @ wte.T).T, present"),
)
slip(
    "gpt2_cached.probabilities",
    "this returns probabilities; the contract says logits",
    "Who applies softmax, and when?",
    (LOGITS, "return np.exp(x @ wte.T) / np.sum(np.exp(x @ wte.T), axis=-1, keepdims=True), present"),
)


@mistake(
    "mha_cached.past-added",
    "this adds past and new keys up, number by number; they are joined along the tokens",
    "How many keys are there after a past of five tokens and one new one?",
)
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    if past is not None:
        k = past[0] + k
        v = past[1] + v
    mask = (1 - np.tri(len(x), k.shape[1], k.shape[1] - len(x), dtype=x.dtype)) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)


@mistake(
    "gpt2_cached.past-through-the-blocks",
    "this hands the keys and values of one block on to the next; each block has a past of its own",
    "Whose keys does block 1 need: block 0's, or its own of the earlier tokens?",
)
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = 0 if past is None else past[0][0].shape[1]
    x = wte[inputs] + wpe[n_past : n_past + len(inputs)]
    for block in blocks:
        out, past = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past)
        x = x + out
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
    return layer_norm(x, **ln_f) @ wte.T, past
