"""The golden activations: what Hugging Face's GPT-2 computes inside, in float64.

    goldens = load_goldens("fixture")
    goldens.prompts                       names of the prompts, the best one to judge with first
    goldens["seven/h.1.scores"]           a float64 array, read from the disk when asked for

Keys of a prompt (n_seq tokens; block i; [shape]):

    ids                                   the prompt, int64 [n_seq]
    embed                                 wte[ids] + wpe[0..n_seq-1] [n_seq, n_embd]
    h.{i}.in, h.{i}.out                   what goes into and comes out of a block [n_seq, n_embd]
    h.{i}.ln_1, h.{i}.ln_2, ln_f          outputs of the layer norms [n_seq, n_embd]
    h.{i}.qkv                             output of c_attn [n_seq, 3*n_embd]
    h.{i}.q, h.{i}.k, h.{i}.v             split into heads [n_head, n_seq, d_head]
    h.{i}.scores                          q k^T / sqrt(d_head), before the mask [n_head, n_seq, n_seq]
    h.{i}.weights                         after mask and softmax [n_head, n_seq, n_seq]
    h.{i}.heads, h.{i}.merged             attention's output, apart [n_head, n_seq, d_head] and merged
    h.{i}.attn, h.{i}.mid                 output of mha; the residual stream after it [n_seq, n_embd]
    h.{i}.fc, h.{i}.gelu, h.{i}.mlp       before gelu, after gelu [n_seq, 4*n_embd]; feed_forward's output
    logits                                [n_seq, n_vocab]
    past.{i}.k, past.{i}.v                the cache after the whole prompt [n_head, n_seq, d_head]
    greedy                                the prompt and its greedy continuation, int64

A sparse prompt (a whole context of a trained model) has only `ids`, `logits.last` (the last rows)
and the last block's `out`. Besides prompts: `cached/{prompt}/logits` from Hugging Face's own cache,
chunk by chunk; `sampling()`; and `load_cases(function)` for inputs that no model gives.

`manifest.json` beside the arrays says what made them, from which weights, and their hashes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from reference_activations.models import HERE, SHIPPED, weights_dir
from reference_activations.tensor_file import Array, TensorFile

SCHEMA = "pico-gpt-kata/goldens/v1"
MANIFEST = "manifest.json"


class Goldens(Mapping[str, Array]):
    """The goldens of one model: a read-only mapping from key to array, read when asked for.

    Args:
        folder: holds `{model}.safetensors` and `manifest.json`.
        model: name of the model.
    Raises:
        FileNotFoundError: these goldens have not been made; the message says how to.
        ValueError: the files are damaged or of another version.
    """

    def __init__(self, folder: Path, model: str) -> None:
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if manifest.get("schema") != SCHEMA:
                raise ValueError(f"{folder / MANIFEST} is not of the schema {SCHEMA}")
            self.manifest: dict[str, Any] = manifest["models"][model]
            self._file = TensorFile(folder / self.manifest["file"], check_all=False)
        except json.JSONDecodeError as error:
            raise ValueError(f"{folder / MANIFEST} is not JSON: {error}") from None
        except (FileNotFoundError, KeyError):
            raise FileNotFoundError(
                f"there are no goldens of {model} in {folder}; run: "
                f"python -m reference_activations.dump --model {model}"
            ) from None
        self._tensors: dict[str, dict[str, Any]] = self.manifest["tensors"]
        self.model = model

    @property
    def prompts(self) -> list[str]:
        """Names of the prompts that have every key."""
        return [name for name, prompt in self.manifest["prompts"].items() if not prompt["sparse"]]

    @property
    def sparse_prompts(self) -> list[str]:
        """Names of the prompts that have only `ids`, the last block's `out` and `logits.last`."""
        return [name for name, prompt in self.manifest["prompts"].items() if prompt["sparse"]]

    def text(self, prompt: str) -> str | None:
        """The text that a prompt's ids stand for; None where there is none."""
        text: str | None = self.manifest["prompts"][prompt]["text"]
        return text

    def sampling(self) -> Iterator[tuple[str, dict[str, Any], Array, Array]]:
        """The sampling cases: (name, settings, logits, probs).

        `settings` has temperature, top_k, top_p, and the frequency_penalty and generated ids that
        have already been taken off `logits`; the row before that is `sampling/{name}/raw`.
        `probs` is the distribution that Hugging Face's own logits processors leave.
        """
        for name, settings in self.manifest["sampling"].items():
            yield name, settings, self[f"sampling/{name}/logits"], self[f"sampling/{name}/probs"]

    def cases(self, function: str) -> Iterator[tuple[str, dict[str, Array]]]:
        """The cases of one function: (name, {"in.x": ..., "out": ...}), scalars as 0-d arrays."""
        for name, parts in self.manifest["cases"].get(function, {}).items():
            yield name, {part: self[f"cases/{function}/{name}/{part}"] for part in parts}

    def __getitem__(self, key: str) -> Array:
        return self._file[self._tensors[key].get("stored_as", key)]

    def __contains__(self, key: object) -> bool:
        return key in self._tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


def goldens_dir(model: str) -> Path:
    """Where a model's goldens are: in the repository for shipped models, else with its weights."""
    return HERE / "goldens" if model in SHIPPED else weights_dir(model) / "goldens"


def load_goldens(model: str) -> Goldens:
    """The goldens of a model, "pico", "fixture", or a real one whose goldens have been dumped.

    Raises:
        FileNotFoundError, ValueError: see Goldens; no model has this name.
    """
    return _load(goldens_dir(model), model)


def load_cases(function: str) -> Iterator[tuple[str, dict[str, Array]]]:
    """What torch's and Hugging Face's own gelu, softmax, layer_norm, linear and attention give on
    inputs that no model produces: (name, {"in.x": ..., "out": ...}).

    Inputs are float32 numbers in float64 arrays; outputs are float64.
    """
    return load_goldens("fixture").cases(function)


@lru_cache(maxsize=8)
def _load(folder: Path, model: str) -> Goldens:
    return Goldens(folder, model)
