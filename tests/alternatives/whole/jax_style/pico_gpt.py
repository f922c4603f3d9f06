"""Written for jax first: jnp, vmap, pure functions, static shapes."""
from functools import partial

import numpy as np
import numpy as jnp


class lax:
    rsqrt = staticmethod(lambda x: 1 / jnp.sqrt(x))

    @staticmethod
    def scan(f, carry, xs):
        ys = []
        for x in xs:
            carry, y = f(carry, x)
            ys.append(y)
        return carry, ys


def jit(f=None, static_argnames=()):
    return f if f is not None else partial(jit, static_argnames=static_argnames)


def vmap(f, in_axes=0):
    def mapped(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        size = next(a.shape[0] for a, ax in zip(args, axes) if ax is not None)
        return jnp.stack([f(*(a if ax is None else a[i] for a, ax in zip(args, axes))) for i in range(size)])
    return mapped


@jit
def gelu(x):
    cdf = 0.5 * (1.0 + jnp.tanh(jnp.sqrt(2 / jnp.pi).astype(x.dtype) * (x + 0.044715 * (x**3))))
    return x * cdf

@partial(jit, static_argnames=("axis",))
def softmax(x, axis: int = -1, *, where=None):
    unnormalized = jnp.exp(x - jnp.max(x, axis=axis, keepdims=True))
    return unnormalized / jnp.sum(unnormalized, axis=axis, keepdims=True)

@jit
def layer_norm(x, g, b, eps=1e-5):
    mean = jnp.mean(x, axis=-1, keepdims=True)
    return g * (x - mean) * lax.rsqrt(jnp.var(x, axis=-1, keepdims=True) + eps) + b

@jit
def linear(x, w, b):
    return jnp.dot(x, w) + b

def causal_mask(n_seq):
    return jnp.where(jnp.tril(jnp.ones((n_seq, n_seq))) == 0, jnp.finfo(jnp.float32).min, 0.0).astype(jnp.float32)

def _one_head(q, k, v, mask):
    return softmax(q @ k.T / jnp.sqrt(q.shape[-1]) + mask, axis=-1) @ v

attention = vmap(_one_head, in_axes=(0, 0, 0, None))

def split_heads(x, n_head):
    return jnp.swapaxes(x.reshape(x.shape[0], n_head, -1), 0, 1)

def merge_heads(x):
    return jnp.swapaxes(x, 0, 1).reshape(x.shape[1], -1)

def mha(x, c_attn, c_proj, n_head):
    qkv = jnp.split(linear(x, **c_attn), 3, axis=-1)
    out = attention(*[split_heads(t, n_head) for t in qkv], causal_mask(x.shape[0]))
    return linear(merge_heads(out), **c_proj)

def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[jnp.asarray(inputs)] + wpe[jnp.arange(len(inputs))]
    step = lambda x, block: (transformer_block(x, **block, n_head=n_head), None)
    x, _ = lax.scan(step, x, blocks)
    return layer_norm(x, **ln_f) @ wte.T

def apply_frequency_penalty(logits, generated_tokens, penalty):
    tokens, counts = jnp.unique(jnp.asarray(generated_tokens, dtype=int), return_counts=True)
    at = np.array(logits)  # jax: logits.at[tokens].add(...)
    at[tokens] -= (penalty * counts).astype(at.dtype)
    return at

def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return (jnp.arange(len(logits)) == logits.argmax()).astype(logits.dtype)
    logits = logits / temperature
    if top_k is not None:
        kth = jnp.sort(logits)[::-1][min(top_k, len(logits)) - 1]
        logits = jnp.where(logits >= kth, logits, -jnp.inf)
    probs = softmax(logits)
    sorted_probs = jnp.sort(probs)[::-1]
    cut = sorted_probs[min(int((jnp.cumsum(sorted_probs) < top_p).sum()), len(probs) - 1)]
    kept = jnp.where(probs >= cut, probs, 0) if top_p < 1 else probs
    return kept / kept.sum()

def sample(probs, rng):
    gumbel = rng.gumbel(size=len(probs))
    with np.errstate(divide="ignore"):
        return int(jnp.argmax(jnp.log(probs) + gumbel))

def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > params["wpe"].shape[0]:
        raise ValueError("does not fit")
    key = np.random.default_rng() if rng is None else rng
    tokens = tuple(int(t) for t in inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(jnp.asarray(tokens), **params, n_head=n_head)[-1]
        logits = apply_frequency_penalty(logits, tokens[len(inputs):], frequency_penalty)
        probs = next_token_probs(logits, temperature, top_k, top_p)
        tokens += (sample(probs, key) if temperature > 0 else int(jnp.argmax(probs)),)
    return list(tokens)
