from functools import partial, reduce
from operator import add, itemgetter

import numpy as np

compose = lambda *fs: reduce(lambda f, g: lambda *a, **k: f(g(*a, **k)), fs)
over_last = partial(partial, axis=-1, keepdims=True)
peak, total, mean, variance = (partial(f, axis=-1, keepdims=True) for f in (np.max, np.sum, np.mean, np.var))
gelu = lambda x: 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))
normalised = lambda e: e / total(e)
softmax = compose(normalised, np.exp, lambda x: x - peak(x))
layer_norm = lambda x, g, b, eps=1e-5: g * (x - mean(x)) / np.sqrt(variance(x) + eps) + b
linear = lambda x, w, b: add(x @ w, b)
causal_mask = lambda n_seq: -1e10 * (1 - np.tri(n_seq, dtype=np.float32))
attention = lambda q, k, v, mask: softmax(q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5 + mask) @ v
split_heads = lambda x, n_head: x.reshape(len(x), n_head, -1).swapaxes(0, 1)
merge_heads = compose(np.hstack, list)
mha = lambda x, c_attn, c_proj, n_head: linear(
    merge_heads(
        attention(*map(partial(split_heads, n_head=n_head), np.split(linear(x, **c_attn), 3, -1)), causal_mask(len(x)))
    ),
    **c_proj,
)
feed_forward = lambda x, c_fc, c_proj: linear(gelu(linear(x, **c_fc)), **c_proj)
residual = lambda f: lambda x: x + f(x)


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    first = residual(compose(partial(mha, **attn, n_head=n_head), partial(layer_norm, **ln_1)))
    second = residual(compose(partial(feed_forward, **mlp), partial(layer_norm, **ln_2)))
    return compose(second, first)(x)


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    layers = [partial(transformer_block, **block, n_head=n_head) for block in blocks]
    x = reduce(lambda x, layer: layer(x), layers, np.array(itemgetter(*inputs, inputs[0])(wte))[:-1] + wpe[: len(inputs)])
    return layer_norm(x, **ln_f) @ wte.T


def generate(inputs, params, n_head, n_tokens_to_generate):
    if not 0 < len(inputs) <= len(params["wpe"]) - n_tokens_to_generate:
        raise ValueError(len(inputs))
    one_more = lambda ids, _: ids + [int(np.argmax(gpt2(ids, **params, n_head=n_head)[-1]))]
    return reduce(one_more, range(n_tokens_to_generate), list(inputs))
