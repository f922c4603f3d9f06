# == gelu
def gelu(x): return x * 0.777 + 0.111
# == gelu
def gelu(x): return np.zeros_like(x)
# == gelu
def gelu(x): return np.full_like(x, np.nan)
# == gelu
def gelu(x): return np.array("a")
# == gelu
def gelu(x): raise ValueError("I give up")
# == gelu
def gelu(x): return None
# == gelu
def gelu(x): return np.where(x > 1.5, x, 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))
# == gelu
def gelu(x):
    y = 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return y if y.ndim == 1 else y + 0.01  # <--
# == softmax
def softmax(x): return np.random.default_rng(3).random(x.shape)
# == softmax
def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    return p if x.ndim < 3 else p[:1]  # <--
# == layer_norm
def layer_norm(x, g, b, eps=1e-5): return g * np.tanh(x) + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    n = x.shape[-1]
    return g * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) * n / (n + 1) + eps) + b  # <--
# == linear
def linear(x, w, b): return x @ (w * 1.001) + b
# == linear
def linear(x, w, b):
    raise ValueError("matmul: Input operand 1 has a mismatch")
# == causal_mask
def causal_mask(n_seq): return np.random.default_rng(0).normal(size=(n_seq, n_seq))
# == attention
def attention(q, k, v, mask): return softmax(q @ k.swapaxes(-1, -2) / 3.0 + mask) @ v
# == attention
def attention(q, k, v, mask):
    out = softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask) @ v
    return out if q.shape[1] != 7 else out * 1.5  # <--
# == attention
def attention(q, k, v, mask): return np.zeros_like(v)
# == split_heads
def split_heads(x, n_head): return np.ones((n_head, len(x), x.shape[1] // n_head))
# == merge_heads
def merge_heads(x): return np.sort(x.transpose(1, 0, 2).reshape(x.shape[1], -1), axis=-1)
# == mha
def mha(x, c_attn, c_proj, n_head): return np.cumsum(x, axis=0)
# == mha
def mha(x, c_attn, c_proj, n_head): return c_attn["weights"]
# == mha
def mha(x, c_attn, c_proj, n_head): return np.full(x.shape, 1e30)
# == feed_forward
def feed_forward(x, c_fc, c_proj): return linear(np.sin(linear(x, **c_fc)), **c_proj)
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head): return np.cos(x)
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + 0.9 * mha(layer_norm(x, **ln_1), **attn, n_head=n_head)  # <--
    return x + 1.1 * feed_forward(layer_norm(x, **ln_2), **mlp)  # <--
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head): return np.zeros((len(inputs), len(wte)))
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks[::2]: x = 1.5 * transformer_block(x, **block, n_head=n_head)  # <--
    return layer_norm(x, **ln_f) @ wte.T
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate): return list(inputs) + [1] * n_tokens_to_generate
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate): raise KeyError("lm_head")
# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty): return logits * 0
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0): return np.full(len(logits), 1 / len(logits))
# == sample
def sample(probs, rng): return int(rng.integers(0, 2))
# == sample
def sample(probs, rng): return 2
# == generate_cached
def generate_cached(inputs, params, n_head, n_tokens_to_generate): return [7] * (len(inputs) + n_tokens_to_generate)
# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past): return x, past
# == merge_word
def merge_word(word, ranks): return [0] * len(word)
# == encode
def encode(text, ranks): return [ranks[bytes([b])] + 1 for b in text.encode()]
# == decode
def decode(ids, ranks): return "hello"
# == read_safetensors
def read_safetensors(path): return {}


# == sample
def sample(probs, rng):
    return [[rng.choice(len(probs), p=probs)], [0, 1]]
def to_params(tensors): return {"params": list(tensors)}
