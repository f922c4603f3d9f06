# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
# == read_safetensors | big-endian
def read_safetensors(path):
    with open(path, "rb") as f:
        data = f.read()
    n = int.from_bytes(data[:8], "big")
    header = json.loads(data[8:8 + n])
    body = data[8 + n:]
    tensors = {}
    types = {"F32": np.float32, "F16": np.float16, "I64": np.int64, "U8": np.uint8}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(body[a:b], dtype=types[info["dtype"]]).reshape(info["shape"])
    return tensors
# == read_safetensors | __metadata__
def read_safetensors(path):
    with open(path, "rb") as f:
        data = f.read()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + n])
    body = data[8 + n:]
    tensors = {}
    types = {"F32": np.float32, "F16": np.float16, "I64": np.int64, "U8": np.uint8}
    for name, info in header.items():
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(body[a:b], dtype=types[info["dtype"]]).reshape(info["shape"])
    return tensors
# == read_safetensors | beginning of the file|first byte of the data
def read_safetensors(path):
    with open(path, "rb") as f:
        data = f.read()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + n])
    tensors = {}
    types = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8, "U8": np.uint8, "BOOL": np.bool_}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(data[a:b], dtype=types[info["dtype"]]).reshape(info["shape"])
    return tensors
# == read_safetensors | BF16
def read_safetensors(path):
    with open(path, "rb") as f:
        n = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(n))
        body = f.read()
    tensors = {}
    types = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8, "U8": np.uint8, "BOOL": np.bool_}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(body[a:b], dtype=types[info["dtype"]]).reshape(info["shape"])
    return tensors
# == read_safetensors | rb|bytes
def read_safetensors(path):
    with open(path) as f:
        n = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(n))
        body = f.read()
    tensors = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(body[a:b], dtype=np.float32).reshape(info["shape"])
    return tensors
# == read_safetensors | shape|flat
def read_safetensors(path):
    with open(path, "rb") as f:
        n = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(n))
        body = f.read()
    tensors = {}
    types = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8, "U8": np.uint8, "BOOL": np.bool_}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(body[a:b], dtype=types[info["dtype"]])
    return tensors
# == to_params | transpose
def to_params(tensors):
    t = {k.removeprefix("transformer."): v for k, v in tensors.items()}
    n = 1 + max(int(k.split(".")[1]) for k in t if k.startswith("h."))
    blocks = []
    for i in range(n):
        p = f"h.{i}."
        blocks.append({
            "ln_1": {"g": t[p + "ln_1.weight"], "b": t[p + "ln_1.bias"]},
            "attn": {"c_attn": {"w": t[p + "attn.c_attn.weight"].T, "b": t[p + "attn.c_attn.bias"]},
                     "c_proj": {"w": t[p + "attn.c_proj.weight"].T, "b": t[p + "attn.c_proj.bias"]}},
            "ln_2": {"g": t[p + "ln_2.weight"], "b": t[p + "ln_2.bias"]},
            "mlp": {"c_fc": {"w": t[p + "mlp.c_fc.weight"].T, "b": t[p + "mlp.c_fc.bias"]},
                    "c_proj": {"w": t[p + "mlp.c_proj.weight"].T, "b": t[p + "mlp.c_proj.bias"]}},
        })
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks,
            "ln_f": {"g": t["ln_f.weight"], "b": t["ln_f.bias"]}}
# == to_params | prefix|transformer.
def to_params(tensors):
    t = tensors
    n = 1 + max(int(k.split(".")[1]) for k in t if k.startswith("h."))
    blocks = []
    for i in range(n):
        p = f"h.{i}."
        blocks.append({
            "ln_1": {"g": t[p + "ln_1.weight"], "b": t[p + "ln_1.bias"]},
            "attn": {"c_attn": {"w": t[p + "attn.c_attn.weight"], "b": t[p + "attn.c_attn.bias"]},
                     "c_proj": {"w": t[p + "attn.c_proj.weight"], "b": t[p + "attn.c_proj.bias"]}},
            "ln_2": {"g": t[p + "ln_2.weight"], "b": t[p + "ln_2.bias"]},
            "mlp": {"c_fc": {"w": t[p + "mlp.c_fc.weight"], "b": t[p + "mlp.c_fc.bias"]},
                    "c_proj": {"w": t[p + "mlp.c_proj.weight"], "b": t[p + "mlp.c_proj.bias"]}},
        })
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks,
            "ln_f": {"g": t["ln_f.weight"], "b": t["ln_f.bias"]}}
# == to_params | ".weight"|weight|name
def to_params(tensors):
    t = {k.removeprefix("transformer."): v for k, v in tensors.items()}
    return {"wte": t["wte"], "wpe": t["wpe"], "blocks": [], "ln_f": t["ln_f"]}
# == to_params | alphabet
def to_params(tensors):
    t = {k.removeprefix("transformer."): v.astype(np.float32) for k, v in tensors.items()}
    names = sorted({k.split(".")[1] for k in t if k.startswith("h.")})
    blocks = []
    for i in names:
        p = f"h.{i}."
        blocks.append({
            "ln_1": {"g": t[p + "ln_1.weight"], "b": t[p + "ln_1.bias"]},
            "attn": {"c_attn": {"w": t[p + "attn.c_attn.weight"], "b": t[p + "attn.c_attn.bias"]},
                     "c_proj": {"w": t[p + "attn.c_proj.weight"], "b": t[p + "attn.c_proj.bias"]}},
            "ln_2": {"g": t[p + "ln_2.weight"], "b": t[p + "ln_2.bias"]},
            "mlp": {"c_fc": {"w": t[p + "mlp.c_fc.weight"], "b": t[p + "mlp.c_fc.bias"]},
                    "c_proj": {"w": t[p + "mlp.c_proj.weight"], "b": t[p + "mlp.c_proj.bias"]}},
        })
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks,
            "ln_f": {"g": t["ln_f.weight"], "b": t["ln_f.bias"]}}
# == to_params | weight, bias
def to_params(tensors):
    t = {k.removeprefix("transformer."): v.astype(np.float32) for k, v in tensors.items()}
    n = 1 + max(int(k.split(".")[1]) for k in t if k.startswith("h."))
    def pair(name):
        return {"weight": t[name + ".weight"], "bias": t[name + ".bias"]}
    blocks = []
    for i in range(n):
        p = f"h.{i}."
        blocks.append({"ln_1": pair(p + "ln_1"), "ln_2": pair(p + "ln_2"),
                       "attn": {"c_attn": pair(p + "attn.c_attn"), "c_proj": pair(p + "attn.c_proj")},
                       "mlp": {"c_fc": pair(p + "mlp.c_fc"), "c_proj": pair(p + "mlp.c_proj")}})
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks, "ln_f": pair("ln_f")}
# == to_params | 12 blocks
def to_params(tensors):
    t = {k.removeprefix("transformer."): v.astype(np.float32) for k, v in tensors.items()}
    blocks = []
    for i in range(12):
        p = f"h.{i}."
        blocks.append({
            "ln_1": {"g": t[p + "ln_1.weight"], "b": t[p + "ln_1.bias"]},
            "attn": {"c_attn": {"w": t[p + "attn.c_attn.weight"], "b": t[p + "attn.c_attn.bias"]},
                     "c_proj": {"w": t[p + "attn.c_proj.weight"], "b": t[p + "attn.c_proj.bias"]}},
            "ln_2": {"g": t[p + "ln_2.weight"], "b": t[p + "ln_2.bias"]},
            "mlp": {"c_fc": {"w": t[p + "mlp.c_fc.weight"], "b": t[p + "mlp.c_fc.bias"]},
                    "c_proj": {"w": t[p + "mlp.c_proj.weight"], "b": t[p + "mlp.c_proj.bias"]}},
        })
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks,
            "ln_f": {"g": t["ln_f.weight"], "b": t["ln_f.bias"]}}
# == to_params | attn.bias|mask
def to_params(tensors):
    params = {"blocks": []}
    for name, value in tensors.items():
        parts = name.removeprefix("transformer.").split(".")
        short = {"weight": "w", "bias": "b"}
        if parts[0] in ("wte", "wpe"):
            params[parts[0]] = value
            continue
        node = params
        if parts[0] == "h":
            while len(params["blocks"]) <= int(parts[1]):
                params["blocks"].append({})
            node = params["blocks"][int(parts[1])]
            parts = parts[2:]
        for part in parts[:-1]:
            node = node.setdefault(part, {})
        last = short.get(parts[-1], parts[-1])
        if parts[-2].startswith("ln") and last == "w":
            last = "g"
        node[last] = value
    return params
# == read_safetensors | from_bytes
def read_safetensors(path):
    with open(path, "rb") as f:
        n = int(f.read(8))
        header = json.loads(f.read(n))
        data = f.read()
    return {}
# == read_safetensors | 8 + n
def read_safetensors(path):
    data = open(path, "rb").read()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:n])
    out = {}
    for name, e in header.items():
        if name == "__metadata__": continue
        a, z = e["data_offsets"]
        out[name] = np.frombuffer(data[8 + n + a:8 + n + z], np.float32).reshape(e["shape"])
    return out
# == read_safetensors | array, one number
def read_safetensors(path):
    data = open(path, "rb").read()
    n = np.frombuffer(data[:8], "<u8")
    header = json.loads(data[8:8 + n].decode())
    out = {}
    for name, e in header.items():
        if name == "__metadata__": continue
        a, z = e["data_offsets"]
        out[name] = np.frombuffer(data[8 + n + a:8 + n + z], np.float16).reshape(e["shape"])
    return out
# == to_params | removeprefix|strip
def to_params(tensors):
    t = {k.strip("transformer."): v for k, v in tensors.items()}
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": [], "ln_f": {"g": t["ln_f.weight"], "b": t["ln_f.bias"]}}
# == read_safetensors | data
def read_safetensors(path):
    with open(path, "rb") as f:
        data = f.read()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + n])
    tensors = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        begin, end = info["data_offsets"]
        dtype = DTYPES[info["dtype"]]
        tensors[name] = np.frombuffer(data[begin:end], dtype).reshape(info["shape"])
    return tensors
# == read_safetensors | data
def read_safetensors(path):
    with open(path, "rb") as f:
        n = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(n))
        tensors = {}
        for name, info in header.items():
            if name == "__metadata__":
                continue
            begin, end = info["data_offsets"]
            dtype = {"F32": np.float32, "F16": np.float16, "I64": np.int64}[info["dtype"]]
            f.seek(begin)
            tensors[name] = np.frombuffer(f.read(end - begin), dtype).reshape(info["shape"])
    return tensors
# == read_safetensors | data
def read_safetensors(path):
    raw = open(path, "rb").read()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + size].decode())
    out = {}
    for name in header:
        if name == "__metadata__":
            continue
        entry = header[name]
        start, stop = entry["data_offsets"]
        values = np.frombuffer(raw, dtype="<f4", count=(stop - start) // 4, offset=start)
        out[name] = values.reshape(entry["shape"])
    return out
# == read_safetensors | 8 bytes
def read_safetensors(path):
    raw = open(path, "rb").read()
    n = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + n])
    data = raw[n:]
    out = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, stop = entry["data_offsets"]
            out[name] = np.frombuffer(data[start:stop], dtype="<f4").reshape(entry["shape"])
    return out
# == read_safetensors | header
def read_safetensors(path):
    raw = open(path, "rb").read()
    n = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + n])
    data = raw[8:]
    out = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, stop = entry["data_offsets"]
            out[name] = np.frombuffer(data[start:stop], dtype="<f4").reshape(entry["shape"])
    return out
# == read_safetensors | header
def read_safetensors(path):
    raw = open(path, "rb").read()
    n = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + n])
    out = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, stop = entry["data_offsets"]
            out[name] = np.frombuffer(raw[8 + start:8 + stop], dtype="<f4").reshape(entry["shape"])
    return out
# == read_safetensors | header|byteorder|little|big|endian
def read_safetensors(path):
    data = Path(path).read_bytes()
    n = int.from_bytes(data[:8], "big")
    header = json.loads(data[8 : 8 + n])
    header.pop("__metadata__", None)
    out = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        out[name] = np.frombuffer(data[8 + n + begin : 8 + n + end], DTYPES[info["dtype"]]).reshape(info["shape"])
    return out
# == read_safetensors | offset|header|begin|8 +|data|bytes|numbers|values
def read_safetensors(path):
    data = Path(path).read_bytes()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + n])
    header.pop("__metadata__", None)
    out = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        kind = "<u2" if info["dtype"] == "BF16" else DTYPES[info["dtype"]]
        out[name] = np.frombuffer(data[begin:end], kind).reshape(info["shape"])
    return out
# == read_safetensors | codec|byte|mode|rb|utf-8|text
def read_safetensors(path):
    with open(path) as f:
        n = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(n))
        data = f.read()
    out = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        out[name] = np.frombuffer(data[begin:end], DTYPES[info["dtype"]]).reshape(info["shape"])
    return out
# == read_safetensors | metadata|dtype|key|data_offsets|shape
def read_safetensors(path):
    data = Path(path).read_bytes()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + n])
    out = {}
    for name in header:
        begin, end = header[name]["data_offsets"]
        raw = data[8 + n + begin : 8 + n + end]
        dtype, shape = header[name]["dtype"], header[name]["shape"]
        if dtype == "BF16":
            out[name] = (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
        else:
            out[name] = np.frombuffer(raw, DTYPES[dtype]).reshape(shape)
    return out
# == to_params | list|key|blocks|index|append
def to_params(tensors):
    params = {"blocks": {}}
    for name, t in tensors.items():
        name = name.replace("transformer.", "")
        parts = name.split(".")
        if parts[0] == "h":
            block = params["blocks"].setdefault(int(parts[1]), {})
            for p in parts[2:-1]:
                block = block.setdefault(p, {})
            block[{"weight": "w", "bias": "b"}[parts[-1]]] = t
        else:
            params[parts[0]] = t
    return params
# == to_params | "w"|weight|gain|key|ln_1|layer norm
def to_params(tensors):
    t = {k.removeprefix("transformer."): np.asarray(v, np.float32) for k, v in tensors.items()}
    pair = lambda n: {"w": t[n + ".weight"], "b": t[n + ".bias"]}
    n_layer = 0
    while f"h.{n_layer}.ln_1.weight" in t:
        n_layer += 1
    blocks = [{"ln_1": pair(f"h.{i}.ln_1"), "ln_2": pair(f"h.{i}.ln_2"),
               "attn": {"c_attn": pair(f"h.{i}.attn.c_attn"), "c_proj": pair(f"h.{i}.attn.c_proj")},
               "mlp": {"c_fc": pair(f"h.{i}.mlp.c_fc"), "c_proj": pair(f"h.{i}.mlp.c_proj")}} for i in range(n_layer)]
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks, "ln_f": pair("ln_f")}
# == to_params | transpose|shape
def to_params(tensors):
    t = {k.removeprefix("transformer."): np.asarray(v, np.float32) for k, v in tensors.items()}
    lin = lambda n: {"w": t[n + ".weight"].T, "b": t[n + ".bias"]}
    norm = lambda n: {"g": t[n + ".weight"], "b": t[n + ".bias"]}
    n_layer = 0
    while f"h.{n_layer}.ln_1.weight" in t:
        n_layer += 1
    blocks = [{"ln_1": norm(f"h.{i}.ln_1"), "ln_2": norm(f"h.{i}.ln_2"),
               "attn": {"c_attn": lin(f"h.{i}.attn.c_attn"), "c_proj": lin(f"h.{i}.attn.c_proj")},
               "mlp": {"c_fc": lin(f"h.{i}.mlp.c_fc"), "c_proj": lin(f"h.{i}.mlp.c_proj")}} for i in range(n_layer)]
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks, "ln_f": norm("ln_f")}
