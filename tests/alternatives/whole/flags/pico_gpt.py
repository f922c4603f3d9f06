"""Flags that change what is returned."""
import numpy as np

def gelu(x, approximate=True):
    assert approximate
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))

def softmax(x, log=False):
    x = x - x.max(-1, keepdims=True)
    total = np.exp(x).sum(-1, keepdims=True)
    return x - np.log(total) if log else np.exp(x) / total

def layer_norm(x, g, b, eps=1e-5, return_stats=False):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    out = g * (x - mean) / np.sqrt(var + eps) + b
    return (out, mean, var) if return_stats else out

def linear(x, w, b, activation=None):
    y = x @ w + b
    return activation(y) if activation else y

def causal_mask(n_seq, as_bool=False):
    seen = np.tri(n_seq, dtype=bool)
    return seen if as_bool else np.where(seen, 0, -1e10).astype(np.float32)

def attention(q, k, v, mask, return_weights=False):
    weights = softmax(q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]) + mask)
    return (weights @ v, weights) if return_weights else weights @ v

def split_heads(x, n_head, transpose=True):
    x = x.reshape(len(x), n_head, -1)
    return x.transpose(1, 0, 2) if transpose else x

def merge_heads(x):
    return x.transpose(1, 0, 2).reshape(x.shape[1], -1)

def mha(x, c_attn, c_proj, n_head, return_weights=False):
    q, k, v = (split_heads(t, n_head) for t in np.split(linear(x, **c_attn), 3, -1))
    out, weights = attention(q, k, v, causal_mask(len(x)), return_weights=True)
    out = linear(merge_heads(out), **c_proj)
    return (out, weights) if return_weights else out

def feed_forward(x, c_fc, c_proj):
    return linear(linear(x, **c_fc, activation=gelu), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head, return_weights=False):
    out, weights = mha(layer_norm(x, **ln_1), **attn, n_head=n_head, return_weights=True)
    x = x + out
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return (x, weights) if return_weights else x

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head, return_weights=False):
    x, all_weights = wte[inputs] + wpe[: len(inputs)], []
    for block in blocks:
        x, weights = transformer_block(x, **block, n_head=n_head, return_weights=True)
        all_weights.append(weights)
    logits = layer_norm(x, **ln_f) @ wte.T
    return (logits, all_weights) if return_weights else logits
