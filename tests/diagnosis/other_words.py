# == gelu -> gelu.erf
def gelu(x):
    flat = [0.5 * v * (1 + math.erf(v / 2**0.5)) for v in np.asarray(x, dtype=float).ravel().tolist()]  # <--
    return np.array(flat).reshape(np.shape(x))
# == gelu -> gelu.no-half
def gelu(x):
    c = np.sqrt(2 / np.pi)
    z = c * (x + 0.044715 * np.power(x, 3))
    return x + x * np.tanh(z)  # <--
# == gelu -> gelu.constant-0.44715
def gelu(x): return x / (1 + np.exp(-2 * math.sqrt(2 / math.pi) * (x + 0.44715 * x**3)))
# == softmax -> softmax.axis-0
def softmax(x):
    e = np.exp((x - x.max(0)).astype(np.float64))  # <--
    return e / e.sum(0)  # <--
# == softmax -> softmax.sum-of-all
def softmax(x):
    e = np.exp(np.float64(x) - np.float64(x).max(axis=-1, keepdims=True))
    return e * (1 / e.sum())  # <--
# == softmax -> softmax.no-max
def softmax(x): return np.exp(x) / np.exp(x).sum(-1)[..., None]
# == layer_norm -> layer_norm.unbiased-variance
def layer_norm(x, g, b, eps=1e-5):
    x = x.astype(np.float64)
    n = x.shape[-1]
    d = x - x.mean(-1)[..., None]
    return d / (((d**2).sum(-1) / (n - 1) + eps) ** 0.5)[..., None] * g + b  # <--
# == layer_norm -> layer_norm.rms
def layer_norm(x, g, b, eps=1e-5): return x * (1 / np.sqrt((x**2).mean(-1, keepdims=True) + eps)) * g + b
# == linear -> linear.transposed
def linear(x, w, b): return np.einsum("...i,oi->...o", x, w) + b
# == linear -> linear.no-bias
def linear(x, w, b): return np.dot(x.astype(np.float64), w.astype(np.float64))
# == causal_mask -> causal_mask.hides-itself
def causal_mask(n_seq):
    m = np.zeros((n_seq, n_seq))
    m[np.triu_indices(n_seq)] = -np.inf  # <--
    return m
# == causal_mask -> causal_mask.transposed
def causal_mask(n_seq): return np.tril(np.full((n_seq, n_seq), -1e9), -1)
# == attention -> attention.no-scale
def attention(q, k, v, mask):
    out = []
    for h in range(len(q)):
        s = np.float64(q[h]) @ k[h].T + mask  # <--
        e = np.exp(s - s.max(-1, keepdims=True))
        out.append(e / e.sum(-1, keepdims=True) @ v[h])
    return np.stack(out)
# == attention -> attention.softmax-over-queries
def attention(q, k, v, mask):
    s = np.einsum("hqd,hkd->hqk", q, k) / np.sqrt(q.shape[-1]) + mask
    e = np.exp(s - s.max(1, keepdims=True))  # <--
    return np.einsum("hqk,hkd->hqd", e / e.sum(1, keepdims=True), v)  # <--
# == attention -> attention.ignores-mask
def attention(q, k, v, mask): return softmax(np.einsum("hqd,hkd->hqk", q, k) / q.shape[2] ** 0.5) @ v
# == split_heads -> split_heads.interleaved
def split_heads(x, n_head): return np.array([x[:, h::n_head] for h in range(n_head)])
# == merge_heads -> merge_heads.reshape-only
def merge_heads(x): return np.reshape(np.ascontiguousarray(x), (x.shape[1], -1))
# == mha -> attention.no-scale
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(x @ c_attn["w"] + c_attn["b"], 3, -1)
    d = q.shape[1] // n_head
    out = []
    for h in range(n_head):
        cut = slice(h * d, (h + 1) * d)
        s = q[:, cut] @ k[:, cut].T  # <--
        s[np.triu_indices(len(x), 1)] = -np.inf
        e = np.exp(s - s.max(-1, keepdims=True))
        out.append(e / e.sum(-1, keepdims=True) @ v[:, cut])
    return np.concatenate(out, -1) @ c_proj["w"] + c_proj["b"]
# == mha -> causal_mask.transposed
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    mask = np.where(np.arange(len(x))[:, None] > np.arange(len(x))[None], -1e10, 0)  # <--
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj)
# == mha -> split_heads.interleaved
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = (np.stack([part[:, h::n_head] for h in range(n_head)]) for part in (q, k, v))  # <--
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha -> split_heads.interleaved
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    k = np.stack([np.split(qkv, 3, axis=-1)[1][:, h::n_head] for h in range(n_head)])  # <--
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha -> mha.v-k-q
def mha(x, c_attn, c_proj, n_head):
    v, k, q = np.array_split(x.astype(np.float64) @ c_attn["w"] + c_attn["b"], 3, axis=1)  # <--
    def heads(a): return a.reshape(len(x), n_head, -1).swapaxes(0, 1)
    return merge_heads(attention(heads(q), heads(k), heads(v), causal_mask(len(x)))) @ c_proj["w"] + c_proj["b"]
# == feed_forward -> gelu.erf
def feed_forward(x, c_fc, c_proj):
    h = x @ c_fc["w"] + c_fc["b"]
    h = 0.5 * h * (1 + np.vectorize(math.erf)(h / 2**0.5))  # <--
    return h @ c_proj["w"] + c_proj["b"]
# == feed_forward -> gelu.relu
def feed_forward(x, c_fc, c_proj): return linear(np.where(linear(x, **c_fc) > 0, linear(x, **c_fc), 0), **c_proj)
# == feed_forward -> feed_forward.no-c_fc-bias
def feed_forward(x, c_fc, c_proj): return linear(gelu(np.dot(x, c_fc["w"])), **c_proj)
# == transformer_block -> layer_norm.unbiased-variance
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    def norm(x, g, b):
        return g * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, ddof=1, keepdims=True) + 1e-5) + b  # <--
    x = x + mha(norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(norm(x, **ln_2), **mlp)
# == transformer_block -> layer_norm.rms
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    h = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * ln_2["g"] + ln_2["b"]  # <--
    return x + feed_forward(h, **mlp)
# == transformer_block -> gelu.quick
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    h = layer_norm(x, **ln_2) @ mlp["c_fc"]["w"] + mlp["c_fc"]["b"]
    return x + (h / (1 + np.exp(-1.702 * h))) @ mlp["c_proj"]["w"] + mlp["c_proj"]["b"]  # <--
# == transformer_block -> mha.no-mask
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    qkv = linear(layer_norm(x, **ln_1), **attn["c_attn"])
    q, k, v = (split_heads(part, n_head) for part in np.split(qkv, 3, axis=-1))
    x = x + linear(merge_heads(attention(q, k, v, np.zeros((len(x), len(x))))), **attn["c_proj"])  # <--
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)
# == transformer_block -> transformer_block.post-norm
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(x, attn["c_attn"], attn["c_proj"], n_head)  # <--
    h = layer_norm(np.add(x, a), ln_1["g"], ln_1["b"])  # <--
    return layer_norm(feed_forward(h, mlp["c_fc"], mlp["c_proj"]) + h, ln_2["g"], ln_2["b"])  # <--
# == gpt2 -> transformer_block.norms-swapped
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    for b in blocks:
        x = x + mha(layer_norm(x, **b["ln_2"]), **b["attn"], n_head=n_head)  # <--
        x = x + feed_forward(layer_norm(x, **b["ln_1"]), **b["mlp"])  # <--
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 -> layer_norm.no-bias
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[: len(inputs)]
    for b in blocks:
        x = transformer_block(x, **b, n_head=n_head)
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * ln_f["g"]  # <--
    return np.einsum("se,ve->sv", x, wte)
# == gpt2 -> gpt2.blocks-reversed
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.float64(wte[list(inputs)]) + wpe[np.arange(len(inputs))]
    i = len(blocks)  # <--
    while i:
        i -= 1  # <--
        x = transformer_block(x, **blocks[i], n_head=n_head)  # <--
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 -> gpt2.scaled-embeddings
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.stack([wte[t] * wte.shape[-1] ** 0.5 + wpe[i] for i, t in enumerate(inputs)])  # <--
    for b in blocks:
        x = transformer_block(x, **b, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == generate -> generate.last-token-only
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]): raise ValueError("too long or empty")
    out, token = list(inputs), inputs[-1]
    while len(out) < len(inputs) + n_tokens_to_generate:
        token = int(gpt2([token], **params, n_head=n_head)[0].argmax())  # <--
        out = out + [token]
    return out
# == generate -> generate.no-length-check
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = [*inputs]  # <--
    for _ in range(n_tokens_to_generate):
        ids += [int(gpt2(ids, n_head=n_head, **params)[-1].argmax())]
    return ids
# == apply_frequency_penalty -> apply_frequency_penalty.presence
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = np.array(logits)
    out[list(set(generated_tokens))] -= penalty  # <--
    return out
# == next_token_probs -> next_token_probs.top-k-plus-1
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0: return (np.arange(len(logits)) == logits.argmax()).astype(float)
    x = np.float64(logits) / temperature
    if top_k is not None:
        order = sorted(range(len(x)), key=lambda i: -x[i])
        for i in order[top_k + 1:]: x[i] = -np.inf  # <--
    p = softmax(x)
    if top_p < 1.0:
        total, keep = 0.0, np.zeros(len(p), bool)
        for i in np.argsort(p)[::-1]:
            if total >= top_p: break
            keep[i], total = True, total + p[i]
        p = np.where(keep, p, 0)
        p = p / p.sum()
    return p
# == next_token_probs -> next_token_probs.crossing-dropped
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0: return (np.arange(len(logits)) == logits.argmax()).astype(float)
    x = logits / temperature
    if top_k is not None and top_k < len(x): x = np.where(x < np.partition(x, -top_k)[-top_k], -1e10, x)
    p = softmax(x)
    if top_p < 1.0:
        order = np.argsort(p)[::-1]
        keep = np.cumsum(p[order]) < top_p  # <--
        keep[0] = True
        q = np.zeros_like(p)
        q[order[keep]] = p[order[keep]]
        p = q / q.sum()
    return p
# == sample -> sample.squared
def sample(probs, rng):
    c = np.cumsum(np.float64(probs) ** 2)  # <--
    return int(np.searchsorted(c, rng.random() * c[-1], side="right"))
# == sample -> sample.sorted-not-mapped-back
def sample(probs, rng):
    p = sorted(np.float64(probs), reverse=True)  # <--
    u, total = rng.random(), 0.0
    for i, x in enumerate(p):
        total += x
        if u < total: return i
    return len(p) - 1
# == sample -> sample.ignores-rng
def sample(probs, rng):
    import random
    return random.choices(range(len(probs)), weights=[float(p) for p in probs])[0]  # <--
# == sample -> sample.one-more
def sample(probs, rng): return int((rng.random() > np.cumsum(np.float64(probs))).sum()) + 1
# == mha_cached -> mha_cached.mask-not-aligned
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(a, n_head) for a in np.split(x @ c_attn["w"] + c_attn["b"], 3, -1))
    if past:
        k, v = np.concatenate([past[0], k], 1), np.concatenate([past[1], v], 1)
    mask = np.where(np.arange(k.shape[1])[None] > np.arange(len(x))[:, None], -np.inf, 0)  # <--
    return merge_heads(attention(q, k, v, mask)) @ c_proj["w"] + c_proj["b"], (k, v)
# == mha_cached -> attention.no-scale
def mha_cached(x, c_attn, c_proj, n_head, past):
    from pico_gpt import softmax
    q, k, v = (split_heads(a, n_head) for a in np.split(x @ c_attn["w"] + c_attn["b"], 3, -1))
    if past is not None:
        k, v = np.concatenate([past[0], k], 1), np.concatenate([past[1], v], 1)
    s = q @ k.swapaxes(1, 2)  # <--
    s = np.where(np.arange(k.shape[1])[None] > np.arange(len(x))[:, None] + k.shape[1] - len(x), -1e9, s)
    return linear(merge_heads(softmax(s) @ v), **c_proj), (k, v)
# == gpt2_cached -> gpt2_cached.positions-from-0
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    x, present = wte[inputs] + wpe[: len(inputs)], []  # <--
    for i, b in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **b["ln_1"]), **b["attn"], n_head=n_head, past=past[i] if past else None)
        x = x + a
        x = x + feed_forward(layer_norm(x, **b["ln_2"]), **b["mlp"])
        present.append(p)
    return layer_norm(x, **ln_f) @ wte.T, present
# == generate_cached -> generate_cached.past-never-passed
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]): raise ValueError("no")
    ids, new = list(inputs), list(inputs)
    for _ in range(n_tokens_to_generate):
        logits, _past = gpt2_cached(new, None, **params, n_head=n_head)  # <--
        new = [int(logits[-1].argmax())]
        ids += new
    return ids
# == merge_word -> merge_word.leftmost-first
def merge_word(word, ranks):
    parts, i = [word[i : i + 1] for i in range(len(word))], 0
    while i + 1 < len(parts):
        if parts[i] + parts[i + 1] in ranks:  # <--
            parts[i : i + 2], i = [parts[i] + parts[i + 1]], 0
        else:
            i += 1
    return [ranks[p] for p in parts]
# == encode -> encode.no-contractions
def encode(text, ranks):
    if any(0xD800 <= ord(c) < 0xE000 for c in text): raise ValueError("half a pair")
    out = []
    for m in regex.finditer(r"\s?+\K|", text): pass
    for word in regex.findall(r" ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", text):  # <--
        out.extend(merge_word(word.encode(), ranks))
    return out
# == decode -> decode.token-by-token
def decode(ids, ranks):
    back = {i: t for t, i in ranks.items()} | {len(ranks): b"<|endoftext|>"}
    text = ""
    if set(map(int, ids)) - set(back): raise ValueError("no such id")
    for i in ids: text += str(back[int(i)], "utf-8", "replace")  # <--
    return text
# == to_params -> to_params.gain-and-bias-swapped
def to_params(tensors):
    class Checked(dict):
        def __missing__(self, name): raise ValueError(f"{name} is missing")
    t = Checked({k.removeprefix("transformer."): np.asarray(v, np.float32) for k, v in tensors.items()})
    ln = lambda n: {"b": t[n + ".weight"], "g": t[n + ".bias"]}  # <--
    lin = lambda n: {"w": t[n + ".weight"], "b": t[n + ".bias"]}
    n = 1 + max(int(k.split(".")[1]) for k in t if k.startswith("h."))
    blocks = [{"ln_1": ln(f"h.{i}.ln_1"), "ln_2": ln(f"h.{i}.ln_2"),
               "attn": {"c_attn": lin(f"h.{i}.attn.c_attn"), "c_proj": lin(f"h.{i}.attn.c_proj")},
               "mlp": {"c_fc": lin(f"h.{i}.mlp.c_fc"), "c_proj": lin(f"h.{i}.mlp.c_proj")}} for i in range(n)]
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks, "ln_f": ln("ln_f")}
# == mha -> causal_mask.hides-itself
def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    s = q @ k.swapaxes(1, 2) / math.sqrt(q.shape[-1]) + np.triu(np.full((len(x), len(x)), -1e10))  # <--
    return linear(merge_heads(softmax(s) @ v), **c_proj)
# == mha -> causal_mask.hides-itself
def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    s = q @ k.swapaxes(1, 2) / math.sqrt(q.shape[-1])
    s[:, np.triu(np.ones((len(x), len(x)), bool))] = -np.inf  # <--
    return linear(merge_heads(softmax(s) @ v), **c_proj)
# == mha_cached -> mha_cached.mask-one-less
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(a, n_head) for a in np.split(linear(x, **c_attn), 3, -1))
    if past is not None: k, v = np.concatenate([past[0], k], 1), np.concatenate([past[1], v], 1)
    key, query = np.arange(k.shape[1])[None], np.arange(len(x))[:, None] + k.shape[1] - len(x)
    return linear(merge_heads(attention(q, k, v, np.where(key < query, 0, -np.inf))), **c_proj), (k, v)  # <--
# == gelu -> gelu.right-half-only
def gelu(x):
    out = np.zeros(np.shape(x))
    right = x > 0  # <--
    out[right] = x[right] / (1 + np.exp(-2 * 0.7978845608 * (x[right] + 0.044715 * x[right] ** 3)))
    return out
# == gelu -> gelu.constant-cubed
def gelu(x): return x / 2 * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + np.power(0.044715 * x, 3))))
# == softmax -> softmax.one-for-each-first-index
def softmax(x):
    rows = [np.exp(row - np.max(row)) for row in x]  # <--
    return np.array([row / np.sum(row) for row in rows])  # <--
# == layer_norm -> layer_norm.divides-by-n-seq
def layer_norm(x, g, b, eps=1e-5):
    n = x.shape[0]  # <--
    m = x.sum(axis=-1)[..., None] / n
    return (x - m) / np.sqrt(np.square(x - m).sum(axis=-1)[..., None] / n + eps) * g + b
# == linear -> linear.bias-for-every-input
def linear(x, w, b): return np.sum(x[..., :, None] * w + b, axis=-2)
# == attention -> attention.half-of-d
def attention(q, k, v, mask): return softmax(np.einsum("hid,hjd->hij", q, k) * 2 / q.shape[-1] + mask) @ v
# == attention -> attention.hides-where-mask-is-not-0
def attention(q, k, v, mask):
    w = softmax(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]))  # <--
    w = np.where(mask == 0, w, 0)  # <--
    return (w / w.sum(-1)[..., None]) @ v
# == attention -> attention.scales-k-in-place
def attention(q, k, v, mask):
    np.divide(k, np.sqrt(k.shape[-1]), out=k)  # <--
    return softmax(np.einsum("hqd,hkd->hqk", q, k) + mask) @ v
# == mha -> attention.matches-values
def mha(x, c_attn, c_proj, n_head):
    n = x.shape[1]
    qkv = x @ c_attn["w"] + c_attn["b"]
    q, k, v = (split_heads(part, n_head) for part in (qkv[:, :n], qkv[:, 2 * n :], qkv[:, 2 * n :]))  # <--
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha -> mha.parts-by-reshape
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.reshape(np.dot(x, c_attn["w"]) + c_attn["b"], (3, len(x), -1))  # <--
    heads = attention(*(split_heads(part, n_head) for part in (q, k, v)), causal_mask(len(x)))
    return np.hstack(list(heads)) @ c_proj["w"] + c_proj["b"]
# == feed_forward -> feed_forward.gelu-squared
def feed_forward(x, c_fc, c_proj): return np.square(gelu(linear(x, **c_fc))) @ c_proj["w"] + c_proj["b"]
# == transformer_block -> transformer_block.input-added-again
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    residual = x
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return x + residual  # <--
# == gpt2 -> gpt2.positions-of-first-occurrence
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    inputs = list(inputs)
    x = np.array([wte[token] + wpe[inputs.index(token)] for token in inputs])  # <--
    for b in blocks: x = transformer_block(x, **b, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == sample -> sample.exponential-noise-on-logs
def sample(probs, rng):
    u = rng.random(len(probs))
    return int((np.log(np.maximum(probs, 1e-30)) - np.log(u)).argmax())  # <--
# == next_token_probs -> next_token_probs.sorted-after-top-p
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0: return np.eye(len(logits))[np.argmax(logits)]
    z = np.array(logits) / temperature
    if top_k: z[z < np.sort(z)[::-1][min(top_k, len(z)) - 1]] = -np.inf
    p = softmax(z)
    if top_p < 1:
        p = np.sort(p)[::-1]  # <--
        p[1:][np.cumsum(p)[:-1] >= top_p] = 0
        p = p / p.sum()
    return p
# == mha_cached -> mha_cached.past-counted-in-pairs
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(a, n_head) for a in np.split(linear(x, **c_attn), 3, -1))
    n_past = 0
    if past is not None:
        n_past = len(past)  # <--
        k, v = np.concatenate([past[0], k], 1), np.concatenate([past[1], v], 1)
    hidden = np.arange(k.shape[1])[None] > np.arange(n_past, n_past + len(x))[:, None]
    return linear(merge_heads(attention(q, k, v, np.where(hidden, -1e10, 0.0))), **c_proj), (k, v)
# == merge_word -> merge_word.one-pass
def merge_word(word, ranks):
    done = []
    for byte in word:
        done.append(bytes([byte]))
        while len(done) > 1 and done[-2] + done[-1] in ranks:
            done[-2:] = [done[-2] + done[-1]]  # <--
            break
    return [ranks[p] for p in done]
# == encode -> encode.underscore-is-a-letter
def encode(text, ranks):
    import re
    if re.search("[\ud800-\udfff]", text): raise ValueError("half a pair")
    words = re.findall(r"'(?:s|t|re|ve|m|ll|d)| ?\w+| ?[^\s\w]+|\s+(?!\S)|\s+", text)  # <--
    return [i for word in words for i in merge_word(word.encode(), ranks)]
# == to_params -> to_params.square-weight-transposed
def to_params(tensors):
    class Checked(dict):
        def __missing__(self, name): raise ValueError(f"{name} is missing")
    t = Checked({k.removeprefix("transformer."): np.asarray(v, np.float32) for k, v in tensors.items()})
    ln = lambda n: {"g": t[n + ".weight"], "b": t[n + ".bias"]}
    lin = lambda n: {"w": t[n + ".weight"].T if "attn.c_proj" in n else t[n + ".weight"], "b": t[n + ".bias"]}  # <--
    n = 1 + max(int(k.split(".")[1]) for k in t if k.startswith("h."))
    blocks = [{"ln_1": ln(f"h.{i}.ln_1"), "ln_2": ln(f"h.{i}.ln_2"),
               "attn": {"c_attn": lin(f"h.{i}.attn.c_attn"), "c_proj": lin(f"h.{i}.attn.c_proj")},
               "mlp": {"c_fc": lin(f"h.{i}.mlp.c_fc"), "c_proj": lin(f"h.{i}.mlp.c_proj")}} for i in range(n)]
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks, "ln_f": ln("ln_f")}
# == encode -> encode.ascii-letters
def encode(text, ranks):
    letters, digits, others = " ?[a-zA-Z]+", " ?[0-9]+", r" ?[^a-zA-Z0-9\s]+"  # <--
    pattern = "|".join(["'(?:s|t|re|ve|m|ll|d)", letters, digits, others, r"\s+(?!\S)", r"\s+"])
    ids = []
    for piece in regex.finditer(pattern, text):
        ids.extend(merge_word(piece.group().encode("utf-8"), ranks))
    return ids
# == layer_norm -> layer_norm.annotated-transformer
def layer_norm(x, g, b, eps=1e-6):
    d = x - x.mean(-1)[..., None]
    s = np.sqrt((d * d).sum(-1) / (x.shape[-1] - 1))[..., None]  # <--
    return d / (s + eps) * g + b  # <--
# == attention -> attention.hides-where-mask-is-not-0
def attention(q, k, v, mask):
    s = np.einsum("hqd,hkd->hqk", q, k) / np.sqrt(q.shape[-1])
    return softmax(np.where(mask.astype(bool), -np.inf, s)) @ v  # <--
# == attention -> attention.hides-where-mask-is-negative
def attention(q, k, v, mask):
    s = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5
    s[:, mask < 0] = -np.inf  # <--
    return softmax(s) @ v
# == attention -> attention.shows-what-is-hidden
def attention(q, k, v, mask):
    s = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5
    s[:, mask == 0] = float("-inf")  # <--
    return softmax(s) @ v
# == attention -> attention.expects-1-where-visible
def attention(q, k, v, mask):
    s = np.einsum("hqd,hkd->hqk", q, k) / np.sqrt(q.shape[-1])
    return softmax(s * mask - 1e9 * (1 - mask)) @ v  # <--
# == generate -> generate.picogpt
def generate(inputs, params, n_head, n_tokens_to_generate):
    n = len(inputs)
    if n == 0 or n + n_tokens_to_generate > params["wpe"].shape[0]:
        raise ValueError(f"{n} and {n_tokens_to_generate} tokens do not fit")
    for _ in range(n_tokens_to_generate):
        inputs.append(int(gpt2(inputs, **params, n_head=n_head)[-1].argmax()))  # <--
    return inputs[n:]  # <--
