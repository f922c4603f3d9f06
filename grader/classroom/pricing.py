"""Points on verdicts: what a class was judged for once is priced as often as the points change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from grader.judging.plan import suite_tests
from grader.judging.plugin import count_points, share_points
from grader.judging.results import StepResult, TestResult
from grader.kata.curriculum import GROUPS, Step


def priced(result: Mapping[str, Any], steps: Sequence[Step]) -> dict[str, Any]:
    """The same verdicts with the points of these steps.

    Args:
        result: as its JSON has it; with exactly these steps.
    """
    found = [_priced(step, about) for step, about in zip(steps, result["steps"])]
    return {
        **result,
        "score": whole(sum(step["score"] for step in found)),
        "max_score": whole(sum(step["max_score"] for step in found)),
        "steps": found,
    }


def _priced(step: Step, about: Mapping[str, Any]) -> dict[str, Any]:
    groups = _groups(step.number)
    tests = [
        TestResult(
            test["name"], test["function"], test["status"], message=test["message"],
            group=str(test.get("group") or groups.get(test["name"], GROUPS[0])),
        )
        for test in about["tests"]
    ]  # fmt: skip
    share_points(step, tests)
    if any(test.status != "not_run" for test in tests):
        count_points(tests)
    result = StepResult(step.number, step.name, tests)
    kept = [
        {**old, "group": new.group, "score": whole(new.score), "max_score": whole(new.max_score)}
        for old, new in zip(about["tests"], tests)
    ]
    return {**about, "score": whole(result.score), "max_score": whole(result.max_score), "tests": kept}


@cache
def _groups(number: int) -> dict[str, str]:
    """Test -> its group, as the suite says."""
    return {test.name: test.group for test in suite_tests(number)}


def whole(points: float) -> float:
    """Points as they are written: in hundredths, and 10 instead of 10.0."""
    rounded = round(points, 2)
    return int(rounded) if float(rounded).is_integer() else rounded
