import numpy as np

def gelu(x):
    t = x * x
    t *= x
    t *= 0.044715
    t += x
    t *= np.float32(np.sqrt(2 / np.pi))
    np.tanh(t, out=t)
    t += 1
    t *= x
    t *= 0.5
    return t

def softmax(x):
    out = x - x.max(-1, keepdims=True)
    np.exp(out, out=out)
    out /= out.sum(-1, keepdims=True)
    return out

def layer_norm(x, g, b, eps=1e-5):
    out = np.array(x)
    out -= out.mean(-1, keepdims=True)
    out /= np.sqrt(np.mean(out * out, -1, keepdims=True) + eps)
    out *= g
    out += b
    return out

def linear(x, w, b):
    out = np.empty(x.shape[:-1] + w.shape[-1:], dtype=x.dtype)
    np.matmul(x, w, out=out)
    out += b
    return out

def causal_mask(n_seq):
    mask = np.empty((n_seq, n_seq), np.float32)
    mask.fill(-1e10)
    mask[np.tril_indices(n_seq)] = 0
    return mask

def attention(q, k, v, mask):
    s = q @ k.transpose(0, 2, 1)
    s *= q.shape[-1] ** -0.5
    s += mask
    s -= s.max(-1, keepdims=True)
    np.exp(s, s)
    s /= s.sum(-1, keepdims=True)
    return s @ v

def split_heads(x, n_head):
    out = np.zeros((n_head, x.shape[0], x.shape[1] // n_head), dtype=x.dtype)
    for h in range(n_head):
        out[h] = x[:, h * out.shape[2] : (h + 1) * out.shape[2]]
    return out

def merge_heads(x):
    n_head, n_seq, d = x.shape
    out = np.zeros((n_seq, n_head * d), dtype=x.dtype)
    for h in range(n_head):
        out[:, h * d : (h + 1) * d] = x[h]
    return out

def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    n = qkv.shape[1] // 3
    parts = [split_heads(qkv[:, i : i + n], n_head) for i in (0, n, 2 * n)]
    return linear(merge_heads(attention(*parts, causal_mask(len(x)))), **c_proj)

def feed_forward(x, c_fc, c_proj):
    hidden = linear(x, **c_fc)
    hidden[:] = gelu(hidden)
    return linear(hidden, **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x.copy()
    x += mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x += feed_forward(layer_norm(x, **ln_2), **mlp)
    return x

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs]
    x += wpe[: len(inputs)]
    for block in blocks:
        x[...] = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T

def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = logits.copy()
    np.subtract.at(out, np.asarray(generated_tokens, dtype=np.int64), np.float32(penalty))
    return out

def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    p = np.array(logits, dtype=np.float64)
    if temperature == 0:
        best = p.argmax()
        p[:] = 0
        p[best] = 1
        return p
    p /= temperature
    if top_k is not None and top_k < p.size:
        p[np.argpartition(p, -top_k)[:-top_k]] = -np.inf
    p -= p.max()
    np.exp(p, out=p)
    p /= p.sum()
    if top_p < 1:
        order = p.argsort()[::-1]
        cum = p[order].cumsum()
        p[order[1:][cum[:-1] >= top_p]] = 0
        p /= p.sum()
    return p

def sample(probs, rng):
    return rng.choice(probs.size, p=probs / probs.sum())

def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    n = len(inputs)
    if n < 1 or n + n_tokens_to_generate > params["wpe"].shape[0]:
        raise ValueError(f"n_ctx is {params['wpe'].shape[0]}, not {n} + {n_tokens_to_generate}")
    rng = np.random.default_rng() if rng is None else rng
    out = np.zeros(n + n_tokens_to_generate, dtype=np.int64)
    out[:n] = inputs
    for i in range(n, out.size):
        logits = apply_frequency_penalty(gpt2(out[:i], **params, n_head=n_head)[-1], out[n:i], frequency_penalty)
        out[i] = sample(next_token_probs(logits, temperature, top_k, top_p), rng)
    return out.tolist()
