# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
# == split_heads | tokens, columns
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_head, n_seq, n_embd // n_head)
# == split_heads | //
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd / n_head
    return x.reshape(n_seq, n_head, d_head).transpose(1, 0, 2)
# == split_heads | //
def split_heads(x, n_head):
    return x.reshape(x.shape[0], n_head, x.shape[1] / n_head).transpose(1, 0, 2)
# == split_heads | array, list|stack
def split_heads(x, n_head):
    return np.split(x, n_head, axis=-1)
# == split_heads | swapaxes
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_seq, n_head, n_embd // n_head).transpose(0, 1)
# == split_heads | heads, first
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_seq, n_head, n_embd // n_head)
# == split_heads | n_embd, value
def split_heads(x, n_head):
    n_seq = len(x)
    return x.reshape(n_seq, n_head, n_embd // n_head).transpose(1, 0, 2)
# == split_heads | reshape
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.view(n_seq, n_head, n_embd // n_head).transpose(1, 0, 2)
# == merge_heads | tokens first|mixed
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return x.reshape(n_seq, n_head * d_head)
# == merge_heads | swapaxes
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return x.transpose(0, 1).reshape(n_seq, n_head * d_head)
# == merge_heads | brackets
def merge_heads(x):
    out = x[0]
    for h in range(1, len(x)):
        out = np.concatenate(out, x[h], axis=-1)
    return out
# == merge_heads | on top of one another|side by side
def merge_heads(x):
    return np.concatenate(x, axis=0)
# == mha | dictionary
def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn
    q, k, v = np.split(qkv, 3, axis=-1)
    heads = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(len(x)))
    return merge_heads(heads) @ c_proj
# == mha | dictionary
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    heads = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(len(x)))
    return linear(merge_heads(heads), c_proj)
# == mha | b, w, three
def mha(x, c_attn, c_proj, n_head):
    w, b = c_attn["w"], c_attn["b"]
    d = w.shape[0]
    q, k, v = (linear(x, w[:, i * d:(i + 1) * d], b) for i in range(3))
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha | along the tokens|axis
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3)
    heads = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)
# == mha | tokens
def mha(x, c_attn, c_proj, n_head):
    q, k, v = linear(x, **c_attn)
    heads = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)
# == mha | c_proj
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    return merge_heads(attention(q, k, v, causal_mask(x.shape[0])))
# == mha | without a mask
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    heads = attention(q, k, v, np.zeros((len(x), len(x))))
    return linear(merge_heads(heads), **c_proj)
# == mha | queries
def mha(x, c_attn, c_proj, n_head):
    k, q, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)
# == mha | embedding|row for every token
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    heads = attention(q, k, v, causal_mask(x.shape[1]))
    return linear(merge_heads(heads), **c_proj)
# == mha | big head|n_head
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    out = attention(q[None], k[None], v[None], causal_mask(len(x)))
    return linear(out[0], **c_proj)
# == mha | c_attn, "w"|["w"]|square brackets
def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn.w + c_attn.b
    q, k, v = np.split(qkv, 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha | "w", "b"
def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn["weight"] + c_attn["bias"]
    q, k, v = np.split(qkv, 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha | split_head, split_heads
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_head(t, n_head) for t in (q, k, v)]
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha | return
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    out = linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == split_heads | x.reshape, throws
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    x.reshape(n_seq, n_head, n_embd // n_head)
    return x.transpose(1, 0, 2)
# == split_heads | one shape
def split_heads(x, n_head):
    d = x.shape[1] // n_head
    heads = []
    for i in range(n_head):
        heads.append(x[i * d:(i + 1) * d])
    return np.array(heads)
# == split_heads | .shape, tuple
def split_heads(x, n_head):
    n_seq, n_embd = x.shape()
    return x.reshape(n_seq, n_head, n_embd // n_head).transpose(1, 0, 2)
# == merge_heads | np.concatenate
def merge_heads(x):
    return np.hstack(x, axis=-1)
# == merge_heads | axes, heads come first
def merge_heads(x):
    n_seq, n_head, d_head = x.shape
    return x.transpose(1, 0, 2).reshape(n_seq, n_head * d_head)
# == mha | some of
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    q = split_heads(q, n_head)
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)
# == mha | without n_head
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    q, k, v = map(split_heads, [q, k, v])
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)
# == mha | without mask
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = [split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1)]
    heads = attention(q, k, v)
    return linear(merge_heads(heads), **c_proj)
# == mha | causal_mask, one number
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = [split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1)]
    heads = attention(q, k, v, causal_mask(x.shape))
    return linear(merge_heads(heads), **c_proj)
# == mha | causal_mask(
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = [split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1)]
    heads = attention(q, k, v, causal_mask)
    return linear(merge_heads(heads), **c_proj)
# == mha | without b
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, c_attn["w"])
    q, k, v = [split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1)]
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), c_proj["w"])
# == mha | two stars
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, *c_attn)
    q, k, v = [split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1)]
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), *c_proj)
# == mha | swapped
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, c_attn["b"], c_attn["w"])
    q, k, v = [split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1)]
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), c_proj["b"], c_proj["w"])
# == mha | one row, many times
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    n = len(x)
    mask = [[0] * n] * n
    for i in range(n):
        for j in range(n):
            if j > i:
                mask[i][j] = -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj)
# == split_heads | /|integer|float|//
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd / n_head
    return x.reshape(n_seq, n_head, d_head).transpose(1, 0, 2)
# == split_heads | list|array|shape
def split_heads(x, n_head):
    return np.split(x, n_head, axis=-1)
# == split_heads | axis|rows|tokens|split|equal division
def split_heads(x, n_head):
    heads = np.split(x, n_head, axis=0)
    return np.array(heads)
# == merge_heads | transpose|axes|reshape|mixed|order
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    x.transpose(1, 0, 2)
    return x.reshape(n_seq, n_head * d_head)
# == merge_heads | unpack|shape|values
def merge_heads(x):
    n_head, d_head = x.shape
    return x.transpose(1, 0, 2).reshape(-1, n_head * d_head)
# == mha | dict|argument|missing|linear
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, c_attn)
    q, k, v = [split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1)]
    out = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(out), c_proj)
# == mha | along the tokens
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3)
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    out = attention(q, k, v, causal_mask(x.shape[0]))
    return linear(merge_heads(out), **c_proj)
# == mha | mask|argument|missing
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, c_attn["w"], c_attn["b"])
    q, k, v = (split_heads(t, n_head) for t in np.split(qkv, 3, axis=1))
    heads = attention(q, k, v)
    return linear(merge_heads(heads), c_proj["w"], c_proj["b"])
# == mha | weight|key
def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn["weight"] + c_attn["bias"]
    q, k, v = (split_heads(t, n_head) for t in np.split(qkv, 3, axis=1))
    heads = attention(q, k, v, causal_mask(len(x)))
    return merge_heads(heads) @ c_proj["weight"] + c_proj["bias"]
# == mha | n_seq|mask|shape|causal_mask|n_head
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(t, n_head) for t in np.split(qkv, 3, axis=1))
    heads = attention(q, k, v, causal_mask(n_head))
    return linear(merge_heads(heads), **c_proj)
# == mha | split_heads|head|shape
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    split_heads(q, n_head)
    split_heads(k, n_head)
    split_heads(v, n_head)
    out = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(out), **c_proj)
