"""Exercism's results.json, version 3: https://exercism.org/docs/building/tooling/test-runners/interface

A step is a task. Checks that could not run because there is no reference are left out: version 3 has no word
for a test that was not run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.judging.results import RunResult, StepResult, TestResult
from grader.judging.suite import suite_tests
from grader.kata.files import write_json
from grader.report.text import readable

MAX_MESSAGE = 65_535  # bytes: "if it holds multibyte characters, it may be shorter"
MAX_OUTPUT = 500
_STATUS = {"passed": "pass", "failed": "fail", "not_implemented": "fail", "timeout": "fail"}


def write(result: RunResult, path: Path) -> None:
    """Write the result as an Exercism test runner does.

    Raises:
        OSError: the file cannot be written.
    """
    write_json(to_dict(result), path)


def to_dict(result: RunResult) -> dict[str, Any]:
    tests = [_test(step, test) for step in result.steps for test in _in_file_order(step)]
    statuses = {test["status"] for test in tests}
    if statuses == {"pass"}:
        return {"version": 3, "status": "pass", "message": None, "tests": tests}
    if statuses <= {"error"}:  # nothing ran, not one test
        message = next((test["message"] for test in tests), "no test was run")
        return {"version": 3, "status": "error", "message": _message(message), "tests": tests}
    return {"version": 3, "status": "fail", "message": None, "tests": tests}


def _in_file_order(step: StepResult) -> list[TestResult]:
    lines = {test.name: test.line for test in suite_tests(step.number)}
    judged = [test for test in step.tests if test.status != "not_run"]
    return sorted(judged, key=lambda test: lines.get(test.name, 0))


def _test(step: StepResult, test: TestResult) -> dict[str, Any]:
    source = next((known.source for known in suite_tests(step.number) if known.name == test.name), "")
    entry: dict[str, Any] = {
        "name": test.name,
        "status": _STATUS.get(test.status, "error"),
        "test_code": source,
        "task_id": step.number,
    }
    if test.status != "passed":
        entry["message"] = _message(test.message) or test.status
    printed = test.failure.printed if test.failure else ""
    if printed:
        note = "\n(cut: 500 characters are shown)"
        text = readable(printed, len(printed))
        entry["output"] = text if len(text) <= MAX_OUTPUT else text[: MAX_OUTPUT - len(note)] + note
    return entry


def _message(text: str) -> str:
    text = readable(text, MAX_MESSAGE)
    if len(text.encode()) <= MAX_MESSAGE:
        return text
    note = "\n… (cut)"
    return text.encode()[: MAX_MESSAGE - len(note.encode())].decode(errors="ignore") + note
