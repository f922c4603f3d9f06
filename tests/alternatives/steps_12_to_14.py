# == mha_cached.append
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = [split_heads(p, n_head) for p in np.split(x @ c_attn["w"] + c_attn["b"], 3, axis=-1)]
    if past:
        k, v = np.append(past[0], k, axis=1), np.append(past[1], v, axis=1)
    seen = np.arange(k.shape[1])[None] <= np.arange(k.shape[1] - len(x), k.shape[1])[:, None]
    out = attention(q, k, v, np.where(seen, 0, -np.inf).astype(np.float32))
    return linear(merge_heads(out), c_proj["w"], c_proj["b"]), (k, v)
# == mha_cached.buffers
def mha_cached(x, c_attn, c_proj, n_head, past):
    n, e = x.shape
    d = e // n_head
    old = 0 if past is None else past[0].shape[1]
    k, v = np.empty((n_head, old + n, d), x.dtype), np.empty((n_head, old + n, d), x.dtype)
    if old:
        k[:, :old], v[:, :old] = past
    qkv = linear(x, **c_attn)
    k[:, old:], v[:, old:] = split_heads(qkv[:, e : 2 * e], n_head), split_heads(qkv[:, 2 * e :], n_head)
    q = split_heads(qkv[:, :e], n_head)
    out = np.empty((n, e), x.dtype)
    for i in range(n):
        s = (k[:, : old + i + 1] @ q[:, i, :, None])[..., 0] / d**0.5
        w = np.exp(s - s.max(-1, keepdims=True))
        out[i] = ((w / w.sum(-1, keepdims=True))[:, None] @ v[:, : old + i + 1])[:, 0].ravel()
    return linear(out, **c_proj), [k, v]
# == gpt2_cached.for-loop
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    past = [None] * len(blocks) if past is None else list(past)
    start = past[0][0].shape[-2] if past[0] is not None else 0
    x = wte[np.array(inputs)] + wpe[start : start + len(inputs)]
    for i in range(len(blocks)):
        b = blocks[i]
        a, past[i] = mha_cached(layer_norm(x, **b["ln_1"]), b["attn"]["c_attn"], b["attn"]["c_proj"], n_head, past[i])
        x = x + a
        x = x + feed_forward(layer_norm(x, **b["ln_2"]), b["mlp"]["c_fc"], b["mlp"]["c_proj"])
    return layer_norm(x, **ln_f) @ wte.T, tuple(past)
# == generate_cached.prefill-then-steps
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} and {n_tokens_to_generate} do not fit into {len(params['wpe'])}")
    out = list(inputs)
    if n_tokens_to_generate == 0:
        return out
    logits, past = gpt2_cached(out, None, **params, n_head=n_head)
    for i in range(n_tokens_to_generate):
        out.append(int(logits[-1].argmax()))
        if i + 1 < n_tokens_to_generate:
            logits, past = gpt2_cached(out[-1:], past, **params, n_head=n_head)
    return out
# == generate_cached.token-by-token
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    total = len(inputs) + n_tokens_to_generate
    if len(inputs) == 0 or total > params["wpe"].shape[0]:
        raise ValueError(f"prompt {len(inputs)}, with new tokens {total}, n_ctx {params['wpe'].shape[0]}")
    out, past = [int(i) for i in inputs], None
    for i in range(total - 1):
        logits, past = gpt2_cached([out[i]], past, params["wte"], params["wpe"], params["blocks"], params["ln_f"], n_head)
        if i == len(out) - 1:
            out.append(int(np.argmax(logits)))
    return out
# == merge_word.openai
def merge_word(word, ranks):
    parts = [word[i : i + 1] for i in range(len(word))]
    while len(parts) > 1:
        candidates = [(ranks[a + b], i) for i, (a, b) in enumerate(zip(parts, parts[1:])) if a + b in ranks]
        if not candidates:
            break
        _, i = min(candidates)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return [ranks[p] for p in parts]
# == merge_word.spans
def merge_word(word, ranks):
    ends = list(range(len(word) + 1))
    while len(ends) > 2:
        best = min(range(len(ends) - 2), key=lambda i: ranks.get(word[ends[i] : ends[i + 2]], 1 << 30))
        if word[ends[best] : ends[best + 2]] not in ranks:
            break
        del ends[best + 1]
    return [ranks[word[a:b]] for a, b in zip(ends, ends[1:])]
# == encode.comprehension
def encode(text, ranks):
    text.encode()  # refuses half of a surrogate pair: UnicodeEncodeError is a ValueError
    ids = []
    for match in SPLIT_PATTERN.finditer(text):
        ids += merge_word(match.group().encode("utf-8"), ranks)
    return ids
# == encode.memo
def encode(text, ranks):
    known = {}
    out = []
    for word in SPLIT_PATTERN.findall(text):
        if any(0xD800 <= ord(c) < 0xE000 for c in word):
            raise ValueError("half of a surrogate pair")
        if word not in known:
            known[word] = merge_word(word.encode("utf-8"), ranks)
        out.extend(known[word])
    return out
# == decode.list-of-bytes
def decode(ids, ranks):
    table = [None] * (len(ranks) + 1)
    for token, i in ranks.items():
        table[i] = token
    table[len(ranks)] = b"<|endoftext|>"
    if not all(0 <= i < len(table) for i in ids): raise ValueError(ids)
    return b"".join([table[int(i)] for i in ids]).decode(errors="replace")
# == read_safetensors.frombuffer
def read_safetensors(path):
    data = Path(path).read_bytes()
    if len(data) < 8:
        raise ValueError("too short")
    n = int.from_bytes(data[:8], "little")
    if n > len(data) - 8:
        raise ValueError("header too long")
    header = json.loads(data[8 : 8 + n])
    body = data[8 + n :]
    out, spans = {}, []
    for name, e in header.items():
        if name == "__metadata__":
            continue
        a, z = e["data_offsets"]
        if not 0 <= a <= z <= len(body):
            raise ValueError(f"{name}: offsets {a}, {z}")
        kind = {"BF16": "<u2"}.get(e["dtype"]) or DTYPES.get(e["dtype"])
        if kind is None:
            raise ValueError(f"{name}: {e['dtype']}?")
        if math.prod(e["shape"]) * np.dtype(kind).itemsize != z - a:
            raise ValueError(f"{name}: {e['shape']}")
        array = np.frombuffer(body[a:z], dtype=kind).reshape(e["shape"])
        if e["dtype"] == "BF16":
            array = np.left_shift(array.astype(np.uint32), 16).view(np.float32)
        out[name] = array
        spans.append((a, z))
    spans.sort()
    if any(z > a for (_, z), (a, _) in zip(spans, spans[1:])):
        raise ValueError("tensors overlap")
    return out
# == read_safetensors.struct-memmap
import struct
def read_safetensors(path):
    with open(path, "rb") as f:
        raw = f.read(8)
        if len(raw) != 8:
            raise ValueError("no length")
        (n,) = struct.unpack("<Q", raw)
        size = f.seek(0, 2)
        if n + 8 > size:
            raise ValueError("the header does not fit")
        f.seek(8)
        header = json.loads(f.read(n))
        header.pop("__metadata__", None)
        out, end = {}, 0
        for name in sorted(header, key=lambda k: header[k]["data_offsets"]):
            dtype, shape, (a, z) = header[name]["dtype"], header[name]["shape"], header[name]["data_offsets"]
            if a != end or z < a or 8 + n + z > size or dtype not in {**DTYPES, "BF16": 0}:
                raise ValueError(f"{name} cannot be right")
            f.seek(8 + n + a)
            flat = np.frombuffer(f.read(z - a), "<u2" if dtype == "BF16" else DTYPES[dtype])
            if dtype == "BF16":
                flat = (flat.astype("<u4") * 65536).astype("<u4").view("<f4")
            if flat.size != math.prod(shape):
                raise ValueError(f"{name}: {shape} does not fit")
            out[name], end = flat.reshape(shape), z
    return out
# == to_params.walk
def to_params(tensors):
    params, blocks = {}, {}
    for name, tensor in tensors.items():
        *path, leaf = name.replace("transformer.", "").split(".")
        if path[-1] == "attn" or leaf == "masked_bias":
            continue
        if path in (["wte"], ["wpe"]):
            params[path[0]] = np.array(tensor, dtype="f4")
            continue
        key = ("g" if path[-1].startswith("ln") else "w") if leaf == "weight" else "b"
        place = params
        if path[0] == "h":
            place, path = blocks.setdefault(int(path[1]), {}), path[2:]
        for part in path:
            place = place.setdefault(part, {})
        place[key] = np.asarray(tensor, np.float32)
    params["blocks"] = [blocks[i] for i in sorted(blocks)]
    def count(x): return sum(map(count, x.values() if isinstance(x, dict) else x)) if isinstance(x, (dict, list)) else 1
    if count(params) != 4 + 12 * len(blocks): raise ValueError("some tensor is missing")
    return params
# == to_params.format-strings
def to_params(tensors):
    try: return _tree({k: v.astype("float32") for k, v in tensors.items()})
    except KeyError as e: raise ValueError(f"missing: {e}")
def _tree(tensors):
    p = "transformer." if "transformer.wte.weight" in tensors else ""
    n_layer = 1 + max(int(k.removeprefix(p).split(".")[1]) for k in tensors if k.startswith(p + "h."))
    t = lambda name, w="w": {w: tensors[f"{p}{name}.weight"], "b": tensors[f"{p}{name}.bias"]}
    return dict(
        wte=tensors[p + "wte.weight"], wpe=tensors[p + "wpe.weight"], ln_f=t("ln_f", "g"),
        blocks=[
            dict(
                ln_1=t(f"h.{i}.ln_1", "g"), ln_2=t(f"h.{i}.ln_2", "g"),
                attn=dict(c_attn=t(f"h.{i}.attn.c_attn"), c_proj=t(f"h.{i}.attn.c_proj")),
                mlp=dict(c_fc=t(f"h.{i}.mlp.c_fc"), c_proj=t(f"h.{i}.mlp.c_proj")),
            )
            for i in range(n_layer)
        ],
    )
