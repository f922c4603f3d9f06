"""The models that the kata knows, as the tree of NumPy arrays that `gpt2(inputs, **params)` takes.

Two ship with the repository: `pico`, small and trained, which speaks, and `fixture`, random, made to
tell mistakes apart. The real ones are downloaded by `make weights MODEL=gpt2` (or gpt2-medium,
gpt2-large, gpt2-xl).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reference_activations.tensor_file import Array, TensorFile

if TYPE_CHECKING:
    import tiktoken

HERE = Path(__file__).parent
SHIPPED = ("pico", "fixture")
REAL = ("gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl")
REAL_D_HEAD = 64  # in all four real models; used only where a config.json is missing

Params = dict[str, Any]

# GPT-2's names for a block's tensors -> where they live in the tree.
_PLACES = ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
_BLOCK_NAME = re.compile(rf"h\.(\d+)\.({'|'.join(map(re.escape, _PLACES))})\.(weight|bias)")
_MASK_BUFFER = re.compile(r"h\.\d+\.attn\.(bias|masked_bias)")


class WeightsMissing(FileNotFoundError):
    """The weights of a real model are not on this machine; the message says how to get them."""


@dataclass(frozen=True)
class Model:
    """A GPT-2: its weights, float32 and read-only, and the numbers that its weights do not say."""

    name: str
    params: Params
    n_head: int
    n_layer: int
    n_embd: int
    n_ctx: int
    n_vocab: int
    eps: float

    @property
    def d_head(self) -> int:
        """Columns per head."""
        return self.n_embd // self.n_head

    @property
    def encoding(self) -> tiktoken.Encoding:
        """Text <-> ids for this model: GPT-2's merges, with `<|endoftext|>` as the last id.

        Raises:
            ValueError: the model has no text (the fixture).
        """
        if self.n_vocab <= 256:
            raise ValueError(f"the model {self.name} has {self.n_vocab} ids that stand for no text")
        from reference_activations.tokens import encoding

        return encoding(self.n_vocab - 1)


def weights_dir(name: str) -> Path:
    """The folder with a model's `model.safetensors` and `config.json`, whether it exists or not.

    Real models are looked for in `$PICO_GPT_WEIGHTS/NAME` where that variable is set, else in
    `reference_activations/weights/NAME`.

    Raises:
        ValueError: no model has this name.
    """
    if name in SHIPPED:
        return HERE / name
    if name not in REAL:
        raise ValueError(f"there is no model {name!r}; there are {', '.join(SHIPPED + REAL)}")
    return Path(os.environ.get("PICO_GPT_WEIGHTS") or HERE / "weights") / name


def load_model(name: str) -> Model:
    """Load a model by name, memory-mapped.

    Raises:
        ValueError: no model has this name, or its files are damaged.
        WeightsMissing: the weights have not been downloaded.
    """
    folder = weights_dir(name)
    if not (folder / "model.safetensors").is_file():
        hint = f"make weights MODEL={name}" if name in REAL else "git checkout -- reference_activations"
        raise WeightsMissing(f"the weights of {name} are not in {folder}; run: {hint}")
    return read_model(folder, name)


def read_model(folder: Path, name: str) -> Model:
    """Load whatever GPT-2 is in a folder, in Hugging Face's layout (`save_pretrained`).

    Args:
        folder: holds `model.safetensors`, and `config.json` unless it is one of OpenAI's models.
        name: what the model is to be called.
    Raises:
        FileNotFoundError, ValueError: a file is missing or damaged.
    """
    params = params_from_tensors(TensorFile(folder / "model.safetensors"))
    n_vocab, n_embd = params["wte"].shape
    config: dict[str, Any] = {}
    if (folder / "config.json").is_file():
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{folder / 'config.json'} is not JSON: {error}") from None
    return Model(
        name=name,
        params=params,
        n_head=int(config.get("n_head", n_embd // REAL_D_HEAD)),
        n_layer=len(params["blocks"]),
        n_embd=n_embd,
        n_ctx=len(params["wpe"]),
        n_vocab=n_vocab,
        eps=float(config.get("layer_norm_epsilon", 1e-5)),
    )


def params_from_tensors(tensors: Mapping[str, Array]) -> Params:
    """Sort a flat mapping of GPT-2's tensors into the tree that `gpt2(inputs, **params)` takes.

    Args:
        tensors: arrays by their names in Hugging Face's or OpenAI's files, with or without the
            prefix `transformer.`. The mask buffers `attn.bias` and `attn.masked_bias` are left
            out, and so is `lm_head.weight`, which is `wte` again.
    Returns:
        `{"wte", "wpe", "blocks": [{"ln_1", "attn", "ln_2", "mlp"}, ...], "ln_f"}`, all float32.
    Raises:
        ValueError: a tensor is unknown or missing; the message names it.
    """
    top: Params = {"ln_f": {}}
    blocks: dict[int, Params] = {}
    for full_name in tensors:
        name = full_name.removeprefix("transformer.")
        if _MASK_BUFFER.fullmatch(name) or name == "lm_head.weight":
            continue
        block_name = _BLOCK_NAME.fullmatch(name)
        if name in ("wte.weight", "wpe.weight"):
            top[name[:3]] = _float32(tensors[full_name])
        elif name in ("ln_f.weight", "ln_f.bias"):
            top["ln_f"]["g" if name == "ln_f.weight" else "b"] = _float32(tensors[full_name])
        elif block_name:
            index, place, kind = block_name.groups()
            node = blocks.setdefault(int(index), {})
            for part in place.split("."):
                node = node.setdefault(part, {})
            letter = "b" if kind == "bias" else "g" if place.startswith("ln") else "w"
            node[letter] = _float32(tensors[full_name])
        else:
            raise ValueError(f"{full_name} is not a tensor of GPT-2")
    for name, where in (("wte.weight", "wte"), ("wpe.weight", "wpe")):
        if where not in top:
            raise ValueError(f"the tensor {name} is missing")
    if sorted(blocks) != list(range(len(blocks))):
        raise ValueError(f"blocks are missing: there are only {sorted(blocks)}")
    for index, block in blocks.items():
        _check_block(index, block)
    if set(top["ln_f"]) != {"g", "b"}:
        raise ValueError("a tensor of ln_f is missing")
    return {
        "wte": top["wte"],
        "wpe": top["wpe"],
        "blocks": [blocks[index] for index in range(len(blocks))],
        "ln_f": top["ln_f"],
    }


def _check_block(index: int, block: Params) -> None:
    for place in _PLACES:
        node = block
        for part in place.split("."):
            node = node.get(part, {})
        if len(node) != 2:
            raise ValueError(f"a tensor of h.{index}.{place} is missing")


def _float32(array: Array) -> Array:
    if array.dtype == np.float32:
        return array
    array = array.astype(np.float32)
    array.flags.writeable = False
    return array
