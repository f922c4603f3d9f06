"""picoGPT, nearly as its author wrote it."""
import numpy as np


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


def layer_norm(x, g, b, eps: float = 1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    x = (x - mean) / np.sqrt(variance + eps)  # normalize x to have mean=0 and var=1 over last axis
    return g * x + b  # scale and offset with gamma/beta params


def linear(x, w, b):  # [m, in], [in, out], [out] -> [m, out]
    return x @ w + b


def ffn(x, c_fc, c_proj):  # [n_seq, n_embd] -> [n_seq, n_embd]
    a = gelu(linear(x, **c_fc))  # project up
    x = linear(a, **c_proj)  # project back down
    return x


feed_forward = ffn


def attention(q, k, v, mask):  # [n_q, d_k], [n_k, d_k], [n_k, d_v], [n_q, n_k] -> [n_q, d_v]
    return softmax(q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1]) + mask) @ v


def causal_mask(n_seq):
    return (1 - np.tri(n_seq)) * -1e10


def split_heads(x, n_head):
    return np.array(np.split(x, n_head, axis=-1))


def merge_heads(x):
    return np.hstack(x)


def mha(x, c_attn, c_proj, n_head):  # [n_seq, n_embd] -> [n_seq, n_embd]
    x = linear(x, **c_attn)
    qkv = np.split(x, 3, axis=-1)
    qkv_heads = list(map(lambda x: np.split(x, n_head, axis=-1), qkv))
    causal_mask = (1 - np.tri(x.shape[0], dtype=x.dtype)) * -1e10
    out_heads = [attention(q, k, v, causal_mask) for q, k, v in zip(*qkv_heads)]
    x = np.hstack(out_heads)
    x = linear(x, **c_proj)
    return x


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + ffn(layer_norm(x, **ln_2), **mlp)
    return x


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):  # [n_seq] -> [n_seq, n_vocab]
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = np.array(logits)
    for token in generated_tokens:
        logits[token] -= penalty
    return logits


def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    logits = logits / temperature
    if top_k is not None and top_k < len(logits):
        logits = np.where(logits < np.sort(logits)[-top_k], -1e30, logits)
    probs = softmax(logits)
    if top_p < 1:
        order = np.argsort(probs)[::-1]
        before = np.cumsum(probs[order]) - probs[order]
        probs[order[before >= top_p]] = 0
    return probs / probs.sum()


def sample(probs, rng):
    return int(rng.choice(len(probs), p=np.asarray(probs, dtype=np.float64) / np.sum(probs, dtype=np.float64)))


def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0,
             top_k=None, top_p=1.0, rng=None):
    from tqdm import tqdm

    n_ctx = params["wpe"].shape[0]
    if not 0 < len(inputs) <= n_ctx - n_tokens_to_generate:
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} tokens, n_ctx {n_ctx}")
    rng = rng or np.random.default_rng()
    inputs = list(inputs)
    start = len(inputs)
    for _ in tqdm(range(n_tokens_to_generate), "generating"):  # auto-regressive decode loop
        logits = gpt2(inputs, **params, n_head=n_head)  # model forward pass
        logits = apply_frequency_penalty(logits[-1], inputs[start:], frequency_penalty)
        if temperature:
            next_id = sample(next_token_probs(logits, temperature, top_k, top_p), rng)
        else:
            next_id = np.argmax(logits)
        inputs.append(int(next_id))
    return inputs
