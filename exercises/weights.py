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
    raise NotImplementedError("step 14: read_safetensors")


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
    raise NotImplementedError("step 14: to_params")
