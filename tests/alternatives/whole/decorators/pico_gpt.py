import functools
import time

import numpy as np

TIMES = {}
REGISTRY = {}


def timed(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        try:
            return f(*args, **kwargs)
        finally:
            TIMES[f.__name__] = TIMES.get(f.__name__, 0.0) + time.perf_counter() - start
    return wrapper


def register(name):
    def inner(f):
        REGISTRY[name] = f
        return f
    return inner


@timed
@register("gelu")
def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


@timed
def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@timed
def layer_norm(x, g, b, eps=1e-5):
    return g * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps) + b


@timed
def linear(x, w, b):
    return x @ w + b


@functools.lru_cache(maxsize=None)
def causal_mask(n_seq):
    mask = np.triu(np.full((n_seq, n_seq), -1e10, dtype=np.float32), 1)
    mask.setflags(write=False)
    return mask


@timed
def attention(q, k, v, mask):
    return softmax(q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]) + mask) @ v


@timed
def split_heads(x, n_head):
    return np.ascontiguousarray(x.reshape(x.shape[0], n_head, -1).transpose(1, 0, 2))


@timed
def merge_heads(x):
    return np.ascontiguousarray(x.transpose(1, 0, 2)).reshape(x.shape[1], -1)


@timed
def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)


@timed
def feed_forward(x, c_fc, c_proj):
    return linear(REGISTRY["gelu"](linear(x, **c_fc)), **c_proj)


@timed
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@timed
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
