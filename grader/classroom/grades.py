"""grades.csv: a row for every student, ready for a gradebook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.classroom.marking import students_of
from grader.classroom.problems import file_problems
from grader.kata.files import write_text
from grader.report.text import first_line


def write_grades(results: Iterable[Mapping[str, Any]], path: Path, steps: Sequence[int] = ()) -> None:
    """Write the table; a group's submission gives a row for each of its members.

    Args:
        steps: which steps have a column, where there is nobody from whom it could be told.
    Raises:
        OSError: the file cannot be written.
    """
    rows = list(results)
    numbers = [step["number"] for step in rows[0]["steps"]] if rows else steps
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    header = ["name", "email", "sid", "submission", "score", "max_score"]
    writer.writerow([*header, *(f"step_{number}" for number in numbers), "seed", "sandbox", "remark"])
    for result in rows:
        about = result["submission"]
        for student in students_of(result):
            writer.writerow(
                [
                    *map(cell, (student.name, student.email, student.sid, about["entry"])),
                    result["score"],
                    result["max_score"],
                    *(step["score"] for step in result["steps"]),
                    result["seed"],
                    cell(result["sandbox"]),
                    cell(remark(result)),
                ]
            )
    write_text(out.getvalue(), path)


def remark(result: Mapping[str, Any]) -> str:
    """What a teacher should know about a result besides its marks, in one line."""
    about = result["submission"]
    stopped = next(
        (
            test["message"]
            for step in result["steps"]
            for test in step["tests"]
            if test["message"].startswith("not judged: the submission was stopped")
        ),
        "",
    )
    problems = {} if about["problem"] else file_problems(result)
    absent = ", ".join(file for file in problems if file not in result["files"])
    broken = [first_line(problem) for file, problem in problems.items() if file in result["files"]]
    missing = f"not handed in: {absent}" if absent else ""
    said = dict.fromkeys([about["problem"], *about["notes"], first_line(stopped), *broken, missing])
    return first_line("; ".join(filter(None, said)), 500)


def cell(text: str) -> str:
    """A text as a spreadsheet shows it and never computes it: names that begin like a formula get a quote."""
    formula = text[:1] in ("\t", "\r")
    text = first_line(" ".join(text.split()), 500)
    return f"'{text}" if formula or text[:1] in ("=", "+", "-", "@", "|", "%") else text
