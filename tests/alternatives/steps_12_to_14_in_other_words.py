# == mha_cached.preallocated
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(p, n_head) for p in np.split(linear(x, **c_attn), 3, axis=-1))
    n = 0 if past is None else past[0].shape[1]
    K = np.zeros((n_head, n + len(x) + 5, q.shape[-1]), k.dtype); V = np.zeros_like(K)
    if past is not None: K[:, :n], V[:, :n] = past[0], past[1]
    K[:, n : n + len(x)], V[:, n : n + len(x)] = k, v
    K, V = K[:, : n + len(x)], V[:, : n + len(x)]
    m = np.triu(np.full((len(x), K.shape[1]), -np.inf), n + 1)
    return linear(merge_heads(attention(q, K, V, m)), **c_proj), (K, V)
# == mha_cached.stacked-array
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = np.stack([split_heads(p, n_head) for p in np.split(x @ c_attn["w"] + c_attn["b"], 3, -1)])
    kv = np.stack([k, v])
    if past is not None: kv = np.concatenate([np.stack(past), kv], axis=2)
    full = (1 - np.tri(kv.shape[2])) * -1e9
    return linear(merge_heads(attention(q, kv[0], kv[1], full[-len(x):])), **c_proj), kv
# == mha_cached.token-by-token
def mha_cached(x, c_attn, c_proj, n_head, past):
    rows = []
    for row in x:
        q, k, v = (p.reshape(n_head, 1, -1) for p in np.split(row @ c_attn["w"] + c_attn["b"], 3))
        past = (k, v) if past is None else (np.concatenate([past[0], k], 1), np.concatenate([past[1], v], 1))
        s = (q @ past[0].swapaxes(1, 2)) / q.shape[-1] ** 0.5
        w = np.exp(s - s.max(-1, keepdims=True)); w /= w.sum(-1, keepdims=True)
        rows.append((w @ past[1]).reshape(-1) @ c_proj["w"] + c_proj["b"])
    return np.array(rows), past
# == mha_cached.list-present
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(p, n_head) for p in np.split(linear(x, **c_attn), 3, axis=-1))
    if past: k = np.hstack([past[0], k]); v = np.hstack([past[1], v])
    i = np.arange(k.shape[1] - q.shape[1], k.shape[1])
    m = np.where(np.arange(k.shape[1]) <= i[:, None], 0.0, -1e4)
    return linear(merge_heads(attention(q, k, v, m)), **c_proj), [k, v]
# == gpt2_cached.tuple
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head, *, logits_to_keep=None):
    past = past if past is not None else [None] * len(blocks)
    n = past[0][0].shape[1] if past[0] is not None else 0
    x = wte[list(inputs)] + wpe[np.arange(len(inputs)) + n]
    out = ()
    for b, p in zip(blocks, past):
        a, p = mha_cached(layer_norm(x, **b["ln_1"]), b["attn"]["c_attn"], b["attn"]["c_proj"], n_head, p)
        x = x + a; x = x + feed_forward(layer_norm(x, **b["ln_2"]), **b["mlp"]); out += (p,)
    return layer_norm(x, **ln_f) @ wte.T, out
# == generate_cached.numpy
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    ids = np.asarray(inputs, dtype=np.int64)
    if ids.size == 0 or ids.size + n_tokens_to_generate > params["wpe"].shape[0]: raise ValueError("does not fit")
    past, new = None, ids
    while ids.size < len(inputs) + n_tokens_to_generate:
        z, past = gpt2_cached(new, past, **params, n_head=n_head)
        new = np.array([np.argmax(z[-1])]); ids = np.concatenate([ids, new])
    return list(ids)
# == generate_cached.extra-last-step
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    if not ids or len(ids) + n_tokens_to_generate > len(params["wpe"]): raise ValueError("does not fit")
    z, past = gpt2_cached(ids, None, **params, n_head=n_head)
    for _ in range(n_tokens_to_generate):
        ids.append(int(z[-1].argmax()))
        z, past = gpt2_cached([ids[-1]], past, **params, n_head=n_head) if len(ids) <= len(params["wpe"]) else (z, past)
    return ids
# == generate_cached.chunked-prefill
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    if not ids or len(ids) + n_tokens_to_generate > len(params["wpe"]): raise ValueError("does not fit")
    past = None
    for i in range(0, len(ids), 3): z, past = gpt2_cached(ids[i : i + 3], past, **params, n_head=n_head)
    for i in range(n_tokens_to_generate):
        if i: z, past = gpt2_cached(ids[-1:], past, **params, n_head=n_head)
        ids.append(int(np.argmax(z[-1])))
    return ids
# == merge_word.heap-linked-list
import heapq
def merge_word(word, ranks):
    n = len(word); parts = [word[i:i+1] for i in range(n)]; nxt = list(range(1, n + 1)); prv = list(range(-1, n - 1)); alive = [True] * n
    heap = [(ranks[parts[i] + parts[i+1]], i, parts[i], parts[i+1]) for i in range(n - 1) if parts[i] + parts[i+1] in ranks]
    heapq.heapify(heap)
    while heap:
        r, i, a, b = heapq.heappop(heap)
        if not alive[i] or parts[i] != a: continue
        j = nxt[i]
        if j >= n or parts[j] != b: continue
        parts[i] = a + b; alive[j] = False; nxt[i] = nxt[j]
        if nxt[i] < n: prv[nxt[i]] = i
        for x in (prv[i], i):
            if 0 <= x < n and nxt[x] < n:
                m = parts[x] + parts[nxt[x]]
                if m in ranks: heapq.heappush(heap, (ranks[m], x, parts[x], parts[nxt[x]]))
    return [ranks[parts[i]] for i in range(n) if alive[i]]
# == merge_word.recursive
def merge_word(word, ranks, parts=None):
    parts = [word[i:i+1] for i in range(len(word))] if parts is None else parts
    r = [(ranks[a + b], i) for i, (a, b) in enumerate(zip(parts, parts[1:])) if a + b in ranks]
    if not r: return [ranks[p] for p in parts]
    i = min(r)[1]
    return merge_word(word, ranks, parts[:i] + [parts[i] + parts[i+1]] + parts[i+2:])
# == merge_word.ids-as-parts
def merge_word(word, ranks):
    ids = [ranks[bytes([b])] for b in word]; parts = [bytes([b]) for b in word]
    while True:
        best, at = None, None
        for i in range(len(parts) - 1):
            r = ranks.get(parts[i] + parts[i + 1])
            if r is not None and (best is None or r < best): best, at = r, i
        if best is None: return ids
        parts[at] += parts.pop(at + 1); ids[at] = best; del ids[at + 1]
# == merge_word.numpy-ids
def merge_word(word, ranks):
    parts = [word[i:i+1] for i in range(len(word))]
    while len(parts) > 1:
        r = [ranks.get(a + b, 2**31) for a, b in zip(parts, parts[1:])]
        i = min(range(len(r)), key=lambda i: r[i])
        if r[i] == 2**31: break
        parts = parts[:i] + [parts[i] + parts[i+1]] + parts[i+2:]
    import numpy
    return list(numpy.array([ranks[p] for p in parts], dtype=numpy.int64))
# == merge_word.shortcut
def merge_word(word, ranks):
    if word in ranks: return [ranks[word]]
    parts = [bytes((b,)) for b in word]
    while True:
        c = [(ranks[x + y], i) for i, (x, y) in enumerate(zip(parts, parts[1:])) if x + y in ranks]
        if not c: return [ranks[p] for p in parts]
        i = min(c)[1]; parts[i:i+2] = [b"".join(parts[i:i+2])]
# == encode.own-pattern
def encode(text, ranks):
    if text != text.encode("utf-8", "replace").decode("utf-8"): raise ValueError("half of a surrogate pair")
    p = regex.compile(r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")
    out = []
    for w in p.finditer(text): out.extend(merge_word(w[0].encode("utf8"), ranks))
    return out
# == encode.scanner
import unicodedata
def encode(text, ranks):
    data = text.encode("utf-8")
    kind = lambda c: unicodedata.category(c)[0] if unicodedata.category(c)[0] in "LN" else "P"
    out, i, n = [], 0, len(text)
    while i < n:
        for c in ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d"):
            if text.startswith(c, i): j = i + len(c); break
        else:
            s = i + 1 if text[i] == " " and i + 1 < n and not regex.match(r"\s", text[i + 1]) else i
            k = kind(text[s]) if not regex.match(r"\s", text[s]) else "S"
            j = s
            if k != "S":
                while j < n and not regex.match(r"\s", text[j]) and kind(text[j]) == k: j += 1
            else:
                while j < n and regex.match(r"\s", text[j]): j += 1
                if j < n and j - i > 1: j -= 1
        out += merge_word(text[i:j].encode("utf-8"), ranks); i = j
    return out
# == encode.generator
def encode(text, ranks):
    bad = [c for c in text if "\ud800" <= c <= "\udfff"]
    if bad: raise ValueError(f"a lone surrogate {bad!r}")
    return list(i for w in SPLIT_PATTERN.findall(text) for i in merge_word(bytes(w, "utf-8"), ranks))
# == decode.bytearray
def decode(ids, ranks):
    t = dict(zip(ranks.values(), ranks.keys())); out = bytearray()
    if bad := [i for i in ids if not 0 <= i <= len(ranks)]: raise ValueError(f"{bad}")
    for i in ids: out += b"<|endoftext|>" if int(i) == len(ranks) else t[int(i)]
    return str(out, "utf-8", "replace")
# == decode.incremental
import codecs
def decode(ids, ranks):
    t = {v: k for k, v in ranks.items()} | {len(ranks): b"<|endoftext|>"}
    d = codecs.getincrementaldecoder("utf-8")("replace")
    if set(map(int, ids)) - set(t): raise ValueError("unknown ids")
    return "".join(d.decode(t[int(i)]) for i in ids) + d.decode(b"", True)
# == decode.sorted
def decode(ids, ranks):
    t = sorted(ranks, key=ranks.get) + [b"<|endoftext|>"]
    if len(ids) and not 0 <= min(ids) <= max(ids) < len(t): raise ValueError(f"{ids}: 0 to {len(t) - 1}")
    return b"".join(map(t.__getitem__, [int(i) for i in ids])).decode("utf-8", errors="replace")
# == read_safetensors.memmap
def read_safetensors(path):
    size = Path(path).stat().st_size
    if size < 8: raise ValueError("too short")
    m = np.memmap(path, dtype=np.uint8, mode="r")
    n = int(m[:8].view("<u8")[0])
    if n > size - 8: raise ValueError("header too long")
    try: h = json.loads(bytes(m[8 : 8 + n]))
    except Exception as e: raise ValueError("no header") from e
    out, last = {}, 0
    for name, e in sorted(((k, v) for k, v in h.items() if k != "__metadata__"), key=lambda kv: kv[1]["data_offsets"]):
        a, z = e["data_offsets"]
        d = "<u2" if e["dtype"] == "BF16" else DTYPES.get(e["dtype"])
        if d is None or a != last or z < a or 8 + n + z > size: raise ValueError(name)
        x = np.frombuffer(m[8 + n + a : 8 + n + z].tobytes(), d)
        if e["dtype"] == "BF16":
            y = np.zeros(len(x), np.uint32); y |= x; y <<= 16; x = y.view(np.float32)
        out[name] = x.reshape(tuple(e["shape"])); last = z
    return out
# == read_safetensors.struct-only
import struct
def read_safetensors(path):
    raw = open(path, "rb").read()
    try: (n,) = struct.unpack_from("<Q", raw)
    except struct.error: raise ValueError("no header length")
    if 8 + n > len(raw): raise ValueError("header does not fit")
    h = json.loads(raw[8 : 8 + n].decode()); h.pop("__metadata__", 0)
    F = {"F64": "d", "F32": "f", "F16": "e", "I64": "q", "I32": "i", "I16": "h", "I8": "b", "U8": "B", "BOOL": "?", "BF16": "H", "U16": "H", "U32": "I", "U64": "Q"}
    out, pos = {}, 0
    for name in sorted(h, key=lambda k: h[k]["data_offsets"][0]):
        e = h[name]; a, z = e["data_offsets"]; N = math.prod(e["shape"])
        if e["dtype"] not in F or a < pos or z < a: raise ValueError(name)
        f = F[e["dtype"]]
        if struct.calcsize("<" + f) * N != z - a or 8 + n + z > len(raw): raise ValueError(name)
        vals = struct.unpack_from(f"<{N}{f}", raw, 8 + n + a)
        if e["dtype"] == "BF16": x = np.array([struct.unpack("<f", b"\0\0" + struct.pack("<H", v))[0] for v in vals], np.float32)
        else: x = np.array(vals, dtype=DTYPES[e["dtype"]])
        out[name] = x.reshape(e["shape"]); pos = z
    return out
# == to_params.regex
import re
def to_params(tensors):
    p = {"blocks": []}; found = {}
    for name, t in tensors.items():
        name = re.sub(r"^transformer\.", "", name)
        t = np.array(t, dtype=np.float32)
        m = re.fullmatch(r"h\.(\d+)\.(ln_[12]|attn|mlp)(?:\.(c_\w+))?\.(weight|bias)", name)
        if m and not (m[2] == "attn" and m[3] is None):
            b = found.setdefault(int(m[1]), {}); key = {"weight": "g" if m[2].startswith("ln") else "w", "bias": "b"}[m[4]]
            (b.setdefault(m[2], {}) if m[3] is None else b.setdefault(m[2], {}).setdefault(m[3], {}))[key] = t
        elif name in ("wte.weight", "wpe.weight"): p[name[:3]] = t
        elif name.startswith("ln_f"): p.setdefault("ln_f", {})["g" if name.endswith("weight") else "b"] = t
    p["blocks"] = [found[i] for i in sorted(found)]
    if len(repr(p).split("array")) != 5 + 12 * len(found): raise ValueError("incomplete")
    return p
# == to_params.while-loop
def to_params(tensors):
    def get(n):
        for name in (n, "transformer." + n):
            if name in tensors: return np.float32(tensors[name])
        raise ValueError(f"there is no {n}")
    has = lambda n: any(k.removeprefix("transformer.").startswith(n) for k in tensors)
    pair = lambda n, k: {k: get(n + ".weight"), "b": get(n + ".bias")}
    blocks = []
    while has(f"h.{len(blocks)}."):
        h = f"h.{len(blocks)}."
        blocks.append({"mlp": {k: pair(h + "mlp." + k, "w") for k in ("c_fc", "c_proj")}, "attn": {k: pair(h + "attn." + k, "w") for k in ("c_attn", "c_proj")}, "ln_1": pair(h + "ln_1", "g"), "ln_2": pair(h + "ln_2", "g")})
    return {"blocks": blocks, "wte": get("wte.weight"), "wpe": get("wpe.weight"), "ln_f": pair("ln_f", "g")}
# == encode.letters-and-digits-together
def encode(text, ranks):
    # No token has both letters and digits, and none has white space in front of anything but one space.
    try: text.encode()
    except UnicodeError: raise ValueError("half of a surrogate pair") from None
    words = regex.findall(r"'s|'t|'re|'ve|'m|'ll|'d|\s?[\p{L}\p{N}]+| *[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", text)
    return sum((merge_word(word.encode(), ranks) for word in words), [])
