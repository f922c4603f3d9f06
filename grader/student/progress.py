"""`progress`: every step with its state, its points and the place where its work waits.

It judges nothing: it reads the code and the last results.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.arguments import add_impl
from grader.judging.run import check_folder
from grader.kata.curriculum import STEPS, Step
from grader.kata.settings import load_settings
from grader.kata.student_source import StudentSource, first_open, sources_of
from grader.report.screen import Line, Screen
from grader.report.text import MARKS, readable, typed
from grader.student.state import Record, State, is_current, load_state, stack_fingerprint

BEFORE = 24  # columns before a step's state
CELLS = 50  # … and of all cells but the last, the place


@dataclass(frozen=True)
class Row:
    """One step as it stands now.

    Attributes:
        word, style: its state.
        score: points of the last verdict, if it still holds; else None.
        place: file and line where its work waits, or "".
        note: what else there is to know, or "".
    """

    step: Step
    word: str
    style: str
    score: float | None
    max_score: float
    duration_s: float | None
    place: str = ""
    note: str = ""

    @property
    def is_passed(self) -> bool:
        return self.style == "passed"


def rows_of(impl: Path, state: State, steps: tuple[Step, ...] = STEPS) -> list[Row]:
    """Every step's state, from the code as it stands and the last results."""
    sources = sources_of(impl, STEPS)
    return [_row(impl, step, sources, state.of(impl, step)) for step in steps]


def board(rows: list[Row], screen: Screen) -> list[Line]:
    """The board as lines."""
    lines: list[Line] = [[(_cells("step", "", "state", "points", "time"), "faint")]]
    for row in rows:
        points = "" if row.score is None else f"{_number(row.score)}/{_number(row.max_score)}"
        time = "" if row.duration_s is None else f"{row.duration_s:.2f} s"
        text = _cells(str(row.step.number), row.step.name, row.word, points, time)
        whole = not screen.is_terminal and screen.width >= 76  # for searching in logs
        fits = whole or len(f"{text:{CELLS}s}  {row.place}") < screen.width
        if row.place and fits:
            text = f"{text:{CELLS}s}  {row.place}"
        start = text.index(row.word, BEFORE)
        end = start + len(row.word)
        lines.append([(text[:start], ""), (row.word, row.style), (text[end:], "")])
        if row.place and not fits:
            lines.append([(f"      {row.place}", "faint")])
        if row.note:
            lines += screen.wrap(readable(row.note), " " * 6, "faint")
    earned = sum(row.score or 0 for row in rows)
    most = sum(row.max_score for row in rows if not row.step.extra)
    passed = sum(row.is_passed for row in rows)
    total = f"{passed} of {len(rows)} steps passed, {_number(earned)} of {_number(most)} points"
    return [*lines, [], [(total, "title")], *next_lines(rows, screen)]


def next_lines(rows: list[Row], screen: Screen) -> list[Line]:
    """What to do next, in one sentence and one command."""
    waiting = next((row for row in rows if not row.is_passed), None)
    if waiting is not None and waiting.word == "not judged":  # what is known to be wrong comes first
        waiting = next((row for row in rows if row.style in ("failed", "error", "timeout")), waiting)
    if waiting is None:
        text = f"every step passes. Let your own code speak: {typed('generate')}"
        return screen.wrap(text, style="next")
    step = waiting.step
    place = f" in {waiting.place}" if waiting.place else ""
    if waiting.word == "to do":
        text = f"next: step {step.number}, {step.name}{place}; then {typed('step', step.number)}"
    elif waiting.style == "changed":
        several = sum(row.style == "changed" for row in rows) > 1
        text = f"next: {typed('run') if several else typed('step', step.number)}"
    else:
        text = f"next: fix step {step.number}, {step.name}{place}; {typed('hint', step.number)} helps"
    return screen.wrap(text, style="next", hanging="      ")


def _row(impl: Path, step: Step, sources: Mapping[str, StudentSource], record: Record | None) -> Row:
    source = sources[step.file]
    most = record.max_score if record else step.points
    shown = source.path.as_posix()
    if source.problem:
        place = f"{shown}:{source.line}" if source.line else shown
        word = "no file" if source.data is None and "there is no" in source.problem else "broken"
        return Row(step, word, "error", None, most, None, place, source.problem)
    waiting = first_open(source, step)
    if waiting is not None:
        name, line = waiting
        place = f"{shown}:{line}" if line else shown
        note = "" if line else f"there is no function {name} in {shown}"
        return Row(step, "to do", "not_implemented", None, most, None, place, note)
    if record is None:
        return Row(step, "not judged", "changed", None, most, None)
    if not is_current(record, step, sources):
        return Row(step, "changed", "changed", None, most, None, note=f"changed since it was {_was(record)}")
    place = note = ""
    if record.status != "passed":
        found = source.definitions(record.problem_in or step.function_names[0])
        place = f"{shown}:{found[-1].first}" if found else shown
        note = record.message
    elif record.stack == stack_fingerprint(step, sources):
        note = record.own_stack_message
    return Row(
        step, MARKS[record.status], record.status, record.score, most, record.duration_s, place, note
    )  # fmt: skip


def _was(record: Record) -> str:
    return "passed" if record.status == "passed" else f"judged ({MARKS[record.status]})"


def _cells(number: str, name: str, word: str, points: str, time: str) -> str:
    return f"{number:>4s}  {name:17s} {word:<10s} {points:>7s} {time:>7s}".rstrip()


def _number(value: float) -> str:
    return f"{value:g}" if float(value).is_integer() else f"{value:.2f}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_impl(parser)


def main(args: argparse.Namespace) -> int:
    check_folder(args.impl, STEPS)
    settings = load_settings()
    screen = Screen()
    steps = settings.priced(settings.steps or STEPS)
    screen.lines(board(rows_of(args.impl, load_state(), steps), screen))
    return 0
