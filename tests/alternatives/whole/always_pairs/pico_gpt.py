"""As in Hugging Face: what attention weighs and what the cache needs come along when asked for."""
import numpy as np

def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))

def softmax(x):
    y = np.exp(x - np.max(x, axis=-1)[..., None])
    return y / np.sum(y, axis=-1)[..., None]

def layer_norm(x, g, b, eps=1e-5):
    m = np.mean(x, axis=-1)[..., None]
    s = np.std(x, axis=-1)[..., None]
    return (x - m) / np.sqrt(s * s + eps) * g + b

def linear(x, w, b):
    return (x.reshape(-1, x.shape[-1]) @ w + b).reshape(*x.shape[:-1], w.shape[1])

def causal_mask(n_seq, n_past=0):
    return np.triu(np.full((n_seq, n_past + n_seq), -1e10, np.float32), 1 + n_past)

def attention(q, k, v, mask):
    w = softmax(q @ np.moveaxis(k, -1, -2) / np.sqrt(q.shape[-1]) + mask)
    return w @ v

def split_heads(x, n_head):
    return np.moveaxis(x.reshape(len(x), n_head, -1), 1, 0)

def merge_heads(x):
    return np.moveaxis(x, 0, 1).reshape(x.shape[1], -1)

def mha(x, c_attn, c_proj, n_head, past=None, use_cache=False):
    q, k, v = (split_heads(t, n_head) for t in np.split(linear(x, **c_attn), 3, -1))
    if past is not None:
        k, v = np.concatenate([past[0], k], 1), np.concatenate([past[1], v], 1)
    out = attention(q, k, v, causal_mask(len(x), k.shape[1] - len(x)))
    out = linear(merge_heads(out), **c_proj)
    return (out, (k, v)) if use_cache else out

def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head, past=None, use_cache=False):
    a = mha(layer_norm(x, **ln_1), **attn, n_head=n_head, past=past, use_cache=True)
    x = x + a[0]
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return (x, a[1]) if use_cache else x

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head, past=None, use_cache=False):
    n_past = past[0][0].shape[1] if past else 0
    x = wte[inputs] + wpe[n_past : n_past + len(inputs)]
    present = []
    for block, p in zip(blocks, past or [None] * len(blocks)):
        x, kv = transformer_block(x, **block, n_head=n_head, past=p, use_cache=True)
        present.append(kv)
    logits = layer_norm(x, **ln_f) @ wte.T
    return (logits, present) if use_cache else logits

def generate(inputs, params, n_head, n_tokens_to_generate):
    if not len(inputs) or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} and {n_tokens_to_generate} tokens: {len(params['wpe'])} fit")
    ids, new, past = list(inputs), list(inputs), None
    for _ in range(n_tokens_to_generate):
        logits, past = gpt2(new, **params, n_head=n_head, past=past, use_cache=True)
        new = [int(np.argmax(logits[-1]))]
        ids += new
    return ids
