"""Measure speed: your code, the solution and Hugging Face, in one run on the same weights.

Decoding one token has to read every weight once, so the time that reading takes is the floor. The weights
are GPT-2's own where they are there (make weights MODEL=gpt2), else random ones of the same shapes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from playground.bench.clock import best
from playground.bench.grader_times import grader_timings
from playground.bench.guidance import Advice, advise
from playground.bench.measure import (
    CTRANSLATE2,
    HUGGING_FACE,
    Row,
    Workload,
    find_python,
    make_workload,
    measure_cache_copy,
    measure_cached,
    measure_peer,
    measure_products,
    measure_recomputing,
    measure_streaming,
)
from playground.bench.showing import chart, show
from playground.run.implementation import REFERENCE, Implementation, ImplementationError
from playground.run.memory import keep_freed_memory
from playground.run.said import fitted
from reference_activations.models import REAL, Model, WeightsMissing, read_model, weights_dir
from reference_activations.random_weights import REAL_SHAPES, write_random_folder

SIZES = {"small": "pico", **{name: name for name in REAL}}

# What the finished reference is to reach on GPT-2's shapes: (ratio, at least).
TARGETS = {
    "decode_vs_hugging_face": 1.5,
    "decode_vs_streaming": 0.75,
    "decode_vs_picogpt_way": 20.0,
    "prefill_vs_hugging_face": 1 / 1.1,
    "decode_vs_ctranslate2": 0.9,
    "prefill_vs_ctranslate2": 1.1,
    "every_row_vs_hugging_face": 1.0,
    "every_row_vs_ctranslate2": 1.1,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--impl", default="exercises", metavar="DIR", help="whose functions to measure (default: exercises)")
    add(
        "--size", choices=SIZES, default="gpt2", help="small (pico, seconds), gpt2 (default), or a larger one"
    )
    add("--tokens", type=int, default=32, metavar="N", help="tokens to generate (default: 32)")
    add("--repeats", type=int, default=3, metavar="N", help="tries of which the best counts (default: 3)")
    add("--json", type=Path, metavar="FILE", help="also write the numbers")
    add("--chart", type=Path, metavar="FILE.svg", help="also draw them")
    add("--torch-python", metavar="PYTHON", help="a Python with torch (default: this one, or .venv-golden's)")
    add("--no-torch", action="store_true", help="leave Hugging Face out")
    add("--peer-python", metavar="PYTHON", help="a Python with ctranslate2 (default: as for torch)")
    add("--no-peers", action="store_true", help="leave CTranslate2 out")
    add(
        "--threads", type=int, metavar="N", help="threads of everybody's matrix products (default: all cores)"
    )
    add("--no-grader", action="store_true", help="leave the grader's own times out")


def main(args: argparse.Namespace) -> int:
    """Returns 0; 2 after one line where nothing could be measured. Slow is not a failure."""
    problem = _wrong(args)
    if problem:
        return _complain(problem)
    if args.threads and os.environ.get("OMP_NUM_THREADS") != str(args.threads):
        return _again_with_threads(args.threads)
    try:
        own = Implementation(args.impl)
    except ImplementationError as error:
        return _complain(str(error))
    keep_freed_memory()  # as wherever the playground runs a model
    try:
        with _weights(SIZES[args.size]) as (folder, model, origin):
            report = _measure(own, folder, model, origin, args)
    except (OSError, ValueError) as error:
        return _complain(str(error))
    show(report, own)
    try:
        if args.json:
            args.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        if args.chart:
            args.chart.write_text(chart(report), encoding="utf-8")
    except OSError as error:
        return _complain(f"cannot write {error.filename}: {error.strerror}")
    return 0


def _wrong(args: argparse.Namespace) -> str:
    if args.tokens < 2 or args.repeats < 1 or (args.threads is not None and args.threads < 1):
        return "--tokens must be 2 or more, --repeats and --threads 1 or more"
    if args.tokens > 200:
        return (
            "--tokens must be 200 or less: the rate does not change, and picoGPT's way takes a second a token"
        )
    if args.chart and args.chart.suffix != ".svg":
        return f"the chart is drawn as SVG: write --chart {args.chart.with_suffix('.svg')}"
    for path in (args.json, args.chart):
        if path and not path.absolute().parent.is_dir():
            return f"cannot write {path}: there is no folder {path.parent}"
    return ""


def _again_with_threads(number: int) -> int:
    """The same command in a process whose libraries see this number before they are imported."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(number))}
    command = [sys.executable, "-m", "playground", *sys.argv[1:]]
    return subprocess.run(command, env=environment, check=False).returncode


def _complain(line: str) -> int:
    print(f"bench: {line}", file=sys.stderr)
    return 2


@contextlib.contextmanager
def _weights(name: str) -> Iterator[tuple[Path, Model, str]]:
    """A folder with a model, the model, and where its numbers come from."""
    try:
        folder = weights_dir(name)
        if not (folder / "model.safetensors").is_file():
            raise WeightsMissing(name)
        yield folder, read_model(folder, name), "trained weights"
    except WeightsMissing:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that half a gigabyte is not left behind
        with tempfile.TemporaryDirectory(prefix="pico-gpt-bench-") as private:
            _note(f"{name}'s weights are not here: random ones of the same shapes are written for this run")
            write_random_folder(Path(private), REAL_SHAPES[name], seed=0)
            yield Path(private), read_model(Path(private), name), "random weights"


# -------------------------------------------------------------------------------------- measuring


def _measure(
    own: Implementation, folder: Path, model: Model, origin: str, args: argparse.Namespace
) -> dict[str, Any]:
    reference = own.reference
    work = make_workload(model, 16, args.tokens, args.repeats)
    report: dict[str, Any] = {
        "schema": "pico-gpt-kata/bench/v1",
        "impl": own.label,
        "model": model.name,
        "weights": origin,
        "n_prompt": len(work.prompt),
        "n_long": len(work.long),
        "n_new": work.n_new,
        "machine": _machine(),
    }
    _note("the floors: reading the weights, and the matrix products alone")
    report["streaming"] = measure_streaming(model, args.repeats)
    report["products_s"] = measure_products(model, len(work.long), args.repeats)
    n_past = min(1000, model.n_ctx)
    report["cache_copy"] = {"n_past": n_past, "token_s": measure_cache_copy(model, n_past, args.repeats)}
    rows: list[Row] = []
    ids: list[int] = []
    if reference is not None and reference.has("generate_cached"):
        _note("the solution, with a cache")
        row, ids = measure_cached("solution", reference, work, "cache, float32")
        row.same_ids = True
        rows.append(row)
    hugging_face: dict[str, Any] = {}
    if not args.no_torch:
        _note("Hugging Face")
        python = find_python(HUGGING_FACE, args.torch_python)
        row, hugging_face = measure_peer(HUGGING_FACE, python, folder, work, ids)
        row.same_ids = row.same_ids if ids else None
        rows.append(row)
        report["versions"] = hugging_face.get("versions")
    if not args.no_peers:
        _note("CTranslate2")
        row, peer = measure_peer(CTRANSLATE2, find_python(CTRANSLATE2, args.peer_python), folder, work, ids)
        row.same_ids = row.same_ids if ids and not row.problem else None
        rows.append(row)
        report["versions"] = {**(report.get("versions") or {}), **peer.get("versions", {})}
    rows += _students(own, work, ids)
    if reference is not None and reference.has("generate"):
        _note("the solution, without a cache")
        generate = reference.function("generate")
        rows.append(measure_recomputing("solution", generate, work, "no cache, float32", ids))
    if find_spec("playground.bench.picogpt_way"):  # not in the student's edition: it is a solution
        from playground.bench import picogpt_way

        _note("picoGPT's way")
        way = f"no cache, {'float64 leak' if np.lib.NumpyVersion(np.__version__) >= '2.0.0' else 'NumPy 1'}"
        rows.append(measure_recomputing("picoGPT's way", picogpt_way.generate, work, way, ids, long=False))
    _note("loading")
    report["load_s"] = _loading(own, folder, model, hugging_face, args.repeats)
    advice: list[Advice] = []
    if own is not reference and own.folder != REFERENCE.resolve():
        _note("what slows your functions down")
        with _students_own(own, rows, "guidance"):
            advice = advise(own, work)
    if not args.no_grader:
        _note("the grader itself")
        judged = REFERENCE if REFERENCE.is_dir() else own.folder
        report["grader"] = grader_timings(judged, args.repeats, whole=args.size != "small")
    report["rows"] = [{**asdict(row), "tokens_per_s": row.tokens_per_s} for row in rows]
    report["ratios"] = _ratios(rows, report["streaming"])
    report["targets"] = [
        {"name": name, "value": report["ratios"].get(name), "at_least": floor}
        for name, floor in TARGETS.items()
    ]
    report["guidance"] = [asdict(item) for item in advice]
    return report


def _students(own: Implementation, work: Workload, ids: list[int]) -> list[Row]:
    """The student's generate_cached and generate, as far as they are written."""
    rows: list[Row] = []
    if own.folder == REFERENCE.resolve():
        return rows
    if own.done("gpt2_cached", "generate_cached"):
        _note("your code, with a cache")
        with _students_own(own, rows, "cache"):
            row, written = measure_cached("you", own, work, "generate_cached")
            row.same_ids = written == ids if ids else None
            rows.append(row)
    else:
        rows.append(Row("you", "generate_cached", problem="not written yet (step 12)"))
    if own.done("gpt2", "generate"):
        _note("your code, without a cache")
        with _students_own(own, rows, "generate"):
            rows.append(measure_recomputing("you", own.function("generate"), work, "generate", ids))
    else:
        rows.append(Row("you", "generate", problem="not written yet (steps 9 and 10)"))
    return rows


@contextlib.contextmanager
def _students_own(own: Implementation, rows: list[Row], way: str) -> Iterator[None]:
    """What goes wrong in a student's function is a line in the table."""
    try:
        yield
    except (Exception, SystemExit) as error:
        rows.append(Row("you", way, problem=own.explain(error)))


def _loading(
    own: Implementation, folder: Path, model: Model, hugging_face: dict[str, Any], repeats: int
) -> dict[str, float]:
    """Seconds until the weights are there."""
    path = folder / "model.safetensors"
    found = {"memory map": best(lambda: read_model(folder, model.name), repeats)}
    for who, implementation in (("solution", own.reference), ("you", own)):
        if implementation is None or (who == "you" and not own.done("read_safetensors", "to_params")):
            continue
        if who == "you" and own.folder == REFERENCE.resolve():
            continue
        read, sort = implementation.function("read_safetensors"), implementation.function("to_params")
        with contextlib.suppress(Exception):  # a wrong one is judged by its step
            found[f"{who}: read_safetensors"] = best(_loader(read, sort, path), repeats)
    if "load_s" in hugging_face:
        found["Hugging Face: from_pretrained"] = float(hugging_face["load_s"])
    return found


def _loader(read: Callable[..., Any], sort: Callable[..., Any], path: Path) -> Callable[[], Any]:
    return lambda: sort(read(path))


def _ratios(rows: list[Row], streaming: dict[str, float]) -> dict[str, float]:
    """The solution's speed against the others', where both were measured; more is faster."""
    by_who = {row.who: row for row in reversed(rows)}
    names = ("solution", "Hugging Face", "picoGPT's way", "CTranslate2")
    ours, theirs, slow, peer = (by_who.get(who) for who in names)
    found: dict[str, float] = {}
    if ours is None or ours.token_s is None:
        return found
    found["decode_vs_streaming"] = streaming["token_s"] / ours.token_s
    if slow and slow.token_s:
        found["decode_vs_picogpt_way"] = slow.token_s / ours.token_s
    if theirs and theirs.token_s:
        found["decode_vs_hugging_face"] = theirs.token_s / ours.token_s
    if peer and peer.token_s and peer.prefill_s and ours.prefill_s:
        found["decode_vs_ctranslate2"] = peer.token_s / ours.token_s
        found["prefill_vs_ctranslate2"] = peer.prefill_s / ours.prefill_s
    if theirs and theirs.prefill_s and ours.prefill_s:
        found["prefill_vs_hugging_face"] = theirs.prefill_s / ours.prefill_s
    for who, other in (("hugging_face", theirs), ("ctranslate2", peer)):
        if other and other.rows_s and ours.rows_s:
            found[f"every_row_vs_{who}"] = other.rows_s / ours.rows_s
    return found


def _machine() -> dict[str, Any]:
    config: Any = np.show_config(mode="dicts")
    blas = config["Build Dependencies"]["blas"]
    return {
        "system": platform.platform(),
        "threads": int(os.environ.get("OMP_NUM_THREADS") or 0) or None,
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas.get('name')} {blas.get('version')}",
    }


def _note(line: str) -> None:
    print(fitted(f"measuring: {line}", sys.stderr), file=sys.stderr, flush=True)
