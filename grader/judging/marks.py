"""Points, in whole hundredths: shared among the tests of a step, and counted once these are judged."""

from __future__ import annotations

from collections.abc import Sequence

from grader.judging.results import Status, StepResult, TestResult
from grader.judging.suite import suite_tests
from grader.kata.curriculum import Step
from grader.kata.prices import apportion


def unjudged(steps: Sequence[Step], message: str = "", status: Status = "error") -> list[StepResult]:
    """Every test of these steps with one status and one message, worth what it would be worth."""
    return [
        StepResult(step.number, step.name, priced_tests(step, message, status), extra=step.extra)
        for step in steps
    ]


def priced_tests(
    step: Step, message: str = "", status: Status = "not_run", only: str = ""
) -> list[TestResult]:
    """The tests of a step, function by function, each with what it is worth.

    Args:
        only: the function whose tests are wanted; all others are left out.
    """
    order = [function.name for function in step.functions]
    tests = [
        TestResult(test.name, test.function, status, message=message, group=test.group)
        for test in suite_tests(step.number)
        if only in ("", test.function)
    ]
    tests.sort(key=lambda test: order.index(test.function))
    share_points(step, tests)
    return tests


def share_points(step: Step, tests: Sequence[TestResult]) -> None:
    """Share the points of every group evenly among its tests."""
    for function in step.functions:
        for group, points in function.points.items():
            members = [test for test in tests if (test.function, test.group) == (function.name, group)]
            _share(round(points * 100), members, [1] * len(members))


def count_points(tests: Sequence[TestResult]) -> None:
    """Points for what passed, function by function.

    None without one right answer to a case that is drawn again in every run: a table of answers is worth
    nothing. None beyond the core unless the whole core passed. Where a check could not run because
    there is no reference, its points go to the function's other tests, so that the student's edition gives
    the same mark.
    """
    for function in dict.fromkeys(test.function for test in tests):
        mine = [test for test in tests if test.function == function]
        judged = [test for test in mine if test.status != "not_run"]
        weights = [test.max_score for test in judged]
        total = round(sum(test.max_score for test in mine) * 100)
        for test in mine:
            test.score = test.max_score = 0
        _share(total, judged, weights)
        fresh = [test.status == "passed" for test in judged if test.group == "fresh"]
        core = all(test.status == "passed" for test in judged if test.group == "core")
        for test in judged:
            if test.status != "passed":
                continue
            if fresh and not any(fresh):
                waits = f"a fresh case of {function} is right"
            elif not core and test.group != "core":
                waits = f"the core tests of {function} pass"
            else:
                test.score = test.max_score
                continue
            test.message = test.message or f"correct; it counts once {waits}"


def _share(hundredths: int, tests: Sequence[TestResult], weights: Sequence[float]) -> None:
    for test, share in zip(tests, apportion(hundredths, weights)):
        test.max_score = share / 100
