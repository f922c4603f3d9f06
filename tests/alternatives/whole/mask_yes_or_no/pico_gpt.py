"""attention takes a mask of booleans as yes (look) or no, and a mask of numbers as what is added."""
import numpy as np

def gelu(x):
    return 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))

def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def layer_norm(x, g, b, eps=1e-5):
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps) * g + b

def linear(x, w, b):
    return x.dot(w) + b

def causal_mask(n_seq):
    return np.where(np.tril(np.ones((n_seq, n_seq), bool)), 0.0, -np.inf)

def attention(q, k, v, mask):
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
    scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    return softmax(scores) @ v

def split_heads(x, n_head):
    n, d = x.shape
    return x.reshape(n, n_head, d // n_head).transpose(1, 0, 2)

def merge_heads(x):
    h, n, d = x.shape
    return np.ascontiguousarray(x.transpose(1, 0, 2)).reshape(n, h * d)

def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    may_look = np.tril(np.ones((len(x), len(x)), dtype=bool))
    heads = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), may_look)
    return linear(merge_heads(heads), **c_proj)

def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    y = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return y + feed_forward(layer_norm(y, **ln_2), **mlp)

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte.take(inputs, axis=0) + wpe[: len(inputs)]
    for block in blocks:
        x = transformer_block(x, n_head=n_head, **block)
    return np.dot(layer_norm(x, **ln_f), wte.T)
