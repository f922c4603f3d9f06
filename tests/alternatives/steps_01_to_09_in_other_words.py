# == gelu.log-space
def gelu(x): return x * np.exp(-np.logaddexp(0, -2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
# == gelu.piecewise
def gelu(x):
    out = np.zeros(np.shape(x)); out[...] = x
    m = np.abs(x) < 10
    out[m] = 0.5 * x[m] * (1 + np.tanh(math.sqrt(2/math.pi) * (x[m] + 0.044715 * x[m]**3)))
    out[x <= -10] = 0
    return out
# == gelu.nditer
def gelu(x):
    y = np.empty(x.shape)
    for i in np.ndindex(x.shape): y[i] = 0.5 * x[i] * (1 + math.tanh(math.sqrt(2/math.pi) * (float(x[i]) + 0.044715 * float(x[i])**3)))
    return y
# == gelu.recursion
def gelu(x):
    x = np.asarray(x)
    if x.ndim: return np.stack([gelu(v) for v in x])
    return 0.5 * x * (1 + np.tanh(np.sqrt(2/np.pi) * (x + 0.044715 * x**3)))
# == gelu.polyval
def gelu(x): return np.multiply(x, np.add(1, np.tanh(0.7978845608 * np.polyval([0.044715, 0, 1, 0], x)))) / 2
# == gelu.frompyfunc-ish
def gelu(x):
    f = np.frompyfunc(lambda t: 0.5 * t * (1 + math.tanh(math.sqrt(2/math.pi) * (t + 0.044715 * t**3))), 1, 1)
    return f(x).astype(float)
# == gelu.fortran-view
def gelu(x):
    x = x[...]
    return np.asfortranarray(0.5 * x * (1.0 + np.tanh(np.sqrt(2.0/np.pi) * (x + 0.044715 * np.power(x, 3.0)))))
# == softmax.einsum-divide
def softmax(x):
    e = np.exp(x - np.max(x, -1, keepdims=True)); return np.einsum("...i,...->...i", e, 1 / np.einsum("...i->...", e))
# == softmax.T
def softmax(x):
    e = np.exp(x.T - x.T.max(0)); return (e / e.sum(0)).T
# == softmax.logaddexp
def softmax(x):
    return np.exp(x - np.logaddexp.reduce(x.astype(float), axis=-1, keepdims=True))
# == softmax.pairwise
def softmax(x):
    x = np.float64(x)
    d = x[..., None, :] - x[..., :, None]
    with np.errstate(over="ignore"): return 1 / np.exp(d).sum(-1)
# == softmax.exp2
def softmax(x):
    e = np.exp2((np.float64(x) - np.max(x, axis=-1, keepdims=True)) / math.log(2)); return e / e.sum(-1, keepdims=True)
# == softmax.nested-lists
def softmax(x):
    if np.ndim(x) > 1: return [softmax(r) for r in x]
    m = max(x); e = [math.exp(v - m) for v in x]; s = sum(e); return [v / s for v in e]
# == softmax.take-along
def softmax(x):
    m = np.take_along_axis(x, np.argmax(x, -1)[..., None], -1); e = np.exp(x - m); return np.divide(e, np.add.reduce(e, -1, keepdims=True))
# == layer_norm.welford
def layer_norm(x, g, b, eps=1e-5):
    m = np.zeros(x.shape[:-1]); s = np.zeros(x.shape[:-1])
    for n in range(x.shape[-1]):
        d = x[..., n] - m; m = m + d / (n + 1); s = s + d * (x[..., n] - m)
    v = s / x.shape[-1]
    return (x - m[..., None]) / np.sqrt(v + eps)[..., None] * g + b
# == layer_norm.centering-matrix
def layer_norm(x, g, b, eps=1e-5):
    n = x.shape[-1]; c = np.eye(n) - 1 / n; y = x @ c
    return y / np.sqrt(np.einsum("...i,...i->...", y, y)[..., None] / n + eps) * g + b
# == layer_norm.hypot
def layer_norm(x, g, b, eps=1e-5):
    d = x - np.average(x, axis=-1)[..., None]
    return g * d / np.hypot(np.std(d, axis=-1, keepdims=True), np.sqrt(eps)) + b
# == layer_norm.cov
def layer_norm(x, g, b, eps=1e-5):
    d = x - x.mean(axis=-1, keepdims=True)
    s = np.linalg.norm(d, axis=-1, keepdims=True)
    return g * d * math.sqrt(x.shape[-1]) / np.sqrt(s * s + x.shape[-1] * eps) + b
# == layer_norm.lists
def layer_norm(x, g, b, eps=1e-5):
    if x.ndim > 1: return [layer_norm(r, g, b, eps) for r in x]
    m = sum(x.tolist()) / len(x); v = sum((t - m) ** 2 for t in x.tolist()) / len(x)
    return [float(gg) * (t - m) / math.sqrt(v + eps) + float(bb) for t, gg, bb in zip(x.tolist(), g, b)]
# == linear.loops
def linear(x, w, b):
    flat = x.reshape(-1, w.shape[0]); out = np.tile(b.astype(float), (len(flat), 1))
    for i in range(w.shape[0]): out += flat[:, i : i + 1] * w[i]
    return out.reshape(*x.shape[:-1], w.shape[1])
# == linear.broadcast-sum
def linear(x, w, b): return (x[..., :, None] * w).sum(-2) + b
# == linear.apply
def linear(x, w, b): return np.apply_along_axis(lambda r: r @ w + b, -1, x)
# == linear.swapped
def linear(x, w, b): return np.swapaxes(w.T @ np.atleast_2d(x).swapaxes(-1, -2), -1, -2).reshape(x.shape[:-1] + b.shape) + b
# == linear.lists
def linear(x, w, b): return (np.array(x.tolist()) @ np.array(w.tolist()) + np.array(b.tolist())).tolist()
# == causal_mask.fromfunction
def causal_mask(n_seq): return np.fromfunction(lambda i, j: np.where(j > i, -1e12, 0.0), (n_seq, n_seq))
# == causal_mask.float16
def causal_mask(n_seq): return np.triu(np.full((n_seq, n_seq), -np.inf, dtype=np.float16), 1)
# == causal_mask.finfo64
def causal_mask(n_seq): return np.where(np.tril(np.ones((n_seq, n_seq))) > 0, 0, np.finfo(np.float64).min)
# == causal_mask.int
def causal_mask(n_seq): return np.triu(np.full((n_seq, n_seq), -10**9), 1)
# == causal_mask.log-tri
def causal_mask(n_seq):
    with np.errstate(divide="ignore"): return np.log(np.tri(n_seq, dtype=np.float32))
# == causal_mask.growing-rows
def causal_mask(n_seq): return np.array([[0.0] * (i + 1) + [-1e30] * (n_seq - i - 1) for i in range(n_seq)], dtype=np.float32)
# == causal_mask.masked-array-filled
def causal_mask(n_seq):
    m = np.zeros((n_seq, n_seq), np.float32)
    for i in range(n_seq): m[i, i + 1 :] = -1e9
    return m
# == causal_mask.cumsum
def causal_mask(n_seq): return -1e10 * (np.cumsum(np.eye(n_seq), axis=1) - np.eye(n_seq))
# == attention.where-inf
def attention(q, k, v, mask):
    s = np.einsum("hid,hjd->hij", q, k, optimize=True) / np.sqrt(q.shape[-1])
    s = s + mask
    s -= s.max(axis=-1, keepdims=True)
    w = np.exp(s); w /= w.sum(axis=-1, keepdims=True)
    return np.einsum("hij,hjd->hid", w, v)
# == attention.lists-loops
def attention(q, k, v, mask):
    H, T, D = q.shape; out = []
    for h in range(H):
        rows = []
        for i in range(T):
            s = [float(np.dot(q[h, i].astype(float), k[h, j].astype(float))) / math.sqrt(D) + float(mask[i][j]) for j in range(len(k[h]))]
            m = max(s); e = [math.exp(t - m) for t in s]; z = sum(e)
            rows.append([sum(e[j] / z * float(v[h, j, d]) for j in range(len(e))) for d in range(v.shape[2])])
        out.append(rows)
    return out
# == attention.online-softmax
def attention(q, k, v, mask):
    H, T, D = q.shape
    m = np.full((H, T, 1), -np.inf); l = np.zeros((H, T, 1)); o = np.zeros((H, T, v.shape[-1]))
    for j in range(k.shape[1]):
        s = (q.astype(float) * k[:, j : j + 1]).sum(-1, keepdims=True) / math.sqrt(D) + mask[None, :, j : j + 1]
        n = np.maximum(m, s)
        with np.errstate(invalid="ignore"):
            c = np.where(np.isneginf(m), 0.0, np.exp(m - np.where(np.isneginf(n), 0, n)))
        p = np.exp(s - np.where(np.isneginf(n), 0, n))
        o = o * c + p * v[:, j : j + 1]; l = l * c + p; m = n
    return o / l
# == attention.quarter-root
def attention(q, k, v, mask):
    r = q.shape[-1] ** 0.25
    return softmax((q / r) @ (k / r).swapaxes(1, 2) + mask) @ v
# == attention.keys-first
def attention(q, k, v, mask):
    s = np.matmul(k, q.transpose(0, 2, 1)).transpose(0, 2, 1) * (1 / math.sqrt(k.shape[-1]))
    return np.matmul(v.transpose(0, 2, 1), softmax(s + mask).transpose(0, 2, 1)).transpose(0, 2, 1)
# == split_heads.take
def split_heads(x, n_head): return np.take(x.T.reshape(n_head, -1, len(x)), range(len(x)), axis=2).swapaxes(1, 2)
# == split_heads.rollaxis
def split_heads(x, n_head): return np.rollaxis(x.reshape(x.shape[0], n_head, x.shape[1] // n_head), 1)
# == split_heads.strided
def split_heads(x, n_head):
    x = np.ascontiguousarray(x); d = x.shape[1] // n_head
    return np.lib.stride_tricks.as_strided(x, (n_head, len(x), d), (d * x.itemsize, x.strides[0], x.itemsize))
# == merge_heads.dstack
def merge_heads(x): return np.array([np.concatenate([h[t] for h in x]) for t in range(x.shape[1])])
# == merge_heads.einsum
def merge_heads(x): return np.einsum("hsd->shd", x).reshape(x.shape[1], x.shape[0] * x.shape[2])
# == merge_heads.block
def merge_heads(x): return np.block([h for h in x])
# == merge_heads.lists
def merge_heads(x): return [[float(f) for h in x for f in h[t]] for t in range(x.shape[1])]
# == mha.causal-slices
def mha(x, c_attn, c_proj, n_head):
    T, C = x.shape; d = C // n_head; qkv = linear(x, **c_attn); out = np.zeros((T, C))
    for h in range(n_head):
        q, k, v = qkv[:, h*d:(h+1)*d], qkv[:, C+h*d:C+(h+1)*d], qkv[:, 2*C+h*d:2*C+(h+1)*d]
        for i in range(T):
            w = softmax((k[: i+1] @ q[i]) / np.sqrt(d)); out[i, h*d:(h+1)*d] = w @ v[: i+1]
    return linear(out, **c_proj)
# == mha.three-products
def mha(x, c_attn, c_proj, n_head):
    n = x.shape[1]; ws, bs = np.hsplit(c_attn["w"], 3), np.split(c_attn["b"], 3)
    q, k, v = (split_heads(x @ w + b, n_head) for w, b in zip(ws, bs))
    return merge_heads(attention(q, k, v, np.triu(np.full((len(x), len(x)), -np.inf), 1))) @ c_proj["w"] + c_proj["b"]
# == mha.key-bias-dropped
def mha(x, c_attn, c_proj, n_head):
    n = x.shape[1]; w, b = c_attn["w"], c_attn["b"]
    q, k, v = x @ w[:, :n] + b[:n], x @ w[:, n:2*n], x @ w[:, 2*n:] + b[2*n:]
    q, k, v = (split_heads(a, n_head) for a in (q, k, v))
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha.value-bias-last
def mha(x, c_attn, c_proj, n_head):
    n = x.shape[1]; w, b = c_attn["w"], c_attn["b"]
    q, k, v = (split_heads(a, n_head) for a in (x @ w[:, :n] + b[:n], x @ w[:, n:2*n] + b[n:2*n], x @ w[:, 2*n:]))
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))) + b[2*n:], **c_proj)
# == mha.tuple-get
def mha(x, c_attn, c_proj, n_head):
    aw, ab = c_attn["w"], c_attn["b"]
    qkv = np.einsum("tc,cd->td", x, aw) + ab
    qkv = qkv.reshape(len(x), 3, n_head, -1)
    s = np.einsum("thd,shd->hts", qkv[:, 0], qkv[:, 1]) / (x.shape[1] / n_head) ** 0.5
    i = np.arange(len(x)); s[:, i[:, None] < i] = np.finfo(s.dtype).min
    p = np.exp(s - s.max(-1, keepdims=True)); p /= p.sum(-1, keepdims=True)
    return np.einsum("hts,shd->thd", p, qkv[:, 2]).reshape(len(x), -1) @ c_proj["w"] + c_proj["b"]
# == feed_forward.hidden-unit-loop
def feed_forward(x, c_fc, c_proj):
    out = np.tile(c_proj["b"].astype(float), (len(x), 1))
    for j in range(c_fc["w"].shape[1]): out += np.outer(gelu(x @ c_fc["w"][:, j] + c_fc["b"][j]), c_proj["w"][j])
    return out
# == feed_forward.float64
def feed_forward(x, c_fc, c_proj): return linear(gelu(linear(x.astype(np.float64), **c_fc)), **c_proj)
# == feed_forward.values
def feed_forward(x, c_fc, c_proj):
    h = linear(x, c_fc["w"], c_fc["b"]); np.multiply(h, 0.5 * (1 + np.tanh(math.sqrt(2/math.pi) * (h + 0.044715 * h**3))), out=h)
    return linear(h, c_proj["w"], c_proj["b"])
# == transformer_block.loop-over-halves
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    for f, ln in ((lambda y: mha(y, **attn, n_head=n_head), ln_1), (lambda y: feed_forward(y, **mlp), ln_2)):
        x = x + f(layer_norm(x, **ln))
    return x
# == transformer_block.float64-stack
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    y = np.array(x, dtype=np.float64, order="F")
    y = y + mha(layer_norm(y, **ln_1), **attn, n_head=n_head)
    return np.add(feed_forward(layer_norm(y, **ln_2), **mlp), y)
# == gpt2.take-lists
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = [list(map(float, wte[int(t)] + wpe[p])) for p, t in enumerate(inputs)]
    x = np.array(x)
    for i in range(len(blocks)): x = transformer_block(x, blocks[i]["mlp"], blocks[i]["attn"], blocks[i]["ln_1"], blocks[i]["ln_2"], n_head)
    return (wte @ layer_norm(x, **ln_f).T).T
# == gpt2.row-by-row-prefix
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    out = []
    for n in range(1, len(inputs) + 1):
        x = wte[np.asarray(inputs)[:n]] + wpe[:n]
        for b in blocks: x = transformer_block(x, **b, n_head=n_head)
        out.append(wte @ layer_norm(x[-1], **ln_f))
    return np.array(out)
# == gpt2.copied-params
import copy
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    blocks = copy.deepcopy(blocks); x = wte[inputs].copy(); x += wpe[: x.shape[0]]
    while blocks: x = transformer_block(x, **blocks.pop(0), n_head=n_head)
    return layer_norm(x, **ln_f) @ np.ascontiguousarray(wte.T)
# == causal_mask.minus-9999
def causal_mask(n_seq): return np.where(np.tri(n_seq) > 0, 0.0, -9999.0)
