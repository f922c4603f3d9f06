import numpy as np

def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))

def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)

def layer_norm(x, g, b, eps=1e-5):
    return g * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps) + b

def linear(x, w, b):
    return x @ w + b

def causal_mask(n_seq, n_past=0):
    """[n_seq, n_past + n_seq]"""
    return (1 - np.tri(n_seq, n_past + n_seq, n_past)) * -1e10

def attention(q, k, v, mask=None):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    return softmax(scores if mask is None else scores + mask) @ v

def split_heads(x, n_head):
    return x.reshape(len(x), n_head, -1).swapaxes(0, 1)

def merge_heads(x):
    return x.swapaxes(0, 1).reshape(x.shape[1], -1)

def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(t, n_head) for t in np.split(linear(x, **c_attn), 3, -1))
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)

def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
