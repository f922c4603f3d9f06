"""Settings are kept in one dictionary; every function takes what it does not know as **kwargs."""
import numpy as np

CONFIG = {"eps": 1e-5, "neg": -1e9, "gelu_c": 0.044715, "dtype": np.float32}


def gelu(x, **kwargs):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + CONFIG["gelu_c"] * x**3)))


def softmax(x, axis=-1, temperature=1.0, **kwargs):
    z = (x - x.max(axis=axis, keepdims=True)) / temperature
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


def layer_norm(x, g, b, eps=CONFIG["eps"], **kwargs):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + eps) * g + b


def linear(x, w, b, **kwargs):
    return np.matmul(x, w) + b


def causal_mask(n_seq, neg=None, **kwargs):
    return np.triu(np.ones((n_seq, n_seq), CONFIG["dtype"]), 1) * (CONFIG["neg"] if neg is None else neg)


def attention(q, k, v, mask, scale=None, **kwargs):
    scale = 1 / np.sqrt(q.shape[-1]) if scale is None else scale
    return softmax(q @ k.swapaxes(-1, -2) * scale + mask, axis=-1, **kwargs) @ v


def split_heads(x, n_head, **kwargs):
    return x.reshape(*x.shape[:-1], n_head, -1).swapaxes(-2, -3)


def merge_heads(x, **kwargs):
    x = x.swapaxes(-2, -3)
    return x.reshape(*x.shape[:-2], -1)


def mha(x, c_attn, c_proj, n_head, **kwargs):
    q, k, v = (split_heads(t, n_head, **kwargs) for t in np.split(linear(x, **c_attn, **kwargs), 3, axis=-1))
    mask = causal_mask(x.shape[-2], neg=CONFIG["neg"])
    return linear(merge_heads(attention(q, k, v, mask, scale=(x.shape[-1] / n_head) ** -0.5)), **c_proj)


def feed_forward(x, c_fc, c_proj, activation=gelu, **kwargs):
    return linear(activation(linear(x, **c_fc)), **c_proj)


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head, **kwargs):
    x = x + mha(layer_norm(x, **ln_1, **kwargs), **attn, n_head=n_head, **kwargs)
    return x + feed_forward(layer_norm(x, **ln_2, **kwargs), **mlp, activation=gelu)


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head, **kwargs):
    x = wte[inputs] + wpe[: len(inputs)]
    for i, block in enumerate(blocks):
        x = transformer_block(x, **block, n_head=n_head, layer=i)
    return layer_norm(x, **ln_f, layer="f") @ wte.T


def generate(inputs, params, n_head, n_tokens_to_generate, **kwargs):
    n_ctx = params["wpe"].shape[0]
    if len(inputs) < 1 or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError(f"at most {n_ctx} tokens, at least 1")
    ids = list(inputs)
    for step in range(n_tokens_to_generate):
        ids.append(int(np.argmax(gpt2(ids, **params, n_head=n_head, step=step)[-1])))
    return ids
