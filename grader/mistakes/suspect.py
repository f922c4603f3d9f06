"""The line at fault, where no name fits: single edits accuse, the trace of values is the witness.

An edit that makes the function right on every case of the run shows which line could be wrong. The line is
told only where the trace does not contradict; otherwise nothing is said. The edit itself is never told.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import process_time
from typing import Any, Literal

import numpy as np

from grader.judging.bench import Bench, Call
from grader.judging.results import Suspect, TestResult
from grader.kata.curriculum import Step, step_of
from grader.kata.student_source import StudentSource
from grader.mistakes.edits import edits_of
from grader.mistakes.evidence import WRONG, is_wrong, work
from grader.mistakes.expression_edits import Edit
from grader.mistakes.trace import KnownValues, Made, explain_events
from grader.sandbox.host import Answer
from grader.sandbox.looking import Looking
from grader.sandbox.trees import leaves

SECONDS = 2.0  # of CPU, of judge and worker together
AFTER_THE_FIRST_S = 0.5
BATCH = 64
MAX_CASES = 12
MAX_WORK = 600_000  # numbers among the arguments of one case
NEAR = 3  # lines that repair, among which the trace may choose


@dataclass
class Found:
    """What is known of one wrong function.

    Attributes:
        line: the line to look at; None: nothing is said.
        by: what says so.
        made: what its lines bound on the smallest failing case.
        repairs: lines -> the smallest edit there (its cost) that made the function right.
        tried: how many edits were tried.
        cpu_s: what it has cost, of judge and worker.
    """

    line: int | None = None
    by: Literal["trace", "edit"] = "edit"
    made: list[Made] = field(default_factory=list)
    strong: int | None = None
    repairs: dict[int, int] = field(default_factory=dict)
    tried: int = 0
    cpu_s: float = 0.0


def suspect_of(
    function: str, source: StudentSource, calls: Sequence[Call], bench: Bench, impl: Path,
    reference: Path | None, seconds: float = SECONDS,
) -> Found:  # fmt: skip
    """Look for the line at fault of one function.

    Args:
        source: the student's file.
        calls: what the function was asked in the run, with what is expected.
        impl, reference: where the files are; the code runs in workers of its own.
    """
    started = process_time()
    found = Found()
    cases = _cases(function, calls)
    definitions = [n for n in source.made_of(function) if isinstance(n, ast.FunctionDef)]
    if not cases or source.node(function) is None or len(source.text) > 256_000:
        return found
    base = "\n".join(ast.get_source_segment(source.text, node) or "" for node in definitions)
    edits = edits_of(source.text, definitions)
    with Looking(impl, reference, function) as look:
        found.made = traced(look, function, bench, case_to_show(function, cases) or cases[0])
        found.strong = _strong(found.made)
        search = _Search(look, base, cases, found, lambda: process_time() - started + look.cpu_s, seconds)
        search.run(_in_order(edits, found.strong))
        found.cpu_s = process_time() - started + look.cpu_s
    _decide(found)
    return found


def traced(look: Looking, function: str, bench: Bench, call: Call) -> list[Made]:
    """What the lines of a function made of one call, in words; nothing where there is no reference."""
    events = look.trace(call.args, call.kwargs)["events"]
    return explain_events(events, values_of(function, bench, call.args, call.kwargs))


def values_of(function: str, bench: Bench, args: tuple[Any, ...], kwargs: dict[str, Any]) -> KnownValues:
    """What the right function goes through on these arguments."""
    if bench.reference is None:
        return KnownValues([])
    from grader.mistakes import register

    register()  # in the student's edition this is what opens the sealed modules
    from grader.mistakes.step_values import known_values

    try:
        return KnownValues(known_values(function, bench.reference, args, kwargs))
    except (ValueError, TypeError, KeyError, IndexError):
        return KnownValues([])  # arguments that the right function refuses


def _cases(function: str, calls: Sequence[Call]) -> list[Call]:
    """The smallest failing case, then the others: wrong and right ones, of all tests."""
    usable: list[Call] = [
        call
        for call in calls
        if call.function == function
        and (call.expected is not None or call.raises is not None)
        and call.answer.status in ("returned", "raised")
        and not _draws((call.args, call.kwargs))
        and work(call) <= MAX_WORK
    ]
    usable.sort(key=work)
    wrong = [call for call in usable if is_wrong(call)]
    wrong = sorted(wrong, key=lambda call: (call.raises is not None, _too_small(call), work(call)))
    right = [call for call in usable if not is_wrong(call)]
    if not wrong:
        return []
    others = [*wrong[1:5], *right[: MAX_CASES // 2], *wrong[5:], *right[MAX_CASES // 2 :]]
    return [wrong[0], *others[: MAX_CASES - 1]]


def case_to_show(function: str, calls: Sequence[Call]) -> Call | None:
    """A small case in which no two things can be confused; a failing one, where there is one."""
    cases = [call for call in _cases(function, calls) if is_wrong(call)]
    if not cases:
        asked = [call for call in calls if call.function == function]
        cases = [call for call in asked if call.answer.status == "returned"] or asked
    return min(cases, key=_how_little_it_tells, default=None)


def _how_little_it_tells(call: Call) -> tuple[bool, bool, bool, int]:
    """Axes of one length, few rows, one head, equal weights: what is bound could be several things."""
    arrays = [a for a in call.args if isinstance(a, np.ndarray)]
    shape = arrays[0].shape if arrays else ()
    clear = len(set(shape)) == len(shape) and all(n > 1 for n in shape)
    rows = int(np.prod(shape[:-1])) if len(shape) > 1 else (4 if call.function == "gelu" else 1)
    alone = any(isinstance(a, int) and a == 1 for a in call.args)
    flat = any(a.size > 1 and np.ptp(a) == 0 for a in leaves(call.args) if _is_float(a))
    return call.raises is not None or alone, flat, not clear or rows < 4, work(call)


def _is_float(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _too_small(call: Call) -> bool:
    """Whether axes of length 1, or equal ones, may hide which is which."""
    shapes = [a.shape for a in call.args if isinstance(a, np.ndarray)]
    return any(1 in shape for shape in shapes)


def _draws(value: Any) -> bool:
    if isinstance(value, dict):
        return len(value) <= 1000 and any(map(_draws, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_draws, value))
    return isinstance(value, np.random.Generator)


def _strong(made: Sequence[Made]) -> int | None:
    """The first line whose value is nothing that the right function goes through.

    In a later round of a loop, what is wrong may come from any line of the round before.
    """
    first = next((one for one in made if one.known is False and one.name != "return"), None)
    return first.line if first is not None and first.count == 1 else None


def _in_order(edits: Sequence[Edit], strong: int | None) -> list[Edit]:
    """Small slips first; where the trace has a line, its own and those before it first."""
    if strong is None:
        return list(edits)
    return sorted(
        edits, key=lambda edit: edit.cost + (0 if edit.line == strong else 1 if edit.line < strong else 3)
    )


class _Search:
    """Tries edits until one repairs, and a little longer."""

    def __init__(self, look: Looking, base: str, cases: Sequence[Call], found: Found,
                 clock: Callable[[], float], seconds: float):  # fmt: skip
        self._look, self._base, self._cases, self._found = look, base, cases, found
        self._clock, self._until = clock, seconds
        self.repairs: list[Edit] = []

    def run(self, edits: Sequence[Edit]) -> None:
        batch, at = 16, 0
        while at < len(edits) and self._clock() < self._until and not self._look.is_lost:
            some = edits[at : at + batch]
            left = max(0.05, min(0.4, self._until - self._clock()))
            rows = self._tried(some, self._cases[:1], left)
            survivors = [edit for edit, row in zip(some, rows) if self._right(row, self._cases[:1])]
            self._check(survivors)
            at += max(1, len(rows)) if rows else len(some)
            self._found.tried += len(rows)
            batch = BATCH

    def _check(self, survivors: Sequence[Edit]) -> None:
        others = self._cases[1:]
        rows = self._tried(survivors, others, 0.5) if survivors and others else [[] for _ in survivors]
        for edit, row in zip(survivors, rows):
            if self._right(row, others):
                if not self._found.repairs:
                    self._until = min(self._until, self._clock() + AFTER_THE_FIRST_S)
                self.repairs.append(edit)
                self._found.repairs[edit.line] = min(edit.cost, self._found.repairs.get(edit.line, edit.cost))

    def _tried(self, edits: Sequence[Edit], cases: Sequence[Call], seconds: float) -> list[list[list[Any]]]:
        asked = [(call.args, call.kwargs) for call in cases]
        return self._look.try_candidates(self._base, [edit.text for edit in edits], asked, seconds)

    @staticmethod
    def _right(row: list[list[Any]], cases: Sequence[Call]) -> bool:
        return len(row) == len(cases) and all(map(_is_right, row, cases))


def _is_right(row: Any, call: Call) -> bool:
    """Whether a candidate's answer to a call is the right one."""
    if not (isinstance(row, list) and len(row) == 3 and row[0] in ("returned", "raised")):
        return False
    status, value, mutated = row
    if status == "raised":
        answer = Answer("raised", error_type=str(value))
    else:
        answer = Answer("returned", value, type(value).__name__, mutated=("an argument",) if mutated else ())
    try:
        return not is_wrong(replace(call, answer=answer))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return False


def _decide(found: Found) -> None:
    """Which line is told, if any: the smallest slip that explains all, unless the trace speaks against it."""
    cleared = _cleared(found.made)
    lines = {line: cost + (line in cleared) for line, cost in found.repairs.items()}
    if not lines:
        return
    least = min(lines.values())
    near = sorted(line for line, cost in lines.items() if cost <= least)
    if found.strong is not None and lines.get(found.strong, least + 1) <= least:
        line = found.strong
    elif len(near) > NEAR or (len(near) > 1 and cleared.issuperset(near)):
        return
    elif found.strong is None or near[0] <= found.strong:
        line = near[0]
    else:
        return
    found.line, found.by = line, "edit"


def _cleared(made: Sequence[Made]) -> set[int]:
    """Lines all of whose values are ones that the right function goes through, just as they are."""
    said: dict[int, list[bool]] = {}
    for one in made:
        if one.known is not None and one.name != "return":
            said.setdefault(one.line, []).append(one.known and one.plain)
    return {line for line, known in said.items() if all(known)}


# ------------------------------------------------------------------------------------- for the report


def find_suspects(
    step: Step, tests: Sequence[TestResult], bench: Bench, impl: Path, reference: Path | None
) -> dict[str, Found]:
    """Give every failed test without a name the line at fault, where one is found.

    Returns:
        What was found, by function.
    """
    looked: dict[str, Found] = {}
    for function in dict.fromkeys(t.function for t in tests if t.status in WRONG):
        wrong = [t for t in tests if t.function == function and t.status in WRONG]
        source = bench.source_of(function)
        if source is None or any(t.diagnosis for t in wrong) or bench.reference is None:
            continue
        if any(t.failure is not None and t.failure.from_code for t in wrong):
            continue  # the code itself has said what is wrong
        found = looked[function] = suspect_of(function, source, bench.calls, bench, impl, reference)
        for test in wrong:
            _tell(test, step_of(function).file, found, source)
    return looked


def _tell(test: TestResult, file: str, found: Found, source: StudentSource) -> None:
    if found.line is not None and found.line <= len(source.lines):
        text = source.lines[found.line - 1].strip()
        test.suspect = Suspect(file, found.line, found.by)
        test.suspect_words = f"no known mistake; look at line {found.line}: `{text[:200]}`"
    elif test.failure is not None and test.failure.line and test.status == "error":
        test.suspect = Suspect(file, test.failure.line, "raised")
