"""Gradescope's results.json: https://gradescope-autograders.readthedocs.io/en/latest/specs/

Every test is visible: one hidden test would hide the student's whole score, and what counts here is not a
secret.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.judging.results import RunResult, StepResult, TestResult
from grader.kata.files import write_json
from grader.report.text import first_line, readable

MAX_TESTS_TEXT = 400_000  # Gradescope keeps the whole file in its database


def write(result: RunResult, path: Path) -> None:
    """Write the result for Gradescope.

    Raises:
        OSError: the file cannot be written.
    """
    write_json(to_dict(result), path)


def to_dict(result: RunResult) -> dict[str, Any]:
    marks = result.to_dict()
    limit = max(400, MAX_TESTS_TEXT // max(1, sum(len(step.tests) for step in result.steps)))
    return {
        "score": marks["score"],
        "execution_time": round(result.duration_s),
        "output": _summary(result),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "schema": marks["schema"],
            "max_score": marks["max_score"],
            "seed": result.seed,
            "sandbox": result.sandbox,
            "files": marks["files"],
        },
        "tests": [
            _test(step, i, test, limit) for step in result.steps for i, test in enumerate(step.tests, 1)
        ],
    }


def _test(step: StepResult, i: int, test: TestResult, limit: int) -> dict[str, Any]:
    marks = test.to_dict()
    entry: dict[str, Any] = {
        "score": marks["score"],
        "max_score": marks["max_score"],
        "name": f"step {step.number}, {test.function}: {test.name}",
        "number": f"{step.number}.{i}",
        "output": readable(test.message, limit),
        "tags": [f"step {step.number}", test.function],
        "visibility": "visible",
        "extra_data": {"status": test.status, "diagnosis": test.diagnosis},
    }
    if test.status != "not_run":  # Gradescope knows passed and failed, and the absence of both
        entry["status"] = "passed" if test.status == "passed" else "failed"
    return entry


def _summary(result: RunResult) -> str:
    """What a student reads above the tests: the marks, the first thing to fix, how to repeat the run."""
    marks = result.to_dict()
    lines = [f"{marks['score']} of {marks['max_score']} points"]
    for step in result.steps:
        problem = next((t for t in step.tests if t.status not in ("passed", "not_run")), None)
        if problem is not None:
            lines.append(f"first to fix: step {step.number} ({step.name}): {first_line(problem.message)}")
            break
    lines += [
        f"step {step.number} ({step.name}): {first_line(step.own_stack_message)}"
        for step in result.steps
        if step.own_stack_message
    ]
    lines.append(f"repeat this run at home: python -m grader run --seed {result.seed}")
    return "\n".join(lines)
