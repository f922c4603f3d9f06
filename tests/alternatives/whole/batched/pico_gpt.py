"""nanoGPT's way: everything has a batch axis (B, T, C); without one, one is added and taken away again."""
import numpy as np

def gelu(x):
    return 0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3)))

def softmax(x):
    x = np.exp(x - x.max(axis=-1, keepdims=True))
    return x / x.sum(axis=-1, keepdims=True)

def layer_norm(x, g, b, eps=1e-5):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps) * g + b

def linear(x, w, b):
    return x @ w + b

def causal_mask(n_seq):
    return np.triu(np.ones((n_seq, n_seq), dtype=np.float32), 1) * -1e10

def attention(q, k, v, mask):
    att = (q @ k.swapaxes(-2, -1)) * (1.0 / np.sqrt(k.shape[-1]))  # (B, nh, T, hs) x (B, nh, hs, T) -> (B, nh, T, T)
    return softmax(att + mask) @ v

def split_heads(x, n_head):
    *B, T, C = x.shape
    return x.reshape(*B, T, n_head, C // n_head).swapaxes(-3, -2)  # (B, nh, T, hs)

def merge_heads(x):
    *B, nh, T, hs = x.shape
    return x.swapaxes(-3, -2).reshape(*B, T, nh * hs)

def mha(x, c_attn, c_proj, n_head):
    T = x.shape[-2]
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    y = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(T))
    return linear(merge_heads(y), **c_proj)

def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return x

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    idx = np.atleast_2d(np.asarray(inputs))
    B, T = idx.shape
    x = wte[idx] + wpe[np.arange(T)]  # (B, T, C)
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    logits = layer_norm(x, **ln_f) @ wte.T
    return logits if np.ndim(inputs) > 1 else logits[0]
