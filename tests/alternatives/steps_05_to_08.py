# == causal_mask.triu
def causal_mask(n_seq): return np.triu(np.full((n_seq, n_seq), -1e10, dtype=np.float32), k=1)
# == causal_mask.minus-infinity
def causal_mask(n_seq): return np.where(np.arange(n_seq)[None] > np.arange(n_seq)[:, None], -np.inf, 0.0)
# == causal_mask.finfo-min
def causal_mask(n_seq):
    m = np.zeros((n_seq, n_seq), dtype=np.float32)
    m[np.triu_indices(n_seq, 1)] = np.finfo(np.float32).min
    return m
# == causal_mask.loops
def causal_mask(n_seq): return [[0.0 if j <= i else -1e9 for j in range(n_seq)] for i in range(n_seq)]
# == causal_mask.minus-ten-thousand
def causal_mask(n_seq): return -1e4 * (1 - np.tril(np.ones((n_seq, n_seq))))
# == causal_mask.picogpt
def causal_mask(n_seq): return (1 - np.tri(n_seq, dtype=np.float32)) * -1e10
# == attention.heads-in-a-loop
def attention(q, k, v, mask):
    out = []
    for h in range(len(q)):
        out.append(softmax(q[h] @ k[h].T / np.sqrt(q.shape[-1]) + mask) @ v[h])
    return np.array(out)
# == attention.einsum
def attention(q, k, v, mask):
    s = np.einsum("hqd,hkd->hqk", q, k) * q.shape[-1] ** -0.5 + mask
    return np.einsum("hqk,hkd->hqd", softmax(s), v)
# == attention.q-scaled-first
def attention(q, k, v, mask): return softmax((q / math.sqrt(k.shape[2])) @ k.transpose(0, 2, 1) + mask) @ v
# == attention.no-helper
def attention(q, k, v, mask):
    s = np.matmul(q, np.swapaxes(k, 1, 2)) / np.float32(q.shape[-1] ** 0.5)
    s = s + mask
    s = np.exp(s - s.max(2, keepdims=True))
    return np.matmul(s / s.sum(2, keepdims=True), v)
# == attention.divided-at-the-end
def attention(q, k, v, mask):
    s = q @ np.moveaxis(k, -1, -2) / math.sqrt(q.shape[-1]) + mask
    e = np.exp(s - s.max(-1, keepdims=True))
    return (e @ v) / e.sum(-1, keepdims=True)
# == attention.float64
def attention(q, k, v, mask):
    q, k, v = (np.asarray(a, dtype=np.float64) for a in (q, k, v))
    return softmax(q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]) + mask[None]) @ v
# == attention.query-by-query
def attention(q, k, v, mask):
    out = np.zeros((q.shape[0], q.shape[1], v.shape[2]), dtype=q.dtype)
    for h in range(q.shape[0]):
        for i in range(q.shape[1]):
            w = softmax(k[h] @ q[h, i] / math.sqrt(q.shape[2]) + mask[i])
            out[h, i] = (w[:, None] * v[h]).sum(0)
    return out
# == attention.stacked-heads
def attention(q, k, v, mask): return np.stack([softmax(a @ b.T / math.sqrt(a.shape[-1]) + mask) @ c for a, b, c in zip(q, k, v)])
# == split_heads.split
def split_heads(x, n_head): return np.array(np.split(x, n_head, axis=-1))
# == split_heads.view
def split_heads(x, n_head): return np.swapaxes(x.reshape(len(x), n_head, -1), 0, 1)
# == split_heads.fortran
def split_heads(x, n_head): return np.asfortranarray(np.stack(np.hsplit(x, n_head)))
# == split_heads.einsum
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return np.einsum("shd->hsd", x.reshape(n_seq, n_head, n_embd // n_head))
# == split_heads.stacked-columns
def split_heads(x, n_head):
    d = x.shape[1] // n_head
    return np.stack([x[:, h * d : h * d + d] for h in range(n_head)])
# == split_heads.transpose-first
def split_heads(x, n_head): return x.T.reshape(n_head, -1, len(x)).transpose(0, 2, 1)
# == merge_heads.hstack
def merge_heads(x): return np.hstack(list(x))
# == merge_heads.concatenate
def merge_heads(x): return np.concatenate([h for h in x], axis=-1)
# == merge_heads.moveaxis
def merge_heads(x): return np.moveaxis(x, 0, 1).reshape(x.shape[1], -1)
# == merge_heads.fill
def merge_heads(x):
    n_head, n_seq, d = x.shape
    out = np.empty((n_seq, n_head * d))
    for h in range(n_head):
        out[:, h * d : (h + 1) * d] = x[h]
    return out
# == mha.picogpt
def mha(x, c_attn, c_proj, n_head):
    x = linear(x, **c_attn)
    qkv_heads = list(map(lambda x: np.split(x, n_head, axis=-1), np.split(x, 3, axis=-1)))
    causal = (1 - np.tri(x.shape[0], dtype=x.dtype)) * -1e10
    out_heads = [attention(q[None], k[None], v[None], causal)[0] for q, k, v in zip(*qkv_heads)]
    return linear(np.hstack(out_heads), **c_proj)
# == mha.no-helper
def mha(x, c_attn, c_proj, n_head):
    T, C = x.shape
    qkv = (x @ c_attn["w"] + c_attn["b"]).reshape(T, 3, n_head, C // n_head).transpose(1, 2, 0, 3)
    s = qkv[0] @ qkv[1].swapaxes(-1, -2) / math.sqrt(C // n_head)
    s = np.where(np.tri(T, dtype=bool), s, -np.inf)
    s = np.exp(s - s.max(-1, keepdims=True))
    s /= s.sum(-1, keepdims=True)
    return (s @ qkv[2]).swapaxes(0, 1).reshape(T, C) @ c_proj["w"] + c_proj["b"]
# == mha.projection-per-head
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, c_attn["w"], c_attn["b"]), 3, axis=1)
    d = x.shape[1] // n_head
    out = np.tile(c_proj["b"], (len(x), 1))
    for h in range(n_head):
        cut = slice(h * d, (h + 1) * d)
        head = attention(q[None, :, cut], k[None, :, cut], v[None, :, cut], causal_mask(len(x)))[0]
        out = out + head @ c_proj["w"][cut]
    return out
# == mha.token-by-token
def mha(x, c_attn, c_proj, n_head):
    n = x.shape[1]
    rows = []
    for t in range(len(x)):
        seen = x[: t + 1]
        qkv = seen @ c_attn["w"] + c_attn["b"]
        q, k, v = qkv[-1:, :n], qkv[:, n : 2 * n], qkv[:, 2 * n :]
        heads = []
        for qh, kh, vh in zip(np.split(q, n_head, 1), np.split(k, n_head, 1), np.split(v, n_head, 1)):
            heads.append(softmax(qh @ kh.T / math.sqrt(n / n_head)) @ vh)
        rows.append(np.concatenate(heads, axis=1) @ c_proj["w"] + c_proj["b"])
    return np.concatenate(rows)
# == mha.float64
def mha(x, c_attn, c_proj, n_head):
    x = np.float64(x)
    q, k, v = (split_heads(p, n_head) for p in np.split(linear(x, **c_attn), 3, axis=-1))
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == feed_forward.no-helper
def feed_forward(x, c_fc, c_proj):
    h = x @ c_fc["w"] + c_fc["b"]
    h = 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))
    return h @ c_proj["w"] + c_proj["b"]
# == feed_forward.token-by-token
def feed_forward(x, c_fc, c_proj): return np.stack([linear(gelu(linear(row, **c_fc)), **c_proj) for row in x])
# == feed_forward.compose
import functools
def feed_forward(x, c_fc, c_proj):
    layers = (lambda y: linear(y, **c_fc), gelu, lambda y: linear(y, **c_proj))
    return functools.reduce(lambda y, f: f(y), layers, x)
# == feed_forward.einsum
def feed_forward(x, c_fc, c_proj):
    h = gelu(np.einsum("se,eh->sh", x, c_fc["w"]) + c_fc["b"])
    return np.einsum("sh,he->se", h, c_proj["w"]) + c_proj["b"]
# == transformer_block.picogpt
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return x
# == transformer_block.own-copy
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    out = x.copy()
    out += mha(layer_norm(out, ln_1["g"], ln_1["b"]), attn["c_attn"], attn["c_proj"], n_head)
    out += feed_forward(layer_norm(out, ln_2["g"], ln_2["b"]), mlp["c_fc"], mlp["c_proj"])
    return out
# == transformer_block.no-helper
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    def norm(y, p):
        return (y - y.mean(-1, keepdims=True)) / np.sqrt(y.var(-1, keepdims=True) + 1e-5) * p["g"] + p["b"]
    def dense(y, p):
        return y @ p["w"] + p["b"]
    T, C = x.shape
    q, k, v = (a.reshape(T, n_head, -1).transpose(1, 0, 2) for a in np.split(dense(norm(x, ln_1), attn["c_attn"]), 3, 1))
    s = q @ k.transpose(0, 2, 1) / math.sqrt(C / n_head) + np.triu(np.full((T, T), -1e9), 1)
    s = np.exp(s - s.max(-1, keepdims=True))
    x = x + dense(((s / s.sum(-1, keepdims=True)) @ v).transpose(1, 0, 2).reshape(T, C), attn["c_proj"])
    h = dense(norm(x, ln_2), mlp["c_fc"])
    return x + dense(h / (1 + np.exp(-2 * math.sqrt(2 / math.pi) * (h + 0.044715 * h**3))), mlp["c_proj"])
# == transformer_block.residuals-added-last
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(layer_norm(x, **ln_1), n_head=n_head, **attn)
    f = feed_forward(layer_norm(x + a, **ln_2), **mlp)
    return x + a + f
