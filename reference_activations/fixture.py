"""Make the fixture: a GPT-2 whose only purpose is to tell mistakes apart.

    python -m reference_activations.fixture            write reference_activations/fixture
    python -m reference_activations.fixture --check    say whether the files there are what the seed gives

A freshly initialised GPT-2 hides mistakes: gains are 1, biases 0, attention is nearly uniform, gelu
nearly linear, and one block is like the next. Here nothing is neutral. The numbers n_seq, n_head,
d_head are all different, so that no two axes can be confused; gains are far from 1 and biases far
from 0; token and position embeddings have rows of very different scale and mean, so that eps and
the axis of a mean matter; attention is sharp; gelu works in its curved part.

All weights are float32 numbers, drawn from `numpy.random.Generator(PCG64(SEED))` in the order of
the tensors' names below; goldens are computed from them in float64.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from reference_activations.models import weights_dir
from reference_activations.tensor_file import Array, TensorFile

SEED = 20190214  # the day GPT-2 was announced
N_VOCAB, N_CTX, N_EMBD, N_HEAD, N_LAYER = 97, 32, 48, 4, 3
TINY_ID, HUGE_ID = 13, 71  # the rows of wte with the smallest and the largest numbers

# Standard deviations of the weights, as multiples of 1/sqrt(n_in): how strongly each layer speaks.
GAIN = {"attn.c_attn": 1.3, "attn.c_proj": 1.6, "mlp.c_fc": 1.7, "mlp.c_proj": 1.6}

CONFIG: dict[str, Any] = {
    "activation_function": "gelu_new",
    "architectures": ["GPT2LMHeadModel"],
    "attn_pdrop": 0.0,
    "bos_token_id": N_VOCAB - 1,
    "embd_pdrop": 0.0,
    "eos_token_id": N_VOCAB - 1,
    "layer_norm_epsilon": 1e-5,
    "model_type": "gpt2",
    "n_embd": N_EMBD,
    "n_head": N_HEAD,
    "n_layer": N_LAYER,
    "n_positions": N_CTX,
    "resid_pdrop": 0.0,
    "tie_word_embeddings": True,
    "vocab_size": N_VOCAB,
}


def make_tensors(seed: int = SEED) -> dict[str, Array]:
    """The fixture's float32 tensors by their names in Hugging Face's files."""
    rng = np.random.Generator(np.random.PCG64(seed))
    tensors: dict[str, Array] = {}

    def embedding(rows: int, smallest: float, largest: float) -> Array:
        scale = np.geomspace(smallest, largest, rows)[rng.permutation(rows), None]
        mean = rng.uniform(-1, 3, (rows, 1))
        return scale * (rng.standard_normal((rows, N_EMBD)) + mean)

    def norm(name: str) -> None:
        # Gains of both signs' sizes 0.4 to 1.8, never near 1; biases never near 0.
        gain = rng.uniform(0.4, 0.8, N_EMBD)
        gain = np.where(rng.random(N_EMBD) < 0.5, gain, gain + 1.0)
        tensors[f"{name}.weight"] = gain
        tensors[f"{name}.bias"] = away_from_zero(N_EMBD, 0.15, 0.6)

    def layer(name: str, n_in: int, n_out: int) -> None:
        strength = next(g for place, g in GAIN.items() if name.endswith(place)) / np.sqrt(n_in)
        tensors[f"{name}.weight"] = strength * rng.standard_normal((n_in, n_out))
        tensors[f"{name}.bias"] = away_from_zero(n_out, 0.1, 0.5)

    def away_from_zero(size: int, smallest: float, largest: float) -> Array:
        sign = np.where(rng.random(size) < 0.5, -1.0, 1.0)
        return sign * rng.uniform(smallest, largest, size)

    wte, wpe = embedding(N_VOCAB, 0.2, 0.5), embedding(N_CTX, 0.1, 0.5)
    # Two extreme rows of wte; position 0 is nearly silent, so that a prompt that starts with
    # TINY_ID starts with a row of variance about 4e-4.
    wte[TINY_ID] *= 0.01 / np.std(wte[TINY_ID])
    wte[HUGE_ID] *= 6.0 / np.std(wte[HUGE_ID])
    wpe[0] *= 0.02 / np.std(wpe[0])
    tensors["wte.weight"], tensors["wpe.weight"] = wte, wpe
    for index in range(N_LAYER):
        h = f"h.{index}"
        norm(f"{h}.ln_1")
        layer(f"{h}.attn.c_attn", N_EMBD, 3 * N_EMBD)
        layer(f"{h}.attn.c_proj", N_EMBD, N_EMBD)
        norm(f"{h}.ln_2")
        layer(f"{h}.mlp.c_fc", N_EMBD, 4 * N_EMBD)
        layer(f"{h}.mlp.c_proj", 4 * N_EMBD, N_EMBD)
    norm("ln_f")
    # Leans away from HUGE_ID, which would otherwise win every greedy choice by its length alone.
    tensors["ln_f.bias"] = -np.abs(tensors["ln_f.bias"]) * np.sign(wte[HUGE_ID])
    return {f"transformer.{name}": array.astype(np.float32) for name, array in tensors.items()}


def check(folder: Path) -> str:
    """Empty if the folder holds exactly what the seed gives; else one line that says what differs."""
    made, stored = make_tensors(), TensorFile(folder / "model.safetensors")
    if set(made) != set(stored):
        return f"{folder}: the names of the tensors differ: {sorted(set(made) ^ set(stored))}"
    for name, array in made.items():
        if not np.array_equal(array, stored[name]):
            return f"{folder}: {name} is not what seed {SEED} gives"
    if json.loads((folder / "config.json").read_text(encoding="utf-8")) != CONFIG:
        return f"{folder}: config.json differs"
    return ""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m reference_activations.fixture", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing; exit 1 if it differs")
    args = parser.parse_args(argv)
    folder = weights_dir("fixture")
    if args.check:
        problem = check(folder)
        print(problem or f"{folder} is what seed {SEED} gives")
        return 1 if problem else 0
    from safetensors.numpy import save_file

    folder.mkdir(exist_ok=True)
    save_file(make_tensors(), folder / "model.safetensors", metadata={"format": "pt"})
    text = json.dumps(CONFIG, indent=2) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
