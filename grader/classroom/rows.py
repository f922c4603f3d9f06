"""A result as the tables of a class need it: small, so that twenty thousand of them fit into memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from grader.classroom.exports import Student
from grader.classroom.readable import file_problems, taken_off
from grader.judging.results import WRONG
from grader.kata.curriculum import Step, find_step
from grader.report.text import first_line

_NAMELESS = {
    "failed": "wrong in a way that has no name here",
    "error": "raises an exception, or ends its process",
    "timeout": "does not answer in time",
}


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of one submission."""

    number: int
    status: str
    score: float
    max_score: float


@dataclass(frozen=True, slots=True)
class Row:
    """One submission.

    Attributes:
        score: None where there is no mark.
        not_judged: why there is none; it says nothing about the student's work.
        files: kata file -> the first half of its sha256.
        mistakes: (id, function or file, sentence) of what went wrong; "" as the id of what has no name.
        forms: function -> (digest of its shape, syntax nodes).
        handed_in: when, as the platform has it; "" where it says nothing.
        late: what the platform says; None where it says nothing.
        days_late: by the settings; None where they say nothing, or the platform does not say when.
        taken_off: the points that the days cost.
        attempt: which attempt this is; 0 where the platform counts none.
        key: by which the verdict is known.
    """

    id: str
    entry: str
    students: tuple[Student, ...]
    score: float | None
    max_score: float
    steps: tuple[StepRow, ...]
    seed: int = 0
    sandbox: str = ""
    remark: str = ""
    problem: bool = False
    not_judged: str = ""
    files: tuple[tuple[str, str], ...] = ()
    mistakes: tuple[tuple[str, str, str], ...] = ()
    forms: tuple[tuple[str, str, int], ...] = ()
    handed_in: str = ""
    late: bool | None = None
    days_late: int | None = None
    taken_off: float = 0.0
    attempt: int = 0
    seconds: float = 0.0
    key: str = ""

    @property
    def mark(self) -> float | None:
        """What goes into a gradebook."""
        return None if self.score is None else max(0.0, round(self.score - self.taken_off, 2))

    @property
    def name(self) -> str:
        return ", ".join(student.name for student in self.students)


def row_of(result: Mapping[str, Any]) -> Row:
    """The row of a result that was judged, or in which there was nothing to judge."""
    about = result["submission"]
    return Row(
        id=about["id"],
        entry=about["entry"],
        students=students_of(result),
        score=result["score"],
        max_score=result["max_score"],
        steps=tuple(
            StepRow(step["number"], sys.intern(step["status"]), step["score"], step["max_score"])
            for step in result["steps"]
        ),
        seed=result["seed"],
        sandbox=sys.intern(result["sandbox"]),
        remark=remark(result),
        problem=bool(about["problem"]),
        files=tuple((sys.intern(name), file["sha256"][:32]) for name, file in result["files"].items()),
        mistakes=_mistakes(result),
        forms=tuple(
            (sys.intern(name), sys.intern(form[0]), form[1]) for name, form in about["forms"].items()
        ),
        handed_in=about.get("handed_in", ""),
        late=about.get("late"),
        days_late=about.get("days_late"),
        taken_off=about.get("taken_off", 0.0),
        attempt=about.get("attempt", 0),
        seconds=result["duration_s"],
        key=about["key"],
    )


def unjudged_row(about: Mapping[str, Any], steps: Sequence[Step], why: str) -> Row:
    """The row of a submission that has no mark yet.

    Args:
        about: as a result's `submission`.
    """
    points = [sum(sum(f.points.values()) for f in step.functions) for step in steps]
    return Row(
        id=about["id"],
        entry=about["entry"],
        students=students_of({"submission": about}),
        score=None,
        max_score=round(sum(most for step, most in zip(steps, points) if not step.extra), 2),
        steps=tuple(StepRow(step.number, "not_run", 0, most) for step, most in zip(steps, points)),
        remark=first_line(f"not judged: {why}", 500),
        not_judged=why,
        handed_in=about.get("handed_in", ""),
        late=about.get("late"),
        attempt=about.get("attempt", 0),
    )


def students_of(result: Mapping[str, Any]) -> tuple[Student, ...]:
    """To whom a result belongs."""
    return tuple(Student(**student) for student in result["submission"]["students"])


def remark(result: Mapping[str, Any]) -> str:
    """What a teacher should know about a result besides its marks, in one line."""
    about = result["submission"]
    messages = (test["message"] for step in result["steps"] for test in step["tests"])
    stopped = next(
        (text for text in messages if text.startswith("not judged: the submission was stopped")), ""
    )
    problems = {} if about["problem"] else file_problems(result)
    broken = [first_line(text) for file, text in problems.items() if file in result["files"]]
    wanted = dict.fromkeys(find_step(step["number"]).file for step in result["steps"])
    passed_over = " ".join(about["notes"])
    absent = [file for file in wanted if file not in result["files"] and file not in passed_over]
    off = taken_off(result)
    missing = f"not handed in: {', '.join(absent)}" if absent and not about["problem"] else ""
    said = dict.fromkeys([off, about["problem"], *about["notes"], first_line(stopped), *broken, missing])
    return first_line("; ".join(filter(None, said)), 500)


def _mistakes(result: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """What went wrong in one submission: named mistakes, and what has no name.

    What several functions of a file have in common, such as that it cannot be loaded, is said of the file.
    """
    if result["submission"]["problem"]:
        return ()
    wrong = [
        (find_step(step["number"]).file, test)
        for step in result["steps"]
        for test in step["tests"]
        if test["status"] in WRONG
    ]
    functions_with: dict[str, set[str]] = {}
    for _, test in wrong:
        functions_with.setdefault(first_line(test["message"]), set()).add(test["function"])
    named = {test["function"] for _, test in wrong if test["diagnosis"]}
    seen: dict[tuple[str, str, str], None] = {}
    for file, test in wrong:
        line = first_line(test["message"])
        if test["diagnosis"]:
            sentence = _register().get(test["diagnosis"]) or line
            seen[test["diagnosis"], test["function"], sys.intern(sentence)] = None
        elif test["status"] == "error" and len(functions_with[line]) > 1:
            seen["", file, sys.intern(line)] = None
        elif test["function"] not in named:
            seen["", test["function"], _NAMELESS[test["status"]]] = None
    return tuple(seen)


@lru_cache(maxsize=1)
def _register() -> dict[str, str]:
    """Mistake -> its sentence; empty in an edition that comes without the register."""
    try:
        from grader.mistakes import register
    except ImportError:
        return {}
    return {id: mistake.sentence for id, mistake in register().items()}
