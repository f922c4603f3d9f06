# The mask is made once, in gpt2, and handed through every layer.
import math
import numpy as np

def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)

def layer_norm(x, g, b, eps=1e-5):
    return g * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps) + b

def linear(x, w, b):
    return x @ w + b

def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq), dtype=np.float32)
    mask[np.triu_indices(n_seq, 1)] = -1e10
    return mask

def attention(q, k, v, mask):
    return softmax(q @ k.swapaxes(-2, -1) / math.sqrt(q.shape[-1]) + mask) @ v

def split_heads(x, n_head):
    return x.reshape(x.shape[0], n_head, -1).swapaxes(0, 1)

def merge_heads(x):
    return x.swapaxes(0, 1).reshape(x.shape[1], -1)

def mha(x, c_attn, c_proj, n_head, mask=None):
    if mask is None:
        mask = causal_mask(x.shape[0])
    q, k, v = [split_heads(p, n_head) for p in np.split(linear(x, **c_attn), 3, -1)]
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj)

def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head, mask=None):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head, mask=mask)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    mask = causal_mask(len(inputs))
    x = wte[inputs] + wpe[: len(inputs)]
    for block in blocks:
        x = transformer_block(x, n_head=n_head, mask=mask, **block)
    return layer_norm(x, **ln_f) @ wte.T
