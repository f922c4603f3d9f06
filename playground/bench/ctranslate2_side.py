"""GPT-2 in CTranslate2 on the clock. Run as a program of its own, by a Python that has ctranslate2:

    python -m playground.bench.ctranslate2_side FOLDER PROMPT.json N_NEW REPEATS     prints one line of JSON

The weights of FOLDER are put into CTranslate2's own description of a decoder; nothing is downloaded.
PROMPT.json and the numbers are those of `torch_side.py`.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from playground.bench.clock import time_writing


def main(folder: str, prompts: str, n_new: int, repeats: int) -> dict[str, Any]:
    import ctranslate2

    given = json.loads(Path(prompts).read_text(encoding="utf-8"))
    threads = int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))
    with tempfile.TemporaryDirectory(prefix="pico-gpt-bench-") as private:
        _specification(ctranslate2, Path(folder)).save(private)
        started = time.perf_counter()
        generator = ctranslate2.Generator(
            private, device="cpu", compute_type="float32", intra_threads=threads, inter_threads=1
        )
        load_s = time.perf_counter() - started

        def generate(ids: list[int], n: int) -> list[int]:
            [found] = generator.generate_batch(
                [[str(token) for token in ids]],
                beam_size=1,
                max_length=n,
                min_length=n,
                include_prompt_in_result=False,
                end_token=[],
            )
            return ids + [int(token) for token in found.sequences[0]]

        def every_row(ids: list[int]) -> Any:
            return np.asarray(generator.forward_batch([[str(token) for token in ids]]))

        times = time_writing(generate, given["prompt"], given["long"], n_new, repeats, every_row)
    return {
        **times,
        "load_s": load_s,
        "versions": {"ctranslate2": ctranslate2.__version__},
        "threads": threads,
    }


def _specification(ctranslate2: Any, folder: Path) -> Any:
    """CTranslate2's description of a GPT-2, with the weights of a folder in it."""
    from reference_activations.models import read_model

    model = read_model(folder, "gpt2")
    specs, params = ctranslate2.specs, model.params
    spec = specs.TransformerDecoderModelSpec.from_config(
        model.n_layer, model.n_head, pre_norm=True, activation=specs.Activation.GELUTanh
    )
    spec.register_vocabulary([str(token) for token in range(model.n_vocab)])
    spec.config.bos_token = spec.config.eos_token = spec.config.unk_token = "0"
    decoder = spec.decoder
    decoder.scale_embeddings = False
    decoder.embeddings.weight = params["wte"]
    decoder.position_encodings.encodings = params["wpe"]
    decoder.projection.weight = params["wte"]
    _norm(decoder.layer_norm, params["ln_f"])
    for layer, block in zip(decoder.layer, params["blocks"]):
        attention = layer.self_attention
        _norm(attention.layer_norm, block["ln_1"])
        _dense(attention.linear[0], block["attn"]["c_attn"])
        _dense(attention.linear[1], block["attn"]["c_proj"])
        _norm(layer.ffn.layer_norm, block["ln_2"])
        _dense(layer.ffn.linear_0, block["mlp"]["c_fc"])
        _dense(layer.ffn.linear_1, block["mlp"]["c_proj"])
    spec.validate()
    return spec


def _norm(spec: Any, values: dict[str, Any]) -> None:
    spec.gamma, spec.beta = values["g"], values["b"]


def _dense(spec: Any, values: dict[str, Any]) -> None:
    spec.weight, spec.bias = values["w"].T.copy(), values["b"]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
