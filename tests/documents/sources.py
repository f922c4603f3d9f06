"""Numbers in running text, each with its source.

A page writes `3.55<!-- =pico.held_out -->`: the number, followed by the name of its source here.
Well-known constants in prose are looked up in the file that is their source.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from effort import hours
from worked import ROOT, pico, solution
from worked_model import GPT2
from worked_training import loss_and_gradient, picos_own

from grader.classroom.room import WORKER_BYTES
from reference_activations.download import MODELS
from reference_activations.tokens import GPT2_RANKS, PICO_RANKS

REFERENCE = ROOT / "reference_activations"


@lru_cache
def _json(path: str) -> Any:
    return json.loads((REFERENCE / path).read_text(encoding="utf-8"))


def _measured() -> Any:
    """What `make bench` has written into measured.json: times are measured once, and not by a test."""
    return _json("../tests/documents/measured.json")


def _measured_gpt2() -> Any:
    """The same for weights of GPT-2's size."""
    return _json("../tests/documents/measured_gpt2.json")


def _ratio(name: str, one_thread: bool = False) -> str:
    """How many times as fast as somebody the solutions are with weights of GPT-2's size."""
    measured = _json("../tests/documents/measured_gpt2_one_thread.json") if one_thread else _measured_gpt2()
    return f"{measured['ratios'][name]:.1f}"


def _measured_class() -> Any:
    """The largest class that `tests/classroom/classes/measure.py --json` has judged."""
    return _json("../tests/documents/measured_class.json")["classes"][-1]


def _gpt2_tokens(who: str) -> float:
    return float(next(row for row in _measured_gpt2()["rows"] if row["who"] == who)["tokens_per_s"])


def _pico_params() -> int:
    def size(tree: Any) -> int:
        parts = tree.values() if isinstance(tree, dict) else tree
        return int(np.size(tree)) if isinstance(tree, np.ndarray) else sum(map(size, parts))

    return size(pico().params)


def _gelu_minimum() -> str:
    x = np.linspace(-2, 0, 200_001)
    return f"{float(solution().gelu(x).min()):.2f}"


def _gelu_lowest_at() -> str:
    x = np.linspace(-2, 0, 200_001)
    return f"{float(x[np.argmin(solution().gelu(x))]):.2f}"


SOURCES: dict[str, Callable[[], str]] = {
    "pico.params": lambda: f"{_pico_params():,}",
    "pico.training": lambda: f"{_json('pico/training.json')['nats_per_token_on_training_text']:.2f}",
    "pico.held_out_dropout": lambda: f"{_json('pico/held_out.json')['recipe']['dropout']}",
    "pico.held_out_steps": lambda: f"{_json('pico/held_out.json')['recipe']['steps']:,}",
    "pico.held_out": lambda: f"{_json('pico/held_out.json')['nats_per_token_on_held-out_text']:.2f}",
    "pico.steps": lambda: f"{_json('pico/training.json')['recipe']['steps']:,}",
    "pico.n_vocab": lambda: f"{pico().n_vocab:,}",
    "pico.megabytes": lambda: f"{(REFERENCE / 'pico/model.safetensors').stat().st_size / 1e6:.1f}",
    "pico.guessing": lambda: f"{math.log(pico().n_vocab):.2f}",
    "pico.ranks": lambda: f"{PICO_RANKS:,}",
    "pico.choices": lambda: f"{math.exp(_json('pico/training.json')['nats_per_token_on_training_text']):.0f}",
    "pico.held_out_choices": lambda: (
        f"{math.exp(_json('pico/held_out.json')['nats_per_token_on_held-out_text']):.0f}"
    ),
    "effort.hours": hours,
    "gpt2.millions": lambda: f"{GPT2.n_params / 1e6:.0f}",
    "heads.key_1": lambda: str(pico().n_embd + pico().d_head),
    "linear.pico": lambda: f"{4 * pico().n_embd ** 2:,}",
    "linear.gpt2": lambda: f"{4 * GPT2.n_embd**2:,}",
    "pico.n_embd": lambda: str(pico().n_embd),
    "pico.tokens_a_step": lambda: f"{math.prod(_json('pico/training.json')['recipe']['batch']):,}",
    "training.own": lambda: f"{loss_and_gradient(*picos_own())[0]:.2f}",
    "log2": lambda: f"{math.log(2):.2f}",
    "gpt2.n_vocab": lambda: f"{GPT2.n_vocab:,}",
    "gpt2.ranks": lambda: f"{GPT2_RANKS:,}",
    "gpt2.merges": lambda: f"{GPT2_RANKS - 256:,}",
    "gpt2.params": lambda: f"{GPT2.n_params:,}",
    "gpt2.n_embd": lambda: str(GPT2.n_embd),
    "gpt2.megabytes": lambda: f"{(MODELS['gpt2'].size or 0) / 1e6:.0f}",
    "measured.step": lambda: f"{_measured()['grader']['step_1_s']:.1f}",
    "measured.import": lambda: f"{_measured()['grader']['import_numpy_pytest_s']:.1f}",
    "measured.save": lambda: f"{_measured()['grader']['save_to_verdict_1_s']:.1f}",
    "measured.gpt2.tokens": lambda: f"{_gpt2_tokens('solution'):.0f}",
    "measured.gpt2.hugging-face": lambda: _ratio("decode_vs_hugging_face"),
    "measured.gpt2.ctranslate2": lambda: _ratio("decode_vs_ctranslate2"),
    "measured.one.hugging-face": lambda: _ratio("decode_vs_hugging_face", one_thread=True),
    "measured.one.ctranslate2": lambda: _ratio("decode_vs_ctranslate2", one_thread=True),
    "measured.rows.hugging-face": lambda: _ratio("every_row_vs_hugging_face", one_thread=True),
    "measured.rows.ctranslate2": lambda: _ratio("every_row_vs_ctranslate2", one_thread=True),
    "measured.gpt2.picogpt": lambda: f"{_measured_gpt2()['ratios']['decode_vs_picogpt_way']:.0f}",
    "measured.gpt2.floor": lambda: f"{1 / _measured_gpt2()['streaming']['token_s']:.0f}",
    "measured.class.students": lambda: str(_measured_class()["students"]),
    "measured.class.minutes": lambda: f"{_measured_class()['seconds'] / 60:.1f}",
    "class.marker_mib": lambda: str(WORKER_BYTES >> 20),
    "measured.python": lambda: _measured()["machine"]["python"],
    "measured.numpy": lambda: _measured()["machine"]["numpy"],
    "measured.cpus": lambda: str(_measured()["machine"]["cpus"]),
    "e": lambda: f"{math.e:.3f}",
    "gelu.minimum": _gelu_minimum,
    "gelu.lowest-at": _gelu_lowest_at,
}

# Constants: number -> the file that has it, from the repository's root.
CONSTANTS = {
    "0.5": "solutions/pico_gpt.py",
    "1.0": "solutions/pico_gpt.py",
    "0.044715": "solutions/pico_gpt.py",
    "256": "reference_activations/tokens.py",
    "50256": "reference_activations/tokens.py",
    "1000": "grader/suites/test_step_02_softmax.py",
    "8501": "playground/web/ui.py",
    "400": "tests/test_house.py",
    "512": "tests/sandbox/test_bounds.py",
    "1,000": "grader/sandbox/allowed.py",
    "20,000": "tests/sandbox/test_bounds.py",
    "50,000": "grader/sandbox/wire.py",
}
