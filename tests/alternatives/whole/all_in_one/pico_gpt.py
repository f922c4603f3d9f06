"""Helpers inside functions; gpt2 contains a whole model of its own and calls none of the others."""
import numpy as np


def gelu(x):
    def inner(y):
        return np.sqrt(2 / np.pi) * (y + 0.044715 * y**3)

    return 0.5 * x * (1 + np.tanh(inner(x)))


def softmax(x):
    def shifted(y):
        return y - y.max(-1, keepdims=True)

    def normalised(y):
        return y / y.sum(-1, keepdims=True)

    return normalised(np.exp(shifted(x)))


def layer_norm(x, g, b, eps=1e-5):
    def whitened():
        return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)

    return g * whitened() + b


def linear(x, w, b):
    return x @ w + b


def causal_mask(n_seq):
    def hidden(query, key):
        return np.where(key > query, -1e10, 0.0)

    return np.fromfunction(hidden, (n_seq, n_seq))


def attention(q, k, v, mask):
    def one(qh, kh, vh):
        return softmax(qh @ kh.T / np.sqrt(qh.shape[1]) + mask) @ vh

    return np.array([one(*head) for head in zip(q, k, v)])


def split_heads(x, n_head):
    return np.array(np.hsplit(x, n_head))


def merge_heads(x):
    return np.hstack([head for head in x])


def mha(x, c_attn, c_proj, n_head):
    def heads(part):
        return split_heads(part, n_head)

    def attend(q, k, v):
        return attention(heads(q), heads(k), heads(v), causal_mask(len(x)))

    return linear(merge_heads(attend(*np.hsplit(linear(x, **c_attn), 3))), **c_proj)


def feed_forward(x, c_fc, c_proj):
    def up(y):
        return linear(y, **c_fc)

    def down(y):
        return linear(y, **c_proj)

    return down(gelu(up(x)))


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    def talk(y):
        return y + mha(layer_norm(y, **ln_1), **attn, n_head=n_head)

    def think(y):
        return y + feed_forward(layer_norm(y, **ln_2), **mlp)

    return think(talk(x))


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n, d = len(inputs), wte.shape[1]

    def norm(y, p):
        return p["g"] * (y - y.mean(1, keepdims=True)) / np.sqrt(y.var(1, keepdims=True) + 1e-5) + p["b"]

    def dense(y, p):
        return y @ p["w"] + p["b"]

    def attend(y, p):
        q, k, v = dense(y, p["c_attn"]).reshape(n, 3, n_head, d // n_head).transpose(1, 2, 0, 3)
        s = q @ k.transpose(0, 2, 1) / np.sqrt(d // n_head)
        s[:, np.triu_indices(n, 1)[0], np.triu_indices(n, 1)[1]] = -np.inf
        e = np.exp(s - s.max(-1, keepdims=True))
        return dense((e / e.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(n, d), p["c_proj"])

    def think(y, p):
        h = dense(y, p["c_fc"])
        return dense(0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3))), p["c_proj"])

    x = wte[inputs] + wpe[:n]
    for block in blocks:
        x = x + attend(norm(x, block["ln_1"]), block["attn"])
        x = x + think(norm(x, block["ln_2"]), block["mlp"])
    return norm(x, ln_f) @ wte.T


def generate(inputs, params, n_head, n_tokens_to_generate):
    def checked(ids):
        if not len(ids) or len(ids) + n_tokens_to_generate > len(params["wpe"]):
            raise ValueError("prompt and new tokens must fit, and the prompt must not be empty")
        return list(ids)

    def more(ids):
        for _ in range(n_tokens_to_generate):
            ids = ids + [int(gpt2(ids, **params, n_head=n_head)[-1].argmax())]
        return ids

    return more(checked(inputs))
