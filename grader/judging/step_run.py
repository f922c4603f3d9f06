"""One step while it is judged: its tests, each judged once, and then the step on the student's own stack."""

from __future__ import annotations

import bdb
from collections.abc import Callable
from time import perf_counter

from grader.judging.bench import EVERY_FUNCTION, Bench
from grader.judging.by_name import called_by_name
from grader.judging.judge import Judge, NeedsReference
from grader.judging.marks import priced_tests
from grader.judging.results import Status, StepResult, TestResult, together
from grader.judging.second_look import second_look
from grader.judging.suite import SuiteTest, suite_tests
from grader.judging.verdict import Verdict
from grader.kata.curriculum import Step, stack_of
from grader.kata.files import CannotGrade
from grader.sandbox.own_side import of_the_graders_side

NameMistakes = Callable[[Step, list[TestResult], Bench], None]
NEEDS_REFERENCE = "not judged here: this check needs the reference (solutions/)"


class StepRun:
    """What is known of one step's tests so far.

    Args:
        bench: the host, the seed and what else the tests of a run share.
        step: what is judged.
        only: the function whose tests are wanted; all others are left out.

    Attributes:
        tests: as they run.
        result: the same tests, function by function, and what is known of them.
        error: how the test that was judged last has ended; None where it passed.
    """

    def __init__(self, bench: Bench, step: Step, only: str = ""):
        self.bench, self.step = bench, step
        self.tests = [test for test in suite_tests(step.number) if only in ("", test.function)]
        self.result = StepResult(step.number, step.name, priced_tests(step, only=only), extra=step.extra)
        self.error: Exception | None = None
        self._results = {test.name: test for test in self.result.tests}
        self._judged: set[str] = set()

    @property
    def is_complete(self) -> bool:
        return len(self._judged) == len(self.tests)

    def judge(self, test: SuiteTest) -> TestResult:
        """The verdict of one test, with the functions of other steps from the reference.

        Raises:
            CannotGrade: the test has broken, which is not the student's fault.
        """
        result = self._results[test.name]
        if test.name in self._judged:
            return result
        started = perf_counter()
        judge = self._judge_of(test, frozenset({test.function}))
        error: Exception | None = self._run(test, judge)
        if error is not None:
            error = second_look(judge, test.run, error)
        result.status, result.message, result.printed = "passed", judge.advice, judge.printed
        if isinstance(error, Verdict):
            result.status, result.failure, result.message = error.status, error.failure, error.failure.text()
        elif error is not None:
            result.status, result.message = "not_run", NEEDS_REFERENCE
        result.duration_s = perf_counter() - started
        self.error = error
        self._judged.add(test.name)
        return result

    def judge_own_stack(self) -> None:
        """Judge the step once more, with every function from the student's file; it gives no points."""
        statuses: list[Status] = []
        for test in self.tests:
            error = self._run(test, self._judge_of(test, EVERY_FUNCTION))
            status = _status(error)
            if status not in ("passed", "not_run") and not self.result.own_stack_message:
                culprit = self._culprit(test, status)
                self.result.own_stack_message = _blame(culprit, error)
                if culprit and culprit[1] == "not_implemented":
                    status = "not_implemented"
            statuses.append(status)
        self.result.own_stack = together(statuses)

    def judge_names(self) -> None:
        """Where all is right: say what later code meets that hands arguments over by name."""
        found = called_by_name(self.bench, self.step)
        if found is not None:
            self.result.own_stack_message, is_used = found
            self.result.own_stack = "failed" if is_used else "passed"

    def _culprit(self, test: SuiteTest, status: Status) -> tuple[Step, Status] | None:
        """The first earlier step without which this test passes, else the first that alone makes it fail.

        Args:
            status: how the test ends on the student's own stack.
        """
        for earlier in stack_of(self.step):
            others = EVERY_FUNCTION.difference(earlier.function_names)
            if self._run(test, self._judge_of(test, others)) is None:
                return earlier, status
        own = frozenset(self.step.function_names)
        if self._run(test, self._judge_of(test, own)) is not None:
            return None
        for earlier in stack_of(self.step):
            error = self._run(test, self._judge_of(test, own.union(earlier.function_names)))
            if error is not None:
                return earlier, _status(error)
        return None

    def _judge_of(self, test: SuiteTest, own: frozenset[str]) -> Judge:
        again = test.group == "fresh"
        return Judge(self.bench, self.step, test.function, own, test.name, again=again)

    def _run(self, test: SuiteTest, judge: Judge) -> Verdict | NeedsReference | None:
        """How a test ends. A check of ours that breaks never counts against the student, nor vanishes."""
        try:
            test.run(judge=judge)
        except (Verdict, NeedsReference) as error:
            return error
        except CannotGrade:
            raise
        except bdb.BdbQuit:  # typed q in the debugger
            raise KeyboardInterrupt from None
        except MemoryError as error:
            raise of_the_graders_side(error) from error
        except Exception as error:
            place = f"step {self.step.number}, {test.name}"
            what = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise CannotGrade(f"the grader itself failed in {place}: {what}") from error
        return None


def _status(error: Verdict | NeedsReference | None) -> Status:
    if error is None:
        return "passed"
    return error.status if isinstance(error, Verdict) else "not_run"


def _blame(culprit: tuple[Step, Status] | None, error: Verdict | NeedsReference | None) -> str:
    """In one line, why a step that is right on its own fails on the student's stack."""
    if culprit is None:
        return f"right on its own; on your stack it fails: {error}"
    step, status = culprit
    place = f"step {step.number} ({step.name})"
    if status == "not_implemented":
        return f"right on its own; your stack waits for {place}"
    return f"right on its own; on your stack it fails because of {place}: fix that first"
