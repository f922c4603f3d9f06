"""`progress`: every step with its state, its points and the place where its work waits.

It judges nothing: it reads the code and the last results.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from grader.arguments import add_impl
from grader.judging.results import WRONG
from grader.judging.run import check_folder
from grader.kata.curriculum import STEPS, Step
from grader.kata.settings import load_settings
from grader.kata.student_source import StudentSource, first_open, read_source, sources_of
from grader.report.screen import Line, Screen
from grader.report.text import MARKS, readable, typed
from grader.student.state import (
    Record,
    State,
    first_not_passed,
    is_current,
    load_state,
    stack_fingerprint,
)

BEFORE = 24  # columns before a step's state
CELLS = 50  # … and of all cells but the last, the place
EVERYTHING = "every step passes"


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


def board(rows: list[Row], screen: Screen, below: int = 1) -> list[Line]:
    """The board as lines. On a terminal it keeps within its height, as far as it can.

    Args:
        below: lines that others put below it: the prompt, the keys.
    """
    header: Line = [(_cells("step", "", "state", "points", "time"), "faint")]
    earned = sum(row.score or 0 for row in rows)
    most = sum(row.max_score for row in rows if not row.step.extra)
    passed = sum(row.is_passed for row in rows)
    total = f"{passed} of {len(rows)} steps passed, {_number(earned)} of {_number(most)} points"
    ending: list[Line] = [[], [(total, "title")], *next_lines(rows, screen)]
    room = screen.height - below - 1 - len(ending) if screen.height else 0
    return [header, *_rows_that_fit(rows, screen, room), *ending]


def _rows_that_fit(rows: list[Row], screen: Screen, room: int) -> list[Line]:
    """All rows; where there is less room (0: no limit), what matters least is left out, bit by bit."""
    parts = [_row_lines(row, screen) for row in rows]
    if room and _height(parts) > room:  # `next:` has the place that matters
        parts = [_row_lines(row, screen, with_place=False) for row in rows]
    for word in ("to do", "ok"):
        if room and _height(parts) > room:
            rows, parts = _folded(rows, parts, word)
    if room and _height(parts) > room:  # the first note is about the step that is next
        first = next((i for i, part in enumerate(parts) if len(part) > 1), 0)
        parts = [part if i == first else part[:1] for i, part in enumerate(parts)]
        for word in dict.fromkeys(row.word for row in rows):
            if _height(parts) > room:
                rows, parts = _folded(rows, parts, word)
    return [line for part in parts for line in part]


def _height(parts: list[list[Line]]) -> int:
    return sum(len(part) for part in parts)


def _folded(rows: list[Row], parts: list[list[Line]], word: str) -> tuple[list[Row], list[list[Line]]]:
    """Neighbours that have this state and nothing else to say, in one line."""
    kept: list[Row] = []
    found: list[list[Line]] = []
    for _, group in groupby(
        zip(rows, parts), key=lambda both: (both[0].word == word and len(both[1]) == 1, both[0].word)
    ):
        same = list(group)
        if len(same) < 2 or same[0][0].word != word or len(same[0][1]) > 1:
            kept += [row for row, _ in same]
            found += [part for _, part in same]
            continue
        first, last = same[0][0], same[-1][0]
        scores = [row.score for row, _ in same]
        points = f"{_number(sum(s or 0 for s in scores))}/{_number(sum(r.max_score for r, _ in same))}"
        text = _cells(
            f"{first.step.number}-{last.step.number}", f"{first.step.name} …", word,
            points if None not in scores else "", "",
        )  # fmt: skip
        kept.append(first)
        found.append([_coloured(text, word, first.style)])
    return kept, found


def _row_lines(row: Row, screen: Screen, with_place: bool = True) -> list[Line]:
    points = "" if row.score is None else f"{_number(row.score)}/{_number(row.max_score)}"
    time = "" if row.duration_s is None else f"{row.duration_s:.2f} s"
    text = _cells(str(row.step.number), row.step.name, row.word, points, time)
    whole = not screen.is_terminal and screen.width >= 76  # for searching in logs
    fits = whole or len(f"{text:{CELLS}s}  {row.place}") < screen.width
    if row.place and fits and with_place:
        text = f"{text:{CELLS}s}  {row.place}"
    lines = [_coloured(text, row.word, row.style)]
    if row.place and not fits and with_place:
        lines.append([(f"      {row.place}", "faint")])
    if row.note:
        lines += screen.wrap(readable(row.note), " " * 6, "faint")
    return lines


def _coloured(text: str, word: str, style: str) -> Line:
    start = text.index(word, BEFORE)
    end = start + len(word)
    return [(text[:start], ""), (word, style), (text[end:], "")]


def next_lines(rows: list[Row], screen: Screen) -> list[Line]:
    """What to do next, in one sentence and one command."""
    waiting = next((row for row in rows if not row.is_passed), None)
    if waiting is not None and waiting.word == "not judged":  # what is known to be wrong comes first
        waiting = next((row for row in rows if row.style in WRONG), waiting)
    if waiting is None:
        text = f"every step passes. Let your own code speak: {typed('generate')}"
        return screen.wrap(text, style="next")
    step = waiting.step
    place = f" in {waiting.place}" if waiting.place else ""
    if waiting.word == "to do":
        text = f"next: step {step.number}, {step.name}{place}\nthen {typed('step', step.number)}"
    elif waiting.style == "changed":
        several = sum(row.style == "changed" for row in rows) > 1
        text = f"next: {typed('run') if several else typed('step', step.number)}"
    else:
        text = f"next: fix step {step.number}, {step.name}{place}\nstuck? {typed('hint', step.number)}"
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


def what_follows(impl: Path, state: State, steps: tuple[Step, ...]) -> str:
    """The first step that does not pass, and where its first function is to be written."""
    following = first_not_passed(impl, state, steps)
    if following is None:
        return EVERYTHING
    source = read_source(impl / following.file)
    place = first_open(source, following)
    where = f" in {source.path.as_posix()}:{place[1]}" if place and place[1] else ""
    return f"next: step {following.number}, {following.name}{where}"
