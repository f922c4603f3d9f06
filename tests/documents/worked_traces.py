"""The traces in the step pages: what the lines of a right function hold, in shapes and words; no code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from worked import ROOT, example, solution

from grader.kata.curriculum import STEPS, Step

sys.path.insert(0, str(ROOT))

from tests.measures.trace_cases import made_here

LAST = 12  # the steps after it make no arrays


def _table(step: Step) -> str:
    rows: dict[tuple[str, str, str], None] = {}
    for function in step.function_names:
        if function == "sample":
            continue  # it draws: there is nothing to look into
        called = getattr(solution(Path(step.file).stem), function)
        made, _ = made_here(function, called)
        for one in made:
            if one.function != function:
                continue
            if one.shape and one.words and one.known:
                name = function if one.name == "return" else one.name
                rows[
                    f"`{name}`", f"`{list(one.shape)}`", one.words.removeprefix("= ").replace("|", "\\|")
                ] = None
    lines = [f"| {name} | {shape} | {words} |" for name, shape, words in rows]
    return "\n".join(["| name | shape | what it is |", "| --- | --- | --- |", *lines])


def _of(step: Step) -> Callable[[], str]:
    return lambda: _table(step)


for _step in STEPS[:LAST]:
    example(f"trace.{_step.number}")(_of(_step))
