"""The benchmark measures the right things and names what slows a student's code; how fast is not asserted."""

from __future__ import annotations

import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import warm
from real_grader import ROOT, SOLUTIONS

from grader.judging.reference import Reference
from playground.bench import grader_times, picogpt_way
from playground.bench.chart import bar_chart
from playground.bench.grader_times import grader_timings, save_to_page
from playground.bench.guidance import advise
from playground.bench.measure import make_workload, weight_matrices
from playground.bench.showing import GRADER_TIMES
from playground.run.implementation import Implementation
from reference_activations.models import load_model

PICO = load_model("pico")
QUICK = ("--size", "small", "--tokens", "4", "--repeats", "1", "--no-torch", "--no-peers", "--no-grader")
WORK = make_workload(PICO, n_prompt=6, n_new=4, repeats=1)

LEAKY_GELU = """def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x * x * x)))
"""
LEAKY_ATTENTION = """def attention(q, k, v, mask):
    return softmax(q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1]) + mask) @ v
"""
NO_CACHE = """def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits, _ = gpt2_cached(ids, None, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
"""
ALL_LOGITS = """def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    ids, new, past = list(inputs), list(inputs), None
    for _ in range(n_tokens_to_generate):
        logits, past = gpt2_cached(new, past, **params, n_head=n_head)
        new = [int(np.argmax(logits[-1]))]
        ids += new
    return ids
"""

needs_numpy_2 = pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="before NumPy 2, NumPy's own numbers do not leak"
)


def bench(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return warm.run("playground", "bench", *words, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"})


def rows_of(report: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["who"], row["way"]): row for row in report["rows"]}


def test_all_ways_are_measured_and_write_the_same_ids(tmp_path: Path, student: Callable[..., Path]) -> None:
    report_file, chart_file = tmp_path / "bench.json", tmp_path / "bench.svg"
    done = bench(*QUICK, "--impl", student(), "--json", report_file, "--chart", chart_file)
    assert done.returncode == 0, done.stderr
    report = json.loads(report_file.read_text(encoding="utf-8"))
    rows = rows_of(report)
    assert {who for who, _ in rows} == {"solution", "you", "picoGPT's way"} and len(rows) == 5
    for row in rows.values():
        assert row["problem"] == "" and row["same_ids"] is True
        assert row["tokens_per_s"] > 0 and row["first_token_s"] > 0
    assert report["streaming"]["bytes"] == 4 * sum(w.size for w in weight_matrices(PICO))
    cached = rows["solution", "cache, float32"]
    assert cached["rows_s"] > 0 and report["ratios"]["decode_vs_streaming"] > 0
    assert 0 < report["products_s"] < 60 and report["cache_copy"]["n_past"] == PICO.n_ctx
    assert set(report["load_s"]) == {"memory map", "solution: read_safetensors", "you: read_safetensors"}
    assert report["ratios"].keys() == {"decode_vs_streaming", "decode_vs_picogpt_way"}
    assert report["guidance"] == []
    assert "no float64 leak and no recomputed past" in done.stdout
    drawing = ElementTree.parse(chart_file).getroot()
    assert len(drawing.findall("{http://www.w3.org/2000/svg}rect")) == 1 + 5


def test_stubs_are_named_and_the_others_are_measured(tmp_path: Path) -> None:
    report_file = tmp_path / "bench.json"
    done = bench(*QUICK, "--impl", "exercises", "--json", report_file)
    assert done.returncode == 0, done.stderr
    rows = rows_of(json.loads(report_file.read_text(encoding="utf-8")))
    assert rows["you", "generate"]["problem"] == "not written yet (steps 9 and 10)"
    assert rows["you", "generate_cached"]["problem"] == "not written yet (step 12)"
    assert rows["solution", "cache, float32"]["tokens_per_s"] > 0


def test_a_crash_is_the_students_line_in_the_table(tmp_path: Path, student: Callable[..., Path]) -> None:
    report_file = tmp_path / "bench.json"
    broken = student(gelu="def gelu(x):\n    return x.nothing\n")
    done = bench(*QUICK, "--impl", broken, "--json", report_file)
    assert done.returncode == 0, done.stderr
    row = rows_of(json.loads(report_file.read_text(encoding="utf-8")))["you", "generate"]
    assert "pico_gpt.py" in row["problem"] and "AttributeError" in row["problem"]


def test_wrong_ids_are_said(tmp_path: Path, student: Callable[..., Path]) -> None:
    report_file = tmp_path / "bench.json"
    wrong = student(gelu="def gelu(x):\n    return np.maximum(x, 0)\n")
    bench(*QUICK, "--impl", wrong, "--json", report_file)
    rows = rows_of(json.loads(report_file.read_text(encoding="utf-8")))
    assert rows["you", "generate"]["same_ids"] is False
    assert rows["you", "generate_cached"]["same_ids"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--impl", "nowhere"], "there is no folder nowhere"),
        (["--size", "gpt3"], "invalid choice: 'gpt3'"),
        (["--tokens", "1"], "--tokens must be 2 or more"),
        (["--tokens", "5000"], "--tokens must be 200 or less"),
        (["--threads", "0"], "--threads 1 or more"),
        (["--chart", "chart.gif"], "write --chart chart.svg"),
        (["--json", "nowhere/bench.json"], "there is no folder nowhere"),
    ],
)
def test_wrong_usage_gets_one_line(words: list[str], said: str) -> None:
    done = bench("--impl", "solutions", *words)
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_a_peer_that_is_not_there_is_a_line_in_the_table(tmp_path: Path) -> None:
    report_file = tmp_path / "bench.json"
    words = [word for word in QUICK if word not in ("--no-torch", "--no-peers")]
    pythons = ("--torch-python", "no-such-python", "--peer-python", "no-other-python")
    done = bench(*words, "--impl", "solutions", *pythons, "--threads", "1", "--json", report_file)
    assert done.returncode == 0, done.stderr
    report = json.loads(report_file.read_text(encoding="utf-8"))
    rows = {row["who"]: row["problem"] for row in report["rows"]}
    assert "no-such-python cannot be started" in rows["Hugging Face"]
    assert "no-other-python cannot be started" in rows["CTranslate2"]
    assert report["machine"]["threads"] == 1


def test_picogpts_way_is_right() -> None:
    ids = WORK.prompt
    expected = Reference()["gpt2"](ids, **PICO.params, n_head=PICO.n_head)
    np.testing.assert_allclose(
        picogpt_way.gpt2(ids, **PICO.params, n_head=PICO.n_head), expected, atol=1e-3, rtol=1e-4
    )


@needs_numpy_2
def test_picogpts_way_leaks_into_float64() -> None:
    assert picogpt_way.gpt2([1, 2], **PICO.params, n_head=PICO.n_head).dtype == np.float64


def findings(impl: Path) -> dict[str, tuple[str, str]]:
    return {item.what: (item.function, item.text) for item in advise(Implementation(impl), WORK)}


def test_the_solution_has_nothing_to_mend() -> None:
    assert findings(SOLUTIONS) == {}


@needs_numpy_2
def test_every_function_that_leaks_is_named_and_no_other(student: Callable[..., Path]) -> None:
    one = findings(student(gelu=LEAKY_GELU))
    assert one.keys() == {"float64"} and "gelu gets float32 and returns float64" in one["float64"][1]
    both = findings(student(gelu=LEAKY_GELU, attention=LEAKY_ATTENTION))["float64"][1]
    assert "each of attention and gelu gets float32" in both and "transformer_block" not in both


def test_a_cache_that_computes_the_past_anew_is_found(student: Callable[..., Path]) -> None:
    found = findings(student(generate_cached=NO_CACHE))
    assert found.keys() == {"past"}
    assert "sends 9 rows through linear, where one is new" in found["past"][1]  # 6 + 3 of the 4 new ones


def test_without_step_12_the_price_of_the_past_is_told(student: Callable[..., Path]) -> None:
    stub = "def generate_cached(inputs, params, n_head, n):\n    raise NotImplementedError('step 12')\n"
    found = findings(student(generate_cached=stub))
    assert found.keys() == {"past"}
    assert found["past"][0] == "generate" and "That is step 12" in found["past"][1]


def test_the_graders_own_times_are_taken(
    monkeypatch: pytest.MonkeyPatch, student: Callable[..., Path]
) -> None:
    # Before its first page the live page judges every function that is written: here that is one.
    one = student("exercises", gelu="def gelu(x):\n    return x")
    monkeypatch.setattr(grader_times, "save_to_page", lambda impl, saves: save_to_page(one, 1))
    assert {f"save_to_verdict_{n}_s" for n in grader_times.SAVED_STEPS} < GRADER_TIMES.keys()
    monkeypatch.setattr(grader_times, "SAVED_STEPS", (2,))  # each is measured as the others are
    times = grader_timings(SOLUTIONS, repeats=1, whole=False)
    assert times.keys() == {
        "import_numpy_pytest_s",
        "step_1_s",
        "worker_start_s",
        "small_call_s",
        "save_to_verdict_2_s",
        "save_to_page_s",
    }
    assert all(seconds > 0 for seconds in times.values())


def test_the_chart_escapes_what_it_is_given() -> None:
    drawing = bar_chart("a < b & c", [("you: <generate>", 3.0, True), ("x", 0.0, False)], 5.0, "note")
    assert ElementTree.fromstring(drawing).tag.endswith("svg")
    long = "CTranslate2: generate_batch, cache, float32"
    drawing = bar_chart("t", [(long, 3.0, False), ("x", 1.0, True)], 5.0, "note")
    [x] = [float(text.get("x", 0)) for text in ElementTree.fromstring(drawing).iter() if text.text == long]
    assert x > 7 * len(long), "the label begins outside of the picture"
