"""Mistakes of step 6."""
# Wrong on purpose, written as students write; names such as np and linear are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(6)
form = chapter.form
mistake = chapter.mistake

# --------------------------------------------------------------------------------- split_heads


@mistake(
    "split_heads.reshape-only",
    "this reshapes straight to [n_head, n_seq, d_head]: a head gets some tokens, not some columns",
    "reshape keeps the numbers in the order in which they are stored. Which come first: tokens or heads?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_head, n_seq, n_embd // n_head)


@mistake(
    "split_heads.no-transpose",
    "the heads are not the first axis: this is [n_seq, n_head, d_head]",
    "Which axis should be the first?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_seq, n_head, n_embd // n_head)


@mistake(
    "split_heads.interleaved",
    "this deals out the columns like cards: head h gets every n_head-th one",
    "Which columns does head 0 get: the first d_head ones, or every n_head-th?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_seq, n_embd // n_head, n_head).transpose(2, 0, 1)


@mistake(
    "split_heads.features-before-tokens",
    "this is [n_head, d_head, n_seq]: the last two axes are swapped",
    "What is the last axis: tokens or features?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_seq, n_head, n_embd // n_head).transpose(1, 2, 0)


@mistake(
    "split_heads.sizes-swapped",
    "this makes d_head heads of n_head features",
    "n_head is how many heads there are. How wide is each one?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_seq, n_embd // n_head, n_head).transpose(1, 0, 2)


@mistake(
    "split_heads.reversed-heads",
    "this has the heads in reverse order",
    "Which columns does head 0 get?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    x = x.reshape(n_seq, n_head, n_embd // n_head)
    return x.transpose(1, 0, 2)[::-1]


@mistake(
    "split_heads.reversed-tokens",
    "this has the tokens in reverse order",
    "Which token does row 0 of a head belong to?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    x = x.reshape(n_seq, n_head, n_embd // n_head)
    return x.transpose(1, 0, 2)[:, ::-1]


@mistake(
    "split_heads.cuts-tokens",
    "this cuts along the tokens; it should cut the columns",
    "Does every head see all tokens?",
)
def split_heads(x, n_head):
    return np.stack(np.array_split(x, n_head, axis=0))


@mistake(
    "split_heads.same-for-all",
    "this gives every head the first head's columns",
    "Which columns does head 1 get?",
)
def split_heads(x, n_head):
    d_head = x.shape[1] // n_head
    return np.stack([x[:, :d_head] for _ in range(n_head)])


@mistake(
    "split_heads.squeezed",
    "this drops axes of length 1",
    "What shape should one token give, or one head?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    x = x.reshape(n_seq, n_head, n_embd // n_head)
    return np.squeeze(x.transpose(1, 0, 2))


@mistake(
    "split_heads.extra-axis",
    "this has an extra first axis, for batches",
    "Which three axes does the contract name?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    x = x.reshape(n_seq, n_head, n_embd // n_head)
    return x.transpose(1, 0, 2)[None]


@mistake(
    "split_heads.heads-last",
    "here the heads are the last axis: this is [n_seq, d_head, n_head]",
    "Which axis should be the first?",
)
def split_heads(x, n_head):
    return np.stack(np.split(x, n_head, axis=1), axis=2)


@mistake(
    "split_heads.fixed-n-head",
    "this makes 4 heads, whatever n_head is",
    "What if a model has another number of heads?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    x = x.reshape(n_seq, 4, n_embd // 4)
    return x.transpose(1, 0, 2)


@mistake(
    "split_heads.changes-shape-in-place",
    "this sets the shape of the caller's own array",
    "Whose array does x.shape = ... change?",
)
def split_heads(x, n_head):
    x.shape = (len(x), n_head, -1)
    return x.transpose(1, 0, 2).copy()


# --------------------------------------------------------------------------------- merge_heads


@mistake(
    "merge_heads.reshape-only",
    "this reshapes without putting the tokens first: heads and tokens are mixed up",
    "reshape keeps numbers in the order in which they are stored. Which axis must come first before it?",
)
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return x.reshape(n_seq, n_head * d_head)


@mistake(
    "merge_heads.interleaved",
    "this deals the heads' features out like cards, where each head should keep its columns together",
    "Which columns should head 0 fill: the first d_head ones, or every n_head-th?",
)
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return x.transpose(1, 2, 0).reshape(n_seq, n_head * d_head)


@mistake(
    "merge_heads.all-axes-reversed",
    "this turns all three axes around (x.T) before the reshape",
    "Which axis should be first before the reshape, and which last?",
)
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return x.T.reshape(n_seq, n_head * d_head)


@mistake(
    "merge_heads.reversed-heads",
    "this has the heads in reverse order",
    "Which columns should head 0 fill?",
)
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return x[::-1].transpose(1, 0, 2).reshape(n_seq, n_head * d_head)


@mistake(
    "merge_heads.sum",
    "this adds the heads up, where they are put side by side",
    "How many columns should the answer have?",
)
def merge_heads(x):
    return np.sum(x, axis=0)


@mistake(
    "merge_heads.mean",
    "this takes the mean of the heads, where they are put side by side",
    "How many columns should the answer have?",
)
def merge_heads(x):
    return np.mean(x, axis=0)


@mistake(
    "merge_heads.first-head-only",
    "this gives the first head's features to all",
    "Which columns should head 1 fill?",
)
def merge_heads(x):
    return np.concatenate([x[0]] * len(x), axis=-1)


@mistake(
    "merge_heads.on-top-of-one-another",
    "this puts the heads on top of one another, not side by side",
    "Along which axis should np.concatenate put them?",
)
def merge_heads(x):
    return np.concatenate(list(x), axis=0)


@mistake(
    "merge_heads.not-merged",
    "this puts the tokens first, and does not merge the last two axes yet",
    "How many axes should the answer have?",
)
def merge_heads(x):
    return x.transpose(1, 0, 2)


@mistake(
    "merge_heads.transposed",
    "this is [n_embd, n_seq]: tokens lie along the columns",
    "What is a row of the answer: a token, or a feature?",
)
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return x.transpose(1, 0, 2).reshape(n_seq, n_head * d_head).T


@mistake(
    "merge_heads.squeezed",
    "this drops axes of length 1",
    "What shape should one token give?",
)
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return np.squeeze(x.transpose(1, 0, 2).reshape(n_seq, n_head * d_head))


@mistake(
    "merge_heads.reversed-tokens",
    "this has the tokens in reverse order",
    "Which token does row 0 belong to?",
)
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return x[:, ::-1].transpose(1, 0, 2).reshape(n_seq, n_head * d_head)


# ----------------------------------------------------------------------------------------- mha


@mistake(
    "mha.k-q-v",
    "this takes the three parts as keys, queries, values; GPT-2 has queries first",
    "In which order do the three parts lie side by side?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    k, q, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.v-k-q",
    "this takes the three parts as values, keys, queries; GPT-2 has queries first",
    "In which order do the three parts lie side by side?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    v, k, q = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.q-v-k",
    "this takes the three parts as queries, values, keys; in GPT-2 the values are last",
    "In which order do the three parts lie side by side?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, v, k = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.v-q-k",
    "this takes the three parts as values, queries, keys; GPT-2 has queries first",
    "In which order do the three parts lie side by side?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    v, q, k = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.k-v-q",
    "this takes the three parts as keys, values, queries; GPT-2 has queries first",
    "In which order do the three parts lie side by side?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    k, v, q = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.qkv-interleaved-by-feature",
    "this takes every third column for the queries; in GPT-2 each of the three lies together",
    "Which columns of c_attn's output are the queries: the first third, or every third one?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(qkv[:, part::3], n_head) for part in range(3))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.qkv-interleaved-by-head",
    "this expects q, k, v of head 0, then of head 1, and so on, as in GPT-NeoX",
    "What does GPT-2 cut first: the three parts, or the heads?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = split_heads(linear(x, **c_attn), n_head)
    q, k, v = np.split(qkv, 3, axis=-1)
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.splits-tokens",
    "this cuts c_attn's output into three along the tokens, not along the columns",
    "Along which axis do queries, keys and values lie side by side?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=0))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.queries-three-times",
    "this uses the first third of c_attn's output for queries, keys and values",
    "Which columns are the keys?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q = split_heads(np.split(qkv, 3, axis=-1)[0], n_head)
    heads = attention(q, q, q, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.values-are-x",
    "this averages x itself, not the values",
    "What is the last third of c_attn's output for?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, _ = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, split_heads(x, n_head), causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.no-projection",
    "this forgets c_proj, the second linear layer",
    "Which of the arguments do you never use?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return merge_heads(heads)


@mistake(
    "mha.projection-transposed",
    "this multiplies by the transpose of c_proj's weights",
    "c_proj's w is square, so both fit. Which way round are GPT-2's weights?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), c_proj["w"].T, c_proj["b"])


@mistake(
    "mha.no-c_attn-bias",
    "this forgets the bias of c_attn",
    "Which parts do c_attn and c_proj have?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn["w"]
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.no-c_proj-bias",
    "this forgets the bias of c_proj",
    "Which parts do c_attn and c_proj have?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return merge_heads(heads) @ c_proj["w"]


@mistake(
    "mha.no-biases",
    "this forgets both biases",
    "Which parts do c_attn and c_proj have?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn["w"]
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return merge_heads(heads) @ c_proj["w"]


@mistake(
    "mha.no-mask",
    "this attends without a mask: every token sees the later ones",
    "Which of your earlier functions is never called?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, np.zeros((len(x), len(x)), dtype=x.dtype))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.mask-of-n-embd",
    "this makes the mask as wide as the embedding; it needs a row and a column for every token",
    "Which axis of x are the tokens?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(x.shape[-1]))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.one-big-head",
    "this attends with one big head: n_head is never used",
    "Which of the arguments do you never use?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, 1) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.scale-of-one-big-head",
    "this scales the scores by sqrt(n_embd), not each head's own width d_head",
    "How many products are summed in one score of one head?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q / math.sqrt(n_head), k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.mean-of-heads",
    "this replaces every head's columns by the mean of all heads",
    "What should happen to what each head found on its own?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(np.tile(np.mean(heads, axis=0), n_head), **c_proj)


@mistake(
    "mha.last-head-missing",
    "this leaves the last head out",
    "Where does your loop over the heads start, and where does it stop?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x))).copy()
    heads[-1] = 0
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.reversed-heads",
    "this puts the heads back together in reverse order",
    "Which columns should head 0 fill?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))[::-1]
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.fixed-n-head",
    "this makes 4 heads, whatever n_head is",
    "What if a model has another number of heads?",
)
def mha(x, c_attn, c_proj, n_head):
    n_head = 4
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.twelve-heads",
    "this makes 12 heads, as the 124M model has, whatever n_head is",
    "What if a model has another number of heads?",
)
def mha(x, c_attn, c_proj, n_head):
    n_head = 12
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.residual-inside",
    "this adds x to its own answer",
    "Whose job is the residual: attention's or the block's?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return x + linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.last-token-only",
    "this returns the last token's row only",
    "How many rows should the answer have?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)[-1:]


@mistake(
    "mha.gelu-behind",
    "this applies gelu after c_proj",
    "Which function belongs to feed_forward, and not to attention?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return gelu(linear(merge_heads(heads), **c_proj))


@mistake(
    "mha.merge-forgotten",
    "this puts the heads back together with a plain reshape",
    "Which of your earlier functions puts the heads side by side again?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(heads.reshape(x.shape), **c_proj)


@mistake(
    "mha.keys-not-split-like-queries",
    "this cuts the keys into heads differently from the queries",
    "Do queries, keys and values all go through the same split?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    k = merge_heads(k).reshape(k.shape)
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.bias-in-place",
    "this adds the bias to itself, in the caller's own c_attn",
    'Whose array does c_attn["b"] += ... change?',
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    c_attn["b"] += 0.1
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.keeps-keys",
    "this keeps keys and values of its earlier calls, and attends to them as well",
    "What does a default argument such as memo=[] hold when the function is called a second time?",
)
def mha(x, c_attn, c_proj, n_head, memo=[]):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    memo.append((k, v))
    memo[:] = [pair for pair in memo if pair[0].shape[::2] == k.shape[::2]]
    k, v = (np.concatenate([pair[i] for pair in memo], axis=1) for i in (0, 1))
    n_seq, n_all = len(x), k.shape[1]
    mask = (1 - np.tri(n_seq, n_all, n_all - n_seq, dtype=x.dtype)) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj)


@mistake(
    "split_heads.overlapping",
    "these heads overlap: head h starts at column h, not at column h * d_head",
    "At which column does head 1 start?",
)
def split_heads(x, n_head):
    d_head = x.shape[1] // n_head
    return np.stack([x[:, h : h + d_head] for h in range(n_head)])


@mistake(
    "split_heads.on-top-of-one-another",
    "this stacks the heads in one long matrix; they need an axis of their own",
    "How many axes should the answer have?",
)
def split_heads(x, n_head):
    return np.concatenate(np.split(x, n_head, axis=-1), axis=0)


@mistake(
    "split_heads.last-head-missing",
    "this leaves the last head out",
    "Where does your loop over the heads start, and where does it stop?",
)
def split_heads(x, n_head):
    d_head = x.shape[1] // n_head
    return np.stack([x[:, h * d_head : (h + 1) * d_head] for h in range(n_head - 1)] or [x])


@mistake(
    "mha.parts-by-reshape",
    "this cuts c_attn's output into three with a reshape to [3, n_seq, n_embd]: every part gets rows "
    "of other tokens",
    "Along which axis do queries, keys and values lie side by side?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in qkv.reshape(3, *x.shape))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.no-c_attn",
    "this uses x itself as queries, keys and values: c_attn is never used",
    "Which of the arguments do you never use?",
)
def mha(x, c_attn, c_proj, n_head):
    q = k = v = split_heads(x, n_head)
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.projection-twice",
    "this runs c_proj twice",
    "How many times does c_proj occur in the formula?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(linear(merge_heads(heads), **c_proj), **c_proj)


@mistake(
    "mha.normalises",
    "this normalises x itself, which the block has already done",
    "Whose job is the layer norm: attention's or the block's?",
)
def mha(x, c_attn, c_proj, n_head):
    x = (x - np.mean(x, axis=-1, keepdims=True)) / np.sqrt(np.var(x, axis=-1, keepdims=True) + 1e-5)
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "mha.projection-bias-for-every-head",
    "this adds c_proj's bias once for every head",
    "How many times is the bias added to one row?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj) + (n_head - 1) * c_proj["b"]


@mistake(
    "mha.sum-of-heads",
    "this replaces every head's columns by the sum of all heads",
    "What should happen to what each head found on its own?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(np.tile(np.sum(heads, axis=0), n_head), **c_proj)


@mistake(
    "mha.bias-of-c_attn-behind",
    "this adds a part of c_attn's bias after c_proj, which has a bias of its own",
    "Which bias belongs to which layer?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return merge_heads(heads) @ c_proj["w"] + c_attn["b"][: x.shape[-1]]


@mistake(
    "mha.first-head-only",
    "this returns after the first head",
    "Is there a return inside your loop over the heads?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    d_head = heads.shape[-1]
    return linear(heads[0], c_proj["w"][:d_head], c_proj["b"])


@mistake(
    "mha.no-query-and-key-bias",
    "this forgets c_attn's bias for queries and keys",
    "How long is c_attn's bias, and which parts does it have?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    n = 2 * x.shape[-1]
    qkv = np.concatenate([qkv[:, :n] - c_attn["b"][:n], qkv[:, n:]], axis=-1)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)


@mistake(
    "split_heads.reshaped-features-first",
    "this reshapes to [n_head, d_head, n_seq] and then swaps: the numbers are mixed up before the swap",
    "reshape keeps numbers in the order in which they are stored. Which of the three axes comes first there?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_head, n_embd // n_head, n_seq).swapaxes(1, 2)


@mistake(
    "split_heads.first-head-only",
    "this returns the first head only",
    "Is there a return inside your loop over the heads?",
)
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_seq, n_head, n_embd // n_head).swapaxes(0, 1)[:1]


@mistake(
    "mha.heads-returned",
    "this returns the heads: they are not merged yet, and c_proj has not run",
    "Which two steps follow after attention?",
)
def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    return attention(q, k, v, causal_mask(len(x)))


@mistake(
    "mha.float16",
    "this computes in half precision somewhere inside, which keeps only three digits",
    "What is the dtype of your intermediate arrays?",
)
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn).astype(np.float16).astype(x.dtype)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)


@form("mha.float16")
def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    heads = attention(q, k, v, causal_mask(len(x))).astype(np.float16).astype(x.dtype)
    return linear(merge_heads(heads), **c_proj)


@form("mha.float16")
def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    out = linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
    return out.astype(np.float16).astype(x.dtype)


@form("mha.float16")
def mha(x, c_attn, c_proj, n_head):
    small = x.astype(np.float16).astype(x.dtype)
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(small, **c_attn), 3, axis=-1))
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)


@mistake(
    "mha.same-projection-for-input",
    "this runs c_proj on x, not on what the heads found",
    "What goes into the last linear layer: the input, or the merged heads?",
)
def mha(x, c_attn, c_proj, n_head):
    return linear(x, **c_proj)


@mistake(
    "mha.no-softmax-average",
    "this gives every token the plain average of the earlier values: queries and keys are never used",
    "Who decides how much each earlier token counts?",
)
def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    weights = softmax(causal_mask(len(x)))
    return linear(merge_heads(weights @ v), **c_proj)


@mistake(
    "merge_heads.axes-misread",
    "this reads the axes of x in another order than they have: the heads come first",
    "What does print(x.shape) show, and which of the numbers is n_head?",
)
def merge_heads(x):
    n_seq, n_head, d_head = x.shape
    return x.transpose(1, 0, 2).reshape(n_seq, n_head * d_head)
