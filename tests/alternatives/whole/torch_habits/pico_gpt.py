"""torch's words in NumPy: dim, keepdim, transpose(-2, -1), masked_fill, a small F."""
import math
import numpy as np


class F:
    @staticmethod
    def softmax(x, dim=-1):
        x = x - x.max(axis=dim, keepdims=True)
        return np.exp(x) / np.exp(x).sum(axis=dim, keepdims=True)

    @staticmethod
    def linear(x, weight, bias=None):
        y = x @ weight
        return y if bias is None else y + bias

    @staticmethod
    def layer_norm(x, shape, weight, bias, eps=1e-5):
        dims = tuple(range(-len(shape), 0))
        mean = x.mean(axis=dims, keepdims=True)
        var = ((x - mean) ** 2).mean(axis=dims, keepdims=True)
        return (x - mean) / np.sqrt(var + eps) * weight + bias


def transpose(x, a, b):
    return np.swapaxes(x, a, b)


def masked_fill(x, where, value):
    return np.where(where, value, x)


def gelu(x):
    return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


def softmax(x, dim=-1):
    return F.softmax(x, dim)


def layer_norm(x, g, b, eps=1e-5):
    return F.layer_norm(x, (x.shape[-1],), g, b, eps)


def linear(x, w, b):
    return F.linear(x, w, b)


def causal_mask(n_seq):
    return masked_fill(np.zeros((n_seq, n_seq), np.float32), np.triu(np.ones((n_seq, n_seq)), k=1) == 1, float("-inf"))


def attention(q, k, v, mask):
    scores = q @ transpose(k, -2, -1) / math.sqrt(q.shape[-1])
    scores = masked_fill(scores + mask, np.isneginf(scores + mask), float("-inf"))
    return softmax(scores, dim=-1) @ v


def split_heads(x, n_head):
    T, C = x.shape
    return transpose(x.reshape(T, n_head, C // n_head), 0, 1)


def merge_heads(x):
    return np.ascontiguousarray(transpose(x, 0, 1)).reshape(x.shape[1], -1)


def mha(x, c_attn, c_proj, n_head):
    T, C = x.shape
    qkv = F.linear(x, c_attn["w"], c_attn["b"])
    q, k, v = [split_heads(qkv[..., i * C : (i + 1) * C], n_head) for i in range(3)]
    y = merge_heads(attention(q, k, v, causal_mask(T)))
    return F.linear(y, c_proj["w"], c_proj["b"])


def feed_forward(x, c_fc, c_proj):
    return F.linear(gelu(F.linear(x, c_fc["w"], c_fc["b"])), c_proj["w"], c_proj["b"])


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return x


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    idx = np.asarray(inputs)
    (T,) = idx.shape
    tok_emb = wte[idx]
    pos_emb = wpe[np.arange(0, T)]
    x = tok_emb + pos_emb
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return F.linear(x, transpose(wte, 0, 1))
