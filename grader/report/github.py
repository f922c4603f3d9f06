"""GitHub Actions: a job summary, annotations on the student's lines, and the old reporter's `result`.

What a student's program printed must not be read as a workflow command, and the runner reads any line that
begins with `::`, indented or not. So commands are switched off while anything of theirs may be printed,
with a word that the student's code never sees.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from grader.judging.results import RunResult, StepResult, TestResult
from grader.judging.suite import suite_tests
from grader.kata.curriculum import step_of
from grader.report.text import fence, first_line, inline, readable

MAX_ANNOTATIONS = 10  # GitHub shows ten of a step
MAX_SUMMARY = 900_000  # and a summary of at most 1 MiB
MARKS = {
    "passed": "✅",
    "failed": "❌",
    "not_implemented": "⬜",
    "error": "💥",
    "timeout": "⏱",
    "not_run": "➖",
}
# What the old GitHub Classroom reporter knows: pass, fail, error.
_STATUS = {"passed": "pass", "error": "error", "timeout": "error"}

_held: list[str] = []
Sources = Mapping[str, bytes] | None


def hold_commands(out: TextIO | None = None) -> None:
    """Switch workflow commands off until `write_github`, and again after it, to the end of the program."""
    if not _held:
        atexit.register(_release)
    _hold(out or sys.stdout)


def _hold(out: TextIO) -> None:
    _held[:] = [secrets.token_hex(16)]
    print(f"::stop-commands::{_held[0]}", file=out, flush=True)


def _release() -> None:
    if _held and _held[0]:
        print(f"::{_held[0]}::", flush=True)
    _held[:] = [""]


def write_github(result: RunResult, sources: Sources = None) -> None:
    """Write the summary, the annotations and the output, wherever GitHub says that they go.

    Args:
        sources: the student's files, where they are not at `result.impl` here.
    """
    stream = sys.stdout
    held = bool(_held and _held[0])
    if held:
        _release()
    for line in error_commands(result, sources):
        print(line, file=stream)
    stream.flush()
    if held:
        _hold(stream)
    _append("GITHUB_STEP_SUMMARY", summary(result))
    encoded = base64.b64encode(json.dumps(classroom_result(result, sources)).encode()).decode()
    _append("GITHUB_OUTPUT", f"result={encoded}\n")


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)


# ----------------------------------------------------------------------------------------- summary


def summary(result: RunResult) -> str:
    """The job summary: a table of the steps, and the first problem of each in full."""
    marks = result.to_dict()
    lines = [
        f"## PicoGPT: {marks['score']} of {marks['max_score']} points",
        "",
        "| | step | points | |",
        "| --- | --- | --- | --- |",
    ]
    for step in result.steps:
        shown = step.to_dict()
        note = step.first_problem
        text = first_line(step.own_stack_message or (note.message if note else ""))
        points = f"{shown['score']} / {shown['max_score']}"
        lines.append(f"| {MARKS[step.status]} | {step.number} {step.name} | {points} | {inline(text)} |")
    lines.append("")
    for step in result.steps:
        problem = step.first_problem
        if problem and step.status != "not_implemented":
            text = fence(readable(problem.message, 4_000))
            lines += [
                f"<details><summary>step {step.number}: {step.name}</summary>",
                "",
                text,
                "",
                "</details>",
                "",
            ]
    lines.append(f"Seed {result.seed}, sandbox {inline(result.sandbox)}, {result.duration_s:.1f} s.")
    text = "\n".join(lines) + "\n\n"
    return (
        text
        if len(text.encode("utf-8", "replace")) <= MAX_SUMMARY
        else "\n".join(lines[: len(result.steps) + 5])
    )


# ------------------------------------------------------------------------------------- annotations


def error_commands(result: RunResult, sources: Sources = None) -> list[str]:
    """One `::error` for each wrong function, on the line that raised, else on its `def`.

    What several functions have in common, such as a file that cannot be loaded, is said once.
    """
    lines = []
    seen: set[str] = set()
    for step in result.steps:
        for test in step.tests:
            about = {test.function, first_line(test.message)}
            if test.status in ("passed", "not_run", "not_implemented") or seen & about:
                continue
            seen |= about
            file, line = place(result, test, sources)
            where = f"file={_property(file)}," + (f"line={line}," if line else "")
            title = _property(f"step {step.number}: {test.function}")
            lines.append(f"::error {where}title={title}::{_data(readable(test.message, 2_000))}")
    return lines[:MAX_ANNOTATIONS]


def place(result: RunResult, test: TestResult, sources: Sources = None) -> tuple[str, int | None]:
    """The student's file as its repository calls it, and the line to point at."""
    file = step_of(test.function).file
    path = Path(result.impl) / file
    source = sources.get(file, b"") if sources is not None else path.read_bytes() if path.is_file() else b""
    line = test.failure.line if test.failure else None
    if line is None:
        line = _line_of(source, test.function)
    return path.as_posix() if sources is not None else _in_repository(path), line


def _line_of(source: bytes, function: str) -> int | None:
    lines = source.decode("utf-8", "replace").splitlines()
    return next((n for n, line in enumerate(lines, 1) if re.match(rf"def {function}\s*\(", line)), None)


def _in_repository(path: Path) -> str:
    """Relative to the checkout that holds it; annotations know nothing else."""
    whole = path.resolve()
    for folder in whole.parents:
        if (folder / ".git").exists():
            return whole.relative_to(folder).as_posix()
    return path.as_posix()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# ------------------------------------------------------------------------ the old reporter's result


def classroom_result(result: RunResult, sources: Sources = None) -> dict[str, Any]:
    """What classroom-resources/autograding-grading-reporter reads; `tests` is always there."""
    tests = [_classroom_test(result, step, test, sources) for step in result.steps for test in step.tests]
    statuses = {test["status"] for test in tests}
    status = "pass" if result.passed else "error" if statuses == {"error"} else "fail"
    return {"version": 1, "status": status, "max_score": result.to_dict()["max_score"], "tests": tests}


def _classroom_test(
    result: RunResult, step: StepResult, test: TestResult, sources: Sources
) -> dict[str, Any]:
    source = next((known.source for known in suite_tests(step.number) if known.name == test.name), "")
    file, line = place(result, test, sources)
    return {
        "name": f"step {step.number}, {test.function}: {test.name}",
        "status": _STATUS.get(test.status, "fail"),
        "score": test.to_dict()["score"],
        "message": readable(test.message, 1_000),
        "test_code": source,
        "task_id": step.number,
        "filename": file,
        "line_no": line or 0,
        "duration": round(test.duration_s * 1000),
    }
