"""A run that gives marks: every step is finished as soon as its last test is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from grader.judging.bench import Bench
from grader.judging.marks import count_points
from grader.judging.plugin import SuiteItem, Suites
from grader.judging.results import StepResult, TestResult
from grader.judging.step_run import NameMistakes, StepRun
from grader.kata.curriculum import Step, stack_of
from grader.kata.files import CannotGrade


@dataclass(frozen=True)
class Listeners:
    """Who hears of a run while it goes on.

    Attributes:
        on_step: called with every finished step, for a report that appears as it is known.
        on_test: called with every test that has been judged, and its step as far as it is known.
        on_alone: called with a step whose tests have all been judged: its status and its points are final;
            the own stack and the names of mistakes are still to come, and may take a while.
    """

    on_step: Callable[[StepResult], None]
    on_test: Callable[[StepResult, TestResult], None]
    on_alone: Callable[[StepResult], None]


class MarkedRun(Suites):
    """Judges all tests of some steps, and counts their points.

    Args:
        own_stack: whether the second verdict, on the student's own stack, is asked for; it gives no points.
        only: the function whose tests are run; all others are left out.

    Attributes:
        problem: why the work could not be done; None where it could.
    """

    def __init__(
        self,
        bench: Bench,
        steps: tuple[Step, ...],
        listeners: Listeners,
        name_mistakes: NameMistakes | None,
        own_stack: bool = True,
        only: str = "",
    ):
        super().__init__(lambda: bench, name_mistakes, steps)
        self.problem: CannotGrade | None = None
        self._listeners, self._own_stack, self._only = listeners, own_stack, only
        self.runs = {step.number: StepRun(bench, step, only) for step in steps}

    def wants(self, item: SuiteItem) -> bool:
        """Whether an item is judged in this run."""
        return item.step.number in self.runs and self._only in ("", item.test.function)

    def results(self) -> list[StepResult]:
        """What came of all steps.

        Raises:
            CannotGrade: something was not judged.
        """
        if self.problem is not None:
            raise self.problem
        if not all(run.is_complete for run in self.runs.values()):
            raise CannotGrade("the suites did not run to their end")
        return [run.result for run in self.runs.values()]

    def after(self, item: SuiteItem, nextitem: SuiteItem | None) -> None:
        """Finish a step after its last test, outside of the time limit of that test."""
        is_last = nextitem is None or nextitem.step is not item.step
        if is_last and self.problem is None:
            try:
                self._finish(self.run_of(item.step))
            except CannotGrade as error:
                self._give_up(item.session, error)

    def run(self, item: SuiteItem) -> None:
        try:
            super().run(item)
        except CannotGrade as error:
            self._give_up(item.session, error)
            raise

    def when_judged(self, item: SuiteItem, run: StepRun, result: TestResult) -> None:
        """All tests of the step will be judged anyway: mistakes are named when they have been."""
        self._listeners.on_test(run.result, result)

    def _finish(self, run: StepRun) -> None:
        result, step = run.result, run.step
        count_points(result.tests)
        self._listeners.on_alone(result)
        if not stack_of(step):
            result.own_stack = result.status
        elif self._own_stack and result.status == "passed":
            run.judge_own_stack()
        if self._own_stack and result.own_stack == "passed":
            run.judge_names()
        result.duration_s = sum(test.duration_s for test in result.tests)
        if result.status not in ("passed", "not_implemented"):
            self.name_mistakes(run, result.tests)
        self._listeners.on_step(result)

    def _give_up(self, session: pytest.Session, problem: CannotGrade) -> None:
        self.problem = problem
        session.shouldstop = "the grader could not do its work"
