import json, math, os
import numpy as np

T = {"F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1", "U8": "u1", "BOOL": "?", "BF16": "u2"}

def need(truth, why):
    if not truth: raise ValueError(why)

def read_safetensors(path):
    size = os.path.getsize(path)
    need(size >= 8, "too short")
    with open(path, "rb") as f:
        n = int.from_bytes(f.read(8), "little")
        need(n <= size - 8, "header beyond the file")
        head = json.loads(f.read(n).decode())
    need(isinstance(head, dict), "no object")
    todo = {k: v for k, v in head.items() if k != "__metadata__"}
    out, at = {}, 0
    for k in sorted(todo, key=lambda k: todo[k].get("data_offsets", [0])):
        v = todo[k]
        need({"dtype", "shape", "data_offsets"} <= set(v) and v["dtype"] in T, f"{k}: {v}")
        a, b = v["data_offsets"]
        t, count = np.dtype("<" + T[v["dtype"]]), math.prod(v["shape"])
        need(a == at and b - a == count * t.itemsize and min([0, *v["shape"]]) >= 0, k)
        need(8 + n + b <= size, "cut off")
        x = np.memmap(path, t, "r", 8 + n + a, (count,)) if count else np.zeros(0, t)
        x = np.array(x)
        if v["dtype"] == "BF16": x = np.left_shift(x.astype("<u4"), 16).view("<f4")
        out[k], at = x.reshape(v["shape"]), b
    need(8 + n + at == size, "more bytes than tensors")
    return out

class _Missing(dict):
    def __missing__(self, key): raise ValueError(f"the file lacks {key}")

def to_params(tensors):
    t = _Missing({k.replace("transformer.", "", 1): v for k, v in tensors.items()})
    get = lambda k: np.asarray(t[k]).astype(np.float32)
    pair = lambda k, w="w": {w: get(k + ".weight"), "b": get(k + ".bias")}
    n = 0
    while any(k.startswith(f"h.{n}.") for k in t): n += 1
    block = lambda h: {"ln_1": pair(h + "ln_1", "g"), "ln_2": pair(h + "ln_2", "g"),
                       "attn": {c: pair(f"{h}attn.{c}") for c in ("c_attn", "c_proj")},
                       "mlp": {c: pair(f"{h}mlp.{c}") for c in ("c_fc", "c_proj")}}
    return dict(wte=get("wte.weight"), wpe=get("wpe.weight"), ln_f=pair("ln_f", "g"), blocks=[block(f"h.{i}.") for i in range(n)])
