"""What `make bench` compares is the same work: same weights, same prompt, same ids. How fast is not asserted.

.venv-golden/bin/python -m pytest -o addopts= -k speed tests/reference_activations/golden
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playground.bench.measure import HUGGING_FACE, find_python, make_workload, measure_cached, measure_peer
from playground.run.implementation import REFERENCE, Implementation
from reference_activations.models import load_model, read_model, weights_dir
from reference_activations.random_weights import REAL_SHAPES, write_random_folder

SOLUTION = Implementation(REFERENCE, None)


def test_on_pico_the_cache_writes_hugging_faces_ids(tmp_path: Path) -> None:
    work = make_workload(load_model("pico"), n_prompt=16, n_new=30, repeats=1)
    _, ids = measure_cached("solution", SOLUTION, work, "cache")
    row, said = measure_peer(HUGGING_FACE, [sys.executable], weights_dir("pico"), work, ids)
    assert row.problem == "" and row.same_ids is True
    assert row.token_s and row.first_token_s and row.prefill_s and row.rows_s
    assert said["versions"].keys() == {"torch", "transformers"} and said["load_s"] > 0
    # What it wrote, said once more: against other ids it is not the same.
    again = tmp_path / "again.py"
    again.write_text(f"print({json.dumps(json.dumps(said))})", encoding="utf-8")
    repeats = [sys.executable, str(again)]
    same, _ = measure_peer(HUGGING_FACE, repeats, weights_dir("pico"), work, ids)
    other, _ = measure_peer(HUGGING_FACE, repeats, weights_dir("pico"), work, [*ids[:-1], ids[-1] + 1])
    assert same.same_ids is True and other.same_ids is False


@pytest.mark.timeout(300)
def test_at_the_shapes_of_124m_the_cache_writes_hugging_faces_ids(tmp_path: Path) -> None:
    write_random_folder(tmp_path, REAL_SHAPES["gpt2"], seed=0)
    model = read_model(tmp_path, "gpt2")
    work = make_workload(model, n_prompt=16, n_new=24, repeats=1)
    work = replace(work, long=work.prompt)  # its speed is the benchmark's business
    _, ids = measure_cached("solution", SOLUTION, work, "cache")
    theirs, _ = measure_peer(HUGGING_FACE, find_python(HUGGING_FACE, None), tmp_path, work, ids)
    assert theirs.problem == "" and theirs.same_ids is True
    assert len(set(ids[16:])) > 3  # not one token again and again
    logits, _ = SOLUTION.function("gpt2_cached")(ids, None, **model.params, n_head=model.n_head)
    assert logits.dtype == np.float32  # no float64 leak anywhere on the way
    (tmp_path / "model.safetensors").unlink()
