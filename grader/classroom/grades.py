"""grades.csv: a row for every student, ready for a gradebook."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from grader.classroom.exports import Student
from grader.classroom.gradebook import Roster
from grader.classroom.pricing import whole
from grader.classroom.rows import Row
from grader.kata.files import write_text
from grader.report.text import first_line

# What begins a formula, including the full-width forms that spreadsheets read the same way.
_FORMULA = ("=", "+", "-", "@", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_grades(rows: Sequence[Row], path: Path, steps: Sequence[int]) -> None:
    """Write the table; a group's submission gives a row for each of its members.

    `score` is what goes into a gradebook; where the settings take something off late work, `raw_score` and
    `days_late` are there as well.

    Args:
        steps: which steps have a column.
    Raises:
        OSError: the file cannot be written.
    """
    header = ["name", "email", "sid", "submission", "score", "max_score"]
    header += [f"step_{number}" for number in steps]
    header += ["handed_in", "late", "attempt", "seed", "sandbox", "remark"]
    has_rule = any(row.days_late is not None for row in rows)
    header[5:5] = ["raw_score", "days_late"] if has_rule else []
    cells = (_cells(row, student, has_rule) for row in rows for student in row.students)
    write_text(table(header, cells), path)


def _cells(row: Row, student: Student, has_rule: bool) -> list[Any]:
    """One line of the table. Without a mark its numbers are empty: nothing there may look like one."""
    marked = row.score is not None
    return [
        *map(cell, (student.name, student.email, student.sid, row.entry)),
        whole(row.mark) if row.mark is not None else "",
        *((row.score if marked else "", "" if row.days_late is None else row.days_late) if has_rule else ()),
        row.max_score,
        *(step.score if marked else "" for step in row.steps),
        row.handed_in,
        "" if row.late is None else "yes" if row.late else "no",
        row.attempt or "",
        row.seed if marked else "",
        cell(row.sandbox),
        cell(row.remark),
    ]


def write_roster(roster: Roster, path: Path) -> None:
    """Write who of the class's list handed in nothing, and who handed in and is not on it.

    Raises:
        OSError: the file cannot be written.
    """
    lines = [(cell(name), "handed in nothing") for name in roster.missing]
    lines += [(cell(name), "is not in the gradebook") for name in roster.unknown]
    write_text(table(["name", "what"], lines), path)


def table(header: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """A CSV table as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return out.getvalue()


def cell(text: str) -> str:
    """A text as a spreadsheet shows it and never computes it, whichever character it splits cells at.

    What begins like a formula gets a quote. Where `;` separates, every piece behind one begins a cell.
    """
    formula = text[:1] in ("\t", "\r")
    text = first_line(" ".join(text.split()), 500)
    text = re.sub(rf";\s*(?=[{re.escape(''.join(_FORMULA))}])", "; '", text)
    return f"'{text}" if formula or text.startswith(_FORMULA) else text
