"""What `python -m playground bench` prints and draws of its report."""

from __future__ import annotations

import sys
from typing import Any

from playground.bench.chart import bar_chart
from playground.run.implementation import REFERENCE, Implementation
from reference_activations.models import REAL

GRADER_TIMES = {
    "import_numpy_pytest_s": "import numpy and pytest alone",
    "step_1_s": "one step, cold",
    "worker_start_s": "worker start",
    "small_call_s": "a small call",
    "save_to_verdict_1_s": "from a save to the verdict, step 1",
    "save_to_verdict_6_s": "step 6",
    "save_to_page_s": "to the new live page",
    "run_s": "all steps",
}


def show(report: dict[str, Any], own: Implementation) -> None:
    """Print the report."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 110, highlight=False)
    table = Table(title=f"{report['model']}, {report['weights']}", title_justify="left")
    table.add_column("whose")
    table.add_column("how")
    long = f"first of {report['n_long']}"
    for name in ("tokens/s", "ms/token", f"first of {report['n_prompt']}", long, "same ids"):
        table.add_column(name, justify="right")
    for row in report["rows"]:
        if row["problem"]:
            table.add_row(row["who"], f"{row['way']}: {row['problem']}")
            continue
        same = {True: "yes", False: "no", None: ""}[row["same_ids"]]
        numbers = (row["tokens_per_s"], row["token_s"], row["first_token_s"], row["prefill_s"])
        table.add_row(row["who"], row["way"], *_cells(*numbers), same)
    bound = report["streaming"]
    floor = _cells(1 / bound["token_s"], bound["token_s"], None, report["products_s"])
    table.add_row(
        "the floor", f"weights read, {bound['gb_per_s']:.1f} GB/s; products", *floor, "", style="dim"
    )
    console.print(table)
    copy = report["cache_copy"]
    past, seconds = f"{copy['n_past']:,}", _seconds(copy["token_s"])
    console.print(f"a cache of {past} tokens is copied for each new one: {seconds} a token")
    loads = [f"{who} {seconds:.2f} s" for who, seconds in report["load_s"].items()]
    console.print(f"loading: {', '.join(loads)}")
    _print_ratios(console, report)
    if any(row["rows_s"] and row["who"] != "solution" for row in report["rows"]):
        console.print("for a first token the others compute one row of logits, and gpt2_cached every row")
    if "grader" in report:
        times = report["grader"]
        parts = [f"{GRADER_TIMES[name]} {_seconds(seconds)}" for name, seconds in times.items()]
        console.print(f"grader: {', '.join(parts)}")
    load = report["machine"]["load_average"]
    if load is not None and load > 0.5 * report["machine"]["cpus"]:
        console.print(
            f"other programs were running (load {load:.1f}): the numbers are lower than they could be"
        )
    for item in report["guidance"]:
        console.print(f"your code, {item['text']}", markup=False)
    if not report["guidance"] and own.folder != REFERENCE.resolve() and own.done("generate"):
        console.print("your code: no float64 leak and no recomputed past were found")


def _print_ratios(console: Any, report: dict[str, Any]) -> None:
    words = {
        "decode_vs_hugging_face": "decoding, against Hugging Face",
        "decode_vs_streaming": "decoding, against reading the weights",
        "decode_vs_picogpt_way": "decoding, against picoGPT's way",
        "prefill_vs_hugging_face": "first token after the long prompt, against Hugging Face",
        "decode_vs_ctranslate2": "decoding, against CTranslate2",
        "prefill_vs_ctranslate2": "first token after the long prompt, against CTranslate2",
        "every_row_vs_hugging_face": "with every row of the long prompt, against Hugging Face",
        "every_row_vs_ctranslate2": "with every row of the long prompt, against CTranslate2",
    }
    for target in report["targets"]:
        real = report["model"] in REAL  # a small model's weights fit in the cache: nothing is read
        if target["value"] is not None and (real or target["name"] != "decode_vs_streaming"):
            aim = f" (aim: at least {target['at_least']:.2f})" if real else ""
            console.print(f"the solution {words[target['name']]}: {target['value']:.2f} times as fast{aim}")


def _cells(rate: float | None, token: float | None, first: float | None, long: float | None) -> list[str]:
    return [
        "" if rate is None else f"{rate:.1f}",
        "" if token is None else f"{token * 1e3:.2f}",
        "" if first is None else _seconds(first),
        "" if long is None else _seconds(long),
    ]


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"


def chart(report: dict[str, Any]) -> str:
    """The report as a picture, in SVG."""
    bars = [
        (f"{row['who']}: {row['way']}", row["tokens_per_s"], row["who"] == "you")
        for row in report["rows"]
        if row["tokens_per_s"]
    ]
    machine = report["machine"]
    note = f"{report['weights']}, {machine['cpus']} CPUs, NumPy {machine['numpy']}, {machine['blas']}"
    bound = 1 / report["streaming"]["token_s"]
    return bar_chart(f"{report['model']}: tokens a second, after the first", bars, bound, note)
