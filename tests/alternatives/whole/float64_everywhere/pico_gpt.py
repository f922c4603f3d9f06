import numpy as np

def f64(*xs):
    out = [np.array(x, dtype=np.float64) for x in xs]
    return out if len(out) > 1 else out[0]

def to64(tree):
    if isinstance(tree, dict):
        return {k: to64(v) for k, v in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [to64(v) for v in tree]
    return f64(tree) if isinstance(tree, np.ndarray) else tree

def gelu(x):
    x = f64(x)
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))

def softmax(x):
    x = f64(x)
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)

def layer_norm(x, g, b, eps=1e-5):
    x, g, b = f64(x, g, b)
    return g * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps) + b

def linear(x, w, b):
    x, w, b = f64(x, w, b)
    return x @ w + b

def causal_mask(n_seq):
    return f64(np.triu(np.full((n_seq, n_seq), -np.inf), 1))

def attention(q, k, v, mask):
    q, k, v, mask = f64(q, k, v, mask)
    return softmax(q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2]) + mask) @ v

def split_heads(x, n_head):
    return f64(x).reshape(len(x), n_head, -1).transpose(1, 0, 2)

def merge_heads(x):
    return f64(x).transpose(1, 0, 2).reshape(np.shape(x)[1], -1)

def mha(x, c_attn, c_proj, n_head):
    qkv = [split_heads(t, n_head) for t in np.split(linear(x, **c_attn), 3, 1)]
    return linear(merge_heads(attention(*qkv, causal_mask(len(x)))), **c_proj)

def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = f64(x)
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    wte, wpe = f64(wte, wpe)
    x = wte[inputs] + wpe[: len(inputs)]
    for block in to64(blocks):
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
