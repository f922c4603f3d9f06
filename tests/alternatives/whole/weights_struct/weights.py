import json
import mmap
import struct
from collections import defaultdict

import numpy as np

KINDS = dict(F64="<f8", F32="<f4", F16="<f2", I64="<i8", I32="<i4", I16="<i2", I8="i1", U8="u1", BOOL="?", U16="<u2", U32="<u4", U64="<u8")


def read_safetensors(path):
    with open(path, "rb") as f:
        blob = f.read()
    if len(blob) < 8:
        raise ValueError("shorter than 8 bytes")
    (n,) = struct.unpack("<Q", blob[:8])
    if 8 + n > len(blob):
        raise ValueError("header longer than the file")
    try:
        header = json.loads(blob[8 : 8 + n])
    except ValueError as e:
        raise ValueError(f"header: {e}")
    if not isinstance(header, dict):
        raise ValueError("header is not an object")
    data = memoryview(blob)[8 + n :]
    header.pop("__metadata__", None)
    out, spans = {}, []
    for name, info in header.items():
        try:
            kind, shape, (lo, hi) = info["dtype"], info["shape"], info["data_offsets"]
        except (KeyError, TypeError, ValueError):
            raise ValueError(f"{name}: incomplete")
        if kind != "BF16" and kind not in KINDS:
            raise ValueError(f"{name}: {kind}?")
        if not all(isinstance(s, int) and s >= 0 for s in [*shape, lo, hi]):
            raise ValueError(name)
        dt = np.dtype("<u2" if kind == "BF16" else KINDS[kind])
        count = 1
        for s in shape:
            count *= s
        if not 0 <= lo <= hi <= len(data) or hi - lo != count * dt.itemsize:
            raise ValueError(f"{name}: {lo}-{hi} for {shape} of {kind}")
        spans.append((lo, hi))
        array = np.frombuffer(data[lo:hi], dtype=dt)
        if kind == "BF16":
            array = (array.astype(np.uint32) << 16).view(np.float32)
        out[name] = array.reshape(shape).copy()
    end = 0
    for lo, hi in sorted(spans):
        if lo != end:
            raise ValueError("gap or overlap")
        end = hi
    if end != len(data):
        raise ValueError("bytes left over")
    return out


RENAME = {"weight": "w", "bias": "b"}


def to_params(tensors):
    params, blocks = {}, defaultdict(dict)
    for name, array in tensors.items():
        path = name.split(".")
        if path[0] == "transformer":
            path = path[1:]
        if path[-1] == "masked_bias" or path[-2:] == ["attn", "bias"]:
            continue
        array = np.array(array, dtype=np.float32)
        *where, last = path
        key = "g" if last == "weight" and where[-1].startswith("ln_") else RENAME.get(last, last)
        if where[0] == "h":
            node = blocks[int(where[1])]
            where = where[2:]
        else:
            node = params
        if where[-1] in ("wte", "wpe"):
            params[where[-1]] = array
            continue
        for step in where:
            node = node.setdefault(step, {})
        node[key] = array
    params["blocks"] = [blocks[i] for i in sorted(blocks)]
    _check(params)
    return params


def _check(params):
    try:
        params["wte"], params["wpe"]
        for norm in [params["ln_f"], *(b[k] for b in params["blocks"] for k in ("ln_1", "ln_2"))]:
            norm["g"], norm["b"]
        for i, b in enumerate(params["blocks"]):
            for layer in (b["attn"]["c_attn"], b["attn"]["c_proj"], b["mlp"]["c_fc"], b["mlp"]["c_proj"]):
                layer["w"], layer["b"]
    except KeyError as missing:
        raise ValueError(f"a tensor is missing: {missing}")
