# == gelu
def gelu(x):
    # constants
    const = np.sqrt(2.0) / np.pi  # <--
    cubic = 0.044715 * x ** 3
    return 0.5 * x * (1.0 + np.tanh(const * (x + cubic)))
# == gelu
def gelu(x):
    x_cubed = x * x * x
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x_cubed)
    cdf = 0.5 * 1 + np.tanh(inner)  # <--
    return x * cdf
# == gelu
def gelu(x):
    alpha = 0.044715
    beta = (2 / np.pi) ** 0.5
    res = np.empty_like(x)
    it = np.nditer(x, flags=["multi_index"])
    for val in it:
        t = np.sinh(beta * (val + alpha * val**3))  # <--
        res[it.multi_index] = 0.5 * val * (1 + t)
    return res
# == softmax
def softmax(x):
    x_shift = x - np.max(x, axis=-1)[..., np.newaxis]
    numer = np.exp(x_shift)
    denom = np.sum(x_shift, axis=-1, keepdims=True)  # <--
    return numer / denom
# == softmax
def softmax(x):
    c = np.amax(x, axis=-1, keepdims=True)
    y = np.exp(x - c)
    y /= np.sum(y, keepdims=True)  # <--
    return y
# == softmax
def softmax(x):
    ex = np.exp2(x - x.max(axis=-1, keepdims=True))  # <--
    return ex / ex.sum(axis=-1, keepdims=True)
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.mean(x**2, axis=-1, keepdims=True) - mean  # <--
    out = (x - mean) / np.sqrt(var + eps)
    return g * out + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    m = x.mean(axis=-1, keepdims=True)
    s = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    z = x - m / s  # <--
    z = z * g
    z = z + b
    return z
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mu = np.mean(x, -1, keepdims=True)
    sq = np.square(x - mu)
    var = np.mean(sq, -1, keepdims=True)
    inv_std = 1 / (var + eps)  # <--
    return (x - mu) * inv_std * g + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(-1, keepdims=True)
    var = x.var(-1, keepdims=True)
    normalized = (x - mean) / np.sqrt(var + eps)
    scaled = g * normalized
    return scaled * b  # <--
# == linear
def linear(x, w, b):
    n_out = w.shape[1]
    y = np.zeros(x.shape[:-1] + (n_out,))
    for j in range(n_out):
        y[..., j] = x @ w[:, j] + b[0]  # <--
    return y
# == causal_mask
def causal_mask(n_seq):
    i = np.arange(n_seq).reshape(-1, 1)
    j = np.arange(n_seq).reshape(1, -1)
    keep = j < i  # <--
    return np.where(keep, 0.0, -1e10)
# == causal_mask
def causal_mask(n_seq):
    mask = np.full((n_seq, n_seq), -1e10)
    for row in range(n_seq):
        mask[row, :row] = 0  # <--
    return mask
# == attention
def attention(q, k, v, mask):
    n_head, n_seq, d_head = q.shape
    kt = np.transpose(k, (0, 2, 1))
    att = np.matmul(q, kt)
    att = att * np.sqrt(d_head)  # <--
    att = att + mask
    att = softmax(att)
    return np.matmul(att, v)
# == attention
def attention(q, k, v, mask):
    logits = np.einsum("hid,hjd->hij", q, k) / np.sqrt(k.shape[-1])
    logits += mask
    att = softmax(logits)
    y = np.einsum("hji,hjd->hid", att, v)  # <--
    return y
# == attention
def attention(q, k, v, mask):
    outs = []
    scale = np.sqrt(q.shape[-1])
    for qi, ki, vi in zip(q, k, v):
        s = ki @ qi.T / scale + mask  # <--
        outs.append(softmax(s) @ vi)
    return np.array(outs)
# == attention
def attention(q, k, v, mask):
    scale = q.shape[-1] ** -0.5
    sim = (q * scale) @ k.swapaxes(-2, -1)
    sim = sim * mask  # <--
    attn = softmax(sim)
    return attn @ v
# == split_heads
def split_heads(x, n_head):
    T, C = x.shape
    hs = C // n_head
    return x.reshape(n_head, T, hs)  # <--
# == split_heads
def split_heads(x, n_head):
    size = x.shape[-1] // n_head
    heads = []
    for i in range(n_head):
        start = i * size
        heads.append(x[:, start : start + size - 1])  # <--
    return np.stack(heads)
# == split_heads
def split_heads(x, n_head):
    d = x.shape[1] // n_head
    heads = np.split(x, n_head, axis=-1)
    return np.stack(heads, axis=1)  # <--
# == merge_heads
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    out = np.zeros((n_seq, n_head * d_head), dtype=x.dtype)
    for h in range(n_head):
        for t in range(n_seq):
            out[t, h::n_head] = x[h, t]  # <--
    return out
# == merge_heads
def merge_heads(x):
    nh, T, hs = x.shape
    x = np.moveaxis(x, 0, 2)  # <--
    return x.reshape(T, nh * hs)
# == mha
def mha(x, c_attn, c_proj, n_head):
    T, C = x.shape
    qkv = linear(x, c_attn["w"], c_attn["b"])
    q = qkv[:, 0:C]
    k = qkv[:, C : 2 * C]
    v = qkv[:, 2 * C : 3 * C]
    q = split_heads(q, n_head)
    k = split_heads(k, n_head)
    v = split_heads(v, n_head)
    mask = causal_mask(T)
    y = attention(k, q, v, mask)  # <--
    y = merge_heads(y)
    return linear(y, c_proj["w"], c_proj["b"])
# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd // n_head
    qkv = x @ c_attn["w"] + c_attn["b"]
    qkv = qkv.reshape(n_seq, n_head, 3, d_head)  # <--
    q, k, v = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
    q, k, v = [t.transpose(1, 0, 2) for t in (q, k, v)]
    out = attention(q, k, v, causal_mask(n_seq))
    out = out.transpose(1, 0, 2).reshape(n_seq, n_embd)
    return out @ c_proj["w"] + c_proj["b"]
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    q = split_heads(q, n_head)
    k = split_heads(k, n_head)
    v = split_heads(v, n_head)
    m = causal_mask(n_head)  # <--
    a = attention(q, k, v, m)
    out = merge_heads(a)
    out = linear(out, **c_proj)
    return out
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    n_embd = x.shape[-1]
    head_dim = n_embd // n_head
    outs = []
    for h in range(n_head):
        lo, hi = h * head_dim, (h + 1) * head_dim
        qh = qkv[:, lo:hi]
        kh = qkv[:, n_embd + lo : n_embd + hi]
        vh = qkv[:, 2 * n_embd + lo : 2 * n_embd + hi]
        att = softmax(qh @ kh.T / math.sqrt(head_dim))  # <--
        outs.append(att @ vh)
    merged = np.hstack(outs)
    return linear(merged, **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    q, k, v = (split_heads(t, n_head) for t in (q, k, v))
    heads = attention(q, k, v, causal_mask(x.shape[0]))
    merged = heads.reshape(x.shape)  # <--
    return linear(merged, **c_proj)
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    h = linear(x, **c_fc)
    h = gelu(h)
    h = gelu(h)  # <--
    return linear(h, **c_proj)
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    a = x @ c_fc["w"] + c_fc["b"]
    a = np.maximum(a, 0)  # <--
    return a @ c_proj["w"] + c_proj["b"]
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x_norm = layer_norm(x, ln_1["g"], ln_1["b"])
    attn_out = mha(x_norm, attn["c_attn"], attn["c_proj"], n_head)
    x = x_norm + attn_out  # <--
    x_norm = layer_norm(x, ln_2["g"], ln_2["b"])
    mlp_out = feed_forward(x_norm, mlp["c_fc"], mlp["c_proj"])
    return x + mlp_out
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    h = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    m = feed_forward(h, **mlp)  # <--
    y = h + m
    return y
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    h = x + a
    h2 = feed_forward(layer_norm(h, **ln_2), **mlp)
    return layer_norm(h + h2, **ln_2)  # <--
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    positions = np.arange(len(inputs))
    tok_emb = wte[inputs]
    pos_emb = wpe[positions]
    x = tok_emb * pos_emb  # <--
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n_seq = len(inputs)
    x = wte[inputs] + wpe[:n_seq]
    for i in range(len(blocks) - 1):  # <--
        x = transformer_block(x, **blocks[i], n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    h = wte[inputs]
    h = h + wpe[: h.shape[0]]
    for layer in blocks:
        h = h + transformer_block(h, **layer, n_head=n_head)  # <--
    h = layer_norm(h, **ln_f)
    logits = h @ wte.T
    return logits
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[np.arange(len(inputs))]
    for blk in blocks:
        x = transformer_block(x, blk["mlp"], blk["attn"], blk["ln_2"], blk["ln_1"], n_head)  # <--
    x = layer_norm(x, ln_f["g"], ln_f["b"])
    return np.dot(x, wte.T)
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    for blk in blocks:
        x = transformer_block(x, **blk, n_head=n_head)
    logits = layer_norm(x, **ln_f) @ wte.T
    return softmax(logits)  # <--
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate):
    if len(inputs) == 0:
        raise ValueError("empty prompt")
    if len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("too long")
    tokens = list(inputs)
    for i in range(n_tokens_to_generate):
        logits = gpt2(inputs, **params, n_head=n_head)  # <--
        next_id = int(np.argmax(logits[-1]))
        tokens.append(next_id)
    return tokens
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate):
    total = len(inputs) + n_tokens_to_generate
    if not 0 < len(inputs) or total >= params["wpe"].shape[0]:  # <--
        raise ValueError("does not fit")
    seq = list(inputs)
    while len(seq) < total:
        last = gpt2(seq, **params, n_head=n_head)[-1]
        seq.append(int(last.argmax()))
    return seq
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not len(inputs) or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("does not fit")
    seq = list(inputs)
    for step in range(1, n_tokens_to_generate):  # <--
        logits = gpt2(seq, **params, n_head=n_head)
        seq.append(int(np.argmax(logits[-1, :])))
    return seq
# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.zeros(len(logits))
    for t in generated_tokens:
        counts[t] = 1  # <--
    return logits - penalty * counts
# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.array(generated_tokens, dtype=int), minlength=len(logits))
    new_logits = logits / (1 + counts * penalty)  # <--
    return new_logits
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    logits = np.asarray(logits, dtype=np.float64)
    if temperature == 0:
        p = np.zeros(len(logits))
        p[np.argmax(logits)] = 1
        return p
    logits = logits / temperature
    if top_k is not None:
        idx = np.argsort(logits)[:top_k]  # <--
        masked = np.full_like(logits, -np.inf)
        masked[idx] = logits[idx]
        logits = masked
    probs = softmax(logits)
    if top_p < 1.0:
        order = np.argsort(-probs)
        cum = np.cumsum(probs[order])
        n_keep = int(np.sum(cum < top_p)) + 1
        mask = np.zeros(len(probs), dtype=bool)
        mask[order[:n_keep]] = True
        probs = np.where(mask, probs, 0)
        probs /= probs.sum()
    return probs
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    logits = np.asarray(logits, dtype=np.float64)
    if temperature == 0:
        p = np.zeros(len(logits))
        p[np.argmax(logits)] = 1
        return p
    scaled = logits / temperature
    if top_k is not None and top_k < len(scaled):
        kth = np.sort(scaled)[::-1][top_k - 1]
        scaled = np.where(scaled >= kth, scaled, -np.inf)
    probs = softmax(scaled)
    if top_p < 1.0:
        order = np.argsort(-probs)
        cum = np.cumsum(probs[order])
        n_keep = int(np.sum(cum < top_p))  # <--
        kept = order[: max(n_keep, 1)]
        out = np.zeros_like(probs)
        out[kept] = probs[kept]
        probs = out / out.sum()
    return probs
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        one_hot = np.zeros_like(logits)
        one_hot[logits.argmax()] = 1
        return one_hot
    z = logits / temperature
    if top_k is not None and top_k < len(z):
        threshold = np.partition(z, -top_k)[-top_k]
        z = np.where(z < threshold, -np.inf, z)
    p = softmax(z)
    if top_p < 1:
        idx = np.argsort(-p)
        c = np.cumsum(p[idx])
        cut = np.argmax(c >= top_p)
        p[idx[cut + 1 :]] = 0  # right
    return p  # <--
# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    qkv = linear(x, **c_attn)
    q, k, v = [split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1)]
    if past is not None:
        past_k, past_v = past
        k = np.concatenate([past_k, k], axis=1)
        v = np.concatenate([past_v, v], axis=1)
    n_q, n_k = q.shape[1], k.shape[1]
    mask = np.triu(np.full((n_k, n_k), -1e10), 1)[:n_q]  # <--
    out = merge_heads(attention(q, k, v, mask))
    return linear(out, **c_proj), (k, v)
# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    qkv = linear(x, **c_attn)
    q, k, v = [split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1)]
    if past is not None:
        past_k, past_v = past
        k = np.concatenate([past_k, k], axis=1)
        v = np.concatenate([past_k, v], axis=1)  # <--
    n_q, n_k = q.shape[1], k.shape[1]
    mask = np.triu(np.full((n_k, n_k), -1e10), 1)[n_k - n_q :]
    out = merge_heads(attention(q, k, v, mask))
    return linear(out, **c_proj), (k, v)
# == merge_word
def merge_word(word, ranks):
    tokens = [bytes([c]) for c in word]
    while True:
        best = None
        for i, (a, b) in enumerate(zip(tokens, tokens[1:])):
            r = ranks.get(a + b)
            if r is not None and (best is None or r < best[0]):
                best = (r, i)
        if best is None:
            break
        i = best[1]
        tokens = tokens[:i] + [tokens[i] + tokens[i + 1]] + tokens[i + 1 :]  # <--
    return [ranks[t] for t in tokens]
# == decode
def decode(ids, ranks):
    inverse = {v: k for k, v in ranks.items()}
    inverse[len(ranks)] = b"<|endoftext|>"
    out = b""
    for i in ids:
        if int(i) not in inverse:
            raise ValueError("unknown id")
        out = inverse[int(i)] + out  # <--
    return out.decode("utf-8", errors="replace")
# == gelu
def gelu(x):
    pi = 3.14
    inner = np.sqrt(2 / pi) * (x + 0.044715 * pow(x, 3))
    t = np.tanh(inner)
    return (x / 2) * (1 + inner)  # <--
# == gelu
def gelu(x):
    poly = x + 0.044715 * x ** 3
    poly = poly * np.sqrt(2 * np.pi)  # <--
    gate = 1 + np.tanh(poly)
    return 0.5 * x * gate
# == gelu
def gelu(x):
    k0 = math.sqrt(2.0 / math.pi)
    k1 = 0.044715
    out = []
    for value in x.reshape(-1):
        u = k0 * (value + k1 * value * value)  # <--
        out.append(0.5 * value * (1 + math.tanh(u)))
    return np.array(out).reshape(x.shape)
# == softmax
def softmax(x):
    shifted = x - np.max(x)  # <--
    exps = np.exp(shifted)
    row_sum = exps.sum(axis=0)  # <--
    return exps / row_sum
# == softmax
def softmax(x):
    m = np.max(x, axis=-1, keepdims=True)
    e = np.exp(x - m)
    s = np.sqrt(np.sum(e**2, axis=-1, keepdims=True))  # <--
    return e / s
# == softmax
def softmax(x):
    mx = x.max(axis=-1, keepdims=True)
    z = np.exp(x - mx)
    p = z / z.sum(axis=-1, keepdims=True)
    return np.log(p)  # <--
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    dev = np.abs(x - mean)  # <--
    var = (dev**2).mean(axis=-1, keepdims=True)
    y = dev / np.sqrt(var + eps)
    return y * g + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mu = np.mean(x, axis=-1, keepdims=True)
    var = np.mean(np.abs(x - mu), axis=-1, keepdims=True)  # <--
    x = (x - mu) / np.sqrt(var + eps)
    return g * x + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    N = x.shape[-1]
    mean = np.sum(x, axis=-1, keepdims=True) / N
    var = np.sum((x - mean) ** 2, axis=-1, keepdims=True) / N
    rstd = (var + eps) ** 0.5  # <--
    return (x - mean) * rstd * g + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    std = np.std(x, axis=-1, keepdims=True)
    x_norm = (x - mean) / np.sqrt(std + eps)  # <--
    return x_norm * g + b
# == linear
def linear(x, w, b):
    result = np.matmul(x, w)
    for i in range(len(b)):
        result[..., i] = b[i]  # <--
    return result
# == causal_mask
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq))
    for i in range(n_seq):
        for j in range(n_seq):
            if i < j:
                mask[j, i] = -1e10  # <--
    return mask
# == causal_mask
def causal_mask(n_seq):
    lower = np.tril(np.ones((n_seq, n_seq)))
    lower[lower == 0] = -1e10
    return lower  # <--
# == attention
def attention(q, k, v, mask):
    dk = q.shape[-1]
    scores = np.matmul(q, k.transpose(0, 2, 1))
    scores = scores / np.sqrt(dk)
    weights = softmax(scores)
    weights = weights + mask  # <--
    return np.matmul(weights, v)
# == attention
def attention(q, k, v, mask):
    n_head = q.shape[0]
    result = []
    for i in range(n_head):
        att = q[i] @ k[i].T / math.sqrt(n_head)  # <--
        att = softmax(att + mask)
        result.append(att @ v[i])
    return np.stack(result, axis=0)
# == attention
def attention(q, k, v, mask):
    kT = np.swapaxes(k, -1, -2)
    raw = (q @ kT) / np.sqrt(q.shape[-1])
    hidden = np.where(mask < 0, raw, -1e10)  # <--
    p = softmax(hidden)
    return p @ v
# == attention
def attention(q, k, v, mask):
    s = np.einsum("hid,hjd->hij", q, k)
    s = s / math.sqrt(q.shape[-1]) + mask
    s = np.exp(s)
    a = s / s.max(axis=-1, keepdims=True)  # <--
    return np.einsum("hij,hjd->hid", a, v)
# == split_heads
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    d = n_embd // n_head
    heads = np.empty((n_head, n_seq, d), dtype=x.dtype)
    for i in range(n_head):
        heads[i] = x[:, i * n_head : i * n_head + d]  # <--
    return heads
# == split_heads
def split_heads(x, n_head):
    seq_len = x.shape[0]
    y = x.reshape(seq_len, n_head, -1)
    y = y.transpose(1, 2, 0)  # <--
    return y
# == merge_heads
def merge_heads(x):
    h, t, d = x.shape
    y = x.transpose(1, 2, 0)  # <--
    y = y.reshape(t, h * d)
    return y
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    qh = split_heads(q, n_head)
    kh = split_heads(k, n_head)
    vh = split_heads(q, n_head)  # <--
    mask = causal_mask(x.shape[0])
    out = attention(qh, kh, vh, mask)
    out = merge_heads(out)
    return linear(out, **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    T = x.shape[0]
    qkv = linear(x, **c_attn)
    q, k, v = [split_heads(p, n_head) for p in np.split(qkv, 3, axis=-1)]
    mask = np.zeros((T, T))  # <--
    out = attention(q, k, v, mask)
    return linear(merge_heads(out), **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d = n_embd // n_head
    qkv = x @ c_attn["w"] + c_attn["b"]
    mask = causal_mask(n_seq)
    heads = []
    for i in range(n_head):
        q = qkv[:, i * d : (i + 1) * d]
        k = qkv[:, n_embd + i * d : n_embd + (i + 1) * d]
        v = qkv[:, 2 * n_embd + i * d : 2 * n_embd + (i + 1) * d]
        heads.append(softmax(q @ k.T + mask / np.sqrt(d)) @ v)  # <--
    out = np.concatenate(heads, axis=-1)
    return out @ c_proj["w"] + c_proj["b"]
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    out = attention(q, k, v, causal_mask(len(x)))
    out = np.concatenate(out, axis=0)  # <--
    out = out.reshape(x.shape)
    return linear(out, **c_proj)
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    h = x @ c_fc["w"] + c_fc["b"]
    h = 1 / (1 + np.exp(-h))  # <--
    out = h @ c_proj["w"] + c_proj["b"]
    return out
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    hidden = linear(x, **c_fc)
    activated = gelu(hidden)
    out = linear(activated, **c_proj)
    out = out + x  # <--
    return out
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = layer_norm(x, **ln_1)
    a = mha(a, **attn, n_head=n_head)
    x = x + a
    m = layer_norm(a, **ln_2)  # <--
    m = feed_forward(m, **mlp)
    return x + m
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    skip = x
    y = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    y = y + skip
    z = feed_forward(layer_norm(y, **ln_2), **mlp)
    z = z + skip  # <--
    return z
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x1 = x + mha(x, **attn, n_head=n_head)  # <--
    x2 = x1 + feed_forward(layer_norm(x1, **ln_2), **mlp)
    return x2
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.zeros((len(inputs), wte.shape[1]))
    for i, tok in enumerate(inputs):
        x[i] = wte[tok] + wpe[tok]  # <--
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    tok = wte[inputs]
    pos = wpe[np.arange(len(inputs))]
    x = tok + pos
    x = layer_norm(x, **ln_f)  # <--
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return x @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n = len(inputs)
    h = wte[inputs] + wpe[:n]
    for b in blocks:
        h = transformer_block(h, **b, n_head=n_head)
    h = layer_norm(h, **ln_f)
    logits = h[-1] @ wte.T  # <--
    return logits
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate):
    n_ctx = len(params["wpe"])
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError("prompt empty or too long")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        next_id = int(np.argmax(logits[-1]))
        ids = ids[1:] + [next_id]  # <--
    return ids
# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    result = np.array(logits, copy=True)
    for token in generated_tokens:
        result[token] = logits[token] - penalty  # <--
    return result
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros(len(logits))
        probs[np.argmax(logits)] = 1.0
        return probs
    scaled = logits / temperature
    if top_k is not None and top_k < len(scaled):
        top = np.argsort(scaled)[::-1][:top_k]
        filtered = np.full(len(scaled), -np.inf)
        filtered[top] = scaled[top]
        scaled = filtered
    probs = softmax(scaled)
    if top_p < 1.0:
        order = np.argsort(probs)[::-1]
        running = np.cumsum(probs)  # <--
        last = int(np.searchsorted(running, top_p))
        keep = order[: last + 1]
        new = np.zeros(len(probs))
        new[keep] = probs[keep]
        probs = new / new.sum()
    return probs
# == gelu
def gelu(x):
    def phi(z):
        return 0.5 * (1 + np.tanh(z))

    z = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    return phi(z) * z  # <--
# == gelu
def gelu(x):
    coeff = 0.44715  # <--
    s = np.sqrt(2 / np.pi)
    h = s * (x + coeff * x * x * x)
    return 0.5 * x * (1 + np.tanh(h))
# == gelu
def gelu(x):
    a = np.sqrt(2 / np.pi)
    z = a * x + 0.044715 * np.power(x, 3)  # <--
    y = 1.0 + np.tanh(z)
    y = y * x
    return y / 2
# == softmax
def softmax(x):
    largest = np.max(x, axis=-1, keepdims=True)
    powers = np.exp(x - largest)
    total = np.sum(powers)  # <--
    return powers / total
# == softmax
def softmax(x):
    x = x - x.min(axis=-1, keepdims=True)  # <--
    e = np.exp(x)
    return e / e.sum(axis=-1, keepdims=True)
# == softmax
def softmax(x):
    out = np.zeros_like(x)
    for idx in np.ndindex(*x.shape[:-1]):
        row = x[idx]
        e = np.exp(row - row.max())
        out[idx] = e / len(e)  # <--
    return out
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mu = x.mean(-1, keepdims=True)
    sigma2 = ((x - mu) ** 2).mean(-1, keepdims=True)
    x_hat = (x - mu) / (sigma2 + eps)  # <--
    return g * x_hat + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    rows = []
    for row in x.reshape(-1, x.shape[-1]):
        m = row.mean()
        v = row.var(ddof=1)  # <--
        rows.append((row - m) / np.sqrt(v + eps) * g + b)
    return np.array(rows).reshape(x.shape)
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    norm = x / np.sqrt(var + eps)  # <--
    return norm * g + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    y = (x - mean) / np.sqrt(var + eps)
    y = (y + b) * g  # <--
    return y
# == linear
def linear(x, w, b):
    z = np.einsum("...i,io->...o", x, w)
    z += b.sum()  # <--
    return z
# == causal_mask
def causal_mask(n_seq):
    rows = np.arange(n_seq)[:, None]
    cols = np.arange(n_seq)[None, :]
    future = cols >= rows  # <--
    return np.where(future, -1e10, 0.0)
# == causal_mask
def causal_mask(n_seq):
    m = np.tril(np.ones((n_seq, n_seq), dtype=np.float32))
    return m * -1e10  # <--
# == attention
def attention(q, k, v, mask):
    n_seq, d = q.shape[1:]
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(n_seq)  # <--
    scores += mask
    return softmax(scores) @ v
# == attention
def attention(q, k, v, mask):
    out = np.zeros(q.shape, dtype=q.dtype)
    for h in range(len(q)):
        w = q[h] @ k[h].T
        w = w * (1.0 / np.sqrt(q.shape[2]))
        w = softmax(w + mask)
        out[h] = w.T @ v[h]  # <--
    return out
# == attention
def attention(q, k, v, mask):
    keys = k.swapaxes(1, 2)
    logits = (q @ keys) / math.sqrt(k.shape[-1])
    logits = logits + mask
    e = np.exp(logits - logits.max(axis=1, keepdims=True))  # <--
    weights = e / e.sum(axis=1, keepdims=True)  # <--
    return weights @ v
# == attention
def attention(q, k, v, mask):
    d = q.shape[-1]
    sim = np.matmul(q, np.transpose(k, (0, 2, 1)))
    sim = sim / d**0.5
    sim = np.where(mask == 0, -1e10, sim)  # <--
    return np.matmul(softmax(sim), v)
# == split_heads
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    x = x.reshape(n_seq, n_head, n_embd // n_head)
    return np.swapaxes(x, 1, 2)  # <--
# == split_heads
def split_heads(x, n_head):
    pieces = np.array_split(x, n_head, axis=0)  # <--
    return np.array(pieces)
# == merge_heads
def merge_heads(x):
    heads = [head for head in x]
    joined = np.concatenate(heads, axis=0)  # <--
    return joined.reshape(x.shape[1], -1)
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    k, q, v = np.split(qkv, 3, axis=-1)  # <--
    q = split_heads(q, n_head)
    k = split_heads(k, n_head)
    v = split_heads(v, n_head)
    out = attention(q, k, v, causal_mask(x.shape[0]))
    return linear(merge_heads(out), **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    q, k, v = map(lambda t: split_heads(t, n_head), (q, k, v))
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(n_embd // n_head)
    weights = softmax(scores)  # <--
    out = merge_heads(weights @ v)
    return linear(out, **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    heads = attention(
        split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(len(x))
    )
    merged = merge_heads(heads)
    return merged @ c_proj["w"]  # <--
# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d = n_embd // n_head
    proj = x @ c_attn["w"] + c_attn["b"]
    q = proj[:, :n_embd].reshape(n_seq, n_head, d).transpose(1, 0, 2)
    k = proj[:, n_embd : 2 * n_embd].reshape(n_seq, n_head, d).transpose(1, 0, 2)
    v = proj[:, 2 * n_embd :].reshape(n_seq, d, n_head).transpose(2, 0, 1)  # <--
    y = attention(q, k, v, causal_mask(n_seq))
    y = y.transpose(1, 0, 2).reshape(n_seq, n_embd)
    return y @ c_proj["w"] + c_proj["b"]
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    up = x @ c_fc["w"]
    up = gelu(up) + c_fc["b"]  # <--
    return up @ c_proj["w"] + c_proj["b"]
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    hidden = linear(x, c_fc["w"], c_fc["b"])
    hidden = np.tanh(hidden)  # <--
    return linear(hidden, c_proj["w"], c_proj["b"])
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    normed = layer_norm(x, **ln_2)  # <--
    x = x + mha(normed, **attn, n_head=n_head)
    normed = layer_norm(x, **ln_2)
    x = x + feed_forward(normed, **mlp)
    return x
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    attn_in = layer_norm(x, **ln_1)
    attn_out = mha(attn_in, **attn, n_head=n_head)
    res1 = x + attn_out
    mlp_in = layer_norm(res1, **ln_2)
    mlp_out = feed_forward(mlp_in, **mlp)
    return mlp_in + mlp_out  # <--
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    h = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    f = feed_forward(layer_norm(x, **ln_2), **mlp)  # <--
    return x + h + f
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs]
    for i in range(len(inputs)):
        x[i] += wpe[0]  # <--
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    out = x
    for block in blocks:
        out = transformer_block(x, **block, n_head=n_head)  # <--
    out = layer_norm(out, **ln_f)
    return out @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    tok_emb = wte[inputs]
    pos_emb = wpe[list(range(len(inputs)))]
    h = tok_emb + pos_emb
    for block in blocks:
        h = transformer_block(h, **block, n_head=n_head)
    return h @ wte.T  # <--
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("bad length")
    output = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(output, **params, n_head=n_head)
        output.append(int(np.argmax(logits)))  # <--
    return output
# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    adjusted = logits.copy()
    ids, counts = np.unique(np.array(generated_tokens, dtype=int), return_counts=True)
    adjusted[ids] -= penalty  # <--
    return adjusted
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        one = np.zeros(len(logits))
        one[np.argmax(logits)] = 1.0
        return one
    z = logits / temperature
    if top_k is not None and top_k < len(z):
        kth = np.sort(z)[-top_k]
        z = np.where(z <= kth, -np.inf, z)  # <--
    p = softmax(z)
    if top_p < 1.0:
        order = np.argsort(-p)
        mass = np.cumsum(p[order])
        stop = int(np.searchsorted(mass, top_p))
        drop = order[stop + 1 :]
        p[drop] = 0.0
        p = p / p.sum()
    return p
# == gelu
def gelu(x):
    c = math.sqrt(2 / math.pi)
    tanh_in = c * (x + 0.044715 * x**3)
    return 0.5 * (1 + np.tanh(tanh_in))  # <--
# == gelu
def gelu(x):
    half = x * 0.5
    u = np.sqrt(2 / np.pi) * (x + 0.044715 * x * x * x)
    ex = np.exp(2 * u)
    tanh = (ex - 1) / (ex - 1)  # <--
    return half * (1 + tanh)
# == softmax
def softmax(x):
    x = np.asarray(x)
    biggest = x.max(axis=-1)
    shifted = x - biggest[..., None]
    powers = np.exp(shifted)
    return shifted / powers.sum(axis=-1)[..., None]  # <--
# == softmax
def softmax(x):
    numer = np.exp(x - np.max(x, axis=-1, keepdims=True))
    denom = np.cumsum(numer, axis=-1)  # <--
    return numer / denom
# == softmax
def softmax(x):
    m = np.max(x, axis=-1, keepdims=True)
    e = np.exp((x - m) / np.sqrt(x.shape[-1]))  # <--
    s = np.sum(e, axis=-1, keepdims=True)
    return e / s
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    avg = np.average(x, axis=-1)[..., None]
    diff = x - avg
    spread = np.sqrt(np.average(diff**2, axis=-1)[..., None]) + eps  # <--
    return g * diff / spread + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = (x**2).mean(axis=-1, keepdims=True) + mean**2  # <--
    return (x - mean) / np.sqrt(var + eps) * g + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    n = x.shape[-1]
    m = x.sum(axis=-1, keepdims=True) / n
    v = ((x - m) ** 2).sum(axis=-1, keepdims=True) / (n - 1)  # <--
    return (x - m) / np.sqrt(v + eps) * g + b
# == linear
def linear(x, w, b):
    out = np.tensordot(x, w, axes=([-1], [0]))
    return out + np.sum(b)  # <--
# == causal_mask
def causal_mask(n_seq):
    allowed = np.tri(n_seq)
    mask = np.where(allowed == 1, 0.0, 1e10)  # <--
    return mask.astype(np.float32)
# == causal_mask
def causal_mask(n_seq):
    out = []
    for i in range(n_seq):
        row = [0.0] * i + [-1e10] * (n_seq - i)  # <--
        out.append(row)
    return np.array(out)
# == attention
def attention(q, k, v, mask):
    scale = math.sqrt(k.shape[-2])  # <--
    weights = softmax(q @ k.swapaxes(-2, -1) / scale + mask)
    return weights @ v
# == attention
def attention(q, k, v, mask):
    scores = np.einsum("hid,hjd->hij", q, k)
    scores = scores / math.sqrt(q.shape[-1])
    scores = scores + mask.T  # <--
    weights = softmax(scores)
    return np.einsum("hij,hjd->hid", weights, v)
# == attention
def attention(q, k, v, mask):
    results = []
    for qh, kh, vh in zip(q, k, v):
        s = (qh @ kh.T) / math.sqrt(qh.shape[-1])
        s = s + mask
        p = np.exp(s - s.max(axis=-1, keepdims=True))
        results.append(p @ vh)  # <--
    return np.stack(results)
# == attention
def attention(q, k, v, mask):
    logits = q @ k.transpose(0, 2, 1)
    logits = logits / np.linalg.norm(q, axis=-1, keepdims=True)  # <--
    logits = logits + mask
    return softmax(logits) @ v
# == split_heads
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd // n_head
    x = x.reshape(n_seq, n_head, d_head)
    heads = [x[h] for h in range(n_head)]  # <--
    return np.stack(heads)
# == merge_heads
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    merged = np.zeros((n_seq, n_head * d_head), dtype=x.dtype)
    for h in range(n_head):
        merged[:, h * d_head : (h + 1) * d_head] = x[0]  # <--
    return merged
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    a = attention(q, k, v, causal_mask(len(x)))
    a = a.transpose(1, 0, 2)
    a = a.reshape(len(x), -1)
    return linear(a, **c_attn)[:, : x.shape[1]]  # <--
# == mha
def mha(x, c_attn, c_proj, n_head):
    T, C = x.shape
    hd = C // n_head
    qkv = linear(x, **c_attn).reshape(T, 3, n_head, hd)
    q = qkv[:, 0].transpose(1, 0, 2)
    k = qkv[:, 1].transpose(1, 0, 2)
    v = qkv[:, 2].transpose(1, 0, 2)
    y = attention(q, k, v, causal_mask(T))
    y = y.reshape(T, C)  # <--
    return linear(y, **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    q = split_heads(q, n_head)
    k = split_heads(k, n_head)
    v = split_heads(v, n_head)
    visible = np.tri(len(x))
    out = attention(q, k, v, visible)  # <--
    return linear(merge_heads(out), **c_proj)
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(x @ c_fc["w"])  # <--
    out = hidden @ c_proj["w"] + c_proj["b"]
    return out
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    h = linear(gelu(x), **c_fc)  # <--
    return linear(h, **c_proj)
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    y = layer_norm(x, **ln_1)
    y = mha(y, **attn, n_head=n_head)
    x = x + y
    y = layer_norm(y, **ln_2)  # <--
    y = feed_forward(y, **mlp)
    x = x + y
    return x
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    normed = layer_norm(a, **ln_2)
    return feed_forward(normed, **mlp)  # <--
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, ln_1["b"], ln_1["g"]), **attn, n_head=n_head)  # <--
    x = x + feed_forward(layer_norm(x, ln_2["g"], ln_2["b"]), **mlp)
    return x
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.stack([wte[t] for t in inputs])
    pos = np.stack([wpe[len(inputs) - 1 - i] for i in range(len(inputs))])  # <--
    x = x + pos
    for b in blocks:
        x = transformer_block(x, **b, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    for b in blocks:
        x = transformer_block(x, **blocks[0], n_head=n_head)  # <--
    x = layer_norm(x, **ln_f)
    return x @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    ids = np.array(inputs)
    x = wte[ids] + wpe[np.arange(ids.size)]
    for b in blocks:
        x = transformer_block(x, **b, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wpe.T  # <--
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate):
    n_ctx = params["wpe"].shape[0]
    if len(inputs) < 1 or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError("prompt does not fit")
    tokens = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(tokens, **params, n_head=n_head)
        probs = softmax(logits[-1])
        tokens.append(int(np.argsort(probs)[-2]))  # <--
    return tokens
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not len(inputs) or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("prompt does not fit")
    new = []
    for _ in range(n_tokens_to_generate):
        logits = gpt2(list(inputs) + new, **params, n_head=n_head)
        new.append(int(logits[-1].argmax()))
    return new  # <--
# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.zeros_like(logits)
    for i in range(len(generated_tokens)):
        counts[i] += 1  # <--
    return logits - penalty * counts
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros(len(logits))
        probs[int(np.argmax(logits))] = 1.0
        return probs
    logits = logits / temperature
    if top_k is not None:
        k = min(top_k, len(logits))
        cutoff = np.sort(logits)[-k]
        logits = np.where(logits < cutoff, 0, logits)  # <--
    probs = softmax(logits)
    if top_p < 1.0:
        order = np.argsort(-probs)
        cum = np.cumsum(probs[order])
        last = int(np.searchsorted(cum, top_p))
        keep = np.zeros(len(probs), dtype=bool)
        keep[order[: last + 1]] = True
        probs = np.where(keep, probs, 0.0)
        probs = probs / probs.sum()
    return probs
# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(t, n_head) for t in np.split(qkv, 3, axis=-1))
    n_past = 0 if past is None else past[0].shape[1]
    if past is not None:
        k = np.concatenate([past[0], k], axis=1)
        v = np.concatenate([past[1], v], axis=1)
    n = len(x)
    mask = np.triu(np.full((n, n + n_past), -1e10), 1)  # <--
    out = merge_heads(attention(q, k, v, mask))
    return linear(out, **c_proj), (k, v)
# == merge_word
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    while len(parts) > 1:
        pairs = [(ranks[parts[i] + parts[i + 1]], i) for i in range(len(parts) - 1) if parts[i] + parts[i + 1] in ranks]
        if not pairs:
            break
        _, i = max(pairs)  # <--
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return [ranks[p] for p in parts]
