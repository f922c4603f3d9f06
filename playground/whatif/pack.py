"""A model as text that a page can carry: facts as JSON, numbers as base64, tokens as strings of bytes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from reference_activations.models import Model
from reference_activations.tokens import load_ranks

FORMATS = {"float16": "<f2", "float32": "<f4"}


def model_facts(model: Model, format: str) -> dict[str, Any]:
    """What the page must know to unpack `model_numbers`."""
    sizes = ("n_layer", "n_head", "n_embd", "n_ctx", "n_vocab", "eps")
    return {
        "format": format,
        "config": {name: getattr(model, name) for name in sizes},
        "tensors": [[name, list(tensor.shape)] for name, tensor in tensors_of(model)],
    }


def model_numbers(model: Model, format: str) -> str:
    """Every weight in the order of `model_facts`, as base64 of float16 or float32."""
    parts = [tensor.astype(FORMATS[format]).ravel() for _, tensor in tensors_of(model)]
    return base64.b64encode(np.concatenate(parts).tobytes()).decode()


def tensors_of(model: Model) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Every tensor with its name: wte, h.0.attn.c_attn.w, …"""

    def walk(prefix: str, node: Any) -> Iterator[tuple[str, npt.NDArray[Any]]]:
        if isinstance(node, np.ndarray):
            yield prefix, node
        else:
            items = enumerate(node) if isinstance(node, list) else node.items()
            for name, inner in items:
                yield from walk(f"{prefix}.{name}", inner)

    for name, node in model.params.items():
        yield from walk("h" if name == "blocks" else name, node)


def token_bytes(model: Model) -> list[str]:
    """Every token but <|endoftext|>, in the order of ids: one character (0 to 255) for each byte."""
    ranks = load_ranks(model.n_vocab - 1)
    return [token.decode("latin-1") for token in sorted(ranks, key=ranks.__getitem__)]
