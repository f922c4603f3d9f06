import numpy as np

SQRT_2_OVER_PI = float(np.sqrt(2 / np.pi))

def gelu(x): return x / 2 * (1 + np.tanh(SQRT_2_OVER_PI * (x + .044715 * x * x * x)))

def softmax(x):
    z = np.exp(x - np.max(x, -1, keepdims=True))
    return z / np.sum(z, -1, keepdims=True)

def layer_norm(x, g=None, b=None, eps=1e-5):
    y = (x - np.mean(x, -1, keepdims=True)) / np.sqrt(np.var(x, -1, keepdims=True) + eps)
    if g is not None: y = y * g
    if b is not None: y = y + b
    return y

def linear(x, w, b=None):
    y = x @ w
    return y if b is None else y + b

def causal_mask(n_seq): return np.where(np.tri(n_seq) == 1, np.float32(0), np.float32(-1e10))

def attention(q, k, v, mask=None):
    s = np.einsum("hqd,hkd->hqk", q, k) / q.shape[-1] ** .5
    if mask is not None: s = s + mask
    return np.einsum("hqk,hkd->hqd", softmax(s), v)

def split_heads(x, n_head): return np.array([x[:, i::1][:, :x.shape[1] // n_head] for i in range(0, x.shape[1], x.shape[1] // n_head)])

def merge_heads(x): return np.concatenate([*x], -1)

def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(y, n_head) for y in np.split(linear(x, **c_attn), 3, axis=1))
    mask = causal_mask(len(x)) if len(x) > 1 else None
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj)

def feed_forward(x, c_fc, c_proj): return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[np.asarray(inputs, int)] + wpe[:len(inputs)]
    for b in blocks: x = transformer_block(x, **b, n_head=n_head)
    return linear(layer_norm(x, **ln_f), wte.T)
