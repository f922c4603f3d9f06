"""The pytest plugin: the suites' tests as pytest's own, judged and told as `python -m grader step` does.

Plain pytest has it from grader/suites/conftest.py; grader/judging/run.py starts pytest with it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from grader.judging.bench import Bench
from grader.judging.results import WRONG, TestResult
from grader.judging.step_run import NameMistakes, StepRun
from grader.judging.suite import SuiteTest, suite_tests
from grader.kata.curriculum import GROUPS, STEPS, Step
from grader.kata.files import CannotGrade


class NotPassed(Exception):
    """A student's function did not pass a test; the message is what the student reads."""

    def __init__(self, result: TestResult):
        # What is not written yet needs no more than a line.
        is_open = result.status == "not_implemented"
        super().__init__(result.message.split("\n")[0] if is_open else result.message)
        self.result = result


class SuiteItem(pytest.Function):
    """One test of a suite. It needs no fixture: the plugin hands it its judge."""

    suites: Suites
    step: Step
    test: SuiteTest

    def setup(self) -> None:
        pass

    def runtest(self) -> None:
        self.suites.run(self)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What the grader says, without a traceback through the grader."""
        error = excinfo.value
        if not isinstance(error, (NotPassed, CannotGrade)):
            return super().repr_failure(excinfo)
        shown = excinfo.getrepr(style="value")
        if shown.reprcrash is not None:
            shown.reprcrash.message = str(error).split("\n")[0]
            failure = error.result.failure if isinstance(error, NotPassed) else None
            if failure is not None and failure.line:
                shown.reprcrash.path, shown.reprcrash.lineno = failure.file, failure.line
        return shown


class Suites:
    """Judges the items of the suites, in any order and selection that pytest asks for.

    Args:
        bench: makes what all tests share, when the first one is judged.
        name_mistakes: gives a function's failed tests the name of a known mistake, where one explains them.
        steps: what the steps are worth, where that differs from the curriculum.
    """

    def __init__(
        self, bench: Callable[[], Bench], name_mistakes: NameMistakes | None, steps: tuple[Step, ...] = STEPS
    ):
        self.steps = {step.suite.stem: step for step in steps}
        self.runs: dict[int, StepRun] = {}
        self._make_bench, self._name_mistakes = bench, name_mistakes
        self._bench: Bench | None = None
        self._named: set[tuple[int, str]] = set()

    @property
    def bench(self) -> Bench:
        if self._bench is None:
            self._bench = self._make_bench()
        return self._bench

    # ------------------------------------------------------------------------------------ pytest

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Collector, name: str, obj: object) -> Any:
        if not name.startswith("test_") or not hasattr(obj, "judges"):
            return None
        step = self.steps.get(collector.path.stem)
        if step is None:
            return []
        item = SuiteItem.from_parent(collector, name=name, callobj=obj)
        item.suites, item.step = self, step
        item.test = next(test for test in suite_tests(step.number) if test.run.__name__ == name)
        return item

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Step by step, core tests first; the items of others stay where they are."""
        ours = [item for item in items if isinstance(item, SuiteItem)]
        ours.sort(key=lambda item: (item.step.number, GROUPS.index(item.test.group)))
        ordered = iter(ours)
        items[:] = [next(ordered) if isinstance(item, SuiteItem) else item for item in items]

    # ---------------------------------------------------------------------------------- judging

    def run(self, item: SuiteItem) -> None:
        """Judge one test; it fails in pytest's own sense where the student's function did not pass."""
        run = self.run_of(item.step)
        try:
            result = run.judge(item.test)
        except pytest.fail.Exception as error:  # pytest-timeout's
            raise CannotGrade(f"step {item.step.number} did not come to an end: {error}") from None
        ended = run.error
        self.when_judged(item, run, result)
        if result.status == "not_run":
            pytest.skip(result.message)
        if result.status != "passed":
            raise NotPassed(result).with_traceback(ended.__traceback__ if ended else None)

    def run_of(self, step: Step) -> StepRun:
        if step.number not in self.runs:
            self.runs[step.number] = StepRun(self.bench, step)
        return self.runs[step.number]

    def when_judged(self, item: SuiteItem, run: StepRun, result: TestResult) -> None:
        """The evidence for the name of a mistake is every selected test of the function: judge them now."""
        function = (item.step.number, result.function)
        if result.status not in WRONG or function in self._named or self._name_mistakes is None:
            return
        self._named.add(function)
        alike = [
            run.judge(other.test)
            for other in item.session.items
            if isinstance(other, SuiteItem) and (other.step.number, other.test.function) == function
        ]
        self.name_mistakes(run, alike)

    def name_mistakes(self, run: StepRun, tests: list[TestResult]) -> None:
        """A fault in the diagnosis costs the name, and never the verdict."""
        if self._name_mistakes is None:
            return
        try:
            self._name_mistakes(run.step, tests, run.bench)
        except (Exception, pytest.fail.Exception) as error:  # the latter is pytest-timeout's
            what = f"step {run.step.number}'s mistake could not be named ({type(error).__name__}: {error})"
            print(f"grader: {what}".splitlines()[0], file=sys.__stderr__)
