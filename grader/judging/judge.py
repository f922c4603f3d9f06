"""What a suite's test holds in its hand: it calls the student's function and judges the answer.

A test reads like this:

    @judges("gelu", "core")
    def test_gelu_of_positive_numbers(judge):
        judge.equal("numbers from 0 to 4", (x,), expected=y)

Every call is judged for more than its value: that the function is there and returns, that it
leaves its arguments alone, and that it keeps float32 float32 (advice, never a failure).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from grader.judging.bench import EVERY_FUNCTION, Bench, Call, fresh_rng, holds_lists
from grader.judging.code_first import look_at_code
from grader.judging.compare import (
    as_array,
    compare_array,
    compare_ids,
    compare_mask,
    compare_text,
    compare_tree,
)
from grader.judging.failure import Array, Failure
from grader.judging.reference import Reference, in_float32, in_float64
from grader.judging.results import Status
from grader.judging.suite import judges
from grader.judging.verdict import Verdict, add_answer, changed_arguments, not_as_before, own_prints, stopped
from grader.kata.curriculum import Step, find_function
from grader.sandbox.trees import leaves

if TYPE_CHECKING:
    from grader.sandbox.host import Answer
    from reference_activations.goldens import Goldens
    from reference_activations.models import Model

__all__ = ["EVERY_FUNCTION", "KINDS_OF", "Bench", "Call", "Judge", "NeedsReference", "Verdict", "judges"]

# Built-in exceptions that are ValueErrors too, and that a student's code may let through.
KINDS_OF: dict[type[BaseException], tuple[str, ...]] = {
    ValueError: ("ValueError", "UnicodeError", "UnicodeEncodeError", "UnicodeDecodeError", "JSONDecodeError")
}


class NeedsReference(Exception):
    """This check computes its expected values with solutions/, and they are not here."""


class Judge:
    """Judges one function in one test.

    Args:
        bench: what all tests of the run share.
        step: the step that is judged.
        function: the function's name.
        own: the functions that the student's code serves; all others come from the reference.
        name: the test's.
        records: whether the calls are kept for naming mistakes; None: unless every function is the student's.
        again: whether a call with lists or dicts is made once more with the very same ones.
    """

    def __init__(self, bench: Bench, step: Step, function: str, own: frozenset[str], name: str,
                 records: bool | None = None, again: bool = False):  # fmt: skip
        self.bench = bench
        self.step = step
        self.function = find_function(function, step)
        self.own = own
        self.name = name
        self.advice = ""
        self.printed = ""  # what the student's code printed, in all calls
        self._records = own != EVERY_FUNCTION if records is None else records
        self._again = again
        self._deadline = monotonic() + bench.seconds_for(function)

    @cached_property
    def rng(self) -> np.random.Generator:
        """Where the test's fresh cases come from."""
        return fresh_rng(self.bench.seed, self.name)

    @property
    def counts(self) -> bool:
        """Whether points come of this; the student's own stack only gets a second verdict."""
        return self._records

    def among(self, own: frozenset[str]) -> Judge:
        """A judge of the same test, with these functions served by the student's code."""
        return Judge(self.bench, self.step, self.function.name, own, self.name, True, self._again)

    # -------------------------------------------------------------------- what tests are made of

    @property
    def reference(self) -> Reference:
        """The solutions, in this process.

        Raises:
            NeedsReference: they are not here (the student's edition).
        """
        if self.bench.reference is None:
            raise NeedsReference
        return self.bench.reference

    def cases(self, function: str) -> Iterator[tuple[str, dict[str, Array]]]:
        """The function-level goldens: (name, {"in.x": …, "out": …})."""
        from reference_activations.goldens import load_cases

        return load_cases(function)

    def goldens(self, model: str) -> Goldens:
        from reference_activations.goldens import load_goldens

        return load_goldens(model)

    def model(self, name: str) -> Model:
        return self.bench.models.model(name)

    # -------------------------------------------------------------------------------- judgements

    def equal(self, case: str, args: tuple[Any, ...], expected: Array, *, error: float | None = None,
              axes: tuple[str, ...] = (), **kwargs: Any) -> None:  # fmt: skip
        """The function's array equals the expected one. Floating arguments are given as float32."""
        args = in_float32(args)
        answer = self._judge(
            compare_array, case, args, kwargs, np.asarray(expected), error, axes=axes, inputs=args[0]
        )
        self._advise(args, answer)

    def fresh(self, case: str, args: tuple[Any, ...], *, error: float | None = None, **kwargs: Any) -> None:
        """The function's array equals what the reference computes in float64."""
        expected = self.expect(in_float32(args), kwargs)
        self.equal(case, args, expected, error=error, **kwargs)

    def expect(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the reference answers, computed in float64."""
        return self.reference[self.function.name](*in_float64(args), **in_float64(kwargs))

    def mask(self, case: str, args: tuple[Any, ...], expected: Array) -> None:
        """The function's array is 0 where the expected mask is, and hides what that hides."""
        self._judge(compare_mask, case, args, {}, expected)

    def ids(self, case: str, args: tuple[Any, ...], expected: Sequence[int], n_prompt: int = 0,
            **kwargs: Any) -> Answer:  # fmt: skip
        """The function's list of token ids equals the expected one."""
        return self._judge(
            compare_ids, case, in_float32(args), kwargs, [int(i) for i in expected], n_prompt=n_prompt
        )

    def cost(self, case: str, args: tuple[Any, ...], expected: Sequence[int], n_prompt: int) -> float:
        """The seconds of CPU, as the system counts them, for which the function made these ids."""
        return self._judge(
            compare_ids, case, args, {}, list(expected), evidence=False, n_prompt=n_prompt
        ).cpu_s

    def tree(self, case: str, args: tuple[Any, ...], expected: Any, *, error: float | None = None,
             **kwargs: Any) -> Answer:  # fmt: skip
        """The function's nest of arrays, lists and dicts equals the expected one, leaf by leaf."""
        return self._judge(compare_tree, case, in_float32(args), kwargs, expected, error)

    def text(self, case: str, args: tuple[Any, ...], expected: str) -> None:
        """The function's text equals the expected one."""
        self._judge(compare_text, case, args, {}, expected)

    def all_ids(self, cases: Sequence[tuple[str, tuple[Any, ...], Sequence[int]]]) -> None:
        """Many (case, arguments, expected ids), asked together.

        Every answer is evidence for the diagnosis then, not only those up to the first wrong one.
        """
        self._all(compare_ids, [(case, args, list(expected)) for case, args, expected in cases])

    def all_texts(self, cases: Sequence[tuple[str, tuple[Any, ...], str]]) -> None:
        """Many (case, arguments, expected text), asked together, as all_ids does."""
        self._all(compare_text, cases)

    def raises(self, case: str, args: tuple[Any, ...], error: type[Exception] = ValueError,
               **kwargs: Any) -> None:  # fmt: skip
        """The function refuses this input with this exception, and says why."""
        args = in_float32(args)
        answer = self._send_many([(args, kwargs)])[0]
        self._record(args, kwargs, answer, None, raises=error)
        if answer.status not in ("raised", "returned"):
            self._came_back(case, answer)
        if answer.status == "raised" and answer.is_a(*KINDS_OF.get(error, (error.__name__,))):
            return
        if answer.status == "raised":
            first = f"{self.function.name} raised {answer.error_type}; {error.__name__} is expected: {case}"
        else:
            first = f"{self.function.name} accepted what it must refuse with {error.__name__}: {case}"
        self._fail("failed", Failure(first, function=self.function.name, case=case), answer)

    def that(self, truth: bool, first: str, evidence: Sequence[str] = (), action: str = "",
             answer: Answer | None = None) -> None:  # fmt: skip
        """Any other statement about answers; `first` says what is wrong where it is not true."""
        if not truth:
            self._fail("failed", Failure(first, list(evidence), action, self.function.name), answer)

    # ------------------------------------------------------------------------------------- calls

    def call(self, case: str, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None, *,
             expected: Any = None, error: float | None = None, changes: bool = False,
             evidence: bool = True) -> Answer:  # fmt: skip
        """Call the function once; the answer has returned and left its arguments alone.

        Args:
            case: which input this is, in words.
            expected: what is right, kept for the diagnosis.
            changes: True where the function may change its arguments.
            evidence: False where right answers differ, so that wrong ones do as well.
        """
        kwargs = kwargs or {}
        answer = self._send_many([(args, kwargs)])[0]
        self._record(args, kwargs, answer, expected, error, evidence=evidence)
        self._came_back(case, answer, changes)
        return answer

    def calls(self, case: str, calls: list[tuple[tuple[Any, ...], dict[str, Any]]]) -> list[Answer]:
        """Call the function many times in a row; a Generator among the arguments is shared."""
        single = {id(call): (in_float32(call[0]), call[1]) for call in calls}
        calls = [single[id(call)] for call in calls]
        answers = self._send_many(calls)
        request = len(self.bench.calls) + 1
        for (args, kwargs), answer in zip(calls, answers):
            self._record(args, kwargs, answer, None, request=request)
        for answer in answers:
            self._came_back(case, answer)
        return answers

    def put(self, name: str, value: Any) -> Any:
        """Something large that many calls take: it is sent once, and every call gets its own copy."""
        if name not in self.bench.handles:
            self.bench.handles[name] = self.bench.host.put(name, value)
        return self.bench.handles[name]

    # ------------------------------------------------------------------------------------ inside

    def _judge(
        self,
        compare: Callable[..., Failure | None],
        case: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        expected: Any,
        error: float | None = None,
        evidence: bool = True,
        **more: Any,
    ) -> Answer:
        """Call the function once, and compare what it returned with what is expected."""
        answer = self.call(case, args, kwargs, expected=expected, error=error, evidence=evidence)
        if error is not None:
            more["error"] = error
        failure = compare(answer.value, answer.value_type, expected, self.function, case, **more)
        if failure:
            self._fail("failed", failure, answer)
        if self._again and holds_lists(args, kwargs):
            self._again = False
            self._ask_again(
                case,
                lambda value, kind: compare(value, kind, expected, self.function, case, **more),
                answer.duration_s,
            )
        return answer

    def _ask_again(
        self, case: str, compared: Callable[[Any, str], Failure | None], first_took_s: float
    ) -> None:
        """What a function did to its caller's lists shows when it gets the very same ones once more.

        That takes nothing from the test's own time: who is slow and right has all of it.
        """
        name, started = self.function.name, monotonic()
        left = max(self._deadline - started, 0.5 + 3 * first_took_s)
        answer = self.bench.host.call_again(name, own=self.own, timeout=left)
        self._deadline += monotonic() - started
        if answer is None:
            return
        if answer.status not in ("returned", "raised") or answer.mutated:
            self._came_back(case, answer)
        if answer.status == "raised" or compared(answer.value, answer.value_type):
            self._fail("failed", not_as_before(name, case, answer), answer)

    def _all(self, compare: Callable[..., Failure | None], cases: Sequence[tuple[str, Any, Any]]) -> None:
        answers = self._send_many([(args, {}) for _, args, _ in cases])
        for (_, args, expected), answer in zip(cases, answers):
            self._record(args, {}, answer, expected)
        for (case, _, expected), answer in zip(cases, answers):
            self._came_back(case, answer)
            failure = compare(answer.value, answer.value_type, expected, self.function, case)
            if failure:
                self._fail("failed", failure, answer)

    def _came_back(self, case: str, answer: Answer, changes: bool = False) -> None:
        """The call has returned, and left its arguments alone unless it may change them."""
        if answer.status != "returned":
            self._fail(*stopped(self.function, case, answer, self.bench), answer)
        if answer.mutated and not changes:
            self._fail("failed", changed_arguments(self.function.name, case, answer), answer)

    def _fail(self, status: Status, failure: Failure, answer: Answer | None) -> NoReturn:
        """End the test: with the answer's own line and prints, and with what the code itself says."""
        if answer is not None:
            add_answer(failure, answer)
        source = self.bench.source_of(self.function.name)
        if source is not None:
            look_at_code(failure, status, self.function, source, answer)
        raise Verdict(status, failure)

    def _send_many(self, calls: list[tuple[tuple[Any, ...], dict[str, Any]]]) -> list[Answer]:
        """Send calls within what is left of the test's time."""
        # One call that is often in the list stays one: the host packs it once.
        packed = {id(c): (tuple(map(self.bench.models.instead, c[0])), c[1]) for c in calls}
        name, seconds = self.function.name, max(0.05, self._deadline - monotonic())
        sent = [packed[id(call)] for call in calls]
        answers = self.bench.host.call_many(name, sent, own=self.own, timeout=seconds)
        if any(answer.status == "timeout" for answer in answers):
            self.bench.timeouts[name] = self.bench.timeouts.get(name, 0) + 1
        if not self.printed:
            self.printed = next(filter(None, (own_prints(answer.printed) for answer in answers)), "")
        return answers

    def _record(self, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Answer, expected: Any,
                error: float | None = None, raises: type[BaseException] | None = None,
                request: int = 0, evidence: bool = True) -> None:  # fmt: skip
        if self._records:
            place = self.step.number, self.name, self.function.name
            request = request or len(self.bench.calls) + 1
            self.bench.keep(Call(*place, args, kwargs, answer, expected, error, raises, request, evidence))

    def _advise(self, args: tuple[Any, ...], answer: Answer) -> None:
        name, given = self.function.name, as_array(answer.value)
        inputs = [a for a in leaves(args) if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
        single = bool(inputs) and all(a.dtype == np.float32 for a in inputs)
        if isinstance(answer.value, list):
            self.advice = f"{name} returns a list: it counts, but what calls it may need an array (np.array)"
        elif given is not None and given.dtype == np.float64 and single:
            self.advice = (
                f"{name} returns float64 for float32 input: no mistake, but the real model "
                "gets several times slower (NumPy scalars like np.sqrt(2) are float64; math.sqrt(2) is not)"
            )
