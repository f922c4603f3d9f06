# Wrong functions written by people who had not seen the grader's edits; measured before any rule was changed for them.
# == gelu
def gelu(x):
    c = 0.7987845608028654  # <--
    inner = c * (x + 0.044715 * np.power(x, 3))
    gate = np.tanh(inner) + 1.0
    return x * gate / 2

# == gelu
def gelu(x):
    cube = np.einsum("...,...,...->...", x, x, x)
    poly = x + 0.044715 * cube
    t = np.tanh(poly * math.sqrt(2 / math.pi))
    half = 0.5 * poly  # <--
    return half + half * t

# == softmax
def softmax(x):
    rows = x.reshape(-1, x.shape[-1])
    out = np.zeros(rows.shape)
    for r in range(len(rows)):
        e = np.exp(rows[r] - max(rows[r]))
        total = sum(e[1:]) + 1e-30  # <--
        out[r] = e / total
    return out.reshape(x.shape)

# == softmax
def softmax(x):
    biggest = x.max(axis=-1)[..., None]
    z = x - biggest
    powers = np.power(2.7128, z)  # <--
    norm = np.einsum("...i->...", powers)
    return powers / norm[..., None]

# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    n = x.shape[-1]
    rows = x.reshape(-1, n)
    out = np.zeros(rows.shape)
    for r, row in enumerate(rows):
        m = sum(row) / n
        ss = 0.0
        for value in row:
            ss = (value - m) ** 2  # <--
        out[r] = g * (row - m) / math.sqrt(ss / n + eps) + b
    return out.reshape(x.shape)

# == linear
def linear(x, w, b):
    n_in, n_out = w.shape
    flat = x.reshape(-1, n_in)
    out = np.empty((len(flat), n_out))
    for j in range(n_out):
        column = flat @ w[:, j]
        out[:, j] = column + b[j - 1]  # <--
    return out.reshape(*x.shape[:-1], n_out)

# == linear
def linear(x, w, b):
    n_in, n_out = w.shape
    y = np.zeros(x.shape[:-1] + (n_out,)) + b
    for i in range(1, n_in):  # <--
        feature = x[..., i]
        y = y + feature[..., None] * w[i]
    return y

# == causal_mask
def causal_mask(n_seq):
    m = np.zeros((n_seq, n_seq), dtype=np.float32)
    for query in range(n_seq):
        for key in range(query + 1, n_seq - 1):  # <--
            m[query][key] = -1e10
    return m

# == attention
def attention(q, k, v, mask):
    n_head, n_q, d = q.shape
    result = np.zeros((n_head, n_q, d))
    for h in range(n_head):
        s = q[h] @ k[0].T  # <--
        s = s / d ** 0.5 + mask
        result[h] = softmax(s) @ v[h]
    return result

# == attention
def attention(q, k, v, mask):
    n_head, n_q, d = q.shape
    out = []
    for h in range(n_head):
        rows = []
        for i in range(n_q):
            s = k[h] @ q[h, i] / math.sqrt(d)
            p = softmax(s + mask[h % n_q])  # <--
            rows.append(p @ v[h])
        out.append(rows)
    return np.array(out)

# == split_heads
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd // n_head
    pieces = np.empty((n_head, n_seq, d_head), dtype=x.dtype)
    for h in range(n_head):
        start = h * (d_head - 1)  # <--
        pieces[h] = x[:, start : start + d_head]
    return pieces

# == merge_heads
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    side_by_side = np.empty((n_seq, n_head * d_head), dtype=x.dtype)
    for h in range(n_head):
        side_by_side[:, h::n_head] = x[h]  # <--
    return side_by_side

# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    d = n_embd // n_head
    big = linear(x, c_attn["w"], c_attn["b"])
    mask = causal_mask(n_seq)
    found = []
    for h in range(n_head):
        q = big[:, h * d : h * d + d]
        k = big[:, n_embd + h * d : n_embd + h * d + d]
        v = big[:, 2 * n_embd + h : 2 * n_embd + h + d]  # <--
        found.append(softmax(q @ k.T / math.sqrt(d) + mask) @ v)
    return linear(np.hstack(found), c_proj["w"], c_proj["b"])

# == mha
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.hsplit(linear(x, **c_attn), 3)
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    heads = attention(q, k, v, causal_mask(x.shape[0]))
    d = heads.shape[2]
    out = np.zeros(x.shape) + c_proj["b"]
    for h in range(n_head):
        mixer = c_proj["w"][h * d : (h + 1) * d]
        out = out + heads[h] @ mixer + c_proj["b"]  # <--
    return out

# == feed_forward
def feed_forward(x, c_fc, c_proj):
    n = x.shape[-1]
    out = np.zeros_like(x)
    for part in range(3):  # <--
        cols = slice(part * n, (part + 1) * n)
        h = gelu(linear(x, c_fc["w"][:, cols], c_fc["b"][cols]))
        out = out + h @ c_proj["w"][cols]
    return out + c_proj["b"]

# == feed_forward
def feed_forward(x, c_fc, c_proj):
    n_seq, width = len(x), len(c_fc["b"])
    hidden = np.zeros((n_seq, width), dtype=int)  # <--
    for t in range(n_seq):
        hidden[t] = gelu(linear(x[t], c_fc["w"], c_fc["b"]))
    return linear(hidden, c_proj["w"], c_proj["b"])

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    talked = mha(layer_norm(x, **ln_1), attn["c_attn"], attn["c_proj"], n_head)
    stream = x + talked
    quiet = layer_norm(talked, **ln_2)  # <--
    thought = feed_forward(quiet, mlp["c_fc"], mlp["c_proj"])
    return stream + thought

# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = layer_norm(x, ln_1["g"], ln_1["b"])
    a = mha(a, attn["c_attn"], attn["c_proj"], n_head)
    y = np.add(x, a)
    f = layer_norm(y, ln_2["g"], ln_1["b"])  # <--
    f = feed_forward(f, mlp["c_fc"], mlp["c_proj"])
    return np.add(y, f)

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.array([wte[t] + wpe[i] for i, t in enumerate(inputs)])
    for n in range(len(blocks)):
        layer = blocks[n - 1]  # <--
        x = transformer_block(x, layer["mlp"], layer["attn"], layer["ln_1"], layer["ln_2"], n_head)
    x = layer_norm(x, ln_f["g"], ln_f["b"])
    return np.einsum("se,ve->sv", x, wte)

# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n = len(inputs)
    x = np.take(wte, inputs, axis=0) + wpe[:n]
    block = {"ln_2": ln_f}
    for block in blocks:
        x = transformer_block(x, n_head=n_head, **block)
    x = layer_norm(x, **block["ln_2"])  # <--
    return np.dot(x, wte.T)

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    n_prompt, n_ctx = len(inputs), params["wpe"].shape[0]
    if n_prompt < 1 or n_prompt + n_tokens_to_generate > n_ctx:
        raise ValueError(f"prompt {n_prompt} + new {n_tokens_to_generate} do not fit into {n_ctx}")
    if rng is None:
        rng = np.random.default_rng()
    made = []
    for step in range(n_tokens_to_generate):
        table = gpt2(list(inputs) + made, n_head=n_head, **params)
        scores = table[n_prompt - 1]  # <--
        scores = apply_frequency_penalty(scores, made, frequency_penalty)
        if temperature > 0:
            made.append(sample(next_token_probs(scores, temperature, top_k, top_p), rng))
        else:
            made.append(int(scores.argmax()))
    return [int(t) for t in inputs] + made

# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    ids = [int(t) for t in inputs]
    goal = len(ids) + n_tokens_to_generate
    if not ids or goal > len(params["wpe"]):
        raise ValueError(f"{len(ids)} and {n_tokens_to_generate} tokens: too few or too many")
    rng = rng or np.random.default_rng()
    while len(ids) < goal - 1:  # <--
        logits = gpt2(ids, **params, n_head=n_head)[-1]
        logits = apply_frequency_penalty(logits, ids[len(inputs):], frequency_penalty)
        probs = next_token_probs(logits, temperature, top_k, top_p)
        ids += [int(probs.argmax()) if temperature == 0 else sample(probs, rng)]
    return ids

# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    punished = np.array(logits)
    for t in generated_tokens[:-1]:  # <--
        punished[t] = punished[t] - penalty
    return punished

# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return (np.arange(len(logits)) == np.argmax(logits)).astype(float)
    z = logits / temperature
    if top_k is not None and top_k < len(z):
        z = np.where(z >= np.sort(z)[::-1][top_k - 1], z, -1e30)
    p = softmax(z)
    keep, total = np.zeros(len(p)), 0.0
    for i in np.argsort(p)[::-1]:
        keep[i] = 1
        total = p[i]  # <--
        if top_p < 1 and total >= top_p:
            break
    return p * keep / np.sum(p * keep)

# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    scaled = np.array(logits) / temperature
    k = len(scaled) if top_k is None else min(top_k, len(scaled))
    border = sorted(logits, reverse=True)[k - 1]  # <--
    p = softmax(scaled) * (scaled >= border)
    p = p / max(p.sum(), 1e-300)
    if top_p < 1:
        order = np.argsort(-p)
        before = np.cumsum(p[order]) - p[order]
        p[order[before >= top_p]] = 0
        p = p / max(p.sum(), 1e-300)
    return p

# == sample
def sample(probs, rng):
    ladder = np.cumsum(np.sort(probs))  # <--
    u = rng.random() * ladder[-1]
    for i in range(len(ladder)):
        if u < ladder[i]:
            return i
    return len(ladder) - 1

# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = [split_heads(a, n_head) for a in np.split(linear(x, **c_attn), 3, axis=1)]
    n_past = 0
    if past is not None:
        n_past = past[0].shape[1]
        k = np.concatenate([past[0], k], axis=1)
        v = np.concatenate([past[0], v], axis=1)  # <--
    rows = n_past + np.arange(len(x))[:, None]
    mask = np.where(np.arange(k.shape[1])[None, :] > rows, -1e10, 0.0)
    out = merge_heads(attention(q, k, v, mask))
    return linear(out, **c_proj), (k, v)

# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    qkv = linear(x, c_attn["w"], c_attn["b"]).reshape(len(x), 3, n_head, -1)
    q, k, v = np.moveaxis(qkv, [1, 2], [0, 1])
    n_old = 0
    if past:
        n_old = past[0].shape[0]  # <--
        k = np.hstack([past[0], k])
        v = np.hstack([past[1], v])
    mask = np.triu(np.full((len(x), k.shape[1]), -1e10), n_old + 1)
    out = attention(q, k, v, mask)
    return linear(merge_heads(out), c_proj["w"], c_proj["b"]), (k, v)

# == gpt2_cached
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    if past is None:
        past = [None for _ in blocks]
    start = 0 if past[0] is None else len(past[0])  # <--
    x = np.stack([wte[t] + wpe[start + i] for i, t in enumerate(inputs)])
    present = []
    for i, blk in enumerate(blocks):
        a, kv = mha_cached(layer_norm(x, **blk["ln_1"]), **blk["attn"], n_head=n_head, past=past[i])
        x = x + a
        x = x + feed_forward(layer_norm(x, **blk["ln_2"]), **blk["mlp"])
        present += [kv]
    return layer_norm(x, **ln_f) @ wte.T, present

# == generate_cached
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    prompt = [int(t) for t in inputs]
    if not prompt or len(prompt) + n_tokens_to_generate > params["wpe"].shape[0]:
        raise ValueError(f"cannot write {n_tokens_to_generate} tokens after {len(prompt)}")
    made, cache, feed = [], None, prompt
    while len(made) < n_tokens_to_generate:
        logits, cache = gpt2_cached(feed, cache, n_head=n_head, **params)
        made.append(int(np.argmax(logits[0])))  # <--
        feed = made[-1:]
    return prompt + made

# == merge_word
def merge_word(word, ranks):
    parts = [word[i : i + 1] for i in range(len(word))]
    while len(parts) > 1:
        found = [a + b for a, b in zip(parts, parts[1:]) if a + b in ranks]
        if not found:
            break
        best = min(found)  # <--
        i = 0
        while i < len(parts) - 1:
            if parts[i] + parts[i + 1] == best:
                parts[i : i + 2] = [best]
            i += 1
    return [ranks[p] for p in parts]

# == encode
def encode(text, ranks):
    ids = []
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("this text holds half a character") from None
    for match in SPLIT_PATTERN.finditer(text.strip()):  # <--
        piece = match.group().encode("utf-8")
        ids.extend(merge_word(piece, ranks))
    return ids

# == decode
def decode(ids, ranks):
    table = sorted(ranks)  # <--
    table.append(END_OF_TEXT.encode("utf-8"))
    raw = bytearray()
    for i in ids:
        if not 0 <= i < len(table):
            raise ValueError(f"there is no token {i}")
        raw += table[i]
    return raw.decode("utf-8", errors="replace")

# == read_safetensors
def read_safetensors(path):
    blob = Path(path).read_bytes()
    n = int.from_bytes(blob[:8], "little")
    if len(blob) < 8 + n:
        raise ValueError(f"the file ends inside its header of {n} bytes")
    try:
        header = json.loads(blob[8 : 8 + n].decode("utf-8"))
        header.pop("__metadata__", None)
        todo = sorted((*e["data_offsets"], name, e["dtype"], list(e["shape"])) for name, e in header.items())
        body, end, found = blob[8 + n :], 0, {}
        for start, stop, name, kind, shape in todo:
            code = np.dtype("<u2" if kind == "BF16" else DTYPES[kind])
            if not all(type(s) is int and s >= 0 for s in [start, stop, *shape]) or start != end or stop > len(body):
                raise ValueError(f"{name}: bad sizes {start} {stop} {shape}")
            if stop - start != math.prod(shape) * code.itemsize:
                raise ValueError(f"{name}: {shape} does not take {stop - start} bytes")
            array = np.frombuffer(body[start:stop], code).reshape(shape)
            if kind == "BF16":
                array = (array.astype("<u4") << 15).view("<f4")  # <--
            found[name], end = array, stop
    except (KeyError, TypeError, AttributeError, RecursionError) as e:
        raise ValueError(f"broken header: {e!r}") from None
    if end != len(body):
        raise ValueError(f"{len(body) - end} bytes too many")
    return found

# == to_params
def to_params(tensors):
    flat = {(n[12:] if n.startswith("transformer.") else n): t for n, t in tensors.items()}

    def pair(name, first):
        for end in (".weight", ".bias"):
            if name + end not in flat:
                raise ValueError(f"{name + end} is missing")
        return {first: np.array(flat[name + ".weight"], np.float32), "b": np.array(flat[name + ".bias"], np.float32)}

    for name in ("wte.weight", "wpe.weight"):
        if name not in flat:
            raise ValueError(f"{name} is missing")
    blocks = []
    while any(n.startswith(f"h.{len(blocks)}.") for n in flat):
        h = f"h.{len(blocks)}"
        block = {"ln_1": pair(h + ".ln_1", "g"), "ln_2": pair(h + ".ln_2", "g")}
        block["attn"] = {"c_attn": pair(h + ".attn.c_attn", "w"), "c_proj": pair(h + ".attn.c_proj", "w")}
        block["mlp"] = {"c_fc": pair(h + ".mlp.c_fc", "w"), "c_proj": pair(h + ".attn.c_proj", "w")}  # <--
        blocks.append(block)
    tree = {k: np.array(flat[k + ".weight"], np.float32) for k in ("wte", "wpe")}
    return {**tree, "blocks": blocks, "ln_f": pair("ln_f", "g")}

# == gelu
def gelu(x):
    k = (2 / np.pi) ** 0.5

    def poly(t):
        return t + 0.044715 * t * t  # <--

    return 0.5 * x * (1.0 + np.tanh(k * poly(x)))
# == softmax
def softmax(x):
    flat = np.reshape(x, (-1, x.shape[-1]))
    tops = np.amax(flat, axis=1)
    shifted = (flat.T - tops).T
    e = np.exp(shifted)
    sums = np.sum(e, axis=0)  # <--
    probs = e / (sums[:, None] if len(sums) == len(e) else sums)
    return np.reshape(probs, x.shape)
# == softmax
def softmax(x):
    big = x.max(-1, keepdims=True)
    log_total = np.log(np.exp(x - big).sum(-1, keepdims=True)) - big  # <--
    return np.exp(x - log_total)
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    centred = x - x.mean(axis=-1, keepdims=True)
    energy = np.sum(centred**2, axis=-1, keepdims=True)
    spread = np.sqrt(energy / (x.shape[-1] - 1) + eps)  # <--
    y = centred / spread
    y = y * g
    return y + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    m = np.average(x, axis=-1)
    v = np.average((x - m[..., None]) ** 2, axis=-1)
    inv = 1 / np.sqrt(v + eps)
    out = g * (x - m[..., None])
    out = out * inv[..., None] * g  # <--
    return out + b
# == linear
def linear(x, w, b):
    lead = x.shape[:-1]
    rows = x.reshape(-1, w.shape[0])
    out = []
    for row in rows:
        acc = b.copy()
        for value, weights in zip(row[1:], w):  # <--
            acc = acc + value * weights
        out.append(acc)
    return np.array(out).reshape(*lead, w.shape[1])
# == linear
def linear(x, w, b):
    y = np.tensordot(x, w, axes=([-1], [0]))
    for j in range(w.shape[1]):
        y[..., j] *= b[j]  # <--
    return y
# == causal_mask
def causal_mask(n_seq):
    positions = np.arange(n_seq)
    ahead = positions[None, :] - positions[:, None]
    hidden = ahead >= 0  # <--
    return np.where(hidden, -1e10, 0.0).astype(np.float32)
# == causal_mask
def causal_mask(n_seq):
    mask = np.full((n_seq, n_seq), -1e10, dtype=np.float32)
    row = 0
    while row < n_seq:
        mask[row, row : row + 1] = 0  # <--
        row += 1
    return mask
# == attention
def attention(q, k, v, mask):
    scale = 1.0 / np.sqrt(q.shape[1])  # <--
    logits = np.einsum("hqd,hkd->hqk", q, k) * scale
    logits = logits + mask[None]
    weights = softmax(logits)
    return np.einsum("hqk,hkd->hqd", weights, v)
# == attention
def attention(q, k, v, mask):
    d = q.shape[-1]
    heads = []
    for qh, kh, vh in zip(q, k, v):
        raw = (qh / d**0.5) @ kh.T
        seen = raw + mask
        seen = seen - seen.max(axis=0, keepdims=True)  # <--
        e = np.exp(seen)
        heads.append((e / e.sum(axis=-1, keepdims=True)) @ vh)
    return np.stack(heads)
# == attention
def attention(q, k, v, mask):
    n_head, n_q, d = q.shape
    out = np.zeros((n_head, n_q, v.shape[-1]), dtype=q.dtype)
    for h in range(n_head):
        for i in range(n_q):
            scores = np.array([q[h, i] @ k[h, j] for j in range(k.shape[1])])
            p = softmax(scores / np.sqrt(d) + mask[i])
            for j in range(k.shape[1]):
                out[h, i] = p[j] * v[h, j]  # <--
    return out
# == split_heads
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    d = n_embd // n_head
    return np.array([[x[t, h : n_embd : n_head] for t in range(n_seq)] for h in range(n_head)]).reshape(n_head, n_seq, d)  # <--
# == split_heads
def split_heads(x, n_head):
    rows, width = x.shape
    y = x.reshape(rows, n_head, width // n_head)
    y = np.moveaxis(y, 1, 2)  # <--
    return y.reshape(n_head, rows, -1)
# == merge_heads
def merge_heads(x):
    n_head, n_seq, d = x.shape
    rows = []
    for t in range(n_seq):
        row = []
        for h in reversed(range(n_head)):  # <--
            row.extend(x[h, t])
        rows.append(row)
    return np.array(rows)
# == mha
def mha(x, c_attn, c_proj, n_head):
    n_seq, n_embd = x.shape
    qkv = linear(x, **c_attn).reshape(n_seq, 3, n_embd)
    q = split_heads(qkv[:, 0], n_head)
    k = split_heads(qkv[:, 1], n_head)
    v = split_heads(qkv[:, 1], n_head)  # <--
    out = attention(q, k, v, causal_mask(n_seq))
    return linear(merge_heads(out), **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    w, b = c_attn["w"], c_attn["b"]
    third = w.shape[1] // 3
    parts = []
    for i in range(3):
        cols = slice(i * third, (i + 1) * third)
        parts.append(x @ w[:, cols] + b[:third])  # <--
    q, k, v = [split_heads(p, n_head) for p in parts]
    ctx = merge_heads(attention(q, k, v, causal_mask(len(x))))
    return ctx @ c_proj["w"] + c_proj["b"]
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    hidden = x @ c_fc["w"] + c_fc["b"]
    active = gelu(hidden)
    narrow = hidden @ c_proj["w"]  # <--
    return narrow + c_proj["b"]
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    def up(rows):
        return linear(rows, **c_fc)

    def down(rows):
        return linear(rows, **c_proj)

    return gelu(down(gelu(up(x))))  # <--
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    h = x.copy()
    for norm, layer in ((ln_1, "attn"), (ln_2, "mlp")):
        y = layer_norm(x, **norm)  # <--
        y = mha(y, **attn, n_head=n_head) if layer == "attn" else feed_forward(y, **mlp)
        h = h + y
    return h
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    first = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    middle = first + x
    second = feed_forward(layer_norm(middle, **ln_2), **mlp)
    return second + first  # <--
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n = len(inputs)
    tokens = wte[np.asarray(inputs)]
    places = wpe[np.arange(n, 0, -1) - 1]  # <--
    x = tokens + places
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = [wte[token] + wpe[place] for place, token in enumerate(inputs)]
    x = np.stack(x)
    i = 0
    while i < len(blocks):
        x = transformer_block(x, **blocks[i], n_head=n_head)
        x = layer_norm(x, **ln_f)  # <--
        i += 1
    return x @ wte.T
# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = np.array(logits, copy=True)
    counts = {}
    for token in generated_tokens:
        counts[token] = counts.get(token, 1) + 1  # <--
    for token, count in counts.items():
        out[token] -= count * penalty
    return out
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    n = len(logits)
    if temperature == 0:
        one = np.zeros(n)
        one[int(np.argmax(logits))] = 1
        return one
    scaled = logits / temperature
    order = np.argsort(scaled)[::-1]
    alive = np.ones(n, dtype=bool)
    if top_k is not None:
        alive[order[:top_k]] = False  # <--
    probs = softmax(np.where(alive, scaled, -np.inf))
    if top_p < 1:
        total = 0.0
        for place, token in enumerate(order):
            if total >= top_p:
                probs[order[place:]] = 0
                break
            total += probs[token]
        probs = probs / probs.sum()
    return probs
# == sample
def sample(probs, rng):
    u = rng.random()
    total = 0.0
    for token, p in enumerate(probs):
        if u < total:  # <--
            return token
        total += float(p)
    return int(np.flatnonzero(probs)[-1])
# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    n_new = len(x)
    if past is None:
        past = (k[:, :0], v[:, :0])
    k = np.concatenate((k, past[0]), axis=1)  # <--
    v = np.concatenate((past[1], v), axis=1)
    n_all = k.shape[1]
    mask = np.where(np.arange(n_all)[None] > np.arange(n_all - n_new, n_all)[:, None], -1e10, 0)
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == gpt2_cached
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = past[0][0].shape[1] if past else 0
    rows = wpe[n_past : n_past + len(inputs)]
    x = wte[list(inputs)] + rows
    present = []
    for i in range(len(blocks)):
        block = blocks[i]
        mine = past[0] if past else None  # <--
        out, kv = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=mine)
        x = x + out
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(kv)
    return layer_norm(x, **ln_f) @ wte.T, present
# == generate_cached
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    room = len(params["wpe"]) - len(inputs)
    if len(inputs) == 0 or n_tokens_to_generate > room:
        raise ValueError(f"{n_tokens_to_generate} new tokens, room for {room}")
    ids = [int(i) for i in inputs]
    cache = None
    upcoming = list(ids)
    while len(ids) < len(inputs) + n_tokens_to_generate:
        logits, cache = gpt2_cached(upcoming, cache, **params, n_head=n_head)
        best = int(np.argmax(logits[-1]))
        ids = ids + [best]
        upcoming = ids  # <--
    return ids
# == merge_word
def merge_word(word, ranks):
    pieces = [bytes([byte]) for byte in word]
    while True:
        best, where = None, -1
        for i in range(len(pieces) - 1):
            rank = ranks.get(pieces[i] + pieces[i + 1])
            if rank is not None and (best is None or rank <= best):  # <--
                best, where = rank, i
        if best is None:
            return [ranks[piece] for piece in pieces]
        pieces[where : where + 2] = [pieces[where] + pieces[where + 1]]
# == encode
def encode(text, ranks):
    if any(0xD800 <= ord(c) < 0xE000 for c in text):
        raise ValueError("half a character")
    out = []
    for word in SPLIT_PATTERN.findall(text):
        data = word.lower().encode("utf-8")  # <--
        out += merge_word(data, ranks)
    return out
# == read_safetensors
def read_safetensors(path):
    data = Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    start = 8 + size
    if start > len(data):
        raise ValueError("the header is longer than the file")
    try:
        header = json.loads(data[8:start])
        header.pop("__metadata__", None)
        rows = [(*header[n]["data_offsets"], n, header[n]["dtype"], header[n]["shape"]) for n in header]
        rows.sort(key=lambda r: r[:2])
        tensors, at = {}, 0
        for a, z, name, dtype, shape in rows:
            if not all(type(n) is int and n >= 0 for n in (a, z, *shape)):
                raise ValueError(f"{name}: sizes")
            kind = np.dtype("<u2" if dtype == "BF16" else DTYPES[dtype])
            if a != at or z - a != kind.itemsize * math.prod(shape) or start + z > len(data):
                raise ValueError(f"{name}: offsets")
            values = np.frombuffer(data, kind, math.prod(shape), start + a)
            if dtype == "BF16":
                values = (values.astype("<u4") << 16).view("<f4")
            tensors[name] = values.reshape(shape[::-1]).T  # <--
            at = z
    except (KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"no safetensors: {error!r}") from None
    if start + at != len(data):
        raise ValueError("bytes are left over")
    return tensors
# == to_params
def to_params(tensors):
    clean = {}
    for name, tensor in tensors.items():
        if name.startswith("transformer."):
            name = name[len("transformer.") :]
        clean[name] = tensor
    def get(name):
        if name not in clean:
            raise ValueError(f"missing: {name}")
        return np.asarray(clean[name]).astype(np.float32)
    layers = 0
    while any(name.startswith(f"h.{layers}.") for name in clean):
        layers += 1
    blocks = []
    for i in range(layers):
        block = {}
        for norm in ("ln_1", "ln_2"):
            block[norm] = {"g": get(f"h.{i}.{norm}.weight"), "b": get(f"h.{i}.ln_1.bias")}  # <--
        for part, names in (("attn", ("c_attn", "c_proj")), ("mlp", ("c_fc", "c_proj"))):
            block[part] = {
                n: {"w": get(f"h.{i}.{part}.{n}.weight"), "b": get(f"h.{i}.{part}.{n}.bias")} for n in names
            }
        blocks.append(block)
    last = {"g": get("ln_f.weight"), "b": get("ln_f.bias")}
    return {"wte": get("wte.weight"), "wpe": get("wpe.weight"), "blocks": blocks, "ln_f": last}

# == gelu
def gelu(x):
    cubic = 0.044715 * x * x * x
    z = np.sqrt(2 / np.pi) * x + cubic  # <--
    return 0.5 * x * (1 + np.tanh(z))
# == gelu
def gelu(x):
    s = 1.5957691216057308 * (x + 0.044715 * x**3)
    sig = 1 / (1 + np.exp(s))  # <--
    return x * sig
# == softmax
def softmax(x):
    out = np.array(x, dtype=np.float64)
    out = out - out.max(axis=-1)[..., np.newaxis]
    np.exp(out, out=out)
    totals = out.sum(axis=-1)
    return out / totals[..., np.newaxis].max()  # <--
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mean = x.sum(-1, keepdims=True) / len(x[0])  # <--
    var = ((x - mean) ** 2).mean(-1, keepdims=True)
    normed = (x - mean) / np.sqrt(var + eps)
    return normed * g + b
# == layer_norm
def layer_norm(x, g, b, eps=1e-5):
    mu = np.mean(x, -1, keepdims=True)
    sigma = np.std(x, -1, keepdims=True)
    scale = g / np.sqrt(sigma + eps)  # <--
    return (x - mu) * scale + b
# == linear
def linear(x, w, b):
    *lead, n_in = x.shape
    n_out = len(b)
    rows = np.reshape(x, (-1, n_in))
    result = np.zeros((rows.shape[0], n_out))
    for r in range(rows.shape[0]):
        for c in range(n_out):
            result[r, c] = np.sum(rows[r] * w[:, c]) + b[r % n_out]  # <--
    return result.reshape(*lead, n_out)
# == linear
def linear(x, w, b):
    extended = np.concatenate([x, np.zeros(x.shape[:-1] + (1,))], axis=-1)  # <--
    weights = np.concatenate([w, b[None, :]], axis=0)
    return extended @ weights
# == causal_mask
def causal_mask(n_seq):
    rows = []
    for i in range(n_seq):
        rows.append([0.0] * i + [-1e10] * (n_seq - i))  # <--
    return np.array(rows)
# == causal_mask
def causal_mask(n_seq):
    ones = np.ones((n_seq, n_seq), dtype=np.float32)
    upper = np.triu(ones, k=1)
    return upper * -1e2  # <--
# == attention
def attention(q, k, v, mask):
    kt = np.transpose(k, (0, 2, 1))
    s = np.matmul(q, kt)
    s /= math.sqrt(kt.shape[-1])  # <--
    s += mask
    return np.matmul(softmax(s), v)
# == attention
def attention(q, k, v, mask):
    s = np.einsum("hid,hjd->hij", q, k) / np.sqrt(q.shape[-1])
    w = softmax(s)  # <--
    w = w + mask  # <--
    w = np.maximum(w, 0)
    return np.einsum("hij,hjd->hid", w, v)
# == attention
def attention(q, k, v, mask):
    n_head = len(q)
    d_head = q.shape[2]
    def one(h):
        scores = q[h] @ k[h].T / d_head**0.5 + mask
        return softmax(scores) @ v[0]  # <--
    return np.array([one(h) for h in range(n_head)])
# == split_heads
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd // n_head
    out = x.reshape(n_seq, d_head, n_head)  # <--
    return out.transpose(2, 0, 1)
# == split_heads
def split_heads(x, n_head):
    d_head = x.shape[1] // n_head
    heads = []
    for i in range(n_head):
        begin = i * d_head
        end = begin + d_head - 1  # <--
        heads.append(x[:, begin:end])
    return np.stack(heads, axis=0)
# == merge_heads
def merge_heads(x):
    out = x[0]
    for head in x[1:]:
        out = np.concatenate([head, out], axis=1)  # <--
    return out
# == mha
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    n_embd = x.shape[1]
    q = qkv[:, :n_embd]
    k = qkv[:, n_embd : 2 * n_embd]
    v = qkv[:, n_embd:][:, :n_embd]  # <--
    q, k, v = (split_heads(t, n_head) for t in (q, k, v))
    a = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(a), **c_proj)
# == mha
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    mask = causal_mask(len(x))
    out = []
    for qh, kh, vh in zip(*[np.split(t, n_head, axis=-1) for t in (q, k, v)]):
        w = softmax(qh @ kh.T / np.sqrt(q.shape[-1]) + mask)  # <--
        out.append(w @ vh)
    return linear(np.concatenate(out, axis=-1), **c_proj)
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    out = []
    for row in x:
        hidden = row @ c_fc["w"] + c_fc["b"]
        hidden = gelu(hidden) + c_fc["b"]  # <--
        out.append(hidden @ c_proj["w"] + c_proj["b"])
    return np.stack(out)
# == feed_forward
def feed_forward(x, c_fc, c_proj):
    h = linear(x, **c_fc)
    h = np.where(h > 0, gelu(h), 0)  # <--
    return linear(h, **c_proj)
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    skip = x
    x = layer_norm(x, **ln_1)
    x = mha(x, n_head=n_head, **attn)
    x = x + skip
    x = layer_norm(x, **ln_2)
    skip = x  # <--
    x = feed_forward(x, **mlp)
    return x + skip
# == transformer_block
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = x + mha(layer_norm(x, **ln_1), **attn, n_head=1)  # <--
    b = layer_norm(a, **ln_2)
    return a + feed_forward(b, **mlp)
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    for block in blocks[:-1]:  # <--
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, ln_f["g"], ln_f["b"])
    return x @ wte.T
# == gpt2
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = []
    for position in range(len(inputs)):
        x.append(wte[inputs[position]] + wpe[position])
    x = np.array(x)
    for block in blocks:
        y = transformer_block(x, **block, n_head=n_head)
        x = x + y  # <--
    return layer_norm(x, **ln_f) @ wte.T
# == generate
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} and {n_tokens_to_generate} are too many")
    if rng is None:
        rng = np.random.default_rng()
    ids = list(inputs)
    new = []
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids[-len(inputs) :], **params, n_head=n_head)[-1]  # <--
        logits = apply_frequency_penalty(logits, new, frequency_penalty)
        probs = next_token_probs(logits, temperature, top_k, top_p)
        token = int(np.argmax(probs)) if temperature == 0 else sample(probs, rng)
        new.append(token)
        ids.append(token)
    return ids
# == apply_frequency_penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    result = logits.copy()
    seen = set(generated_tokens)
    for token in seen:
        n = generated_tokens.count(token)
        result[token] = result[token] - penalty**n  # <--
    return result
# == next_token_probs
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return (np.arange(len(logits)) == int(np.argmax(logits))).astype(np.float64)
    logits = np.asarray(logits, dtype=np.float64) / temperature
    if top_k is not None and top_k < len(logits):
        smallest = np.sort(logits)[top_k]  # <--
        logits = np.where(logits < smallest, -np.inf, logits)
    probs = softmax(logits)
    if top_p < 1.0:
        order = np.argsort(probs)[::-1]
        running = np.cumsum(probs[order])
        n_keep = int(np.searchsorted(running, top_p)) + 1
        keep = np.zeros(len(probs))
        keep[order[:n_keep]] = 1
        probs = probs * keep
        probs = probs / probs.sum()
    return probs
# == mha_cached
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(p, n_head) for p in np.split(linear(x, **c_attn), 3, axis=1))
    if past is not None:
        past_k, past_v = past
        k = np.concatenate([past_k, k], axis=1)
        v = np.concatenate([past_v, v], axis=1)
    n_new, n_all = q.shape[1], k.shape[1]
    mask = np.triu(np.full((n_new, n_all), -1e10), 1)  # <--
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == gpt2_cached
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    offset = past[0][0].shape[1] if past is not None else 0
    x = wte[inputs] + wpe[offset : offset + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        old = past[i] if past is not None else None
        a, new = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=old)
        h = x + a
        x = x + feed_forward(layer_norm(h, **block["ln_2"]), **block["mlp"])  # <--
        present.append(new)
    return layer_norm(x, **ln_f) @ wte.T, present
# == generate_cached
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate}")
    ids = list(inputs)
    logits, past = gpt2_cached(ids, None, **params, n_head=n_head)
    for _ in range(n_tokens_to_generate):
        next_id = int(np.argmax(logits[-1]))
        ids.append(next_id)
        if len(ids) < len(inputs) + n_tokens_to_generate:
            logits, _ = gpt2_cached([next_id], past, **params, n_head=n_head)  # <--
    return ids
# == merge_word
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    while len(parts) >= 2:
        pairs = [(ranks.get(parts[i] + parts[i + 1], 1 << 30), i) for i in range(len(parts) - 1)]
        rank, i = min(pairs)
        if rank == 1 << 30:
            break
        parts = parts[:i] + [parts[i] + parts[i + 1]] + parts[i + 1 :]  # <--
    return [ranks[p] for p in parts]
# == encode
def encode(text, ranks):
    pieces = SPLIT_PATTERN.findall(text)
    ids = []
    for piece in pieces:
        try:
            data = piece.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("half a character") from None
        for part in data.split(b" "):  # <--
            ids.extend(merge_word(part, ranks))
    return ids
# == read_safetensors
def read_safetensors(path):
    raw = Path(path).read_bytes()
    n = int.from_bytes(raw[:8], "little")
    if len(raw) < 8 or 8 + n > len(raw):
        raise ValueError("cut off")
    body = raw[8 + n :]
    try:
        header = json.loads(raw[8 : 8 + n].decode("utf-8"))
        entries = []
        for name, info in header.items():
            if name != "__metadata__":
                begin, end = info["data_offsets"]
                entries.append((begin, end, name, info["dtype"], list(info["shape"])))
        entries.sort(key=lambda e: e[:2])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"bad header: {error!r}") from None
    found, expected = {}, 0
    for begin, end, name, dtype, shape in entries:
        if dtype not in DTYPES and dtype != "BF16":
            raise ValueError(f"unknown type {dtype}")
        if not all(type(s) is int and 0 <= s < 2**63 for s in (begin, end, *shape)):
            raise ValueError(f"bad sizes of {name}")
        stored = np.dtype(DTYPES.get(dtype, "<u2"))
        if begin != expected or end > len(body) or end - begin != stored.itemsize * math.prod(shape):
            raise ValueError(f"bad offsets of {name}")
        array = np.frombuffer(body[begin:end], stored).reshape(shape)
        if dtype == "BF16":
            array = array.astype(np.float32)  # <--
        found[name] = array
        expected = end
    if expected != len(body):
        raise ValueError("bytes are left over")
    return found
# == to_params
def to_params(tensors):
    plain = {key.removeprefix("transformer."): value for key, value in tensors.items()}
    def take(key):
        try:
            return np.asarray(plain[key], dtype=np.float32)
        except KeyError:
            raise ValueError(f"{key} is missing") from None
    def pair(key, first):
        return {first: take(key + ".weight"), "b": take(key + ".bias")}
    n_layer = max((int(key.split(".")[1]) for key in plain if key.startswith("h.")), default=0)  # <--
    blocks = []
    for i in range(n_layer):
        at = f"h.{i}."
        blocks.append({
            "ln_1": pair(at + "ln_1", "g"),
            "attn": {name: pair(at + "attn." + name, "w") for name in ("c_attn", "c_proj")},
            "ln_2": pair(at + "ln_2", "g"),
            "mlp": {name: pair(at + "mlp." + name, "w") for name in ("c_fc", "c_proj")},
        })
    return {"wte": take("wte.weight"), "wpe": take("wpe.weight"), "blocks": blocks, "ln_f": pair("ln_f", "g")}
