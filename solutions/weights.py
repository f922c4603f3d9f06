"""GPT-2's weights: from the bytes of a file to the tree of parameters.

The file is `model.safetensors`: 8 bytes that hold the length of the header, the header, and then the
numbers of all tensors, one after the other. The header is JSON; it says what every tensor is called and
where it lies:

    {"__metadata__": {"format": "pt"},
     "wte.weight": {"dtype": "F32", "shape": [50257, 768], "data_offsets": [begin, end]}, ...}
"""

import json
import math
from pathlib import Path

import numpy as np

# What the header calls a type -> how NumPy reads it ("<" is little-endian).
DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip

# ----------------------------------------------------------------------------------- step 14


def read_safetensors(path):
    """Read every tensor of a safetensors file.

    The first 8 bytes are the header's length n, an unsigned little-endian integer; the next n
    bytes are the header; the data fills the rest. `data_offsets` count from the data's first
    byte, and no two tensors share a byte. Nothing in a header can be trusted before it is checked
    against the size of the file.

    Args:
        path: the file.
    Returns:
        A dict from each tensor's name to its array. BF16, which NumPy does not have, becomes
        float32: a bfloat16 is the upper half of the bits of a float32.
    Raises:
        ValueError: the file is not a safetensors file, is cut off, or its header contradicts itself.
    Source:
        "Format" in the README of huggingface/safetensors.
    """
    # SOLUTION
    file_size = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        header_size = int.from_bytes(file.read(8), "little")
        data_start = 8 + header_size
        if data_start > file_size:
            raise ValueError(f"no safetensors: a header of {header_size} bytes in a file of {file_size}")
        try:
            header = json.loads(file.read(header_size).decode("utf-8"))
            header.pop("__metadata__", None)
            entries = []
            for name, entry in header.items():
                begin, end = entry["data_offsets"]
                entries.append((begin, end, name, str(entry["dtype"]), tuple(entry["shape"])))
            entries.sort(key=lambda entry: entry[:2])  # in the order of the file
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no safetensors: the header cannot be read ({error!r})") from None

        tensors = {}
        position = 0
        for begin, end, name, dtype, shape in entries:
            if not all(type(size) is int and 0 <= size < 2**63 for size in (begin, end, *shape)):
                raise ValueError(f"{name!r}: the shape {shape} or the offsets {begin}, {end} are not sizes")
            if dtype != "BF16" and dtype not in DTYPES:
                raise ValueError(f"{name!r} is of the type {dtype!r}, which is not known here")
            stored = np.dtype("<u2" if dtype == "BF16" else DTYPES[dtype])
            if begin != position:
                raise ValueError(f"{name!r} starts at byte {begin}; the tensor before it ends at {position}")
            if end - begin != math.prod(shape) * stored.itemsize:
                raise ValueError(f"{name!r} is {dtype} {list(shape)}, which {end - begin} bytes cannot be")
            if data_start + end > file_size:
                raise ValueError(f"cut off: {name!r} ends at byte {data_start + end} of {file_size}")
            tensor = np.fromfile(file, stored, math.prod(shape)).reshape(shape)
            if dtype == "BF16":
                tensor = (tensor.astype("<u4") << 16).view("<f4")
            tensors[name] = tensor
            position = end
        if data_start + position != file_size:
            raise ValueError(f"{file_size - data_start - position} bytes at the end belong to no tensor")
    return tensors


def to_params(tensors):
    """Sort the tensors of a GPT-2 file into the tree of weights that gpt2 takes.

    A name is a path: "h.3.mlp.c_fc.weight" is `params["blocks"][3]["mlp"]["c_fc"]["w"]`. A layer
    norm's weight is its gain g. Some files put "transformer." before every name. The causal
    masks ("h.0.attn.bias", "h.0.attn.masked_bias") are not parameters and are left out.

    Args:
        tensors: dict from names to arrays, as read_safetensors returns it.
    Returns:
        {"wte", "wpe", "blocks": [...], "ln_f"} (see the top of pico_gpt.py), in float32 whatever
        type the file has.
    Raises:
        ValueError: a tensor is missing.
    Source:
        `GPT2Model` in Hugging Face; the names in openai-community/gpt2's model.safetensors.
    """
    # SOLUTION
    tensors = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}

    def array(name):
        if name not in tensors:
            raise ValueError(f"this is not a GPT-2: the tensor {name} is missing")
        return np.asarray(tensors[name], dtype=np.float32)

    def linear(name):
        return {"w": array(f"{name}.weight"), "b": array(f"{name}.bias")}

    def norm(name):
        return {"g": array(f"{name}.weight"), "b": array(f"{name}.bias")}

    n_layer = len({name.split(".")[1] for name in tensors if name.startswith("h.")})
    blocks = [
        {
            "ln_1": norm(f"h.{i}.ln_1"),
            "attn": {"c_attn": linear(f"h.{i}.attn.c_attn"), "c_proj": linear(f"h.{i}.attn.c_proj")},
            "ln_2": norm(f"h.{i}.ln_2"),
            "mlp": {"c_fc": linear(f"h.{i}.mlp.c_fc"), "c_proj": linear(f"h.{i}.mlp.c_proj")},
        }
        for i in range(n_layer)
    ]
    return {"wte": array("wte.weight"), "wpe": array("wpe.weight"), "blocks": blocks, "ln_f": norm("ln_f")}
