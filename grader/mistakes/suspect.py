"""The line at fault, where no name fits: single edits accuse, the trace of values is the witness.

An edit that makes the function right on every case of the run shows which line could be wrong. The line is
told only where the trace does not contradict; otherwise nothing is said. The edit itself is never told.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from grader.judging.bench import Bench, Call
from grader.judging.results import Suspect, TestResult
from grader.kata.curriculum import Step, step_of
from grader.kata.student_source import StudentSource
from grader.mistakes.accusing import SLACK, Found, decide
from grader.mistakes.drawn_cases import answer_of_row, drawn_cases, draws
from grader.mistakes.edit_text import Edit, change
from grader.mistakes.edits import edits_of
from grader.mistakes.evidence import WRONG, is_wrong, work
from grader.mistakes.right_values import right_text, values_for_lines
from grader.mistakes.trace import Known, KnownValues, Made, explain_events
from grader.mistakes.witness import strong_line
from grader.sandbox.looking import Looking, kept_warm
from grader.sandbox.trees import leaves

SECONDS = 1.8  # of CPU, of judge and worker together
FIRST_LOOK_S = 0.3  # before right values are put in the place of a line's own
AFTER_THE_FIRST_S = 0.3
BATCH = 64
MAX_CASES = 12
MAX_WORK = 600_000  # numbers among the arguments of one case


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
    if source.node(function) is None or len(source.text) > 256_000:
        return found
    if not cases and not any(call.function == function and draws(call) for call in calls):
        return found
    base = "\n".join(ast.get_source_segment(source.text, node) or "" for node in definitions)
    edits = edits_of(source.text, definitions)
    with Looking(impl, reference, function) as look:
        cases = cases or _chosen(drawn_cases(look, base, function, calls, bench))
        if not cases:
            return found
        shown = case_to_show(function, cases) or cases[0]
        found.made = traced(look, function, bench, shown)
        node = source.node(function)
        line, turn = strong_line(node, found.made)
        found.strong, found.late = (line, None) if turn == 1 else (None, line)
        search = _Search(look, base, cases, found, lambda: process_time() - started + look.cpu_s, seconds)
        left = search.run(_in_order(edits, found.strong, None), FIRST_LOOK_S)
        if not found.repairs and reference is not None and isinstance(node, ast.FunctionDef):
            known = known_of(function, bench, shown.args, shown.kwargs)
            places = values_for_lines(source.text, node, found.made, known, shown.expected) if known else []
            if places:
                search.give_right_values(places, right_text(function, reference))
        found.all_tried = not search.run(_in_order(left, found.strong, found.right_from))
        found.cpu_s = process_time() - started + look.cpu_s
    if isinstance(node, ast.FunctionDef):
        decide(found, node)
        edit = min((e for e in search.repairs if e.line == found.line), key=lambda e: e.cost, default=None)
        found.repaired = change(base, edit.text) if edit is not None else ""
    return found


def traced(look: Looking, function: str, bench: Bench, call: Call) -> list[Made]:
    """What the lines of a function made of one call, in words; nothing where there is no reference."""
    events = look.trace(call.args, call.kwargs)["events"]
    return explain_events(events, values_of(function, bench, call.args, call.kwargs))


def values_of(function: str, bench: Bench, args: tuple[Any, ...], kwargs: dict[str, Any]) -> KnownValues:
    """What the right function goes through on these arguments."""
    return KnownValues(known_of(function, bench, args, kwargs))


def known_of(function: str, bench: Bench, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Known]:
    """The same as a list, with words."""
    if bench.reference is None:
        return []
    from grader.mistakes import register

    register()  # in the student's edition this is what opens the sealed modules
    from grader.mistakes.step_values import known_values

    try:
        return known_values(function, bench.reference, args, kwargs)
    except (ValueError, TypeError, KeyError, IndexError):
        return []  # arguments that the right function refuses


def _cases(function: str, calls: Sequence[Call]) -> list[Call]:
    """The smallest failing case, then the others: wrong and right ones, of all tests."""
    usable: list[Call] = [
        call
        for call in calls
        if call.function == function
        and (call.expected is not None or call.raises is not None)
        and call.answer.status in ("returned", "raised")
        and not draws(call)
        and work(call) <= MAX_WORK
    ]
    return _chosen(usable)


def _chosen(usable: list[Call]) -> list[Call]:
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


def _in_order(edits: Sequence[Edit], strong: int | None, right_from: int | None) -> list[Edit]:
    """Small slips first; the trace's own line and those before it first, behind what is right last."""
    return sorted(
        edits,
        key=lambda edit: (
            edit.cost
            + (0 if strong is None or edit.line == strong else 1 if edit.line < strong else 3)
            + (4 if right_from is not None and edit.line > right_from else 0)
        ),
    )


class _Search:
    """Tries edits until one repairs, and a little longer."""

    def __init__(self, look: Looking, base: str, cases: Sequence[Call], found: Found,
                 clock: Callable[[], float], seconds: float):  # fmt: skip
        self._look, self._base, self._cases, self._found = look, base, cases, found
        self._clock, self._until = clock, seconds
        self.repairs: list[Edit] = []

    def run(self, edits: Sequence[Edit], seconds: float = SECONDS) -> Sequence[Edit]:
        """Try one after another until the time is up or nothing is to be gained; those that are left."""
        batch, at, until = 16, 0, self._clock() + seconds
        while at < len(edits) and self._clock() < self._until and not self._look.is_lost:
            if self._clock() > until and not self._found.repairs:
                break
            if self._found.repairs:  # what is much less likely than that says no more
                most = min(self._found.repairs.values()) + SLACK
                edits = [*edits[:at], *(edit for edit in edits[at:] if edit.cost <= most)]
                if at >= len(edits):
                    break
            some = edits[at : at + batch]
            left = max(0.05, min(0.4, self._until - self._clock()))
            rows = self._tried(some, self._cases[:1], left)
            survivors = [edit for edit, row in zip(some, rows) if self._right(row, self._cases[:1])]
            self._check(survivors)
            at += max(1, len(rows)) if rows else len(some)
            self._found.tried += len(rows)
            batch = BATCH
        return edits[at:]

    def give_right_values(self, statements: Sequence[Sequence[Edit]], right: str) -> None:
        """Statement by statement, until one with a right value makes the function right."""
        several = [edit for edits in statements for edit in edits]
        at = 0
        while at < len(several) and not self._look.is_lost and self._clock() < self._until:
            some = several[at : at + BATCH]
            rows = self._tried(some, self._cases[:1], 0.3, right)
            good = [edit for edit, row in zip(some, rows) if self._right(row, self._cases[:1])]
            others = self._cases[1:]
            more = self._tried(good, others, 0.5, right) if good and others else [[] for _ in good]
            lines = [edit.line for edit, row in zip(good, more) if self._right(row, others)]
            if lines:
                self._found.right_from = min(lines)
                return
            at += max(1, len(rows)) if rows else len(some)

    def _check(self, survivors: Sequence[Edit]) -> None:
        others = self._cases[1:]
        rows = self._tried(survivors, others, 0.5) if survivors and others else [[] for _ in survivors]
        for edit, row in zip(survivors, rows):
            if self._right(row, others):
                if not self._found.repairs:
                    self._until = min(self._until, self._clock() + AFTER_THE_FIRST_S)
                self.repairs.append(edit)
                if edit.moves and edit.cost < self._found.repairs.get(edit.line, edit.cost + 1):
                    self._found.moved.add(edit.line)
                self._found.repairs[edit.line] = min(edit.cost, self._found.repairs.get(edit.line, edit.cost))

    def _tried(
        self, edits: Sequence[Edit], cases: Sequence[Call], seconds: float, right: str = ""
    ) -> list[list[list[Any]]]:
        asked = [(call.args, call.kwargs) for call in cases]
        return self._look.try_candidates(self._base, [edit.text for edit in edits], asked, seconds, right)

    @staticmethod
    def _right(row: list[list[Any]], cases: Sequence[Call]) -> bool:
        return len(row) == len(cases) and all(map(_is_right, row, cases))


def _is_right(row: Any, call: Call) -> bool:
    """Whether a candidate's answer to a call is the right one."""
    if not (isinstance(row, list) and len(row) == 3 and row[0] in ("returned", "raised")):
        return False
    try:
        return not is_wrong(replace(call, answer=answer_of_row(row)))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return False


# ------------------------------------------------------------------------------------- for the report


def find_suspects(
    step: Step, tests: Sequence[TestResult], bench: Bench, impl: Path, reference: Path | None
) -> dict[str, Found]:
    """Give every failed test without a name the line at fault, where one is found.

    Returns:
        What was found, by function.
    """
    looked: dict[str, Found] = {}
    with kept_warm():
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
