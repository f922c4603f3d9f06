"""Points on verdicts: what a class was judged for once is priced as often as the points change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grader.judging.marks import count_points, priced_tests
from grader.judging.results import StepResult
from grader.kata.curriculum import Step


def priced(result: Mapping[str, Any], steps: Sequence[Step]) -> dict[str, Any]:
    """The same verdicts with the points of these steps.

    Args:
        result: as its JSON has it; with exactly these steps.
    """
    found = [_priced(step, about) for step, about in zip(steps, result["steps"])]
    return {
        **result,
        "score": whole(sum(step["score"] for step in found)),
        "max_score": whole(sum(step["max_score"] for step in found if not step.get("extra"))),
        "steps": found,
    }


def _priced(step: Step, about: Mapping[str, Any]) -> dict[str, Any]:
    tests = {(test.function, test.name): test for test in priced_tests(step)}
    for test in about["tests"]:
        tests[test["function"], test["name"]].status = test["status"]
    count_points(list(tests.values()))
    result = StepResult(step.number, step.name, list(tests.values()), extra=step.extra)
    kept = []
    for test in about["tests"]:
        new = tests[test["function"], test["name"]]
        kept.append(
            {**test, "group": new.group, "score": whole(new.score), "max_score": whole(new.max_score)}
        )
    about = {key: value for key, value in about.items() if key != "extra"}
    extra = {"extra": True} if step.extra else {}
    scores = {"score": whole(result.score), "max_score": whole(result.max_score)}
    return {**about, **scores, **extra, "tests": kept}


def whole(points: float) -> float:
    """Points as they are written: in hundredths, and 10 instead of 10.0."""
    rounded = round(points, 2)
    return int(rounded) if float(rounded).is_integer() else rounded
