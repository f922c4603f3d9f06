# Wrong functions with the faulty line marked, by an author who had seen neither the grader nor its tests.
# Measured before any rule was changed for them: 106 of 137 right and 12 wrong.

# == gelu
def gelu(x):
    factor = math.sqrt(2.0 / math.pi)
    squared = x * x
    cubed = squared * squared  # <--
    inside = factor * (x + 0.044715 * cubed)
    t = np.tanh(inside)
    result = 0.5 * x * (1.0 + t)
    return result

# == gelu
def gelu(x):
    values = x.reshape(-1)
    out = np.zeros(values.shape, dtype=x.dtype)
    for i in range(values.size):
        v = float(values[i])
        u = math.sqrt(2 / math.pi) * (v + 0.044715 * v ** 3)
        phi = (1 - math.tanh(u)) / 2  # <--
        out[i] = v * phi
    return out.reshape(x.shape)

# == softmax
def softmax(x):
    biggest = x.max(axis=-1, keepdims=True)
    shifted = x - biggest
    powers = np.exp(shifted)
    totals = powers.sum(axis=0, keepdims=True)  # <--
    return powers / totals

# == softmax
def softmax(x):
    rows = x.reshape(-1, x.shape[-1])
    result = np.zeros(rows.shape, dtype=x.dtype)
    for r in range(len(rows)):
        row = rows[r]
        e = np.exp(row - max(row))
        total = 1.0  # <--
        for value in e:
            total = total + float(value)
        result[r] = e / total
    return result.reshape(x.shape)

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    n = x.shape[-1]
    mean = np.sum(x, axis=-1, keepdims=True) / n
    diff = x - mean
    variance = np.sum(diff ** 2, axis=-1, keepdims=True) / n
    std = np.sqrt(variance) + eps  # <--
    normed = diff / std
    return normed * g + b

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    shape = x.shape
    flat = x.reshape(-1, shape[-1])
    out = np.zeros(flat.shape, dtype=x.dtype)
    for i, row in enumerate(flat):
        m = row.mean()
        v = ((row - m) ** 2).mean()
        scale = 1.0 / (v + eps)  # <--
        out[i] = g * (row - m) * scale + b
    return out.reshape(shape)

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, -1)[..., None]
    var = np.var(x, -1)[..., None]
    bottom = np.sqrt(var + eps)
    x_hat = (x - mean) / bottom
    scaled = x * g  # <--
    shifted = scaled + b
    return shifted

# == linear
def linear(x, w, b):
    n_in, n_out = w.shape
    out = np.zeros(x.shape[:-1] + (n_out,), dtype=x.dtype)
    for j in range(n_out):
        column = w[j]  # <--
        out[..., j] = np.dot(x, column)
        out[..., j] += b[j]
    return out

# == linear
def linear(x, w, b):
    # put the bias into the matrix as one more row
    extra = np.zeros(x.shape[:-1] + (1,), dtype=x.dtype)  # <--
    x_plus = np.concatenate([x, extra], axis=-1)
    w_plus = np.vstack([w, b])
    return x_plus @ w_plus

# == attention
def attention(q, k, v, mask):
    n_head = q.shape[0]
    d_head = q.shape[2]
    results = []
    for h in range(n_head):
        scores = q[h] @ k[h].T
        scores = scores / d_head  # <--
        scores = scores + mask
        weights = softmax(scores)
        results.append(weights @ v[h])
    return np.array(results)

# == attention
def attention(q, k, v, mask):
    n_head, n_seq, d_head = q.shape
    k_t = k.reshape(n_head, d_head, -1)  # <--
    scores = np.matmul(q, k_t) * d_head ** -0.5
    scores = np.add(scores, mask[None, :, :])
    probs = softmax(scores)
    return np.matmul(probs, v)

# == attention
def attention(q, k, v, mask):
    scale = 1 / math.sqrt(k.shape[-1])
    raw = np.einsum("hqd,hkd->hqk", q, k) * scale
    probs = softmax(raw) + mask  # <--
    out = np.einsum("hqk,hkd->hqd", probs, v)
    return out

# == attention
def attention(q, k, v, mask):
    out = np.zeros(q.shape, dtype=q.dtype)
    for h in range(q.shape[0]):
        for i in range(q.shape[1]):
            s = k[h] @ q[h, i]
            s = s / math.sqrt(q.shape[2]) + mask[i]
            p = softmax(s)
            out[h, i] = p @ k[h]  # <--
    return out

# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn["w"] + c_attn["b"]
    k, q, v = np.split(qkv, 3, axis=1)  # <--
    q = split_heads(q, n_head)
    k = split_heads(k, n_head)
    v = split_heads(v, n_head)
    mask = causal_mask(x.shape[0])
    out = attention(q, k, v, mask)
    out = merge_heads(out)
    return out @ c_proj["w"] + c_proj["b"]

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d = n_embd // n_head
    qkv = linear(x, c_attn["w"], c_attn["b"])
    mask = np.zeros((n_seq, n_seq), dtype=x.dtype)
    for i in range(n_seq):
        for j in range(n_seq):
            if j >= i:  # <--
                mask[i, j] = -1e10
    pieces = []
    for h in range(n_head):
        q = qkv[:, h * d:(h + 1) * d]
        k = qkv[:, n_embd + h * d:n_embd + (h + 1) * d]
        v = qkv[:, 2 * n_embd + h * d:2 * n_embd + (h + 1) * d]
        weights = softmax(q @ k.T / math.sqrt(d) + mask)
        pieces.append(weights @ v)
    return linear(np.hstack(pieces), c_proj["w"], c_proj["b"])

# == mha
def mha(x, c_attn, c_proj, n_head):
    parts = [split_heads(p, n_head) for p in np.split(linear(x, **c_attn), 3, axis=-1)]
    heads = attention(parts[0], parts[1], parts[2], causal_mask(len(x)))
    n_seq = heads.shape[1]
    merged = heads.reshape(n_seq, -1)  # <--
    return linear(merged, **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    width = x.shape[1]
    full = linear(x, **c_attn)
    q = split_heads(full[:, :width], n_head)
    k = split_heads(full[:, width:2 * width], n_head)
    v = split_heads(full[:, width:2 * width], n_head)  # <--
    mask = causal_mask(len(x))
    merged = merge_heads(attention(q, k, v, mask))
    return linear(merged, **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    stacked = linear(x, **c_attn).reshape(len(x), 3, n_head, -1)
    q, k, v = stacked.transpose(1, 2, 0, 3)
    heads = attention(q, k, v, causal_mask(len(x)))
    joined = np.concatenate(list(heads), axis=-1)
    return joined  # <--

# == feed_forward
def feed_forward(x, c_fc, c_proj):
    hidden = linear(x, **c_fc)
    active = gelu(hidden)
    out = linear(hidden, **c_proj)  # <--
    return out

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    normed = layer_norm(x, ln_1["g"], ln_1["b"])
    attended = mha(normed, attn["c_attn"], attn["c_proj"], n_head)
    x = x + attended
    normed = layer_norm(x, ln_1["g"], ln_1["b"])  # <--
    thought = feed_forward(normed, mlp["c_fc"], mlp["c_proj"])
    return x + thought

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    skip = x
    y = layer_norm(skip, **ln_1)
    y = mha(y, **attn, n_head=n_head)
    y = y + skip
    skip = x  # <--
    y = layer_norm(y, **ln_2)
    y = feed_forward(y, **mlp)
    return y + skip

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n = len(inputs)
    x = np.zeros((n, wte.shape[1]), dtype=wte.dtype)
    for i in range(n):
        x[i] = wte[inputs[i]] + wpe[i + 1]  # <--
    for block in blocks:
        x = transformer_block(x, block["mlp"], block["attn"], block["ln_1"], block["ln_2"], n_head)
    x = layer_norm(x, ln_f["g"], ln_f["b"])
    return x @ wte.T

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    tokens = np.array(inputs)
    h = wte[tokens]
    h = h + wpe[: len(tokens)]
    for layer in range(len(blocks)):
        h = transformer_block(h, **blocks[layer], n_head=n_head)
    final = layer_norm(h, **ln_f)
    logits = h @ wte.T  # <--
    return logits

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    embedded = np.take(wte, inputs, axis=0) + np.take(wpe, range(len(inputs)), axis=0)
    x = embedded
    for b in blocks:
        x = transformer_block(embedded, **b, n_head=n_head)  # <--
    x = layer_norm(x, **ln_f)
    return np.einsum("ne,ve->nv", x, wte)

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0,
             top_k=None, top_p=1.0, rng=None):
    n_prompt = len(inputs)
    n_total = n_prompt + n_tokens_to_generate
    n_ctx = params["wpe"].shape[0]
    if n_prompt < 1 or n_total >= n_ctx:  # <--
        raise ValueError(f"{n_total} tokens do not fit into {n_ctx}")
    rng = rng or np.random.default_rng()
    ids = np.zeros(n_total, dtype=int)
    ids[:n_prompt] = inputs
    for n in range(n_prompt, n_total):
        scores = gpt2(ids[:n], **params, n_head=n_head)[n - 1]
        scores = apply_frequency_penalty(scores, ids[n_prompt:n], frequency_penalty)
        if temperature > 0:
            ids[n] = sample(next_token_probs(scores, temperature, top_k, top_p), rng)
        else:
            ids[n] = scores.argmax()
    return ids.tolist()

# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    new_logits = np.array(logits)
    for token in generated_tokens:
        new_logits[token] = logits[token] - penalty  # <--
    return new_logits

# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros_like(logits)
        probs[np.argmax(logits)] = 1.0
        return probs
    scaled = logits / temperature
    if top_k is not None and top_k < len(scaled):
        cutoff = np.sort(scaled)[::-1][top_k - 1]
        scaled = np.where(scaled < cutoff, -np.inf, scaled)
    probs = softmax(scaled)
    if top_p < 1:
        order = np.argsort(-probs)
        total = 0.0
        for place, token in enumerate(order):
            total += probs[token]
            if total >= top_p:
                probs[order[place:]] = 0  # <--
                break
        probs = probs / probs.sum()
    return probs

# == sample
def sample(probs, rng):
    weights = [float(p) for p in probs]
    point = rng.random() * sum(weights)
    total = 0.0
    chosen = 0
    for i, weight in enumerate(weights):
        if weight > 0:
            chosen = i
        total += weight
        if point > total:  # <--
            break
    return chosen

# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    qkv = linear(x, c_attn["w"], c_attn["b"])
    q, k, v = np.split(qkv, 3, axis=-1)
    q = split_heads(q, n_head)
    k = split_heads(k, n_head)
    v = split_heads(v, n_head)
    n_past = 0
    if past is not None:
        old_k, old_v = past
        n_past = old_k.shape[1]
        k = np.concatenate([k, old_k], axis=1)  # <--
        v = np.concatenate([old_v, v], axis=1)
    mask = np.zeros((len(x), n_past + len(x)), dtype=x.dtype)
    for i in range(len(x)):
        mask[i, n_past + i + 1:] = -1e10
    out = merge_heads(attention(q, k, v, mask))
    return linear(out, c_proj["w"], c_proj["b"]), (k, v)

# == gpt2_cached
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = 0
    if past is not None:
        n_past = past[0][0].shape[1]
    n_new = len(inputs)
    x = wte[np.array(inputs)] + wpe[:n_new]  # <--
    present = []
    for i, block in enumerate(blocks):
        block_past = None if past is None else past[i]
        h = layer_norm(x, **block["ln_1"])
        out, kv = mha_cached(h, block["attn"]["c_attn"], block["attn"]["c_proj"], n_head, block_past)
        x = x + out
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(kv)
    return layer_norm(x, **ln_f) @ wte.T, present

# == merge_word
def merge_word(word, ranks):
    parts = [word[i:i + 1] for i in range(len(word))]
    while True:
        best = None
        for left, right in zip(parts, parts[1:]):
            pair = left + right
            if pair in ranks and (best is None or ranks[pair] > ranks[best]):  # <--
                best = pair
        if best is None:
            break
        merged = []
        i = 0
        while i < len(parts):
            if i + 1 < len(parts) and parts[i] + parts[i + 1] == best:
                merged.append(best)
                i += 2
            else:
                merged.append(parts[i])
                i += 1
        parts = merged
    return [ranks[p] for p in parts]

# == decode
def decode(ids, ranks):
    pieces = {}
    for piece, number in ranks.items():
        pieces[number] = piece
    pieces[len(ranks) + 1] = END_OF_TEXT.encode("utf-8")  # <--
    data = b""
    for i in ids:
        number = int(i)
        if number not in pieces:
            raise ValueError(f"no token {number}")
        data = data + pieces[number]
    return data.decode("utf-8", errors="replace")

# == read_safetensors
def read_safetensors(path):
    raw = Path(path).read_bytes()
    n = int.from_bytes(raw[:8], "little")
    if len(raw) < 8 + n:
        raise ValueError("the file is too short for its header")
    try:
        header = json.loads(raw[8:8 + n].decode("utf-8"))
        header.pop("__metadata__", None)
        found = sorted((*e["data_offsets"], name, str(e["dtype"]), tuple(e["shape"])) for name, e in header.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("the header cannot be read") from None
    data = raw[n:]  # <--
    tensors, position = {}, 0
    for begin, end, name, dtype, shape in found:
        kind = np.dtype(DTYPES.get(dtype, "<u2"))
        fine = all(type(s) is int and 0 <= s < 2 ** 63 for s in (begin, end, *shape))
        fine = fine and dtype in (*DTYPES, "BF16") and begin == position and end <= len(data)
        if not fine or end - begin != math.prod(shape) * kind.itemsize:
            raise ValueError(f"{name}: wrong type, shape or place")
        array = np.frombuffer(data[begin:end], kind).reshape(shape).copy()
        tensors[name] = (array.astype("<u4") << 16).view("<f4") if dtype == "BF16" else array
        position = end
    if position != len(data):
        raise ValueError("bytes left over")
    return tensors

# == to_params
def to_params(tensors):
    clean = {}
    for name in tensors:
        clean[name.removeprefix("transformer.")] = tensors[name]
    try:
        f = {name: np.asarray(value, dtype=np.float32) for name, value in clean.items()}
        n_layer = len({name.split(".")[1] for name in clean if name.startswith("h.")})
        blocks = []
        for i in range(n_layer):
            h = f"h.{i}."
            block = {"ln_1": {"g": f[h + "ln_1.weight"], "b": f[h + "ln_1.bias"]}}
            block["ln_2"] = {"g": f[h + "ln_2.weight"], "b": f[h + "ln_1.bias"]}  # <--
            for part, one, two in (("attn", "c_attn", "c_proj"), ("mlp", "c_fc", "c_proj")):
                block[part] = {}
                for layer in (one, two):
                    key = h + part + "." + layer
                    block[part][layer] = {"w": f[key + ".weight"], "b": f[key + ".bias"]}
            blocks.append(block)
        ln_f = {"g": f["ln_f.weight"], "b": f["ln_f.bias"]}
        return {"wte": f["wte.weight"], "wpe": f["wpe.weight"], "blocks": blocks, "ln_f": ln_f}
    except KeyError as error:
        raise ValueError(f"missing tensor {error}") from None

# == gelu
def gelu(x):
    k = math.sqrt(2 * math.pi)  # <--
    poly = lambda t: t + 0.044715 * t * t * t
    gate = 1 + np.tanh(k * poly(x))
    return x * gate / 2

# == gelu
def gelu(x):
    # 0.5 * (1 + tanh(u)) is the same as sigmoid(2 u)
    u = math.sqrt(2 / math.pi) * (x + 0.044715 * np.power(x, 3))
    e = np.exp(-np.abs(u))  # <--
    gate = np.where(u >= 0, 1 / (1 + e), e / (1 + e))
    return x * gate

# == softmax
def softmax(x):
    m = x.max(-1, keepdims=True)
    z = x - m
    log_total = np.log(np.exp(z).sum(keepdims=True))  # <--
    return np.exp(z - log_total)

# == softmax
def softmax(x):
    peak = np.max(x)  # <--
    top = np.exp(np.subtract(x, peak))
    bottom = np.einsum("...i->...", top)
    return top / bottom[..., None]

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    centre = x - x.mean(axis=-1, keepdims=True)
    n = x.shape[-1]
    var = np.einsum("...i,...i->...", centre, centre) / (n - 1)  # <--
    inv = 1 / np.sqrt(var + eps)
    return np.einsum("...i,...,i->...i", centre, inv, g) + b

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    def over_features(f, values):
        return np.expand_dims(f(values, axis=-1), axis=-1)

    centred = x - over_features(np.mean, x)
    normed = centred / np.sqrt(over_features(np.mean, centred ** 2) + eps)
    out = g * (normed + b)  # <--
    return out

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mu = x.mean(axis=-1, keepdims=True)
    spread = np.square(x - mu).mean(axis=-1)  # <--
    z = (x - mu) / np.sqrt(spread + eps)
    return z * g + b

# == linear
def linear(x, w, b):
    product = np.einsum("...i,io->...o", x, w)
    bias = np.broadcast_to(b, product.shape)
    result = product * bias  # <--
    return result

# == linear
def linear(x, w, b):
    lead = x.shape[:-1]
    flat = x.reshape(-1, x.shape[-1])
    mixed = np.dot(flat, w)
    shifted = mixed + b[np.newaxis, :]
    return mixed.reshape(*lead, w.shape[1])  # <--

# == attention
def attention(q, k, v, mask):
    n_head, n_seq, d_head = q.shape
    scale = math.sqrt(n_seq)  # <--
    scores = np.matmul(q, np.swapaxes(k, 1, 2)) / scale
    return np.matmul(softmax(scores + mask), v)

# == attention
def attention(q, k, v, mask):
    logits = np.einsum("hid,hjd->hij", q, k) / math.sqrt(q.shape[2]) + mask
    logits = logits - logits.max(axis=2, keepdims=True)
    weights = np.exp(logits)
    weights /= weights.sum(axis=1, keepdims=True)  # <--
    return np.einsum("hij,hjd->hid", weights, v)

# == attention
def attention(q, k, v, mask):
    d = q.shape[-1]

    def one_head(query, key, value):
        scores = query @ key.T
        scores = scores * (1 / math.sqrt(d)) - mask  # <--
        return softmax(scores) @ value

    return np.stack([one_head(*head) for head in zip(q, k, v)])

# == attention
def attention(q, k, v, mask):
    scaled_q = q / math.sqrt(q.shape[-1])
    scores = np.stack([np.inner(queries, keys) for queries, keys in zip(scaled_q, k)])
    weights = softmax(scores + mask)
    out = np.einsum("hji,hjd->hid", weights, v)  # <--
    return out

# == mha
def mha(x, c_attn, c_proj, n_head):
    fused = linear(x, c_attn["w"], c_attn["b"])
    q, k, v = fused.reshape(len(x), n_head, 3, -1).transpose(2, 1, 0, 3)  # <--
    context = attention(q, k, v, causal_mask(len(x)))
    merged = np.einsum("hnd->nhd", context).reshape(x.shape)
    return linear(merged, c_proj["w"], c_proj["b"])

# == mha
def mha(x, c_attn, c_proj, n_head):
    n = x.shape[0]
    future = np.tril(np.ones((n, n)), k=-1)  # <--
    mask = (future * -1e10).astype(x.dtype)
    q, k, v = map(lambda part: split_heads(part, n_head), np.hsplit(linear(x, **c_attn), 3))
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_embd = x.shape[-1]
    d_head = n_embd // n_head
    q, k, v = np.split(linear(x, **c_attn), [n_embd, 2 * n_embd], axis=-1)
    q = split_heads(q, n_head) / math.sqrt(d_head)  # <--
    k = split_heads(k, n_head)
    v = split_heads(v, n_head)
    found = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(found), **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    def heads_of(i):
        columns = slice(i * x.shape[1], (i + 1) * x.shape[1])
        part = np.einsum("ni,io->no", x, c_attn["w"][:, columns]) + c_attn["b"][columns]
        return split_heads(part, n_head)

    q, k, v = heads_of(0), heads_of(1), heads_of(2)
    merged = merge_heads(attention(q, k, v, causal_mask(len(x))))
    return np.einsum("ni,io->no", merged, c_proj["w"])  # <--

# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    names = ["q", "k", "v"]
    parts = {name: split_heads(part, n_head) for name, part in zip(names, np.split(qkv, 3, axis=1))}
    mask = causal_mask(x.shape[0])
    heads = attention(parts["q"], parts["v"], parts["k"], mask)  # <--
    out = linear(merge_heads(heads), **c_proj)
    return out

# == feed_forward
def feed_forward(x, c_fc, c_proj):
    up = lambda rows: linear(rows, **c_fc)
    activate = lambda rows: np.maximum(rows, 0)  # <--
    down = lambda rows: linear(rows, **c_proj)
    return down(activate(up(x)))

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    def talk(rows):
        return mha(layer_norm(rows, **ln_1), **attn, n_head=n_head)

    def think(rows):
        return feed_forward(layer_norm(rows, **ln_2), **mlp)

    x = x + talk(x)
    return think(x)  # <--

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    normed = layer_norm(x, **ln_2)  # <--
    f = feed_forward(normed, **mlp)
    return np.sum([x, a, f], axis=0)

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    tokens = np.asarray(inputs)
    x = wte[tokens]
    x = x + wpe[tokens]  # <--
    for block in blocks:
        x = transformer_block(x, n_head=n_head, **block)
    return np.einsum("ne,ve->nv", layer_norm(x, **ln_f), wte)

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    def run(x, layers):
        if not layers:
            return x
        x = transformer_block(x, **layers[-1], n_head=n_head)  # <--
        return run(x, layers[:-1])  # <--

    start = np.stack([wte[token] + wpe[i] for i, token in enumerate(inputs)])
    return layer_norm(run(start, list(blocks)), **ln_f) @ wte.T

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    ids = list(inputs)
    stream = wte[ids] + wpe[range(len(ids))]
    for parameters in blocks:
        stream = transformer_block(x=stream, n_head=n_head, **parameters)
    gain, bias = ln_f["b"], ln_f["g"]  # <--
    last = layer_norm(stream, gain, bias)
    return last @ np.transpose(wte)

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0,
             top_k=None, top_p=1.0, rng=None):
    room = params["wpe"].shape[0] - len(inputs) - n_tokens_to_generate
    if len(inputs) == 0 or room < 0:
        raise ValueError("empty prompt, or no room")
    rng = np.random.default_rng() if rng is None else rng
    prompt = [int(i) for i in inputs]
    new = []

    def choose(logits):
        if temperature == 0:
            return int(np.argmax(logits))
        return int(sample(next_token_probs(logits, temperature, top_k, top_p), rng))

    while len(new) < n_tokens_to_generate:
        logits = gpt2(prompt + new, **params, n_head=n_head)[0]  # <--
        new.append(choose(apply_frequency_penalty(logits, new, frequency_penalty)))
    return prompt + new

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0,
             top_k=None, top_p=1.0, rng=None):
    if not 0 < len(inputs) <= len(params["wpe"]) - n_tokens_to_generate:
        raise ValueError("prompt is empty or everything together is too long")
    rng = np.random.default_rng() if rng is None else rng
    prompt = list(map(int, inputs))
    result = prompt.copy()
    for _ in range(n_tokens_to_generate):
        logits = gpt2(prompt, **params, n_head=n_head)[-1, :]  # <--
        logits = apply_frequency_penalty(logits, result[len(prompt):], frequency_penalty)
        greedy = temperature == 0
        result.append(int(logits.argmax()) if greedy else int(
            sample(next_token_probs(logits, temperature=temperature, top_k=top_k, top_p=top_p), rng)))
    return result

# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    tokens, counts = np.unique(np.asarray(generated_tokens, dtype=int), return_counts=True)
    out = np.copy(logits)
    out[tokens] -= penalty  # <--
    return out

# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    n = len(logits)
    if temperature == 0:
        return (np.arange(n) == np.argmax(logits)).astype(logits.dtype)
    scores = logits * temperature  # <--
    keep = min(top_k or n, n)
    limit = np.partition(scores, n - keep)[n - keep]
    probs = softmax(np.where(scores >= limit, scores, -np.inf))
    if top_p >= 1:
        return probs
    order = np.argsort(-probs)
    mass = np.cumsum(probs[order])
    n_kept = 1 + np.count_nonzero(mass < top_p)
    nucleus = np.zeros_like(probs)
    nucleus[order[:n_kept]] = probs[order[:n_kept]]
    return nucleus / nucleus.sum()

# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    n_new = len(x)
    q, k, v = [split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1)]
    if past is not None:
        k, v = np.concatenate((past[0], k), axis=1), np.concatenate((past[0], v), axis=1)  # <--
    n_all = k.shape[1]
    visible = np.tri(n_new, n_all, n_all - n_new, dtype=x.dtype)
    mask = (visible - 1) * 1e10
    context = attention(q, k, v, mask)
    return linear(merge_heads(context), **c_proj), (k, v)

# == generate_cached
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    n_ctx = len(params["wpe"])
    if not 1 <= len(inputs) <= n_ctx - n_tokens_to_generate:
        raise ValueError(f"this does not fit into {n_ctx} positions")
    ids = [int(i) for i in inputs]
    unread, cache = list(ids), None
    while n_tokens_to_generate > 0:
        logits, cache = gpt2_cached(unread, cache, n_head=n_head, **params)
        ids.append(int(logits[-1].argmax()))
        unread = list(ids)  # <--
        n_tokens_to_generate -= 1
    return ids

# == merge_word
def merge_word(word, ranks):
    def join(parts, best):
        out, i = [], 0
        while i < len(parts):
            if b"".join(parts[i:i + 2]) == best and i + 1 < len(parts):
                out.append(best)
                i += 1  # <--
            else:
                out.append(parts[i])
                i += 1
        return out

    parts = [bytes([value]) for value in word]
    known = [a + b for a, b in pairwise(parts) if a + b in ranks]
    while known:
        parts = join(parts, min(known, key=ranks.get))
        known = [a + b for a, b in pairwise(parts) if a + b in ranks]
    return list(map(ranks.__getitem__, parts))

# == encode
def encode(text, ranks):
    ids = []
    for match in SPLIT_PATTERN.finditer(text):
        word = match.group()
        data = word.encode("utf-8", errors="replace")  # <--
        ids.extend(merge_word(data, ranks))
    return ids

# == decode
def decode(ids, ranks):
    table = {number: piece for piece, number in ranks.items()}
    table[len(table)] = END_OF_TEXT.encode("utf-8")
    unknown = [number for number in ids if number not in table]
    if unknown:
        raise ValueError(f"unknown ids: {unknown}")
    pieces = [table[number].decode("utf-8", errors="replace") for number in ids]  # <--
    return "".join(pieces)  # <--

# == read_safetensors
def read_safetensors(path):
    blob = Path(path).read_bytes()
    start = 8 + int.from_bytes(blob[:8], byteorder="little")
    if start > len(blob):
        raise ValueError("header is cut off")
    try:
        header = json.loads(blob[8:start].decode("utf-8")).items()
        rows = [(*e["data_offsets"], k, str(e["dtype"]), [*e["shape"]]) for k, e in header if k != "__metadata__"]
        rows.sort(key=lambda row: row[:2])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"bad header: {error}") from None
    result, at = {}, 0
    for begin, end, name, dtype, shape in rows:
        odd = [n for n in [begin, end] + shape if type(n) is not int or not 0 <= n < 2 ** 63]
        stored = np.dtype(DTYPES.get(dtype, "<u2"))
        odd = odd or dtype not in ["BF16", *DTYPES] or begin != at or start + end > len(blob)
        if odd or end - begin != math.prod(shape) * stored.itemsize:
            raise ValueError(f"bad entry for {name}")
        values = np.array(np.frombuffer(blob[start + begin:start + end], dtype=stored)).reshape(shape)
        if dtype == "BF16":
            values = values.astype("<f4")  # <--
        result[name], at = values, end
    if start + at != len(blob):
        raise ValueError("surplus bytes")
    return result

# == to_params
def to_params(tensors):
    prefix = "transformer."
    plain = {(k[len(prefix):] if k.startswith(prefix) else k): v for k, v in tensors.items()}

    def get(key):
        if key not in plain:
            raise ValueError(f"missing: {key}")
        return np.array(plain[key], dtype=np.float32)

    def dense(key):
        return {"w": get(key + ".weight").T, "b": get(key + ".bias")}  # <--

    def norm(key):
        return {"g": get(key + ".weight"), "b": get(key + ".bias")}

    def block(h):
        attn = {"c_attn": dense(h + ".attn.c_attn"), "c_proj": dense(h + ".attn.c_proj")}
        mlp = {"c_fc": dense(h + ".mlp.c_fc"), "c_proj": dense(h + ".mlp.c_proj")}
        return {"ln_1": norm(h + ".ln_1"), "attn": attn, "ln_2": norm(h + ".ln_2"), "mlp": mlp}

    n_layer = len(set(k.split(".")[1] for k in plain if k.startswith("h.")))
    blocks = [block(f"h.{i}") for i in range(n_layer)]
    return {"wte": get("wte.weight"), "wpe": get("wpe.weight"), "blocks": blocks, "ln_f": norm("ln_f")}

# == gelu
def gelu(x):
    v = x.ravel()
    coef = 0.44715  # <--
    cube = v * v * v
    arg = (v + coef * cube) * math.sqrt(2 / math.pi)
    y = 0.5 * v
    y = y + y * np.tanh(arg)
    return y.reshape(x.shape)

# == gelu
def gelu(x):
    root = math.sqrt(2) / math.sqrt(math.pi)
    cube = x ** 3
    inner = root * x + 0.044715 * cube  # <--
    half = 0.5 * x
    return half * (1 + np.tanh(inner))

# == softmax
def softmax(x):
    out = np.zeros(x.shape, dtype=x.dtype)
    for index in np.ndindex(x.shape[:-1]):
        row = x[index]
        row = np.exp(row - row.mean())  # <--
        out[index] = row / row.sum()
    return out

# == softmax
def softmax(x):
    n = x.shape[-1]
    reference = x[..., 0]
    for i in range(1, n):
        reference = np.minimum(reference, x[..., i])  # <--
    e = np.exp(x - reference[..., None])
    s = e.sum(axis=-1)
    return e / s[..., None]

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    total = x.sum(axis=-1, keepdims=True)
    count = x.shape[-1]
    mean = total / x.shape[0]  # <--
    d = x - mean
    var = (d * d).sum(axis=-1, keepdims=True) / count
    y = d / np.sqrt(var + eps)
    return g * y + b

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    y = np.empty(x.shape, dtype=x.dtype)
    for idx in np.ndindex(x.shape[:-1]):
        row = x[idx]
        n = len(row)
        centred = row - row.sum() / n
        var = np.dot(row, row) / n  # <--
        y[idx] = centred / np.sqrt(var + eps) * g + b
    return y

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(axis=-1)
    std = np.sqrt(x.var(axis=-1) + eps)
    out = np.empty_like(x)
    for i in range(x.shape[-1]):
        column = (x[..., i] - mean) / std
        out[..., i] = column * b[i] + g[i]  # <--
    return out

# == linear
def linear(x, w, b):
    n_in, n_out = w.shape
    out = np.zeros(x.shape[:-1] + (n_out,), dtype=x.dtype)
    out += b
    for i in range(n_in):
        row = x[..., i, None] * w[i]
        out = out + row + b  # <--
    return out

# == linear
def linear(x, w, b):
    n_in = w.shape[0]
    acc = np.broadcast_to(b, x.shape[:-1] + b.shape).copy()
    i = 0
    while i < n_in - 1:  # <--
        acc += np.multiply.outer(x[..., i], w[i])
        i += 1
    return acc

# == attention
def attention(q, k, v, mask):
    root = math.sqrt(q.shape[-1])
    out = np.empty_like(q)
    for h in range(len(q)):
        scores = np.dot(q[h], k[h].T)
        scores = scores / root
        scores = scores * mask  # <--
        out[h] = np.dot(softmax(scores), v[h])
    return out

# == attention
def attention(q, k, v, mask):
    heads = []
    for h in range(q.shape[0]):
        qh, kh, vh = q[h], k[h], v[0]  # <--
        s = qh.dot(kh.T) / qh.shape[1] ** 0.5 + mask
        p = softmax(s)
        heads.append(p.dot(vh))
    return np.stack(heads, axis=0)

# == attention
def attention(q, k, v, mask):
    d_head = q.shape[2]
    scores = k @ q.transpose(0, 2, 1)  # <--
    scores /= math.sqrt(d_head)
    scores += mask
    weights = softmax(scores)
    return weights @ v

# == attention
def attention(q, k, v, mask):
    n_keys = k.shape[1]
    scores = q @ k.swapaxes(1, 2) / math.sqrt(q.shape[2])
    weights = softmax(scores + mask)
    out = np.zeros_like(q)
    for j in range(1, n_keys):  # <--
        share = weights[:, :, j]
        value = v[:, j, :]
        out += share[:, :, None] * value[:, None, :]
    return out

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    size = n_embd // n_head
    qkv = linear(x, **c_attn)
    q = np.empty((n_head, n_seq, size), dtype=x.dtype)
    k = np.empty_like(q)
    v = np.empty_like(q)
    for h in range(n_head):
        first = h  # <--
        q[h] = qkv[:, first:first + size]
        k[h] = qkv[:, n_embd + first:n_embd + first + size]
        v[h] = qkv[:, 2 * n_embd + first:2 * n_embd + first + size]
    heads = attention(q, k, v, causal_mask(n_seq))
    return linear(merge_heads(heads), **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_embd = x.shape[1]
    qkv = linear(x, **c_attn)
    mask = causal_mask(len(x))
    merged = np.zeros((len(x), n_embd), dtype=x.dtype)
    d = n_embd // n_head
    for h in range(n_head):
        at = h * d
        q, k, v = (qkv[None, :, i * n_embd + at:i * n_embd + at + d] for i in range(3))
        merged[:, :d] = attention(q, k, v, mask)[0]  # <--
    return linear(merged, **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n = len(x)
    mask = np.zeros((n, n), dtype=x.dtype)
    for row in range(n):
        mask[row, row + 1:] = -1e-10  # <--
    q, k, v = np.split(linear(x, **c_attn), 3, axis=1)
    q = split_heads(q, n_head)
    k = split_heads(k, n_head)
    v = split_heads(v, n_head)
    out = merge_heads(attention(q, k, v, mask))
    return linear(out, **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d = n_embd // n_head
    qkv = linear(x, **c_attn).reshape(n_seq, 3, n_head, d)
    out = np.zeros((n_seq, n_head, d), dtype=x.dtype)
    for t in range(n_seq):
        for h in range(n_head):
            q = qkv[t, 0, h]
            keys = qkv[:t + 1, 1, h]
            values = qkv[:t + 1, 2, h]
            weights = softmax(keys @ q / math.sqrt(n_embd))  # <--
            out[t, h] = weights @ values
    return linear(out.reshape(n_seq, n_embd), **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    e = x.shape[1]
    w, b = c_attn["w"], c_attn["b"]
    q = split_heads(x @ w[:, :e] + b[:e], n_head)
    k = split_heads(x @ w[:, e:2 * e] + b[e:2 * e], n_head)
    v = split_heads(x @ w[:, 2 * e:] + b[e:2 * e], n_head)  # <--
    z = attention(q, k, v, causal_mask(x.shape[0]))
    z = merge_heads(z)
    return z @ c_proj["w"] + c_proj["b"]

# == feed_forward
def feed_forward(x, c_fc, c_proj):
    y = np.empty(x.shape, dtype=x.dtype)
    for i in range(x.shape[0]):
        h = gelu(linear(x[i], c_fc["w"], c_fc["b"]))
        y[i] = linear(gelu(h), c_proj["w"], c_proj["b"])  # <--
    return y

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    n1 = layer_norm(x, **ln_1)
    x1 = x + mha(n1, **attn, n_head=n_head)
    n2 = layer_norm(x1, **ln_2)
    x2 = x1 + feed_forward(x1, **mlp)  # <--
    return x2

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    stream = x  # <--
    steps = [
        lambda s: mha(layer_norm(s, **ln_1), attn["c_attn"], attn["c_proj"], n_head),
        lambda s: feed_forward(layer_norm(s, **ln_2), mlp["c_fc"], mlp["c_proj"]),
    ]
    for step in steps:
        stream += step(stream)  # <--
    return stream

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n_seq = len(inputs)
    x = np.empty((n_seq, wte.shape[1]), dtype=wte.dtype)
    for pos in range(n_seq):
        x[pos] = wpe[pos]
        x[pos] += wte[inputs[pos]]
    for i in range(1, len(blocks)):  # <--
        x = transformer_block(x, **blocks[i], n_head=n_head)
    x = layer_norm(x, **ln_f)
    return np.dot(x, wte.T)

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n = len(inputs)
    x = wte[inputs] + wpe[:n]
    for i in range(len(blocks)):
        p = blocks[i]
        x = transformer_block(x, p["mlp"], p["attn"], p["ln_1"], p["ln_2"], n_head)
        x = layer_norm(x, **ln_f)  # <--
    logits = x @ wte.T
    return logits

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    tokens = [int(t) for t in inputs]
    x = wte[tokens, :] + wpe[np.arange(len(tokens)), :]
    b = 0
    while b < len(blocks):
        x = transformer_block(x, **blocks[b], n_head=n_head)
        b += 1
    x = layer_norm(x, ln_f["g"], ln_f["b"])
    logits = np.matmul(x, wte.transpose())
    return logits[-1]  # <--

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0,
             top_k=None, top_p=1.0, rng=None):
    prompt = [int(t) for t in inputs]
    if not prompt:
        raise ValueError("no prompt")
    if len(prompt) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("context is too short")
    rng = np.random.default_rng() if rng is None else rng
    made = []
    while len(made) < n_tokens_to_generate:
        row = gpt2(prompt + made, **params, n_head=n_head)[-1]
        row = apply_frequency_penalty(row, made, frequency_penalty)
        if temperature == 0:
            made.append(int(np.argmax(row)))
            continue
        row = next_token_probs(row, temperature, top_k, top_p)
        made.append(int(sample(row, rng)))
    return made  # <--

# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    n = len(logits)
    probs = np.zeros(n, dtype=logits.dtype)
    if temperature == 0:
        probs[np.argmax(logits)] = 1
        return probs
    z = logits / temperature
    if top_k and top_k < n:
        bound = np.sort(z)[n - top_k - 1]  # <--
        z[z < bound] = -np.inf
    probs = softmax(z)
    if top_p < 1:
        order = np.argsort(-probs)
        mass, i = 0.0, 0
        while i < n and mass < top_p:
            mass += probs[order[i]]
            i += 1
        probs[order[i:]] = 0
        probs /= probs.sum()
    return probs

# == sample
def sample(probs, rng):
    edges = np.cumsum(probs, dtype=np.float64)
    edges /= edges[-1]
    u = rng.random()
    low, high = 0, len(edges) - 1
    while low < high:
        middle = (low + high) // 2
        if u < edges[middle]:
            high = middle
        else:
            low = middle + 1
    return low - 1  # <--

# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    n_new, n_embd = x.shape
    qkv = linear(x, **c_attn)
    q = split_heads(qkv[:, :n_embd], n_head)
    k = split_heads(qkv[:, n_embd:2 * n_embd], n_head)
    v = split_heads(qkv[:, 2 * n_embd:], n_head)
    if past is not None:
        k = np.concatenate((past[0], k), axis=1)
        v = np.concatenate((past[1], v), axis=1)
    rows = []
    for i in range(n_new):
        seen = i + 1  # <--
        no_mask = np.zeros((1, seen), dtype=x.dtype)
        rows.append(attention(q[:, i:i + 1], k[:, :seen], v[:, :seen], no_mask))
    out = np.concatenate(rows, axis=1)
    return linear(merge_heads(out), **c_proj), (k, v)

# == gpt2_cached
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    first = past[0][0].shape[1] if past else 0
    x = np.array([wte[t] + wpe[first + i] for i, t in enumerate(inputs)])
    if past is None:
        past = [None] * len(blocks)
    present = []
    for i in range(len(blocks)):
        p = blocks[i]
        a, kv = mha_cached(layer_norm(x, **p["ln_1"]), **p["attn"], n_head=n_head, past=past[0])  # <--
        present.append(kv)
        x = x + a
        x = x + feed_forward(layer_norm(x, **p["ln_2"]), **p["mlp"])
    return np.dot(layer_norm(x, **ln_f), wte.T), present

# == generate_cached
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    n = len(inputs)
    if n == 0 or n + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("bad length of the prompt")
    ids = [int(t) for t in inputs]
    if n_tokens_to_generate == 0:
        return ids
    logits, past = gpt2_cached(ids, None, **params, n_head=n_head)
    ids.append(int(np.argmax(logits[-1])))
    for i in range(n_tokens_to_generate):  # <--
        logits, past = gpt2_cached([ids[-1]], past, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids

# == merge_word
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    while len(parts) > 1:
        low = len(ranks)
        best = None
        for i in range(len(parts) - 2):  # <--
            rank = ranks.get(parts[i] + parts[i + 1])
            if rank is not None and rank < low:
                low = rank
                best = parts[i] + parts[i + 1]
        if best is None:
            break
        i = 0
        while i < len(parts) - 1:
            if parts[i] + parts[i + 1] == best:
                parts[i:i + 2] = [best]
            i += 1
    return [ranks[part] for part in parts]

# == decode
def decode(ids, ranks):
    end = len(ranks)
    back = dict(zip(ranks.values(), ranks.keys()))
    out = bytearray()
    for number in ids:
        if number == end:
            out += END_OF_TEXT.encode("utf-8")
        elif number in back:
            out += back[number]
        else:
            raise ValueError(f"{number} is not a token")
    return out.decode("utf-8", errors="ignore")  # <--

# == read_safetensors
def read_safetensors(path):
    content = Path(path).read_bytes()
    base = 8 + int.from_bytes(content[0:8], "little")
    if base > len(content):
        raise ValueError("not a safetensors file")
    try:
        header = json.loads(content[8:base].decode("utf-8"))
        header.pop("__metadata__", None)
        table = [[*h["data_offsets"], str(h["dtype"]), list(h["shape"]), name] for name, h in header.items()]
        table.sort(key=lambda line: (line[0], line[1]))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as problem:
        raise ValueError("unreadable header") from problem
    tensors, pos = {}, 0
    for a, z, kind, shape, name in table:
        good = all(type(i) is int and 0 <= i < 2 ** 63 for i in [a, z, *shape])
        good = good and a == pos and base + z <= len(content) and (kind in DTYPES or kind == "BF16")
        dt = np.dtype(DTYPES[kind] if kind in DTYPES else "<u2")
        if not good or z - a != dt.itemsize * math.prod(shape):
            raise ValueError("bad entry: " + name)
        t = np.ndarray(shape, dt, content[base + a:base + z]).copy()
        tensors[name] = t if kind != "BF16" else np.left_shift(t, 16, dtype="<u4").view("<f4")
        pos += z  # <--
    if base + pos != len(content):
        raise ValueError("too much data")
    return tensors

# == to_params
def to_params(tensors):
    t = {}
    for name, value in tensors.items():
        if name.startswith("transformer."):
            name = name[len("transformer."):]
        t[name] = np.asarray(value).astype(np.float32)
    layers = {int(name.split(".")[1]) for name in t if name.startswith("h.")}
    paths = ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"]
    try:
        params = {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": []}
        params["ln_f"] = {"g": t["ln_f.weight"], "b": t["ln_f.bias"]}
        for i in range(max(layers, default=0)):  # <--
            block = {"attn": {}, "mlp": {}}
            for path in paths:
                weight, bias = t[f"h.{i}.{path}.weight"], t[f"h.{i}.{path}.bias"]
                if "." in path:
                    group, layer = path.split(".")
                    block[group][layer] = {"w": weight, "b": bias}
                else:
                    block[path] = {"g": weight, "b": bias}
            params["blocks"].append(block)
    except KeyError as missing:
        raise ValueError(f"no tensor {missing}") from None
    return params

# == gelu
def gelu(x):
    t = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))
    half = x / 2
    y = half * 1 + t  # <--
    return y

# == gelu
def gelu(x):
    out = 0.044715 * x * x
    out = (out + 1) * x
    out = out * math.sqrt(2 / math.pi)
    out = np.tanh(out) + 1
    out = out * x  # <--
    return out  # <--

# == softmax
def softmax(x):
    top = np.amax(x, axis=-1, keepdims=True)
    distance = top - x  # <--
    e = np.exp(distance)  # <--
    return e / np.sum(e, axis=-1, keepdims=True)

# == softmax
def softmax(x):
    columns = np.moveaxis(x, -1, 0)
    e = np.exp(columns - columns.max(axis=0))
    p = e / e.mean(axis=0)  # <--
    return np.moveaxis(p, 0, -1)

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    y = x - np.mean(x, axis=0)  # <--
    power = np.mean(y * y, axis=-1, keepdims=True)
    y = y / (power + eps) ** 0.5
    y = y * g
    y = y + b
    return y

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    moments = [np.mean(x, axis=-1), np.var(x, axis=-1)]
    mean, var = (np.expand_dims(m, -1) for m in moments)
    scale = g / np.sqrt(var + eps)
    return (x + mean) * scale + b  # <--

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    deviation = np.abs(x - mean)  # <--
    var = np.mean(deviation, axis=-1, keepdims=True)  # <--
    out = np.divide(x - mean, np.sqrt(var + eps))
    np.multiply(out, g, out=out)
    np.add(out, b, out=out)
    return out

# == linear
def linear(x, w, b):
    y = np.matmul(x, w)
    y -= b  # <--
    return y

# == linear
def linear(x, w, b):
    rows = x.reshape(-1, x.shape[-1])
    features = w.T @ rows.T + b[:, None]
    return features.reshape(x.shape[:-1] + b.shape)  # <--

# == attention
def attention(q, k, v, mask):
    d = q.shape[0]  # <--
    similarity = np.matmul(q, np.transpose(k, (0, 2, 1)))
    similarity = similarity / math.sqrt(d) + mask
    p = softmax(similarity)
    return np.matmul(p, v)

# == attention
def attention(q, k, v, mask):
    scale = math.sqrt(q.shape[-1])
    scores = q @ np.swapaxes(k, -2, -1)  # <--
    weights = softmax(scores + mask)  # <--
    return weights @ v

# == attention
def attention(q, k, v, mask):
    n_keys = k.shape[1]
    scores = np.einsum("hqd,hkd->hqk", q, k) / q.shape[-1] ** 0.5
    scores = scores + mask
    scores = scores - scores.max(axis=-1, keepdims=True)
    e = np.exp(scores)
    total = n_keys  # <--
    return (e / total) @ v

# == attention
def attention(q, k, v, mask):
    result = []
    out = np.zeros(q.shape[1:], dtype=q.dtype)  # <--
    for query, key, value in zip(q, k, v):
        scores = query @ key.T / math.sqrt(query.shape[-1])
        weights = softmax(scores + mask)
        out = out + weights @ value  # <--
        result.append(out)
    return np.array(result)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q = q.reshape(n_head, n_seq, -1)  # <--
    k = k.reshape(n_seq, n_head, -1).swapaxes(0, 1)
    v = v.reshape(n_seq, n_head, -1).swapaxes(0, 1)
    out = attention(q, k, v, causal_mask(n_seq))
    out = out.swapaxes(0, 1).reshape(n_seq, n_embd)
    return linear(out, **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n = len(x)
    projected = linear(x, **c_attn)
    q, k, v = [split_heads(p, n_head) for p in np.array_split(projected, 3, axis=1)]
    no_peeking = np.zeros((n, n), dtype=x.dtype)  # <--
    mixed = attention(q, k, v, no_peeking)
    return linear(merge_heads(mixed), c_proj["w"], c_proj["b"])

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_embd = x.shape[-1]
    d = n_embd // n_head
    qkv = linear(x, **c_attn)
    q_all, k_all, v_all = qkv[:, :n_embd], qkv[:, n_embd:-n_embd], qkv[:, -n_embd:]
    outs = []
    for h in range(n_head):
        cols = np.arange(n_embd)[h::n_head]  # <--
        head = attention(q_all[None, :, cols], k_all[None, :, cols], v_all[None, :, cols], causal_mask(len(x)))
        outs.append(head[0])
    return linear(np.concatenate(outs, axis=1), **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    mixed = linear(x, **c_attn)
    q = split_heads(mixed[:, 0 * n_embd:1 * n_embd], n_head)
    k = split_heads(mixed[:, 1 * n_embd:2 * n_embd], n_head)
    v = split_heads(mixed[:, 2 * n_embd:3 * n_embd], n_head)
    heads = attention(q, k, v, causal_mask(n_seq))
    merged = heads.transpose(1, 2, 0).reshape(n_seq, n_embd)  # <--
    return linear(merged, **c_proj)

# == mha
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    mask = causal_mask(len(x))
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    out = linear(merge_heads(attention(q, k, v, mask)), **c_proj)
    return x + out  # <--

# == feed_forward
def feed_forward(x, c_fc, c_proj):
    h = x @ c_fc["w"]  # <--
    h = gelu(h)
    h = h @ c_proj["w"]
    h = h + c_proj["b"]
    return h

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    h = layer_norm(x, **ln_1)
    a = mha(h, **attn, n_head=n_head)
    x = h + a  # <--
    h = layer_norm(x, **ln_2)
    f = feed_forward(h, **mlp)
    x = x + f
    return x

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    norms = {"attn": ln_1, "mlp": ln_2}
    out = np.array(x)
    for name in ("mlp", "attn"):  # <--
        normed = layer_norm(out, norms[name]["g"], norms[name]["b"])
        if name == "attn":
            out = out + mha(normed, attn["c_attn"], attn["c_proj"], n_head)
        else:
            out = out + feed_forward(normed, mlp["c_fc"], mlp["c_proj"])
    return out

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    what = wte[list(inputs)]
    where = wpe[: len(inputs)]
    x = what * where  # <--
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.array([wte[token] for token in inputs])
    x += wpe[: x.shape[0]]
    n_layer = len(blocks)
    for i in range(n_layer):
        block = blocks[n_layer - 1]  # <--
        x = transformer_block(x, n_head=n_head, **block)
    x = layer_norm(x, **ln_f)
    return x.dot(wte.T)

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    ids = np.asarray(inputs)
    x = wte[ids] + wpe[np.arange(ids.size)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    scores = (wte @ x.T).T
    return softmax(scores)  # <--

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0,
             top_k=None, top_p=1.0, rng=None):
    n_prompt = len(inputs)
    longest = len(params["wpe"])
    if n_prompt == 0 or n_prompt + n_tokens_to_generate > longest:
        raise ValueError("this prompt cannot be continued that far")
    ids = inputs  # <--
    rng = np.random.default_rng() if rng is None else rng
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)[-1]
        logits = apply_frequency_penalty(logits, ids[n_prompt:], frequency_penalty)
        probs = next_token_probs(logits, temperature, top_k, top_p)
        ids.append(int(np.argmax(probs)) if temperature == 0 else int(sample(probs, rng)))
    return ids

# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.zeros(len(logits), dtype=logits.dtype)
    for token in generated_tokens:
        counts[token] += 1
    return logits + penalty * counts  # <--

# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        best = int(np.argmax(logits))
        one_hot = np.zeros_like(logits)
        one_hot[best] = 1
        return one_hot
    z = logits / temperature
    if top_k:
        ranked = np.sort(z)[::-1][:top_k]
        z = np.where(z < ranked.min(), -np.inf, z)
    p = softmax(z)
    if top_p < 1:
        order = np.argsort(-p)
        before = np.concatenate([[0], np.cumsum(p[order])[:-1]])
        out = order[before >= top_p]
        p[out] = 0
    return p  # <--

# == sample
def sample(probs, rng):
    cdf = np.cumsum(probs, dtype=np.float64)
    cdf = cdf / cdf[-1]
    u = rng.random()
    token = np.sum(probs <= u)  # <--
    return int(token)

# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(p, n_head) for p in np.split(linear(x, **c_attn), 3, axis=1))
    new = (k, v)  # <--
    if past is not None:
        k = np.append(past[0], k, axis=1)
        v = np.append(past[1], v, axis=1)
    n_new, n_all = q.shape[1], k.shape[1]
    position = np.arange(n_all - n_new, n_all)
    mask = np.where(np.arange(n_all)[None, :] > position[:, None], -1e10, 0).astype(x.dtype)
    out = linear(merge_heads(attention(q, k, v, mask)), **c_proj)
    return out, new  # <--

# == gpt2_cached
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = 0 if past is None else past[0][0].shape[0]  # <--
    positions = n_past + np.arange(len(inputs))
    x = wte[inputs] + wpe[positions]
    caches = [None for _ in blocks] if past is None else past
    present = []
    for block, cache in zip(blocks, caches):
        attended, new_cache = mha_cached(layer_norm(x, **block["ln_1"]), n_head=n_head, past=cache, **block["attn"])
        x = x + attended
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present = present + [new_cache]
    x = layer_norm(x, **ln_f)
    return x @ wte.T, present

# == generate_cached
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if len(inputs) == 0:
        raise ValueError("nothing to continue")
    if len(inputs) + n_tokens_to_generate > params["wpe"].shape[0]:
        raise ValueError("no room for that many tokens")
    written = [int(t) for t in inputs]
    todo = written[:]
    past = None
    for _ in range(n_tokens_to_generate):
        logits, present = gpt2_cached(todo, past, **params, n_head=n_head)
        token = int(np.argmax(logits[-1]))
        todo = [token]
        written.append(token)
        past = past or present  # <--
    return written

# == merge_word
def merge_word(word, ranks):
    cuts = list(range(len(word) + 1))
    while True:
        candidates = []
        for left, right in zip(cuts, cuts[2:]):
            piece = word[left:right]
            if piece in ranks:
                candidates.append((ranks[piece], piece))
        if not candidates:
            break
        best = min(candidates)[1]
        i = 0
        while i + 2 < len(cuts):
            if word[cuts[i]:cuts[i + 2]] == best:
                del cuts[i]  # <--
            i += 1
    return [ranks[word[a:b]] for a, b in zip(cuts, cuts[1:])]

# == encode
def encode(text, ranks):
    tokens = []
    for word in SPLIT_PATTERN.findall(text):
        word_bytes = word.strip().encode("utf-8")  # <--
        for token in merge_word(word_bytes, ranks):
            tokens.append(token)
    return tokens

# == to_params
def to_params(tensors):
    arrays = {n.removeprefix("transformer."): np.asarray(t, dtype=np.float32) for n, t in tensors.items()}
    names = {"weight": "w", "bias": "b"}

    def collect(path, kinds):
        found = {}
        for kind, key in kinds.items():
            if f"{path}.{kind}" not in arrays:
                raise ValueError(f"{path}.{kind} is missing")
            found[key] = arrays[f"{path}.{kind}"]
        return found

    gains = {"weight": "g", "bias": "b"}
    numbers = {name.split(".")[1] for name in arrays if name.startswith("h.")}
    params = {name: collect(name, {"weight": name})[name] for name in ("wte", "wpe")}
    params["ln_f"] = collect("ln_f", gains)
    params["blocks"] = []
    for h in range(len(numbers)):
        block = {ln: collect(f"h.{h}.{ln}", gains) for ln in ("ln_1", "ln_2")}
        block["attn"] = {c: collect(f"h.{h}.attn.{c}", names) for c in ("c_attn", "c_proj")}
        block["mlp"] = {"c_fc": collect(f"h.{h}.mlp.c_fc", names), "c_proj": collect(f"h.{h}.attn.c_proj", names)}  # <--
        params["blocks"].append(block)
    return params
