"""What the tests of the x-ray share: reading a page's data, and functions with one mistake each."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np

from playground.xray.pack import unpack

PROMPT = "we are such stuff as dreams are made on"  # 12 tokens of pico
TO_16_BITS = 2.0**-16 + 2.0**-24  # how far, of its own size, a stored number may be from the true one


def data_of(page: str) -> dict[str, Any]:
    """The data that a page carries."""
    found = re.search(r'<script type="application/json" id="xray-data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def truth_in(data: dict[str, Any], key: str) -> np.ndarray:
    """A stage's true numbers, read from a page's data as its script reads them."""
    entry = data["arrays"][key]
    if "truth" in entry:
        return unpack(entry["truth"]).reshape(entry["shape"])
    parent = truth_in(data, entry["from"])
    source = parent if entry["part"] is None else np.split(parent, 3, axis=-1)[entry["part"]]
    n_seq, n_head, d_head = len(data["ids"]), data["model"]["n_head"], data["model"]["d_head"]
    assert entry["order"] == "right"
    if entry["part"] is None:
        return source.transpose(1, 0, 2).reshape(n_seq, n_head * d_head)
    return source.reshape(n_seq, n_head, d_head).transpose(1, 0, 2)


def your_numbers(entry: dict[str, Any], truth: np.ndarray) -> np.ndarray:
    """A student's numbers of a stage, read from its 16-bit codes as the page's script reads them."""
    codes = np.frombuffer(base64.b64decode(entry["codes"]), "<u2")
    values = (codes & 0xFFFE).view("<f2").astype(float) * entry["scale"]
    return np.where(codes & 1, 0.0, truth) + values


# name: the function to replace, its new text, and the stage and function to be named
WRONG: dict[str, tuple[str, str, str]] = {
    "no scale": (
        "attention",
        "def attention(q, k, v, mask):\n    return softmax(q @ k.swapaxes(-1, -2) + mask) @ v",
        "h.0.scores",
    ),
    "no scale, inlined": (
        "attention",
        "def attention(q, k, v, mask):\n    e = np.exp(q @ k.swapaxes(-1, -2) + mask)\n"
        "    return e / e.sum(-1, keepdims=True) @ v",
        "h.0.heads",
    ),
    "straight reshape": (
        "split_heads",
        "def split_heads(x, n_head):\n    return x.reshape(n_head, len(x), -1)",
        "h.0.q",
    ),
    "merged without transpose": (
        "merge_heads",
        "def merge_heads(x):\n    return x.reshape(x.shape[1], -1)",
        "h.0.merged",
    ),
    "erf": (
        "gelu",
        "def gelu(x):\n    erf = np.vectorize(math.erf)\n"
        "    return (0.5 * x * (1 + erf(x / math.sqrt(2)))).astype(x.dtype)",
        "h.0.gelu",
    ),
    "unbiased variance": (
        "layer_norm",
        "def layer_norm(x, g, b, eps=1e-5):\n"
        "    var = np.var(x, axis=-1, keepdims=True, ddof=1)\n"
        "    return g * (x - x.mean(-1, keepdims=True)) / np.sqrt(var + eps) + b",
        "h.0.ln_1",
    ),
    "no bias": ("linear", "def linear(x, w, b):\n    return x @ w", "h.0.qkv"),
    "mask lets the next token through": (
        "causal_mask",
        "def causal_mask(n_seq):\n    return (1 - np.tri(n_seq, k=1, dtype=np.float32)) * -1e10",
        "mask",
    ),
    "k and v swapped": (
        "mha",
        "def mha(x, c_attn, c_proj, n_head):\n"
        "    q, v, k = (split_heads(p, n_head) for p in np.split(linear(x, **c_attn), 3, axis=-1))\n"
        "    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)",
        "h.0.attn",
    ),
    "no gelu": (
        "feed_forward",
        "def feed_forward(x, c_fc, c_proj):\n    return linear(linear(x, **c_fc), **c_proj)",
        "h.0.mlp",
    ),
    "post-norm": (
        "transformer_block",
        "def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):\n"
        "    x = layer_norm(x + mha(x, **attn, n_head=n_head), **ln_1)\n"
        "    return layer_norm(x + feed_forward(x, **mlp), **ln_2)",
        "h.0.mid",
    ),
    "no positions": (
        "gpt2",
        "def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):\n    x = wte[inputs]\n"
        "    for block in blocks:\n        x = transformer_block(x, **block, n_head=n_head)\n"
        "    return layer_norm(x, **ln_f) @ wte.T",
        "embed",
    ),
    "no last norm": (
        "gpt2",
        "def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):\n    x = wte[inputs] + wpe[:len(inputs)]\n"
        "    for block in blocks:\n        x = transformer_block(x, **block, n_head=n_head)\n"
        "    return x @ wte.T",
        "logits",
    ),
}
