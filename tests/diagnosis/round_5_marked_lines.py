# Wrong functions with the faulty line marked, by another author who had seen neither the grader nor its tests.
# Measured before any rule was changed for them: 66 of 70 right and 3 wrong.

# == gelu
def gelu(x):
    a = math.sqrt(2.0 / math.pi)
    cube = x ** 3
    poly = x + 0.44715 * cube  # <--
    t = np.tanh(a * poly)
    half = 0.5 * x
    return half + half * t

# == gelu
def gelu(x):
    flat = x.reshape(-1)
    out = np.zeros_like(flat)
    k = math.sqrt(2 / math.pi)
    for i in range(flat.size):
        v = float(flat[i])
        u = k * (v + 0.044715 * v * v * v)
        out[i] = 0.5 * v * (1 - math.tanh(u))  # <--
    return out.reshape(x.shape)

# == softmax
def softmax(x):
    biggest = x.max(axis=-1)[..., np.newaxis]
    e = np.exp(x - biggest)
    total = e.sum(axis=0, keepdims=True)  # <--
    return e / total

# == softmax
def softmax(x):
    n = x.shape[-1]
    rows = x.reshape(-1, n)
    result = np.empty_like(rows)
    for r, row in enumerate(rows):
        weights = np.exp(row - max(row))
        result[r] = weights / weights.max()  # <--
    return result.reshape(x.shape)

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    n = x.shape[-1]
    mu = x.sum(axis=-1, keepdims=True) / n
    centered = x - mu
    squares = centered ** 2
    sigma2 = squares.sum(axis=-1, keepdims=True) / (n - 1)  # <--
    x_hat = centered / np.sqrt(sigma2 + eps)
    return x_hat * g + b

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    rows = x.reshape(-1, x.shape[-1])
    out = np.empty_like(rows)
    for i, row in enumerate(rows):
        centered = row - row.mean()
        out[i] = centered / (np.mean(np.square(centered)) + eps)  # <--
    out = out * g
    out = out + b
    return out.reshape(x.shape)

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mu = np.mean(x, -1, keepdims=True)
    diff = x - mu
    var = np.mean(diff * diff, axis=0, keepdims=True)  # <--
    inv = 1.0 / np.sqrt(var + eps)
    return diff * inv * g + b

# == linear
def linear(x, w, b):
    n_in, n_out = w.shape
    y = np.zeros((*x.shape[:-1], n_out), dtype=x.dtype)
    y[...] = b
    for i in range(n_in - 1):  # <--
        y += x[..., i, None] * w[i]
    return y

# == linear
def linear(x, w, b):
    lead = x.shape[:-1]
    flat = x.reshape(-1, x.shape[-1])
    out = np.tensordot(flat, w, axes=([1], [1]))  # <--
    out = np.add(out, b)
    return out.reshape(lead + b.shape)

# == attention
def attention(q, k, v, mask):
    n_head, n_seq, d_head = q.shape
    out = np.empty_like(q)
    for h in range(n_head):
        scores = np.dot(q[h], k[h].T)
        scores = scores / d_head + mask  # <--
        out[h] = np.dot(softmax(scores), v[h])
    return out

# == attention
def attention(q, k, v, mask):
    scale = q.shape[-1] ** -0.5
    logits = np.einsum("hqd,hkd->hqk", q * scale, k)
    probs = softmax(logits + mask[None, :, :])
    return np.einsum("hqk,hqd->hqd", probs, v)  # <--

# == attention
def attention(q, k, v, mask):
    root = math.sqrt(q.shape[2])
    scores = [q_h @ k_h.T / root for q_h, k_h in zip(q, k)]
    weights = [softmax(s - mask) for s in scores]  # <--
    return np.stack([w_h @ v_h for w_h, v_h in zip(weights, v)])

# == attention
def attention(q, k, v, mask):
    out = np.zeros_like(q)
    d = q.shape[-1]
    for i in range(q.shape[1]):
        query = q[:, i, :, None]  # [n_head, d_head, 1]
        scores = (k @ query)[..., 0] / math.sqrt(d)
        probs = softmax(scores + mask[:, i])  # <--
        out[:, i] = (probs[:, None, :] @ v)[:, 0]
    return out

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd // n_head
    proj = x @ c_attn["w"] + c_attn["b"]
    q, v, k = np.hsplit(proj, 3)  # <--
    mask = causal_mask(n_seq)
    outs = []
    for h in range(n_head):
        s = slice(h * d_head, (h + 1) * d_head)
        scores = q[:, s] @ k[:, s].T / math.sqrt(d_head) + mask
        outs.append(softmax(scores) @ v[:, s])
    return linear(np.concatenate(outs, axis=1), **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd // n_head
    qkv = linear(x, c_attn["w"], c_attn["b"])
    parts = []
    for j in range(3):
        part = qkv[:, j * n_embd : (j + 1) * n_embd]
        part = part.reshape(n_head, n_seq, d_head)  # <--
        parts.append(part)
    q, k, v = parts
    mixed = attention(q, k, v, causal_mask(n_seq))
    return linear(merge_heads(mixed), c_proj["w"], c_proj["b"])

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    qkv = linear(x, **c_attn)
    qkv = qkv.reshape(n_seq, 3, n_head, n_embd // n_head)
    qkv = qkv.transpose(1, 2, 0, 3)
    ctx = attention(*qkv, causal_mask(n_seq))
    ctx = ctx.reshape(n_seq, n_embd)  # <--
    return linear(ctx, **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq = len(x)
    w, b = c_attn["w"], c_attn["b"]
    q, k, v = (split_heads(m, n_head) for m in np.split(x @ w + b, 3, axis=1))
    future = np.triu(np.ones((n_seq, n_seq), dtype=bool))  # <--
    scores = np.einsum("hid,hjd->hij", q, k) / math.sqrt(q.shape[-1])
    scores[:, future] = -1e10
    ctx = np.einsum("hij,hjd->ihd", softmax(scores), v)
    return linear(ctx.reshape(n_seq, -1), **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd // n_head
    qkv = linear(x, **c_attn)
    q = qkv[:, 0:n_embd]
    k = qkv[:, n_embd : 2 * n_embd]
    v = qkv[:, 2 * n_embd : 3 * n_embd]
    mask = causal_mask(n_seq)
    result = np.zeros_like(x)
    for h in range(n_head):
        cols = range(h * d_head, (h + 1) * d_head)
        one = attention(q[None, :, cols], k[None, :, cols], v[None, :, cols], mask)
        result[:, cols] = one[0]
    return result @ c_proj["w"]  # <--

# == feed_forward
def feed_forward(x, c_fc, c_proj):
    up_w, up_b = c_fc["w"], c_fc["b"]
    down_w, down_b = c_proj["w"], c_proj["b"]
    out = np.empty_like(x)
    for t in range(x.shape[0]):
        hidden = x[t] @ up_w + up_b
        act = gelu(hidden)  # <--
        out[t] = hidden @ down_w + down_b  # <--
    return out

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    normed = layer_norm(x, ln_1["g"], ln_1["b"])
    attended = mha(x, attn["c_attn"], attn["c_proj"], n_head)  # <--
    after_attention = x + attended
    normed_again = layer_norm(after_attention, ln_2["g"], ln_2["b"])
    thought = feed_forward(normed_again, mlp["c_fc"], mlp["c_proj"])
    return after_attention + thought

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    halves = (
        (ln_1, lambda h: mha(h, **attn, n_head=n_head)),
        (ln_1, lambda h: feed_forward(h, **mlp)),  # <--
    )
    for norm, half in halves:
        x = x + half(layer_norm(x, **norm))
    return x

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n_seq = len(inputs)
    tok = np.take(wte, inputs, axis=0)
    pos = wpe[1 : n_seq + 1]  # <--
    hidden = tok + pos
    for i in range(len(blocks)):
        hidden = transformer_block(hidden, n_head=n_head, **blocks[i])
    hidden = layer_norm(hidden, ln_f["g"], ln_f["b"])
    return np.matmul(hidden, np.transpose(wte))

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.array([wte[t] + wpe[p] for p, t in enumerate(inputs)])
    h = x
    for layer in blocks:
        h = transformer_block(x, **layer, n_head=n_head)  # <--
    h = layer_norm(h, **ln_f)
    return np.einsum("se,ve->sv", h, wte)

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    ids = np.asarray(inputs)
    x = wte[ids]
    x = x + wpe[np.arange(ids.size)]
    for b in blocks:
        x = transformer_block(x, b["mlp"], b["attn"], b["ln_1"], b["ln_2"], n_head)
    gain = ln_f["g"]
    shift = ln_f["g"]  # <--
    x = layer_norm(x, gain, shift)
    return (wte @ x.T).T

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    tokens = list(map(int, inputs))
    n_prompt = len(tokens)
    if n_prompt < 1 or n_prompt + n_tokens_to_generate > params["wpe"].shape[0]:
        raise ValueError("the prompt is empty, or there is no room for the new tokens")
    if rng is None:
        rng = np.random.default_rng()
    for _ in range(n_tokens_to_generate):
        logits = gpt2(tokens, n_head=n_head, **params)
        last = logits[0]  # <--
        last = apply_frequency_penalty(last, tokens[n_prompt:], frequency_penalty)
        if temperature > 0:
            token = sample(next_token_probs(last, temperature, top_k, top_p), rng)
        else:
            token = int(last.argmax())
        tokens.append(token)
    return tokens

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    prompt = [int(t) for t in inputs]
    if not prompt:
        raise ValueError("empty prompt")
    if len(prompt) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("too many tokens")
    rng = rng or np.random.default_rng()
    new = []
    while len(new) < n_tokens_to_generate:
        scores = gpt2(new + prompt, **params, n_head=n_head)[-1]  # <--
        scores = apply_frequency_penalty(scores, new, frequency_penalty)
        if temperature == 0:
            choice = int(np.argmax(scores))
        else:
            probs = next_token_probs(scores, temperature, top_k=top_k, top_p=top_p)
            choice = sample(probs, rng)
        new.append(choice)
    return prompt + new

# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    result = np.array(logits)
    seen = [int(t) for t in generated_tokens]
    for token in set(seen):  # <--
        result[token] = result[token] - penalty
    return result

# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    n = len(logits)
    if temperature == 0:
        one_hot = np.zeros(n, dtype=logits.dtype)
        one_hot[logits.argmax()] = 1.0
        return one_hot
    scaled = logits / temperature
    if top_k and top_k < n:
        limit = np.sort(scaled)[top_k]  # <--
        scaled[scaled < limit] = -np.inf
    probs = softmax(scaled)
    if top_p < 1.0:
        order = (-probs).argsort()
        n_keep = np.searchsorted(probs[order].cumsum(), top_p) + 1
        probs[order[n_keep:]] = 0.0
        probs = probs / probs.sum()
    return probs

# == sample
def sample(probs, rng):
    mass = [float(p) for p in probs]
    r = rng.random() * sum(mass)
    running = 0.0
    for token, p in enumerate(mass):
        running = p  # <--
        if running > r:
            return token
    return len(mass) - 1

# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    n_new = x.shape[0]
    n_past = 0
    qkv = linear(x, **c_attn)
    q, k, v = [split_heads(m, n_head) for m in np.array_split(qkv, 3, axis=1)]
    if past is not None:
        old_k, old_v = past
        n_past = old_k.shape[1]
        k = np.concatenate((old_k, k), axis=1)
        v = np.concatenate((old_v, v), axis=1)
    blocked = np.full((n_new, n_past + n_new), -1e10, dtype=x.dtype)
    mask = np.triu(blocked, k=1)  # <--
    heads = attention(q, k, v, mask)
    return linear(merge_heads(heads), **c_proj), (k, v)

# == gpt2_cached
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    if past is None:
        n_past = 0
        past = [None for _ in blocks]
    else:
        n_past = past[0][0].shape[0]  # <--
    positions = n_past + np.arange(len(inputs))
    h = wte[np.asarray(inputs)] + wpe[positions]
    present = []
    for block, old in zip(blocks, past):
        a, kv = mha_cached(layer_norm(h, **block["ln_1"]), **block["attn"], n_head=n_head, past=old)
        h = h + a
        h = h + feed_forward(layer_norm(h, **block["ln_2"]), **block["mlp"])
        present += [kv]
    return layer_norm(h, **ln_f) @ wte.T, present

# == merge_word
def merge_word(word, ranks):
    parts = [word[i : i + 1] for i in range(1, len(word))]  # <--
    while len(parts) > 1:
        best = None
        for a, b in zip(parts, parts[1:]):
            if a + b in ranks and (best is None or ranks[a + b] < ranks[best]):
                best = a + b
        if best is None:
            break
        i = 0
        while i < len(parts) - 1:
            if parts[i] + parts[i + 1] == best:
                parts[i : i + 2] = [best]
            i += 1
    return [ranks[part] for part in parts]

# == decode
def decode(ids, ranks):
    names = dict(zip(ranks.values(), ranks.keys()))
    names[len(ranks)] = END_OF_TEXT.encode()
    pieces = []
    for i in ids:
        piece = names.get(int(i))
        if piece is None:
            raise ValueError(f"there is no token {i}")
        pieces.append(piece)
    return b" ".join(pieces).decode("utf-8", errors="replace")  # <--

# == read_safetensors
def read_safetensors(path):
    raw = Path(path).read_bytes()
    size = int.from_bytes(raw[:8], "little")
    if len(raw) < 8 + size:
        raise ValueError("not a safetensors file: it is too short for its header")
    data = raw[size:]  # <--
    try:
        header = json.loads(raw[8 : 8 + size].decode("utf-8"))
        header.pop("__metadata__", None)
        rows = sorted((*e["data_offsets"], name, str(e["dtype"]), tuple(e["shape"])) for name, e in header.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"bad header: {error!r}") from None
    tensors, position = {}, 0
    for begin, end, name, dtype, shape in rows:
        if not all(type(s) is int and 0 <= s < 2**63 for s in (begin, end, *shape)) or dtype not in (*DTYPES, "BF16"):
            raise ValueError(f"{name}: bad type, shape or offsets")
        stored = np.dtype(DTYPES.get(dtype, "<u2"))
        if begin != position or end - begin != math.prod(shape) * stored.itemsize or end > len(data):
            raise ValueError(f"{name}: its bytes are not where they should be")
        array = np.frombuffer(data, stored, math.prod(shape), begin).reshape(shape).copy()
        tensors[name] = (array.astype("<u4") << 16).view("<f4") if dtype == "BF16" else array
        position = end
    if position != len(data):
        raise ValueError("bytes left over at the end")
    return tensors

# == to_params
def to_params(tensors):
    clean = {}
    for key, value in tensors.items():
        clean[key[12:] if key.startswith("transformer.") else key] = value
    def get(name):
        try:
            return np.asarray(clean[name], dtype=np.float32)
        except KeyError:
            raise ValueError("missing tensor: " + name) from None
    def pair(path, first):
        return {first: get(path + ".weight"), "b": get(path + ".bias")}
    numbers = {key.split(".")[1] for key in clean if key.startswith("h.")}
    blocks = []
    for i in range(len(numbers)):
        h = "h." + str(i)
        block = {}
        block["ln_1"] = pair(h + ".ln_1", "g")
        block["ln_2"] = pair(h + ".ln_1", "g")  # <--
        block["attn"] = {c: pair(h + ".attn." + c, "w") for c in ("c_attn", "c_proj")}
        block["mlp"] = {c: pair(h + ".mlp." + c, "w") for c in ("c_fc", "c_proj")}
        blocks.append(block)
    return {"wte": get("wte.weight"), "wpe": get("wpe.weight"), "blocks": blocks, "ln_f": pair("ln_f", "g")}

# == gelu
def gelu(x):
    cubic = x * x * x
    inner = 2 / math.pi * (x + 0.044715 * cubic)  # <--
    gate = (np.tanh(inner) + 1) / 2
    return gate * x

# == gelu
def gelu(x):
    def phi(t):
        u = math.sqrt(2 / math.pi) * t + 0.044715 * np.power(t, 3)  # <--
        return 1 + np.tanh(u)

    return np.multiply(x, phi(x)) * 0.5

# == softmax
def softmax(x):
    z = np.moveaxis(x, -1, 0)
    top = np.maximum.reduce(z, axis=0)
    num = np.exp(z - top)
    den = np.exp(z).sum(axis=0)  # <--
    return np.moveaxis(num / den, 0, -1)

# == softmax
def softmax(x):
    s = x - np.amax(x, axis=-1, keepdims=True)
    log_total = np.log(np.exp(s).sum(axis=-1))
    log_total = np.expand_dims(log_total, -1)
    return np.exp(s + log_total)  # <--

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    cols = np.moveaxis(x, -1, 0)
    centered = cols - cols.mean(axis=0)
    normed = centered / np.sqrt((centered**2).mean(axis=0) + eps)
    normed = np.moveaxis(normed, 0, -1)
    return b * normed + g  # <--

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mu = x.mean()  # <--
    std = np.sqrt(x.var(axis=-1) + eps)[..., None]
    y = x - mu
    y /= std
    y *= g
    y += b
    return y

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    shape = x.shape[:-1] + (1,)
    mean = np.mean(x, axis=-1).reshape(shape)
    dev = x - mean
    var = np.mean(dev * dev, axis=-1).reshape(shape)
    std = np.sqrt(var + eps)
    scaled = x / std  # <--
    return g * scaled + b

# == linear
def linear(x, w, b):
    n_in, n_out = w.shape
    y = np.zeros(x.shape[:-1] + (n_out,), dtype=x.dtype)
    for j in range(n_out):
        y[..., j] = x @ w[:, j]
        y += b  # <--
    return y

# == linear
def linear(x, w, b):
    # the bias is one more row of w, for an input that is always 1
    extra = np.zeros(x.shape[:-1] + (1,), dtype=x.dtype)  # <--
    longer = np.concatenate([x, extra], axis=-1)
    table = np.vstack([w, b])
    return longer @ table

# == attention
def attention(q, k, v, mask):
    kt = np.transpose(k, (0, 2, 1))
    d = k.shape[1]  # <--
    scores = np.matmul(q, kt)
    scores *= 1 / math.sqrt(d)
    scores += mask
    return np.matmul(softmax(scores), v)

# == attention
def attention(q, k, v, mask):
    scale = math.sqrt(k.shape[-1])
    scores = q @ np.moveaxis(k, 1, 2)
    probs = softmax(scores + mask) / scale  # <--
    return probs @ v

# == attention
def attention(q, k, v, mask):
    n_head, n_keys, d_head = k.shape
    keys = k.reshape(n_head, d_head, n_keys)  # <--
    results = []
    for h in range(n_head):
        match = (q[h] @ keys[h]) / d_head**0.5
        probs = softmax(match + mask)
        results.append(probs @ v[h])
    return np.array(results)

# == attention
def attention(q, k, v, mask):
    s = np.einsum("hid,hjd->hij", q, k)
    s = s / math.sqrt(q.shape[-1]) + mask
    s = s - s.max(axis=2, keepdims=True)
    p = np.exp(s)
    p = p / p.sum(axis=1, keepdims=True)  # <--
    return np.einsum("hij,hjd->hid", p, v)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n = x.shape[1]
    qkv = np.dot(x, c_attn["w"]) + c_attn["b"]
    q = split_heads(qkv[:, :n], n_head)
    k = split_heads(qkv[:, n : 2 * n], n_head)
    v = split_heads(qkv[:, n : 2 * n], n_head)  # <--
    heads = attention(q, k, v, causal_mask(x.shape[0]))
    joined = np.hstack(list(heads))
    return np.dot(joined, c_proj["w"]) + c_proj["b"]

# == mha
def mha(x, c_attn, c_proj, n_head):
    d_head = x.shape[1] // n_head

    def heads_of(m):
        return np.stack([m[:, h::n_head] for h in range(n_head)])  # <--

    q, k, v = map(heads_of, np.split(linear(x, **c_attn), 3, axis=1))
    out = attention(q, k, v, causal_mask(x.shape[0]))
    return linear(merge_heads(out), **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    q, k, v = linear(x, **c_attn).reshape(n_seq, 3, n_embd).swapaxes(0, 1)
    pos = np.arange(n_seq)
    visible = pos[:, None] <= pos[None, :]  # <--
    mask = np.where(visible, 0.0, -1e10).astype(x.dtype)
    heads = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), mask)
    return linear(merge_heads(heads), **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq = x.shape[0]
    mask = causal_mask(n_seq)
    q, k, v = [split_heads(t, n_head) for t in np.split(linear(x, **c_attn), 3, -1)]
    outs = []
    for qh, kh, vh in zip(q, k, v):
        att = softmax(qh @ kh.T / math.sqrt(qh.shape[-1]) + mask)
        outs.append(att @ vh)
    merged = np.stack(outs, axis=2).reshape(n_seq, -1)  # <--
    return merged @ c_proj["w"] + c_proj["b"]

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd // n_head
    qkv = linear(x, **c_attn).reshape(n_seq, 3, n_head, d_head)
    q, k, v = qkv[:, 0], qkv[:, 1], qkv[:, 2]  # [n_seq, n_head, d_head]
    scores = np.einsum("ihd,jhd->hij", q, k)
    scores = scores / math.sqrt(n_embd)  # <--
    scores = scores + causal_mask(n_seq)
    mixed = np.einsum("hij,jhd->ihd", softmax(scores), v)
    return linear(mixed.reshape(n_seq, n_embd), **c_proj)

# == feed_forward
def feed_forward(x, c_fc, c_proj):
    layers = [c_fc, c_proj]
    for i, layer in enumerate(layers):
        x = linear(x, layer["w"], layer["b"])
        if i == 1:  # <--
            x = gelu(x)
    return x

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    def attend(h):
        return mha(layer_norm(h, **ln_1), **attn, n_head=n_head)

    def think(h):
        return feed_forward(layer_norm(h, **ln_2), **mlp)

    mid = x + attend(x)
    return x + think(mid)  # <--

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    y = x.copy()
    y = mha(layer_norm(y, **ln_1), n_head=n_head, **attn)  # <--
    y += feed_forward(layer_norm(y, **ln_2), **mlp)
    return y

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    positions = list(range(len(inputs)))
    x = wte[inputs, :] + wpe[positions, :]
    for i in range(1, len(blocks)):  # <--
        block = blocks[i]
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return np.inner(x, wte)

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    h = wte[np.array(inputs)]
    h = h + wpe[: h.shape[0]]
    for block in blocks:
        h = transformer_block(h, **block, n_head=n_head)
    normed = layer_norm(h, **ln_f)  # <--
    logits = h @ wte.T  # <--
    return logits

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.zeros((len(inputs), wte.shape[1]), dtype=wte.dtype)
    for pos, tok in enumerate(inputs):
        x[pos] += wte[tok]
        x[pos] += wpe[tok]  # <--
    for params in blocks:
        x = transformer_block(x, n_head=n_head, **params)
    x = layer_norm(x, ln_f["g"], ln_f["b"])
    return x @ wte.swapaxes(0, 1)

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    ids = [int(i) for i in inputs]
    start = len(ids)
    end = start + n_tokens_to_generate
    if start == 0 or end > len(params["wpe"]):
        raise ValueError(f"{start} tokens and {n_tokens_to_generate} more are not possible")
    if rng is None:
        rng = np.random.default_rng()
    while len(ids) < end:
        logits = gpt2(ids[-1:], **params, n_head=n_head)  # <--
        scores = apply_frequency_penalty(logits[-1, :], ids[start:], frequency_penalty)
        if temperature == 0.0:
            ids.append(int(np.argmax(scores)))
            continue
        ids.append(sample(next_token_probs(scores, temperature, top_k, top_p), rng))
    return ids

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    n_ctx = params["wpe"].shape[0]
    if not 0 < len(inputs) <= n_ctx - n_tokens_to_generate:
        raise ValueError("the prompt is empty or too long")
    rng = np.random.default_rng() if rng is None else rng

    def pick(logits):
        if temperature == 0:
            return int(logits.argmax())
        return sample(next_token_probs(logits, temperature, top_k, top_p), rng)

    context, made = [int(t) for t in inputs], []
    remaining = n_tokens_to_generate
    while remaining > 1:  # <--
        row = gpt2(context + made, **params, n_head=n_head)[-1]
        made.append(pick(apply_frequency_penalty(row, made, frequency_penalty)))
        remaining -= 1
    return context + made

# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    ids = np.array(generated_tokens, dtype=int)
    used, times = np.unique(ids, return_counts=True)
    new_logits = logits.copy()
    new_logits[used] = -penalty * times  # <--
    return new_logits

# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    size = logits.shape[0]
    if temperature == 0:
        return (np.arange(size) == np.argmax(logits)).astype(logits.dtype)
    z = logits / temperature
    if top_k is not None and 0 < top_k < size:
        smallest_kept = np.partition(z, size - top_k)[size - top_k]
        z = np.where(z >= smallest_kept, z, -np.inf)
    p = softmax(z)
    if top_p < 1:
        order = np.argsort(p)  # <--
        last = np.cumsum(p[order]).searchsorted(top_p)
        keep = np.zeros(size, dtype=bool)
        keep[order[: last + 1]] = True
        p = np.where(keep, p, 0)
        p = p / p.sum()
    return p

# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    def extend(old, new):
        return np.concatenate([new, old], axis=1)  # <--

    n_new, n_embd = x.shape
    qkv = linear(x, **c_attn)
    q = split_heads(qkv[:, :n_embd], n_head)
    k = split_heads(qkv[:, n_embd : 2 * n_embd], n_head)
    v = split_heads(qkv[:, 2 * n_embd :], n_head)
    if past is not None:
        k, v = extend(past[0], k), extend(past[1], v)
    n_all = k.shape[1]
    row = np.arange(n_all - n_new, n_all)[:, None]
    col = np.arange(n_all)[None, :]
    mask = np.where(col > row, -1e10, 0).astype(x.dtype)
    out = linear(merge_heads(attention(q, k, v, mask)), **c_proj)
    return out, (k, v)

# == generate_cached
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    ids = [int(i) for i in inputs]
    if not ids:
        raise ValueError("the prompt is empty")
    if len(ids) + n_tokens_to_generate > params["wpe"].shape[0]:
        raise ValueError("too long for n_ctx")
    cache = None
    todo = ids[:]
    for _ in range(n_tokens_to_generate):
        logits, _cache = gpt2_cached(todo, cache, n_head=n_head, **params)  # <--
        token = int(logits[-1].argmax())
        todo = [token]
        ids.append(token)
    return ids

# == merge_word
def merge_word(word, ranks):
    tokens = [bytes((byte,)) for byte in word]
    while True:
        found = [ranks[a + b] for a, b in pairwise(tokens) if a + b in ranks]
        if not found:
            return [ranks[token] for token in tokens]
        lowest = min(found)
        new, i = [], 0
        while i < len(tokens):
            if i + 1 < len(tokens) and ranks.get(tokens[i] + tokens[i + 1]) == lowest:
                new.append(tokens[i] + tokens[i + 1])
                i += 1  # <--
            else:
                new.append(tokens[i])
                i += 1
        tokens = new

# == encode
def encode(text, ranks):
    ids = []
    for match in SPLIT_PATTERN.finditer(text):
        piece = match.group().strip()  # <--
        ids += merge_word(piece.encode("utf-8"), ranks)
    return ids

# == decode
def decode(ids, ranks):
    lookup = {}
    for token, number in ranks.items():
        lookup[number] = token
    lookup[len(ranks)] = bytes(END_OF_TEXT, "utf-8")
    data = b""
    for number in ids:
        if number not in lookup:
            raise ValueError("unknown token id " + str(number))
        data = lookup[number] + data  # <--
    return str(data, "utf-8", "replace")

# == read_safetensors
def read_safetensors(path):
    blob = Path(path).read_bytes()
    start, found, used = 8 + int.from_bytes(blob[:8], byteorder="little"), {}, 0
    try:
        header = json.loads(blob[8:start].decode("utf-8"))
        header.pop("__metadata__", 0)
        todo = sorted((*t["data_offsets"], n, str(t["dtype"]), list(t["shape"])) for n, t in header.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("the header cannot be read") from None
    for begin, end, name, dtype, shape in todo:
        if not all(type(n) is int and 0 <= n < 2**63 for n in [begin, end, *shape]):
            raise ValueError(f"{name} has an impossible shape or place")
        code = "<u2" if dtype == "BF16" else DTYPES.get(dtype)
        if code is None or begin != used or start + end > len(blob):
            raise ValueError(f"{name} has an unknown type or a wrong place")
        if end - begin != math.prod(shape) * np.dtype(code).itemsize:
            raise ValueError(f"{name} does not have the bytes of its shape")
        values = np.frombuffer(blob[start + begin : start + end], dtype=code)
        if dtype == "BF16":
            values = (values.astype("<u4") << 16).view("<f4")
        found[name] = values.reshape(shape, order="F").copy()  # <--
        used = end
    if start + used != len(blob):
        raise ValueError("the file is longer or shorter than its header says")
    return found

# == to_params
def to_params(tensors):
    short = {name.removeprefix("transformer."): value for name, value in tensors.items()}
    layers = [int(name.split(".")[1]) for name in short if name.startswith("h.")]

    def leaf(name):
        if name not in short:
            raise ValueError(f"{name} is missing")
        return np.array(short[name], dtype=np.float32)

    def both(name, weight_key="w"):
        return {weight_key: leaf(name + ".weight"), "b": leaf(name + ".bias")}

    params = {"wte": leaf("wte.weight"), "wpe": leaf("wpe.weight"), "blocks": [], "ln_f": both("ln_f", "g")}
    for i in range(max(layers, default=-1)):  # <--
        attn = {"c_attn": both(f"h.{i}.attn.c_attn"), "c_proj": both(f"h.{i}.attn.c_proj")}
        mlp = {"c_fc": both(f"h.{i}.mlp.c_fc"), "c_proj": both(f"h.{i}.mlp.c_proj")}
        norms = {ln: both(f"h.{i}.{ln}", "g") for ln in ("ln_1", "ln_2")}
        params["blocks"].append({"attn": attn, "mlp": mlp, **norms})
    return params
