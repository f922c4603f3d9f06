"""A batch axis only between the functions of this file: mha takes [1, n_seq, n_embd] from the block."""
import numpy as np

def gelu(x):
    return 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3)))

def softmax(x):
    e = np.exp(x - np.amax(x, -1, keepdims=True))
    return e / np.sum(e, -1, keepdims=True)

def layer_norm(x, g, b, eps=1e-5):
    return np.multiply(g, (x - np.mean(x, -1, keepdims=True)) / np.sqrt(np.var(x, -1, keepdims=True) + eps)) + b

def linear(x, w, b):
    return np.einsum("...i,ij->...j", x, w) + b

def causal_mask(n_seq):
    i = np.arange(n_seq)
    return np.where(i[:, None] >= i, 0, -1e10)

def attention(q, k, v, mask):
    return np.matmul(softmax(np.matmul(q, np.swapaxes(k, -1, -2)) / q.shape[-1] ** 0.5 + mask), v)

def split_heads(x, n_head):
    x = x.reshape(x.shape[:-1] + (n_head, x.shape[-1] // n_head))
    return np.swapaxes(x, -2, -3)

def merge_heads(x):
    x = np.swapaxes(x, -2, -3)
    return x.reshape(x.shape[:-2] + (x.shape[-2] * x.shape[-1],))

def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(p, n_head) for p in np.array_split(linear(x, **c_attn), 3, -1))
    return linear(merge_heads(attention(q, k, v, causal_mask(x.shape[-2]))), **c_proj)

def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x[None]
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return np.squeeze(x, 0)

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    for params in blocks:
        x = transformer_block(x, params["mlp"], params["attn"], params["ln_1"], params["ln_2"], n_head)
    return layer_norm(x, ln_f["g"], ln_f["b"]) @ wte.transpose()
