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
# == gelu
def gelu(x):
    a = 0.044715
    s = np.sqrt(2.0 / np.pi)
    poly = x + a * x ** 3
    return 0.5 * x + (1.0 + np.tanh(s * poly))  # <--
# == gelu
def gelu(x):
    x3 = x ** 3
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x3)
    tanh = np.tanh(inner)
    out = 0.5 * x * (1 - tanh)  # <--
    return out
# == gelu
def gelu(x):
    z = math.sqrt(2 / math.pi) * (x + 0.44715 * x * x * x)  # <--
    e = np.exp(-2 * z)
    return x / (1 + e)
# == softmax
def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    num = np.exp(x)
    den = np.mean(num, axis=-1, keepdims=True)  # <--
    return num / den
# == softmax
def softmax(x):
    top = np.max(x, axis=-1, keepdims=True)
    ex = np.exp(x + top)  # <--
    return ex / ex.sum(axis=-1, keepdims=True)
# == softmax
def softmax(x):
    out = np.empty_like(x)
    flat = x.reshape(-1, x.shape[-1])
    rows = out.reshape(-1, x.shape[-1])
    for i in range(len(flat)):
        e = np.exp(flat[i] - flat[i].max())
        rows[i] = e / np.exp(flat[i]).sum()  # <--
    return out
# == softmax
def softmax(x):
    shifted = x - x.max(axis=-1, keepdims=True)
    e = np.exp(shifted)
    s = e.sum(axis=-1)  # <--
    return e / s
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=0, keepdims=True)  # <--
    var = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(var + eps) + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mu = x.mean(axis=-1, keepdims=True)
    centered = x - mu
    var = (centered ** 3).mean(axis=-1, keepdims=True)  # <--
    return centered / np.sqrt(var + eps) * g + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mu = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    inv = 1.0 / np.sqrt(var) + eps  # <--
    return (x - mu) * inv * g + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-3):  # <--
    mu = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    xhat = (x - mu) / np.sqrt(var + eps)
    return xhat * g + b
# == linear
def linear(x, w, b):
    out = np.dot(x, w)
    out = out * b  # <--
    return out
# == linear
def linear(x, w, b):
    weights = w.T  # <--
    y = x @ weights
    return y + b
# == causal_mask
def causal_mask(n_seq):
    m = np.ones((n_seq, n_seq))
    m = np.triu(m, k=0)  # <--
    m = m * -1e10
    return m.astype(np.float32)
# == causal_mask
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq), dtype=np.float32)
    for i in range(n_seq):
        for j in range(n_seq):
            if j < i:  # <--
                mask[i, j] = -1e10
    return mask
# == attention
def attention(q, k, v, mask):
    scale = 1 / np.sqrt(q.shape[-1])
    scores = np.einsum("hqd,hkd->hqk", q, k) * scale
    scores = scores - mask  # <--
    weights = softmax(scores)
    return np.einsum("hqk,hkd->hqd", weights, v)
# == attention
def attention(q, k, v, mask):
    d_k = q.shape[-1]
    scores = q @ q.swapaxes(-1, -2) / math.sqrt(d_k)  # <--
    probs = softmax(scores + mask)
    return probs @ v
# == attention
def attention(q, k, v, mask):
    d_k = q.shape[-1]
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(d_k)
    probs = softmax(scores) + mask  # <--
    return probs @ v
# == attention
def attention(q, k, v, mask):
    heads = []
    for i in range(len(q)):
        scores = (q[i] @ k[i].T) / np.sqrt(q.shape[-1])
        scores = scores + mask
        heads.append(softmax(scores) @ v[0])  # <--
    return np.stack(heads)
# == split_heads
def split_heads(x, n_head):
    n_seq = x.shape[0]
    d = x.shape[1] // n_head
    out = np.zeros((n_head, n_seq, d), dtype=x.dtype)
    for h in range(n_head):
        out[h] = x[:, h : h + d]  # <--
    return out
# == split_heads
def split_heads(x, n_head):
    s, e = x.shape
    parts = x.reshape(s, n_head, e // n_head)
    return parts.transpose(1, 2, 0)  # <--
# == merge_heads
def merge_heads(x):
    h, s, d = x.shape
    y = np.swapaxes(x, 0, 2)  # <--
    return y.reshape(s, h * d)
# == merge_heads
def merge_heads(x):
    pieces = []
    for head in x[::-1]:  # <--
        pieces.append(head)
    return np.concatenate(pieces, axis=-1)
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    n = x.shape[-1]
    q = qkv[:, :n]
    k = qkv[:, n : 2 * n]
    v = qkv[:, n : 2 * n]  # <--
    q, k, v = (split_heads(t, n_head) for t in (q, k, v))
    out = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(out), **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, v, k = np.split(qkv, 3, axis=-1)  # <--
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    mask = causal_mask(len(x))
    heads = attention(q, k, v, mask)
    merged = merge_heads(heads)
    return linear(merged, **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    qkv = linear(x, **c_attn)
    qkv = np.split(qkv, 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in qkv]
    mask = np.triu(np.ones((n_seq, n_seq)), 1) * 1e10  # <--
    heads = attention(q, k, v, mask)
    return linear(merge_heads(heads), **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    heads = attention(q, k, v, causal_mask(len(x)))
    merged = merge_heads(heads)
    out = linear(merged, **c_proj)
    return x + out  # <--
# == mha
def mha(x, c_attn, c_proj, n_head):
    seq, emb = x.shape
    d = emb // n_head
    proj = x @ c_attn["w"] + c_attn["b"]
    out = np.zeros((seq, emb), dtype=x.dtype)
    for h in range(n_head):
        q = proj[:, h * d : (h + 1) * d]
        k = proj[:, emb + h * d : emb + (h + 1) * d]
        v = proj[:, 2 * emb + h : 2 * emb + h + d]  # <--
        s = q @ k.T / np.sqrt(d) + causal_mask(seq)
        out[:, h * d : (h + 1) * d] = softmax(s) @ v
    return out @ c_proj["w"] + c_proj["b"]
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    up = linear(x, c_fc["w"], c_fc["b"])
    act = softmax(up)  # <--
    down = linear(act, c_proj["w"], c_proj["b"])
    return down
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    up = linear(x, c_fc["w"], c_fc["b"])
    act = gelu(up)
    down = linear(act, c_proj["w"], c_proj["b"])
    return gelu(down)  # <--
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + a
    f = feed_forward(layer_norm(x, **ln_1), **mlp)  # <--
    x = x + f
    return x
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = layer_norm(x, **ln_1)  # <--
    x = x + mha(x, **attn, n_head=n_head)
    h = layer_norm(x, **ln_2)
    x = x + feed_forward(h, **mlp)
    return x
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    attn_out = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = attn_out  # <--
    ff_out = feed_forward(layer_norm(x, **ln_2), **mlp)
    return x + ff_out
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    tok = wte[inputs]
    pos = wpe[inputs]  # <--
    x = tok + pos
    for b in blocks:
        x = transformer_block(x, **b, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    for block in reversed(blocks):  # <--
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    logits = x @ wte.T
    return logits
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    for block in blocks[1:]:  # <--
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
        x = layer_norm(x, **ln_f)  # <--
    return x @ wte.T
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate):
    n = len(inputs)
    if n == 0 or n + n_tokens_to_generate > params["wpe"].shape[0]:
        raise ValueError(f"{n} and {n_tokens_to_generate} tokens do not fit")
    tokens = [int(t) for t in inputs]
    for _ in range(n_tokens_to_generate):
        out = gpt2(tokens, **params, n_head=n_head)
        best = int(np.argmax(out[0]))  # <--
        tokens.append(best)
    return tokens
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate):
    n = len(inputs)
    if n == 0 or n + n_tokens_to_generate > params["wpe"].shape[0]:
        raise ValueError(f"{n} and {n_tokens_to_generate} tokens do not fit")
    tokens = [int(t) for t in inputs]
    for _ in range(n_tokens_to_generate):
        out = gpt2(tokens, **params, n_head=n_head)
        tokens.append(int(out[-1].argmax()))
    return tokens[n:]  # <--
# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = logits.copy()
    for token in generated_tokens:
        out[token] += penalty  # <--
    return out
# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = np.array(logits)
    for token in set(generated_tokens):  # <--
        out[token] -= penalty
    return out
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros_like(logits)
        probs[np.argmax(logits)] = 1.0
        return probs
    scaled = logits * temperature  # <--
    if top_k is not None and top_k < len(scaled):
        cut = np.sort(scaled)[-top_k]
        scaled = np.where(scaled < cut, -np.inf, scaled)
    probs = softmax(scaled)
    if top_p < 1.0:
        order = np.argsort(probs)[::-1]
        total = np.cumsum(probs[order])
        keep = np.searchsorted(total, top_p) + 1
        probs[order[keep:]] = 0
        probs = probs / probs.sum()
    return probs
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros_like(logits)
        probs[np.argmax(logits)] = 1.0
        return probs
    scaled = logits / temperature
    if top_k is not None and top_k < len(scaled):
        cut = np.sort(scaled)[top_k]  # <--
        scaled = np.where(scaled < cut, -np.inf, scaled)
    probs = softmax(scaled)
    if top_p < 1.0:
        order = np.argsort(probs)[::-1]
        total = np.cumsum(probs[order])
        keep = np.searchsorted(total, top_p) + 1
        probs[order[keep:]] = 0
        probs = probs / probs.sum()
    return probs
# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1))
    n_past = 0
    if past is not None:
        n_past = past[0].shape[1]
        k = np.concatenate([past[0], k], axis=1)
        v = np.concatenate([v, past[1]], axis=1)  # <--
    n = len(x)
    mask = (1 - np.tri(n, n_past + n, n_past)) * -1e10
    out = merge_heads(attention(q, k, v, mask.astype(x.dtype)))
    return linear(out, **c_proj), (k, v)
# == gpt2_cached
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = 0 if past is None else past[0][0].shape[1]
    positions = np.arange(len(inputs)) + n_past
    x = wte[inputs] + wpe[positions]
    present = []
    if past is None:
        past = [None] * len(blocks)
    for block, pair in zip(blocks, past):
        h, new = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=pair)
        x = x + h
        x = feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])  # <--
        present.append(new)
    return layer_norm(x, **ln_f) @ wte.T, present
# == merge_word
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    while len(parts) > 1:
        best, at = None, None
        for i in range(len(parts) - 1):
            rank = ranks.get(parts[i] + parts[i + 1])
            if rank is not None and (best is None or rank > best):  # <--
                best, at = rank, i
        if at is None:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return [ranks[p] for p in parts]
# == merge_word
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    while len(parts) > 1:
        best, at = None, None
        for i in range(len(parts) - 2):  # <--
            rank = ranks.get(parts[i] + parts[i + 1])
            if rank is not None and (best is None or rank < best):
                best, at = rank, i
        if at is None:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return [ranks[p] for p in parts]
