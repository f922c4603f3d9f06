"""What a suite's test holds in its hand: it calls the student's function and judges the answer.

A test reads like this:

    @judges("gelu", "core")
    def test_gelu_of_positive_numbers(judge):
        judge.equal("numbers from 0 to 4", (x,), expected=y)

Every call is judged for more than its value: that the function is there and returns, that it
leaves its arguments alone, and that it keeps float32 float32 (advice, never a failure).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from grader.judging.compare import (
    Array,
    Failure,
    as_array,
    compare_array,
    compare_ids,
    compare_text,
    compare_tree,
)
from grader.judging.reference import Reference, in_float32, in_float64
from grader.judging.results import Status
from grader.judging.shared_models import SharedModels
from grader.kata.curriculum import Step, find_function, function_names, step_of

if TYPE_CHECKING:
    from grader.sandbox.host import Answer, Host
    from reference_activations.goldens import Goldens
    from reference_activations.models import Model

EVERY_FUNCTION = frozenset(function_names())
SHORT_LIMITS_S = (2.0, 1.0)  # for a function that has already run past its limit once, and more often


def judges(function: str, group: str = "core") -> pytest.MarkDecorator:
    """Mark a test: which function it judges, and which of the function's points it carries."""
    return pytest.mark.judges(function, group)


# Built-in exceptions that are ValueErrors too, and that a student's code may let through.
KINDS_OF: dict[type[BaseException], tuple[str, ...]] = {
    ValueError: ("ValueError", "UnicodeError", "UnicodeEncodeError", "UnicodeDecodeError", "JSONDecodeError")
}


class Verdict(Exception):
    """A call was judged and did not pass."""

    def __init__(self, status: Status, failure: Failure):
        super().__init__(failure.first)
        self.status = status
        self.failure = failure


class NeedsReference(Exception):
    """This check computes its expected values with solutions/, and they are not here."""


@dataclass
class Call:
    """One call of a student's function, kept for the diagnosis."""

    step: int
    test: str
    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    answer: Answer
    expected: Any
    error: float | None = None
    raises: type[BaseException] | None = None
    request: int = 0  # calls of one request share their generators
    evidence: bool = True  # False where right answers differ, so that wrong ones do as well


@dataclass
class Bench:
    """What all tests of one run share."""

    host: Host
    impl: Path
    seed: int
    seconds: float
    reference: Reference | None
    pairs: int | None = None  # see grader.judging.run.Options
    naming_limit_s: float = 8.0  # as pairs
    naming_s: float = 0.0  # what naming mistakes has cost in this run
    calls: list[Call] = field(default_factory=list)
    timeouts: dict[str, int] = field(default_factory=dict)
    handles: dict[str, Any] = field(default_factory=dict)
    models: SharedModels = field(init=False)

    def __post_init__(self) -> None:
        self.models = SharedModels(self.host)

    def seconds_for(self, function: str) -> float:
        """How long the next test of this function may take."""
        times = self.timeouts.get(function, 0)
        return min(self.seconds, SHORT_LIMITS_S[min(times, 2) - 1]) if times else self.seconds


def fresh_rng(seed: int, name: str) -> np.random.Generator:
    """The generator of one test: from the run's seed and the test's own name, nothing else."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


class Judge:
    """Judges one function in one test, with the given functions served by the student's code."""

    def __init__(self, bench: Bench, step: Step, function: str, own: frozenset[str], name: str):
        self.bench = bench
        self.step = step
        self.function = find_function(function, step)
        self.own = own
        self.name = name
        self.rng = fresh_rng(bench.seed, name)
        self.advice = ""
        self._deadline = monotonic() + bench.seconds_for(function)

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
              **kwargs: Any) -> None:  # fmt: skip
        """The function's array equals the expected one. Floating arguments are given as float32."""
        args = in_float32(args)
        answer = self.call(case, args, kwargs, expected=np.asarray(expected), error=error)
        failure = compare_array(
            answer.value, answer.value_type, np.asarray(expected), self.function, case, error
        )
        if failure:
            raise Verdict("failed", self.with_answer(failure, answer))
        self._advise(args, answer)

    def fresh(self, case: str, args: tuple[Any, ...], *, error: float | None = None, **kwargs: Any) -> None:
        """The function's array equals what the reference computes in float64."""
        expected = self.expect(in_float32(args), kwargs)
        self.equal(case, args, expected, error=error, **kwargs)

    def expect(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the reference answers, computed in float64."""
        return self.reference[self.function.name](*in_float64(args), **in_float64(kwargs))

    def ids(self, case: str, args: tuple[Any, ...], expected: Sequence[int], n_prompt: int = 0,
            **kwargs: Any) -> Answer:  # fmt: skip
        """The function's list of token ids equals the expected one."""
        args = in_float32(args)
        answer = self.call(case, args, kwargs, expected=list(expected))
        failure = compare_ids(
            answer.value, answer.value_type, [int(i) for i in expected], self.function, case, n_prompt
        )
        if failure:
            raise Verdict("failed", self.with_answer(failure, answer))
        return answer

    def tree(self, case: str, args: tuple[Any, ...], expected: Any, *, error: float | None = None,
             **kwargs: Any) -> Answer:  # fmt: skip
        """The function's nest of arrays, lists and dicts equals the expected one, leaf by leaf."""
        args = in_float32(args)
        answer = self.call(case, args, kwargs, expected=expected, error=error)
        failure = compare_tree(answer.value, answer.value_type, expected, self.function, case, error)
        if failure:
            raise Verdict("failed", self.with_answer(failure, answer))
        return answer

    def text(self, case: str, args: tuple[Any, ...], expected: str) -> None:
        """The function's text equals the expected one."""
        answer = self.call(case, args, expected=expected)
        failure = compare_text(answer.value, answer.value_type, expected, self.function, case)
        if failure:
            raise Verdict("failed", self.with_answer(failure, answer))

    def all_ids(self, cases: Sequence[tuple[str, tuple[Any, ...], Sequence[int]]]) -> None:
        """Many (case, arguments, expected ids), asked together.

        Every answer is evidence for the diagnosis then, not only those up to the first wrong one.
        """
        self._all(compare_ids, [(case, args, list(expected)) for case, args, expected in cases])

    def all_texts(self, cases: Sequence[tuple[str, tuple[Any, ...], str]]) -> None:
        """Many (case, arguments, expected text), asked together, as all_ids does."""
        self._all(compare_text, cases)

    def put(self, name: str, value: Any) -> Any:
        """Something large that many calls take: it is sent once, and every call gets its own copy."""
        if name not in self.bench.handles:
            self.bench.handles[name] = self.bench.host.put(name, value)
        return self.bench.handles[name]

    def raises(self, case: str, args: tuple[Any, ...], error: type[Exception] = ValueError,
               **kwargs: Any) -> None:  # fmt: skip
        """The function refuses this input with this exception, and says why."""
        answer = self._send(in_float32(args), kwargs)
        self._record(in_float32(args), kwargs, answer, None, raises=error)
        if answer.status == "raised" and answer.error_type in KINDS_OF.get(error, (error.__name__,)):
            return
        if answer.status == "raised":
            first = f"{self.function.name} raised {answer.error_type}; {error.__name__} is expected: {case}"
        elif answer.status == "returned":
            first = f"{self.function.name} accepted what it must refuse with {error.__name__}: {case}"
        else:
            raise self._stopped(case, answer)
        raise Verdict("failed", self.with_answer(Failure(first, function=self.function.name), answer))

    def that(self, truth: bool, first: str, evidence: Sequence[str] = (), action: str = "",
             answer: Answer | None = None) -> None:  # fmt: skip
        """Any other statement about answers; `first` says what is wrong where it is not true."""
        if not truth:
            failure = Failure(first, list(evidence), action, self.function.name)
            raise Verdict("failed", self.with_answer(failure, answer) if answer else failure)

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
        answer = self._send(args, kwargs)
        self._record(args, kwargs, answer, expected, error, evidence=evidence)
        if answer.status != "returned":
            raise self._stopped(case, answer)
        if answer.mutated and not changes:
            self._reject_mutation(case, answer)
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

    # ------------------------------------------------------------------------------------ inside

    def _all(self, compare: Callable[..., Failure | None], cases: Sequence[tuple[str, Any, Any]]) -> None:
        answers = self._send_many([(args, {}) for _, args, _ in cases])
        for (_, args, expected), answer in zip(cases, answers):
            self._record(args, {}, answer, expected)
        for (case, _, expected), answer in zip(cases, answers):
            self._came_back(case, answer)
            failure = compare(answer.value, answer.value_type, expected, self.function, case)
            if failure:
                raise Verdict("failed", self.with_answer(failure, answer))

    def _came_back(self, case: str, answer: Answer) -> None:
        """The call has returned, and left its arguments alone."""
        if answer.status != "returned":
            raise self._stopped(case, answer)
        if answer.mutated:
            self._reject_mutation(case, answer)

    def _send_many(self, calls: list[tuple[tuple[Any, ...], dict[str, Any]]]) -> list[Answer]:
        # One call that is often in the list stays one: the host packs it once.
        packed = {id(call): (self._packed(call[0]), call[1]) for call in calls}
        calls = [packed[id(call)] for call in calls]
        return self._guard(
            lambda seconds: self.bench.host.call_many(
                self.function.name, calls, own=self.own, timeout=seconds
            )
        )

    def _send(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Answer:
        return self._send_many([(args, kwargs)])[0]

    def _packed(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments as they travel."""
        return tuple(map(self.bench.models.instead, args))

    def _guard(self, send: Callable[[float], list[Answer]]) -> list[Answer]:
        """Send within what is left of the test's time."""
        answers = send(max(0.05, self._deadline - monotonic()))
        if any(answer.status == "timeout" for answer in answers):
            name = self.function.name
            self.bench.timeouts[name] = self.bench.timeouts.get(name, 0) + 1
        return answers

    def _record(self, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Answer, expected: Any,
                error: float | None = None, raises: type[BaseException] | None = None,
                request: int = 0, evidence: bool = True) -> None:  # fmt: skip
        if self.own != EVERY_FUNCTION:
            place = self.step.number, self.name, self.function.name
            request = request or len(self.bench.calls) + 1
            self.bench.calls.append(
                Call(*place, args, kwargs, answer, expected, error, raises, request, evidence)
            )

    def _reject_mutation(self, case: str, answer: Answer) -> None:
        name = self.function.name
        failure = Failure(
            f"{name} changed its caller's {_listed(answer.mutated)}: it must leave its arguments as they are",
            [f"on {case}"],
            "work on a new array (x = x + y makes one; x += y changes the caller's)",
            name,
        )
        raise Verdict("failed", self.with_answer(failure, answer))

    def _stopped(self, case: str, answer: Answer) -> Verdict:
        """The verdict for a call that did not return."""
        name, step = self.function.name, step_of(self.function.name)
        failure = Failure("", [f"on {case}"], "", name, case)
        status: Status = "error"
        if answer.status == "not_implemented":
            status = "not_implemented"
            failure.evidence = []
            what = answer.error or f"step {step.number}: {name}"
            failure.first = f"{what} is not implemented yet"
            failure.action = f"write {name} in {self.bench.impl / step.file}"
            if answer.line:
                failure.action += f", line {answer.line}"
        elif answer.status == "missing":
            failure.first = answer.error or f"there is no function {name} in {step.file}"
            failure.evidence = []
            failure.action = f"define {self.function.signature} in {self.bench.impl / step.file}"
        elif answer.status == "timeout":
            status = "timeout"
            failure.first = f"{name} was stopped: it had not answered after {self.bench.seconds:g} s"
            if self.bench.timeouts.get(name, 0) > 1:
                failure.first = f"{name} was stopped: it did not answer in time, here too"
            failure.action = "look for a loop that never ends"
        elif answer.status in ("refused", "load_error", "too_large", "crashed"):
            failure.first = answer.error
            if answer.status != "too_large":
                failure.evidence = []
        else:
            failure.first = f"{name} raised {answer.error_type}: {_bare(answer)}"
            if answer.line is None and answer.error_type == "TypeError":
                failure.action = f"the contract is {self.function.signature}"
        return Verdict(status, self.with_answer(failure, answer))

    def with_answer(self, failure: Failure, answer: Answer) -> Failure:
        """Add what is known of the student's own line and prints."""
        failure.printed = answer.printed
        if answer.line:
            failure.file, failure.line = answer.file, answer.line
            failure.source_line = answer.source_line
            if answer.status != "not_implemented":
                place = f"{Path(answer.file).name}, line {answer.line}"
                failure.evidence.insert(0, f"{place}: {answer.source_line.strip()}".rstrip(": "))
        return failure

    def _advise(self, args: tuple[Any, ...], answer: Answer) -> None:
        given = as_array(answer.value)
        inputs = [a for a in _leaves(args) if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
        single = bool(inputs) and all(a.dtype == np.float32 for a in inputs)
        if given is not None and given.dtype == np.float64 and single:
            self.advice = (
                f"{self.function.name} returns float64 for float32 input: no mistake, but the real model "
                "gets several times slower (NumPy scalars like np.sqrt(2) are float64; math.sqrt(2) is not)"
            )


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def _listed(paths: Sequence[str]) -> str:
    words = ", ".join(paths[:3])
    return words + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def _bare(answer: Answer) -> str:
    """The exception's text without its type in front."""
    text = answer.error
    prefix = f"{answer.error_type}: "
    return text[len(prefix) :] if text.startswith(prefix) else text or "(no message)"
