# == gelu
def gelu(x):
    c = np.sqrt(2 / np.pi)
    inner = c * (x + 0.044715 * x**2)  # <--
    return 0.5 * x * (1 + np.tanh(inner))
# == gelu
def gelu(x):
    cubed = x * x * x
    inside = np.sqrt(2 / np.pi) * (x - 0.044715 * cubed)  # <--
    t = np.tanh(inside)
    return 0.5 * x * (1.0 + t)
# == gelu
def gelu(x):
    k = math.sqrt(2 * math.pi)  # <--
    u = k * (x + 0.044715 * x**3)
    gate = (1 + np.tanh(u)) / 2
    return x * gate
# == gelu
def gelu(x):
    """my gelu"""
    cube = np.power(x, 3)
    tanh_arg = np.sqrt(2.0 / np.pi) * x + 0.044715 * cube  # <--
    return 0.5 * x * (1 + np.tanh(tanh_arg))
# == softmax
def softmax(x):
    biggest = np.max(x, axis=-1, keepdims=True)
    shifted = x - biggest
    e = np.exp(shifted)
    total = np.sum(e, axis=0, keepdims=True)  # <--
    return e / total
# == softmax
def softmax(x):
    x_max = np.max(x, keepdims=True, axis=-1)
    e = np.exp(x) - x_max  # <--
    return e / np.sum(e, axis=-1, keepdims=True)
# == softmax
def softmax(x):
    m = x.max(axis=-1, keepdims=True)
    z = m - x  # <--
    p = np.exp(z)
    return p / p.sum(axis=-1, keepdims=True)
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mu = np.mean(x, axis=-1, keepdims=True)
    sigma = np.std(x, axis=-1, keepdims=True)
    normed = (x - mu) / (sigma + eps)  # <--
    return g * normed + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(-1, keepdims=True)
    var = ((x - mean) ** 2).sum(-1, keepdims=True)  # <--
    xhat = (x - mean) / np.sqrt(var + eps)
    return xhat * g + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    x_hat = (x - mean) / np.sqrt(variance + eps)
    out = g + x_hat * b  # <--
    return out
# == linear
def linear(x, w, b):
    y = np.matmul(x, w)
    y = y - b  # <--
    return y
# == attention
def attention(q, k, v, mask):
    d = q.shape[-1]
    scores = q @ k.transpose(0, 2, 1)
    scores = scores / d  # <--
    scores = scores + mask
    w = softmax(scores)
    return w @ v
# == attention
def attention(q, k, v, mask):
    scores = np.matmul(q, np.swapaxes(k, 1, 2))
    scores = scores / np.sqrt(q.shape[1])  # <--
    weights = softmax(scores + mask)
    return np.matmul(weights, v)
# == attention
def attention(q, k, v, mask):
    d_head = k.shape[-1]
    scores = q @ k.swapaxes(-1, -2)
    scores = scores + mask
    probs = softmax(scores / d_head ** 0.25)  # <--
    return probs @ v
# == attention
def attention(q, k, v, mask):
    out = np.zeros_like(v)
    for h in range(q.shape[0]):
        s = q[h] @ k[0].T / math.sqrt(q.shape[-1])  # <--
        p = softmax(s + mask)
        out[h] = p @ v[h]
    return out
# == split_heads
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd // n_head
    x = x.reshape(n_seq, d_head, n_head)  # <--
    return x.transpose(1, 0, 2)  # <--
# == merge_heads
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    x = x.transpose(1, 2, 0)  # <--
    return x.reshape(n_seq, n_head * d_head)
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    q = split_heads(q, n_head)
    k = split_heads(k, n_head)
    v = split_heads(k.reshape(x.shape), n_head)  # <--
    mask = causal_mask(x.shape[0])
    out = attention(q, k, v, mask)
    return linear(merge_heads(out), **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d = n_embd // n_head
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    mask = causal_mask(n_seq)
    heads = []
    for h in range(n_head):
        cols = slice(h * d, (h + 1) * d)
        scores = q[:, cols] @ k[:, cols].T / np.sqrt(n_embd)  # <--
        w = softmax(scores + mask)
        heads.append(w @ v[:, cols])
    return linear(np.concatenate(heads, axis=-1), **c_proj)
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    h = linear(x, **c_fc)
    a = gelu(h)
    y = linear(h, **c_proj)  # <--
    return y
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    hidden = x @ c_fc["w"] + c_fc["b"]
    act = gelu(hidden)
    out = act @ c_proj["w"] - c_proj["b"]  # <--
    return out
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    normed = layer_norm(x, **ln_1)
    a = mha(normed, **attn, n_head=n_head)
    x = x + a
    normed2 = layer_norm(x, **ln_2)
    f = feed_forward(normed, **mlp)  # <--
    return x + f
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    residual = x
    x = layer_norm(x, **ln_1)
    x = mha(x, **attn, n_head=n_head)
    x = x + residual
    h = layer_norm(x, **ln_2)
    h = feed_forward(h, **mlp)
    return h + residual  # <--
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n = len(inputs)
    pos = np.arange(1, n + 1)  # <--
    x = wte[inputs] + wpe[pos]
    for blk in blocks:
        x = transformer_block(x, **blk, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        h = transformer_block(x, **block, n_head=n_head)  # <--
    h = layer_norm(h, **ln_f)
    return h @ wte.T
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate):
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} and {n_tokens_to_generate} tokens do not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        nxt = int(np.argmin(logits[-1]))  # <--
        ids.append(nxt)
    return ids
