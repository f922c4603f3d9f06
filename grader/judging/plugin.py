"""The pytest plugin: hands every test its judge, runs it on both stacks, and keeps the verdicts.

Each test runs "alone" (every other function is the reference's) and, for steps that build on
earlier ones, once more on the student's "own" stack. Only the first gives points.
"""

from __future__ import annotations

import bdb
import sys
from collections.abc import Callable, Generator
from time import perf_counter
from typing import Any

import pytest

from grader.judging.compare import Failure
from grader.judging.judge import EVERY_FUNCTION, Bench, Judge, NeedsReference, Verdict
from grader.judging.results import Status, StepResult, TestResult, together
from grader.judging.second_look import second_look
from grader.kata.curriculum import GROUPS, Step, find_function, stack_of
from grader.kata.files import CannotGrade

NameMistakes = Callable[[Step, list[TestResult], Bench], None]
NEEDS_REFERENCE = "not judged here: this check needs the reference (solutions/)"


class JudgePlugin:
    """One run's bookkeeping.

    Args:
        bench: the host, the seed and what else the tests share.
        steps: what is judged.
        on_step: called with every finished step, for a report that appears as it is known.
        on_test: called with every test that has been judged alone, and its step as far as it is known.
        on_alone: called with a step whose tests have all been judged alone: its status and its points
            stand; the own stack and the names of mistakes are still to come, and may take a while.
        name_mistakes: gives the failed tests of a step the name of a known mistake, where one explains them.
        own_stack: whether the second verdict, on the student's own stack, is asked for; it gives no points.
        only: the function whose tests are run; all others are left out.
    """

    def __init__(
        self,
        bench: Bench,
        steps: tuple[Step, ...],
        on_step: Callable[[StepResult], None],
        on_test: Callable[[StepResult, TestResult], None] = lambda step, test: None,
        on_alone: Callable[[StepResult], None] = lambda step: None,
        name_mistakes: NameMistakes | None = None,
        own_stack: bool = True,
        only: str = "",
    ):
        self.bench = bench
        self.steps = {step.number: step for step in steps}
        self.results: dict[int, StepResult] = {}
        self._on_step, self._on_test, self._on_alone = on_step, on_test, on_alone
        self._name, self._own_stack, self._only = name_mistakes, own_stack, only
        self.cannot_go_on: Exception | None = None
        self._tests: dict[tuple[int, str], TestResult] = {}
        self._own: dict[int, list[Status]] = {}
        self._left: dict[int, int] = {}
        self._left_alone: dict[int, int] = {}

    # ------------------------------------------------------------------------------- collection

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "judge" in metafunc.fixturenames:
            step = self._step(metafunc.module.__name__)
            twice = self._own_stack and stack_of(step)
            metafunc.parametrize("stack", ["alone", "own"] if twice else ["alone"])

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Core tests first, both stacks of a step together; and every test gets its result at once."""

        def key(item: pytest.Item) -> tuple[int, bool, int]:
            return self._of(item).number, self._stack(item) == "own", GROUPS.index(self._mark(item)[1])

        items[:] = sorted((i for i in items if self._only in ("", self._mark(i)[0])), key=key)
        for item in items:
            step, stack = self._of(item), self._stack(item)
            self._left[step.number] = self._left.get(step.number, 0) + 1
            result = self.results.setdefault(step.number, StepResult(step.number, step.name, []))
            if stack == "alone":
                function, group = self._mark(item)
                test = TestResult(self._title(item), function, group=group)
                self._tests[step.number, test.name] = test
                result.tests.append(test)
                self._left_alone[step.number] = self._left_alone.get(step.number, 0) + 1
        for number, result in self.results.items():
            result.tests.sort(key=lambda t: [f.name for f in self.steps[number].functions].index(t.function))
            share_points(self.steps[number], result.tests)

    # ---------------------------------------------------------------------------------- running

    @pytest.fixture
    def judge(self, request: pytest.FixtureRequest, stack: str) -> Judge:
        return self._judge(request.node, EVERY_FUNCTION if stack == "own" else None)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, Any, None]:
        """Run the test and write down its verdict; the test itself never fails inside pytest."""
        started = perf_counter()
        outcome = yield
        if self._is_left_out(pyfuncitem):
            return
        error = outcome.excinfo[1] if outcome.excinfo else None
        if isinstance(error, bdb.BdbQuit):  # "q" at a breakpoint() ends the run, not just this call
            outcome.force_exception(KeyboardInterrupt())
            return
        if isinstance(error, (KeyboardInterrupt, SystemExit)) or type(error).__name__ == "Exit":
            return
        step = self._of(pyfuncitem)
        judge = pyfuncitem.funcargs.get("judge")
        if isinstance(error, (CannotGrade, MemoryError)):  # of the grader's side: no verdict about the code
            self.cannot_go_on = error
            outcome.force_exception(pytest.exit.Exception(str(error), pytest.ExitCode.INTERNAL_ERROR))
            return
        if self._stack(pyfuncitem) == "alone" and isinstance(judge, Judge) and isinstance(error, Exception):
            error = second_look(judge, pyfuncitem.obj, error)
        status, failure = _verdict(error)
        if self._stack(pyfuncitem) == "own":
            self._note_own(pyfuncitem, step, status, failure)
        else:
            test = self._tests[step.number, self._title(pyfuncitem)]
            test.status, test.failure = status, failure
            test.duration_s = perf_counter() - started
            test.message = failure.text() if failure else judge.advice if isinstance(judge, Judge) else ""
            if isinstance(error, NeedsReference):
                test.message = NEEDS_REFERENCE
            self._note_alone(self.results[step.number], test)
        outcome.force_result(True)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        number = int(nodeid.split("test_step_")[1][:2])
        self._left[number] -= 1
        if self._left[number] == 0:
            self._finish(self.results[number])

    def skips_own(self, step: Step) -> bool:
        """The own stack is judged only where every function is right on its own."""
        return self.results[step.number].status != "passed"

    @pytest.hookimpl(tryfirst=True, specname="pytest_pyfunc_call")
    def pytest_leave_out_own(self, pyfuncitem: pytest.Function) -> bool | None:
        """Do not call a test on the own stack where the step is not right on its own."""
        return True if self._is_left_out(pyfuncitem) else None

    # ----------------------------------------------------------------------------------- inside

    def _is_left_out(self, item: pytest.Item) -> bool:
        return self._stack(item) == "own" and self.skips_own(self._of(item))

    def _note_alone(self, result: StepResult, test: TestResult) -> None:
        self._on_test(result, test)
        self._left_alone[result.number] -= 1
        if self._left_alone[result.number] == 0:
            _count_points(result.tests)
            self._on_alone(result)

    def _finish(self, result: StepResult) -> None:
        step = self.steps[result.number]
        if not stack_of(step):
            result.own_stack = result.status
        elif self.skips_own(step) or not self._own_stack:
            result.own_stack = "not_run"
        else:
            result.own_stack = together(self._own.get(step.number, []))
        result.duration_s = sum(test.duration_s for test in result.tests)
        if result.status not in ("passed", "not_implemented"):
            self._name_mistakes(step, result)
        self._on_step(result)

    def _name_mistakes(self, step: Step, result: StepResult) -> None:
        """A fault in the diagnosis costs the name, and never the verdict."""
        if self._name is None:
            return
        try:
            self._name(step, result.tests, self.bench)
        except (Exception, pytest.fail.Exception) as error:  # the latter is pytest_timeout's
            said = (
                f"grader: step {step.number}'s mistake could not be named ({type(error).__name__}: {error})"
            )
            print(said.splitlines()[0], file=sys.__stderr__)

    def _note_own(self, item: pytest.Function, step: Step, status: Status, failure: Failure | None) -> None:
        statuses = self._own.setdefault(step.number, [])
        statuses.append(status)
        result = self.results[step.number]
        if status in ("passed", "not_run") or result.own_stack_message:
            return
        culprit = self._blame(item, step)
        if culprit is None:
            first = failure.first if failure else status
            result.own_stack_message = f"right on its own; on your stack it fails: {first}"
        elif culprit[1] == "not_implemented":
            result.own_stack_message = (
                f"right on its own; your stack waits for step {culprit[0].number} ({culprit[0].name})"
            )
            statuses[-1] = "not_implemented"
        else:
            result.own_stack_message = (
                f"right on its own; on your stack it fails because of step {culprit[0].number} "
                f"({culprit[0].name}): mend that first"
            )

    def _blame(self, item: pytest.Function, step: Step) -> tuple[Step, Status] | None:
        """The first earlier step whose functions alone make this test fail; None: it is this step's own."""
        own = set(step.function_names)
        for earlier in (None, *stack_of(step)):
            judge = self._judge(item, frozenset(own.union(earlier.function_names if earlier else ())))
            try:
                item.obj(judge=judge)
            except Exception as error:
                return (earlier, _verdict(error)[0]) if earlier else None
        return None

    def _judge(self, item: pytest.Item, own: frozenset[str] | None) -> Judge:
        function, _ = self._mark(item)
        step = self._of(item)
        return Judge(self.bench, step, function, own or frozenset({function}), self._title(item))

    def _step(self, module: str) -> Step:
        return self.steps[int(module.rsplit("test_step_")[1][:2])]

    def _of(self, item: pytest.Item) -> Step:
        return self._step(item.module.__name__)  # type: ignore[attr-defined]

    @staticmethod
    def _stack(item: pytest.Item) -> str:
        return str(item.callspec.params["stack"])  # type: ignore[attr-defined]

    @staticmethod
    def _mark(item: pytest.Item) -> tuple[str, str]:
        mark = item.get_closest_marker("judges")
        assert mark is not None, f"{item.name} does not say which function it judges"
        return mark.args[0], mark.args[1]

    @staticmethod
    def _title(item: pytest.Item) -> str:
        return item.originalname.removeprefix("test_").replace("_", " ")  # type: ignore[attr-defined, no-any-return]


def _verdict(error: BaseException | None) -> tuple[Status, Failure | None]:
    if error is None:
        return "passed", None
    if isinstance(error, Verdict):
        return error.status, error.failure
    if isinstance(error, NeedsReference):
        return "not_run", None
    # A check of ours that broke must never pass for a student's mistake, nor vanish.
    return "error", Failure(f"the grader itself failed here: {type(error).__name__}: {error}")


def share_points(step: Step, tests: list[TestResult]) -> None:
    """Share every group's points evenly among its tests, in hundredths that add up."""
    for function in {test.function for test in tests}:
        for group, points in find_function(function, step).points.items():
            members = [t for t in tests if t.function == function and t.group == group]
            cents = round(points * 100)
            for i, test in enumerate(members):
                share = cents // len(members) + (1 if i < cents % len(members) else 0)
                test.max_score = share / 100


def _count_points(tests: list[TestResult]) -> None:
    """Points for what passed; beyond the core only where the function's core passed.

    Where a check could not run for want of the reference, its points go to the others of its
    function in proportion, so that the student's edition gives the same mark.
    """
    for function in {test.function for test in tests}:
        mine = [t for t in tests if t.function == function]
        unjudged = [t for t in mine if t.status == "not_run"]
        judged = [t for t in mine if t.status != "not_run"]
        lost = sum(t.max_score for t in unjudged)
        weight = sum(t.max_score for t in judged)
        for test in judged:
            test.max_score = round(test.max_score + lost * test.max_score / weight, 2) if weight else 0
        for test in unjudged:
            test.max_score = 0
        core = all(t.status == "passed" for t in judged if t.group == "core")
        for test in judged:
            passed = test.status == "passed"
            test.score = test.max_score if passed and (core or test.group == "core") else 0
            if passed and not test.score and not test.message:
                test.message = f"right, and counts once the core tests of {function} pass"
        drift = round(sum(t.max_score for t in mine) - (lost + weight), 2)
        if drift and judged:
            judged[-1].max_score = round(judged[-1].max_score - drift, 2)
            judged[-1].score = judged[-1].max_score if judged[-1].score else 0
