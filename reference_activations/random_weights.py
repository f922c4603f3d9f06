"""GPT-2 files of exactly the real layout, filled with random numbers.

For everything that must work on the real model but can be tried without its 548 MB: speed, reading,
loading. The names, shapes, types and their order are those of openai-community/gpt2's
`model.safetensors`: 13 tensors a block (the causal mask is one of them) and 4 others, 160 in all
for the 124M model, and no padding after the header, so that nothing is aligned.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Shape:
    """The numbers that fix the shapes of a GPT-2."""

    n_layer: int
    n_head: int
    n_embd: int
    n_ctx: int = 1024
    n_vocab: int = 50257

    @property
    def n_params(self) -> int:
        """Weights that the model learns (the masks are none)."""
        block = 12 * self.n_embd**2 + 13 * self.n_embd
        return self.n_layer * block + (self.n_vocab + self.n_ctx + 2) * self.n_embd

    def config(self) -> dict[str, object]:
        """What Hugging Face's `config.json` says of such a model."""
        return {
            "architectures": ["GPT2LMHeadModel"],
            "model_type": "gpt2",
            "activation_function": "gelu_new",
            "layer_norm_epsilon": 1e-05,
            "n_layer": self.n_layer,
            "n_head": self.n_head,
            "n_embd": self.n_embd,
            "n_ctx": self.n_ctx,
            "n_positions": self.n_ctx,
            "vocab_size": self.n_vocab,
            "bos_token_id": self.n_vocab - 1,
            "eos_token_id": self.n_vocab - 1,
        }


REAL_SHAPES = {
    "gpt2": Shape(n_layer=12, n_head=12, n_embd=768),
    "gpt2-medium": Shape(n_layer=24, n_head=16, n_embd=1024),
    "gpt2-large": Shape(n_layer=36, n_head=20, n_embd=1280),
    "gpt2-xl": Shape(n_layer=48, n_head=25, n_embd=1600),
}


def tensor_shapes(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The name and shape of every tensor of the file, in the file's order."""
    n_embd, n_ctx = shape.n_embd, shape.n_ctx
    for i in range(shape.n_layer):
        yield f"h.{i}.attn.bias", (1, 1, n_ctx, n_ctx)
        for layer, n_in, n_out in (
            ("attn.c_attn", n_embd, 3 * n_embd),
            ("attn.c_proj", n_embd, n_embd),
            ("mlp.c_fc", n_embd, 4 * n_embd),
            ("mlp.c_proj", 4 * n_embd, n_embd),
        ):
            yield f"h.{i}.{layer}.weight", (n_in, n_out)
            yield f"h.{i}.{layer}.bias", (n_out,)
        for norm in ("ln_1", "ln_2"):
            yield f"h.{i}.{norm}.weight", (n_embd,)
            yield f"h.{i}.{norm}.bias", (n_embd,)
    yield "ln_f.weight", (n_embd,)
    yield "ln_f.bias", (n_embd,)
    yield "wpe.weight", (n_ctx, n_embd)
    yield "wte.weight", (shape.n_vocab, n_embd)


def write_random_model(path: Path, shape: Shape, seed: int = 0, prefix: str = "") -> None:
    """Write a `model.safetensors` of the real layout.

    The numbers are drawn so that blocks matter (a linear layer neither shrinks nor blows up what
    passes through it, gains differ from 1, biases from 0), not as GPT-2 was initialised.

    Args:
        path: the file to write; what was there is replaced.
        shape: which model.
        seed: the same seed gives the same bytes.
        prefix: put before every name ("transformer." in many files).
    """
    tensors = [(prefix + name, dims) for name, dims in tensor_shapes(shape)]
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    begin = 0
    for name, dims in tensors:
        end = begin + 4 * math.prod(dims)
        header[name] = {"dtype": "F32", "shape": dims, "data_offsets": [begin, end]}
        begin = end
    head = json.dumps(header, separators=(",", ":")).encode()
    rng = np.random.default_rng(seed)
    with path.open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        for name, dims in tensors:
            file.write(np.ascontiguousarray(_numbers(name, dims, rng), dtype="<f4").data)


def write_random_folder(folder: Path, shape: Shape, seed: int = 0, prefix: str = "") -> None:
    """Write `model.safetensors` and `config.json`: a folder that Hugging Face loads as well."""
    folder.mkdir(parents=True, exist_ok=True)
    write_random_model(folder / "model.safetensors", shape, seed, prefix)
    (folder / "config.json").write_text(json.dumps(shape.config(), indent=2) + "\n", encoding="utf-8")


def _numbers(name: str, dims: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    if name.endswith(".attn.bias"):  # the causal mask, 1 where a query may look
        return np.tri(dims[-1], dtype=np.float32).reshape(dims)
    numbers = rng.standard_normal(dims, dtype=np.float32)
    if len(dims) == 2:
        n_in = dims[1] if name.endswith(("wte.weight", "wpe.weight")) else dims[0]
        numbers /= np.float32(math.sqrt(n_in))
        return numbers
    numbers *= np.float32(0.1)
    return 1 + numbers if ".ln_" in f".{name}" and name.endswith("weight") else numbers
