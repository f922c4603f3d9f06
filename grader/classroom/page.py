"""class.html: what the class can do and what the next lecture should repeat, in one file without scripts."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.classroom.alike import pairs_alike
from grader.classroom.gradebook import Roster
from grader.classroom.rows import Row
from grader.classroom.templating import render
from grader.classroom.unnamed import Unnamed
from grader.kata.curriculum import find_step
from grader.kata.files import write_text
from grader.report.text import WORDS

BINS = 10
MOST_SORTED = 3_000  # submissions; a larger class gets its table in one order only
_ORDER = ("passed", "failed", "error", "timeout", "not_implemented", "not_run")


@dataclass(frozen=True)
class Mistake:
    """A mistake that several students made.

    Attributes:
        id: as results carry it; "" for what no known mistake explains.
        function: the function, or the file where it concerns all of it.
        sentence: what it is.
        ids: whose submissions show it.
    """

    id: str
    function: str
    sentence: str
    ids: tuple[str, ...]


def write_page(
    manifest: Mapping[str, Any], rows: Sequence[Row], path: Path, seconds: float,
    roster: Roster | None = None, unnamed: Sequence[Unnamed] | None = None,
) -> None:  # fmt: skip
    """Write the class report.

    Args:
        manifest: the class's `class.json`.
        seconds: how long the class took.
        unnamed: lines at fault that have no name; None where nobody asked for them.
    Raises:
        OSError: the file cannot be written.
    """
    write_text(page(manifest, rows, seconds, roster, unnamed), path)


def page(
    manifest: Mapping[str, Any], rows: Sequence[Row], seconds: float, roster: Roster | None = None,
    unnamed: Sequence[Unnamed] | None = None,
) -> str:  # fmt: skip
    """The class report as HTML."""
    people = _people(rows)
    marked = [row for row in rows if row.score is not None]
    by_name = sorted(rows, key=lambda row: people[row.id].casefold())
    orders = [("by name", by_name)]
    if len(rows) <= MOST_SORTED:
        orders.append(("by points", sorted(by_name, key=lambda row: -1 if row.mark is None else row.mark)))
        orders.append(("by the step where they are", sorted(by_name, key=lambda row: _stands_at(row) or 99)))
    mistakes = common_mistakes(marked)
    return render(
        "page.html",
        rows=rows,
        facts=_facts(rows, marked),
        seed="from each submission's files" if manifest["seed"] is None else manifest["seed"],
        boxes=", ".join(sorted({row.sandbox for row in marked if row.files})) or "none was needed",
        seconds=round(seconds),
        manifest=manifest,
        people=people,
        bins=_bins(marked),
        steps=_steps(marked),
        rankings=[
            ("Common mistakes", *_folded([m for m in mistakes if m.id])),
            ("What else went wrong", *_folded([m for m in mistakes if not m.id])),
        ],
        most=max((len(m.ids) for m in mistakes), default=1),
        unnamed=unnamed,
        stuck=_stuck(marked),
        unmarked=[row for row in rows if row.score is None],
        odd=[row for row in marked if row.problem],
        roster=roster,
        pairs=pairs_alike({row.id: row.forms for row in marked}),
        orders=orders,
        words=WORDS,
    )


def _facts(rows: Sequence[Row], marked: Sequence[Row]) -> list[tuple[str, str]]:
    scores = [row.score for row in marked if row.score is not None]
    most = max((row.max_score for row in rows), default=0)
    facts = [("submissions", str(len(rows)))]
    if len(marked) != len(rows):
        facts.append(("not judged", str(len(rows) - len(marked))))
    if scores:
        facts += [
            ("full marks", str(sum((row.score or 0) >= row.max_score for row in marked))),
            ("mean", f"{statistics.fmean(scores):.1f} of {most:g}"),
            ("median", f"{statistics.median(scores):g} of {most:g}"),
            ("spread (standard deviation)", f"{statistics.pstdev(scores):.1f}"),
            ("lowest and highest", f"{min(scores):g} and {max(scores):g}"),
        ]
    return [*facts, ("nothing to judge in it", str(sum(row.problem for row in marked)))]


def _bins(marked: Sequence[Row]) -> list[tuple[str, int]]:
    """How many submissions reached which part of the points; full marks have a bar of their own."""
    counts = [0] * (BINS + 1)
    for row in marked:
        part = (row.score or 0) / row.max_score if row.max_score else 0
        counts[min(BINS, int(BINS * part))] += 1  # extra points lead beyond the last bar
    names = [f"{100 * i // BINS}–{100 * (i + 1) // BINS} %" for i in range(BINS)] + ["full marks"]
    return list(zip(names, counts))


def _steps(marked: Sequence[Row]) -> list[dict[str, Any]]:
    found = []
    for i, step in enumerate(marked[0].steps if marked else ()):
        statuses = Counter(row.steps[i].status for row in marked)
        parts, x = [], 0.0
        for status in _ORDER:
            if statuses[status]:
                width = 100 * statuses[status] / len(marked)
                parts.append((status, x, width))
                x += width
        found.append(
            {
                "name": f"{step.number} {find_step(step.number).name}",
                "parts": parts,
                "passed": f"{100 * statuses['passed'] / len(marked):.0f} %",
                "mean": f"{statistics.fmean(row.steps[i].score for row in marked):.1f}",
                "most": f"{max(row.steps[i].max_score for row in marked):g}",
                "said": ", ".join(f"{statuses[s]} {WORDS[s]}" for s in _ORDER if statuses[s]),
            }
        )
    return found


def common_mistakes(rows: Sequence[Row]) -> list[Mistake]:
    """What went wrong in how many submissions, the most frequent first."""
    who: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        for mistake in row.mistakes:
            who.setdefault(mistake, []).append(row.id)
    found = [Mistake(id, place, sentence, tuple(ids)) for (id, place, sentence), ids in who.items()]
    return sorted(found, key=lambda m: (-len(m.ids), m.function, m.id, m.sentence))


def _folded(mistakes: Sequence[Mistake]) -> tuple[Sequence[Mistake], Sequence[Mistake]]:
    """What several have, and what only one has, which lies behind a fold."""
    return [m for m in mistakes if len(m.ids) > 1], [m for m in mistakes if len(m.ids) == 1]


def _stands_at(row: Row) -> int | None:
    """The first step that is not right; None where all are, or there is no mark."""
    if row.score is None:
        return None
    return next((step.number for step in row.steps if step.status not in ("passed", "not_run")), None)


def _stuck(marked: Sequence[Row]) -> list[tuple[str, list[str]]]:
    """Step -> the submissions whose first step that is not right it is."""
    found: dict[int, list[str]] = {}
    for row in marked:
        number = _stands_at(row)
        if number is not None and not row.problem:
            found.setdefault(number, []).append(row.id)
    return [(f"{number} {find_step(number).name}", ids) for number, ids in sorted(found.items())]


def _people(rows: Sequence[Row]) -> dict[str, str]:
    """Submission -> whose it is; where several are called the same, what else tells them apart."""
    names = {row.id: row.name for row in rows}
    several = {name for name, times in Counter(names.values()).items() if times > 1}
    return {id: f"{name} ({id})" if name in several else name for id, name in names.items()}
