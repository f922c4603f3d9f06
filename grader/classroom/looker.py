"""The lines at fault of one submission's functions: `python -m grader.classroom.looker`.

A process of its own: the one that runs a class parses no student's file. It reads one order on its standard
input and writes one answer:

    {"folder": "…", "functions": ["attention"], "seed": 1, "seconds": 5.0, "needs_sandbox": true}
        -> [{"function": "attention", "line": "scores = scores / d ** 0.25", "repaired": "0.25 -> 0.5"}]
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from grader.judging.bench import Bench
from grader.judging.run import Options, judge
from grader.kata.curriculum import step_of
from grader.kata.files import CannotGrade
from grader.kata.sealed import reference_folder
from grader.mistakes.suspect import suspect_of
from grader.sandbox.looking import kept_warm


def main() -> None:
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  not pytest's lines
    order = json.loads(sys.stdin.readline())
    os.chdir(order["folder"])
    found = []
    with kept_warm():
        for function in order["functions"]:
            with contextlib.suppress(CannotGrade, OSError):
                found += _lines(function, order)
    print(json.dumps(found), file=replies, flush=True)


def _lines(function: str, order: dict[str, Any]) -> list[dict[str, str]]:
    """The line of one function, in a list; [] where nothing can be said."""
    impl, benches = Path("exercises"), list[Bench]()
    options = Options(seed=order["seed"], seconds=order["seconds"], needs_sandbox=order["needs_sandbox"],
                      only=function, own_stack=False)  # fmt: skip
    judge(impl, (step_of(function),), options, on_bench=benches.append)
    source = benches[0].source_of(function)
    if source is None:
        return []
    reference = reference_folder(options.reference)
    found = suspect_of(function, source, benches[0].calls, benches[0], impl, reference)
    if found.line is None or found.line > len(source.lines):
        return []
    text = source.lines[found.line - 1].strip()[:200]
    return [{"function": function, "line": text, "repaired": found.repaired}]


if __name__ == "__main__":
    main()
