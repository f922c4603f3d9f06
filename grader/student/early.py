"""What `watch` shows while a step is still being judged, and what it does before anybody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.judging.bench import Bench
from grader.judging.results import WRONG, StepResult, TestResult
from grader.kata.curriculum import Step
from grader.mistakes import name_mistakes, register

if TYPE_CHECKING:
    from grader.student.loop import Watch


class Early:
    """Shows the first wrong answer as soon as it is known."""

    def __init__(self, watch: Watch):
        self._watch = watch
        self._is_shown = False

    def test(self, step: StepResult, test: TestResult) -> None:
        if test.status in WRONG and not self._is_shown:
            self._is_shown = True
            self._watch.show_early(step, "judging the other tests …")

    def alone(self, step: StepResult) -> None:
        if step.status in WRONG:
            if self._watch.has_screen:
                self._watch.show_early(step, "looking whether this is a mistake with a name …")
        elif step.status == "passed" and self._watch.has_screen:
            points = f"{step.score:g} of {step.max_score:g} points"
            self._watch.show_early(step, f"right on its own, {points}; now on your own stack …")


def name_if_wanted(step: Step, tests: list[TestResult], bench: Bench) -> None:
    """Name the mistakes of a step, unless a newer save waits."""
    if bench.host.is_cancelled:
        raise KeyboardInterrupt
    name_mistakes(step, tests, bench)


def warm_up() -> None:
    """Import what only a wrong answer needs, while nobody waits."""
    import grader.mistakes.naming  # noqa: F401

    register()
