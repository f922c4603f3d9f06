# Loops and lists wherever possible; NumPy for the products.
import math
import numpy as np

def _rows(f, x):
    """f of every row of an array with any leading axes"""
    if x.ndim == 1:
        return f(x)
    return np.array([_rows(f, part) for part in x])

def gelu(x):
    c = math.sqrt(2 / math.pi)
    out = [0.5 * t * (1 + math.tanh(c * (t + 0.044715 * t**3))) for t in np.ravel(x).tolist()]
    return np.array(out, dtype=x.dtype).reshape(x.shape)

def softmax(x):
    def row(r):
        biggest = max(r)
        e = [math.exp(v - biggest) for v in r]
        total = sum(e)
        return [v / total for v in e]
    return np.asarray(_rows(row, x))

def layer_norm(x, g, b, eps=1e-5):
    def row(r):
        n = len(r)
        mean = math.fsum(r) / n
        var = math.fsum((v - mean) ** 2 for v in r) / n
        return [gi * (v - mean) / math.sqrt(var + eps) + bi for v, gi, bi in zip(r, g, b)]
    return np.asarray(_rows(row, x))

def linear(x, w, b):
    def row(r):
        y = list(b)
        for xi, wi in zip(r, w):
            y = y + xi * wi
        return y
    return np.asarray(_rows(row, x))

def causal_mask(n_seq):
    return np.array([[0.0 if key <= query else -1e10 for key in range(n_seq)] for query in range(n_seq)])

def attention(q, k, v, mask):
    out = []
    for h in range(len(q)):
        rows = []
        for i in range(q.shape[1]):
            scores = np.array([q[h, i] @ k[h, j] / math.sqrt(q.shape[2]) + mask[i, j] for j in range(k.shape[1])])
            rows.append(sum(w * v[h, j] for j, w in enumerate(softmax(scores))))
        out.append(rows)
    return np.array(out)

def split_heads(x, n_head):
    d = x.shape[1] // n_head
    return np.array([[row[h * d : h * d + d] for row in x] for h in range(n_head)])

def merge_heads(x):
    return np.array([np.concatenate([head[i] for head in x]) for i in range(x.shape[1])])

def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn["w"] + c_attn["b"]
    n = x.shape[1]
    q, k, v = qkv[:, :n], qkv[:, n : 2 * n], qkv[:, 2 * n :]
    heads = []
    for h in range(n_head):
        cut = slice(h * n // n_head, (h + 1) * n // n_head)
        s = q[:, cut] @ k[:, cut].T / math.sqrt(n // n_head) + causal_mask(len(x))
        e = np.exp(s - s.max(1, keepdims=True))
        heads.append(e / e.sum(1, keepdims=True) @ v[:, cut])
    return np.concatenate(heads, axis=1) @ c_proj["w"] + c_proj["b"]

def feed_forward(x, c_fc, c_proj):
    return np.array([gelu(row @ c_fc["w"] + c_fc["b"]) @ c_proj["w"] + c_proj["b"] for row in x])

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(layer_norm(x, ln_1["g"], ln_1["b"]), attn["c_attn"], attn["c_proj"], n_head)
    y = np.array([[p + q for p, q in zip(r, s)] for r, s in zip(x, a)])
    return y + feed_forward(layer_norm(y, ln_2["g"], ln_2["b"]), mlp["c_fc"], mlp["c_proj"])
