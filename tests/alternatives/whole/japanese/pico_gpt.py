"""GPT-2 の順伝播。コメントは日本語。"""
import numpy as np


def gelu(x):
    # tanh による近似
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def softmax(x):
    # オーバーフローを防ぐために最大値を引く
    x = x - x.max(axis=-1, keepdims=True)
    指数 = np.exp(x)
    return 指数 / 指数.sum(axis=-1, keepdims=True)


def layer_norm(x, g, b, eps=1e-5):
    平均 = x.mean(-1, keepdims=True)
    分散 = x.var(-1, keepdims=True)
    return g * ((x - 平均) / np.sqrt(分散 + eps)) + b


def linear(x, w, b):
    return np.add(np.matmul(x, w), b)


def causal_mask(n_seq):
    # 未来のトークンを隠す
    return np.float32(-1e10) * (np.arange(n_seq)[None] > np.arange(n_seq)[:, None])


def attention(q, k, v, mask):
    重み = softmax(np.matmul(q, k.transpose([0, 2, 1])) * q.shape[-1] ** -0.5 + mask)
    return np.matmul(重み, v)


def split_heads(x, n_head):
    return np.transpose(np.reshape(x, (x.shape[0], n_head, x.shape[1] // n_head)), (1, 0, 2))


def merge_heads(x):
    return np.reshape(np.transpose(x, (1, 0, 2)), (x.shape[1], -1))


def mha(x, c_attn, c_proj, n_head):
    q, k, v = map(lambda y: split_heads(y, n_head), np.hsplit(linear(x, **c_attn), 3))
    return linear(merge_heads(attention(q, k, v, mask=causal_mask(len(x)))), **c_proj)


def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), n_head=n_head, **attn)
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return x


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.take(wte, inputs, axis=0) + np.take(wpe, np.arange(len(inputs)), axis=0)
    for 層 in blocks:
        x = transformer_block(x, n_head=n_head, **層)
    return np.matmul(layer_norm(x, **ln_f), np.transpose(wte))
