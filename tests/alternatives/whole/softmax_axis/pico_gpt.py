import numpy as np

def gelu(x):
    return x * 0.5 * (1.0 + np.tanh(0.7978845608028654 * (x + 0.044715 * np.power(x, 3))))

def softmax(x, axis=-1):
    x = x - np.max(x, axis=axis, keepdims=True)
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)

def layer_norm(x, g, b, eps=1e-5, axis=-1):
    mu = x.mean(axis=axis, keepdims=True)
    var = x.var(axis=axis, keepdims=True)
    return g * (x - mu) / np.sqrt(var + eps) + b

def linear(x, w, b):
    return np.matmul(x, w) + b

def causal_mask(n_seq, dtype=np.float32):
    return np.triu(np.full((n_seq, n_seq), -1e9, dtype=dtype), k=1)

def attention(q, k, v, mask):
    scores = np.matmul(q, k.transpose(0, 2, 1)) / np.sqrt(k.shape[-1])
    weights = softmax(scores + mask, axis=-1)
    return np.matmul(weights, v)

def split_heads(x, n_head):
    return np.stack(np.split(x, n_head, axis=-1), axis=0)

def merge_heads(x):
    return np.concatenate(list(x), axis=-1)

def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, c_attn["w"], c_attn["b"]), 3, axis=-1)
    mask = causal_mask(x.shape[0], dtype=x.dtype)
    out = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), mask)
    return linear(merge_heads(out), c_proj["w"], c_proj["b"])

def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1, axis=-1), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, **ln_2, axis=-1), **mlp)
    return x

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[np.arange(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f, axis=-1) @ wte.T

def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.zeros_like(logits)
    np.add.at(counts, np.array(generated_tokens, dtype=np.intp), 1)
    return logits - penalty * counts

def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return (np.arange(len(logits)) == np.argmax(logits)).astype(np.float32)
    logits = logits / temperature
    if top_k:
        k = min(top_k, logits.shape[-1])
        logits = np.where(logits < np.partition(logits, -k)[-k], -np.inf, logits)
    probs = softmax(logits, axis=0)
    if top_p < 1.0:
        idx = np.argsort(-probs)
        cum = np.cumsum(probs[idx])
        n = int(np.argmax(cum >= top_p)) + 1
        keep = np.zeros_like(probs)
        keep[idx[:n]] = probs[idx[:n]]
        probs = keep / keep.sum()
    return probs

def sample(probs, rng):
    return int(np.searchsorted(np.cumsum(probs, dtype=float) / np.sum(probs, dtype=float), rng.random(), side="right"))

def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    n_prompt, n_ctx = len(inputs), len(params["wpe"])
    if n_prompt == 0:
        raise ValueError("empty prompt")
    if n_prompt + n_tokens_to_generate > n_ctx:
        raise ValueError(f"{n_prompt} + {n_tokens_to_generate} > {n_ctx}")
    if rng is None:
        rng = np.random.default_rng()
    out = [int(i) for i in inputs]
    while len(out) < n_prompt + n_tokens_to_generate:
        logits = gpt2(out, **params, n_head=n_head)[-1, :]
        logits = apply_frequency_penalty(logits, out[n_prompt:], frequency_penalty)
        probs = next_token_probs(logits, temperature, top_k, top_p)
        out.append(int(probs.argmax()) if temperature == 0 else sample(probs, rng))
    return out
