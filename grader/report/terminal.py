"""The verdict in the terminal."""

from __future__ import annotations

import sys
from typing import TextIO

from grader.curriculum import find_step
from grader.results import RunResult, StepResult, TestResult

MARKS = {
    "passed": "ok",
    "failed": "wrong",
    "not_implemented": "to do",
    "error": "error",
    "timeout": "too slow",
    "not_run": "not run",
}


class Terminal:
    """Writes verdicts as plain lines."""

    def __init__(self, out: TextIO | None = None):
        self._out = out or sys.stdout

    def line(self, step: StepResult) -> None:
        """One step in one line, as soon as it is known."""
        score = f"{step.to_dict()['score']}/{step.to_dict()['max_score']}"
        print(f"step {step.number:2d}  {step.name:18s} {MARKS[step.status]:8s} {score:>6s}", file=self._out)
        first = first_problem(step)
        if first and step.status not in ("passed", "not_implemented"):
            print(f"         {first.message.splitlines()[0]}", file=self._out)
        if step.own_stack_message:
            print(f"         {step.own_stack_message}", file=self._out)
        self._out.flush()

    def summary(self, result: RunResult) -> None:
        marks = result.to_dict()
        print(f"\n{marks['score']} of {marks['max_score']} points", end="", file=self._out)
        print(f"  (seed {result.seed}, sandbox {result.sandbox}, {result.duration_s:.1f} s)", file=self._out)

    def step(self, step: StepResult, result: RunResult) -> None:
        """One step in full: the first problem, the list of tests, what to do next."""
        where = find_step(step.number)
        print(f"step {step.number}: {step.name} - {where.title}", file=self._out)
        problem = first_problem(step)
        if problem:
            print(f"\n{problem.message}\n", file=self._out)
        for test in step.tests:
            if step.status != "not_implemented":
                print(f"  {MARKS[test.status]:8s} {test.name}", file=self._out)
                if test.status == "passed" and test.message:
                    print(f"           note: {test.message}", file=self._out)
        if step.own_stack_message:
            print(f"\n{step.own_stack_message}", file=self._out)
        marks = step.to_dict()
        print(f"\n{marks['score']} of {marks['max_score']} points", end="", file=self._out)
        print(f"  (seed {result.seed}, {result.duration_s:.1f} s)", file=self._out)


def first_problem(step: StepResult) -> TestResult | None:
    """The test to show: the first that did not pass, a wrong answer before a missing function."""
    order = ("failed", "error", "timeout", "not_implemented")
    for status in order:
        for test in step.tests:
            if test.status == status:
                return test
    return None
