"""`class --suspects`: wrong answers that have no name, by what would make them right.

It gives no points and takes none, and is on no student's page. Many with the same repair are a mistake that
the register does not know yet.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.classroom import pool
from grader.classroom.plan import Plan
from grader.classroom.reader import Reader, ReaderFailed
from grader.classroom.rows import Row
from grader.classroom.submissions import take_all
from grader.kata.curriculum import FILES, ROOT, function_names

SECONDS = 60.0  # by the clock, for one function


@dataclass(frozen=True)
class Unnamed:
    """A line that is at fault in several submissions in the same way.

    Attributes:
        lines: the line as these submissions have it, most frequent first.
        repaired: what would make it right; "" where the trace alone points at it.
        ids: whose submissions show it.
    """

    function: str
    lines: tuple[str, ...]
    repaired: str
    ids: tuple[str, ...]


def find_unnamed(plan: Plan, rows: Sequence[Row]) -> list[Unnamed]:
    """Look for the line at fault of every wrong function without a name, one after another."""
    wanted = {row.id: functions for row in rows if (functions := _nameless(row))}
    submissions = {submission.id: submission for submission in plan.submissions}
    about = pool.about(plan.steps, plan.settings, plan.seconds, plan.own_stack)
    seeds = {row.id: row.seed for row in rows}
    found: dict[str, list[dict[str, str]]] = {}
    reader = Reader()
    try:
        for id, functions in wanted.items():
            try:
                taken = take_all(submissions[id], reader)
            except ReaderFailed:
                continue
            order = {"functions": functions, "seed": seeds[id], **_limits(about)}
            found[id] = _look(taken.files, order)
    finally:
        reader.close()
    return grouped(found)


def grouped(found: Mapping[str, Sequence[Mapping[str, str]]]) -> list[Unnamed]:
    """What was found in each submission, the most frequent first.

    What was repaired in the same way is one; without a repair, what has the same line.
    """
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for id, lines in found.items():
        for one in lines:
            key = one["function"], one["repaired"] or one["line"]
            groups.setdefault(key, []).append((id, one["line"]))
    unnamed = []
    for (function, by), shown in groups.items():
        texts = [text for _, text in shown]
        various = sorted(dict.fromkeys(texts), key=texts.count, reverse=True)
        repaired = "" if by == various[0] else by
        unnamed.append(
            Unnamed(function, tuple(various), repaired, tuple(dict.fromkeys(id for id, _ in shown)))
        )
    return sorted(unnamed, key=lambda one: (-len(one.ids), one.function, one.lines))


def _nameless(row: Row) -> list[str]:
    """The functions of a submission that are wrong in a way that has no name."""
    ours = set(function_names())
    return list(dict.fromkeys(place for id, place, _ in row.mistakes if not id and place in ours))


def _limits(about: Mapping[str, Any]) -> dict[str, Any]:
    return {key: about[key] for key in ("seconds", "needs_sandbox")}


def _look(files: Mapping[str, bytes], order: Mapping[str, Any]) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="pico-gpt-look-") as name:
        folder = Path(name) / "exercises"
        folder.mkdir()
        for file, data in files.items():
            if file in FILES:
                (folder / file).write_bytes(data)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "grader.classroom.looker"],
                input=json.dumps({**order, "folder": name}) + "\n",
                capture_output=True, text=True, encoding="utf-8", cwd=ROOT,
                timeout=SECONDS * len(order["functions"]),
            )  # fmt: skip
            found = json.loads(done.stdout or "[]")
        except (subprocess.TimeoutExpired, ValueError):
            return []
    return [{key: str(one[key]) for key in ("function", "line", "repaired")} for one in found]
