"""What a student's function was asked in a run and what it answered, to hold candidates against.

A candidate (a wrong function) explains the answers if it gives the same ones: the same numbers up to
rounding, the same exception, the same change of an argument, the same draws. It has to be right where the
student is right, and wrong where the student is wrong, in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from grader.judging.compare import Array, as_array, errors, tolerance
from grader.judging.direct import parameter_names
from grader.judging.judge import KINDS_OF, Call
from grader.judging.results import TestResult
from grader.mistakes.draws import flat
from grader.sandbox.host import TempFile
from grader.sandbox.trees import leaves
from grader.sandbox.wire import Handle

SAME = 3  # a candidate's answer and the student's may differ by this many tolerances …
CLOSE = 0.02  # … and by this share of the student's distance from the truth
WRONG = ("failed", "error")
# Exceptions that come from a slip of the pen or from the code's own raise, and from no known mistake.
SLIPS = (
    "NameError", "UnboundLocalError", "RuntimeError", "RecursionError", "ImportError",
    "ModuleNotFoundError", "SystemExit", "Exception", "NotImplementedError",
)  # fmt: skip
MISMATCH = float("inf")
TELLING = 100  # this many equal draws from equal generators cannot be chance


@dataclass(frozen=True)
class Request:
    """Calls that were made together: one, or many that share their generators.

    Attributes:
        calls: the calls, in their order.
        chance: whether a generator is among their arguments.
        wrong: whether the verdict was given here: the student's answer is wrong, or a test ended here.
        mine: whether it belongs to the step that is judged (and is compared), or went before it.
    """

    calls: tuple[Call, ...]
    chance: bool
    wrong: bool
    mine: bool

    @property
    def first(self) -> Call:
        return self.calls[0]

    def beginning(self) -> Request:
        """The first calls alone: as many as it takes to tell one way of drawing from another, or until one
        does not return."""
        outcomes = 0
        for n, call in enumerate(self.calls, 1):
            outcomes += sum(1 for _ in islice(flat(call.answer.value), TELLING))
            if outcomes >= TELLING or call.answer.status != "returned":
                return replace(self, calls=self.calls[:n])
        return self

    @property
    def broke_off(self) -> bool:
        """Whether its last call did not return."""
        return self.calls[-1].answer.status != "returned"


@dataclass(frozen=True)
class Evidence:
    """All requests of one function in one run, in the order in which they were made."""

    function: str
    requests: tuple[Request, ...]

    @property
    def explicable(self) -> bool:
        """Whether something is wrong, and all that is wrong can be seen in the answers."""
        slips = any(call.answer.error_type in SLIPS for request in self.wrong for call in request.calls)
        return bool(self.wrong) and not slips and all(map(_shows, self.wrong))

    @property
    def detailed(self) -> bool:
        """Whether some wrong answer holds more than two different numbers: no accident hits that."""
        return any(_has_three(c.answer.value) for r in self.wrong for c in r.calls)

    @property
    def answers_somewhere(self) -> bool:
        """Whether some answer of the step's is not an exception, so that a candidate has to match it."""
        return any(call.answer.status == "returned" for r in self.requests if r.mine for call in r.calls)

    @property
    def refuses_wrongly(self) -> bool:
        """Whether all that is wrong is another exception than the one that the contract asks for."""
        return all(call.raises is not None for request in self.wrong for call in request.calls)

    @property
    def wrong(self) -> list[Request]:
        return [request for request in self.requests if request.wrong]

    @cached_property
    def in_order_of_cost(self) -> list[Request]:
        """What was wrong first, and the smallest inputs first: most candidates are rejected at once."""
        mine = [request for request in self.requests if request.mine]
        return sorted(mine, key=lambda r: (not r.wrong, sum(map(work, r.calls))))


def gather(function: str, step: int, calls: Sequence[Call], tests: Sequence[TestResult]) -> Evidence:
    """The evidence of one function: a known mistake has to explain all of it.

    Args:
        step: number of the step that is judged.
        calls: every call of the run; later steps' and other functions' are left out.
        tests: the verdicts of the step.
    """
    by_eye = {call.test for call in calls if not call.evidence}
    failed = {t.name for t in tests if t.function == function and t.status in WRONG} - by_eye
    groups: dict[int, list[Call]] = {}
    for call in calls:
        if call.function == function and call.step <= step and call.evidence:
            groups.setdefault(call.request, []).append(call)
    told = {c.test for group in groups.values() for c in group if c.step == step and is_wrong(c)}
    last = {c.test: number for number, group in groups.items() for c in group if c.step == step}
    requests = []
    for number, group in groups.items():
        if any(c.answer.status not in ("returned", "raised") for c in group):
            continue  # stopped, crashed or not there: no candidate can be asked the same
        mine, test = group[0].step == step, group[0].test
        chance = any(_has_generator((c.args, c.kwargs)) for c in group)
        # A test that failed without a wrong answer failed for what else was seen at its end.
        ended = test in failed - told and (last[test] == number or chance)
        parts = [group] if chance else [[call] for call in group]
        for part in parts:
            wrong = mine and (ended or any(map(is_wrong, part)))
            requests.append(Request(tuple(part), chance, wrong, mine))
    return Evidence(function, tuple(requests))


def is_wrong(call: Call) -> bool:
    """Whether an answer by itself is known to be wrong."""
    if call.answer.status == "raised":
        expected = call.raises
        kinds = KINDS_OF.get(expected, (expected.__name__,)) if expected else ()
        return not call.answer.is_a(*kinds)
    if call.raises is not None or call.answer.mutated:
        return True
    return call.expected is not None and distance(call.answer.value, call.expected, call) > 1


def _shows(request: Request) -> bool:
    """Whether what is wrong is in the answer: not so where a test looked at something else at its end."""
    call = request.first
    seen = call.expected is None or call.answer.looked_up > 0
    return request.chance or seen or is_wrong(call)


# ------------------------------------------------------------------------------------- values


def _has_three(value: Any) -> bool:
    """Whether there are three different numbers in an answer, which may have millions."""
    seen: set[Any] = set()
    for number in flat(value):
        seen.add(number)
        if len(seen) > 2:
            return True
    return False


def distance(yours: Any, other: Any, call: Call, truth: Any = None) -> float:
    """How far two values are apart, in tolerances; MISMATCH if they cannot be the same."""
    if isinstance(yours, dict) or isinstance(other, dict):
        if not isinstance(yours, dict) or not isinstance(other, dict) or yours.keys() != other.keys():
            return MISMATCH
        pairs = [(yours[k], other[k], truth[k] if _has(truth, k) else None) for k in yours]
        return max((distance(a, b, call, t) for a, b, t in pairs), default=0.0)
    if isinstance(call.expected, (list, str)) and _types(yours) != _types(other):
        return MISMATCH  # where ids or a text are asked for, types are part of the answer
    a, b = as_array(yours), as_array(other)
    if a is None or b is None:
        if isinstance(yours, (list, tuple)) and isinstance(other, (list, tuple)):
            if len(yours) != len(other):
                return MISMATCH
            parts = (
                truth
                if isinstance(truth, (list, tuple)) and len(truth) == len(yours)
                else [None] * len(yours)
            )
            return max((distance(x, y, call, t) for x, y, t in zip(yours, other, parts)), default=0.0)
        alike = a is None and b is None and type(yours) is type(other) and _equal(yours, other)
        return 0.0 if alike else MISMATCH
    return _arrays(a, b, call, as_array(truth) if truth is not None else None)


def _arrays(a: Array, b: Array, call: Call, truth: Array | None) -> float:
    if a.shape != b.shape:
        return MISMATCH
    a, b = a.astype(np.float64), b.astype(np.float64)
    if call.function == "causal_mask":  # how negative the hidden places are is everybody's choice
        a, b = np.clip(a, -1e4, 1e4), np.clip(b, -1e4, 1e4)
    alive = np.isfinite(a) & np.isfinite(b)
    if not alive.all() and (not (np.isnan(a) == np.isnan(b)).all() or not (np.isinf(a) == np.isinf(b)).all()):
        return MISMATCH
    if not alive.any():
        return 0.0
    if not alive.all():
        a, b = np.where(alive, a, 0.0), np.where(alive, b, 0.0)
    limit = max(tolerance(call.function) if call.error is None else call.error, 1e-12)
    apart = float(errors(a, b).max()) / limit
    if apart > SAME:
        return MISMATCH  # as nearly all candidates are, whatever is true
    allowed = 1.0
    if truth is not None:
        allowed = SAME
        if truth.shape == a.shape:
            away = float(errors(a, np.where(alive, truth.astype(np.float64), 0.0)).max()) / limit
            # Where the student is right, the mistake must be right as well; where not, clearly closer.
            allowed = 1.0 if away <= 1 and alive.all() else min(SAME, max(1.0, CLOSE * away))
    return apart if apart <= allowed else MISMATCH


def _types(value: Any) -> tuple[Any, ...]:
    if isinstance(value, (list, tuple)):
        return type(value), *dict.fromkeys(_types(item) for item in value)
    if isinstance(value, np.ndarray):
        return type(value), value.dtype.kind, value.ndim
    return (int,) if isinstance(value, np.integer) else (type(value),)


def _has(truth: Any, key: Any) -> bool:
    return isinstance(truth, dict) and key in truth


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    return bool(a == b)


# ------------------------------------------------------------------------------------ arguments


def _has_generator(value: Any) -> bool:
    return any(isinstance(leaf, np.random.Generator) for leaf in leaves(value))


def work(call: Call) -> int:
    """Roughly how much work a call makes: its input, once more for every token that it asks for."""
    names = parameter_names(call.function)
    named = dict(zip(names, call.args)) | call.kwargs
    tokens: int = named.get("n_tokens_to_generate", 0)
    return _size((call.args, call.kwargs)) * (1 + tokens)


def _size(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, dict):
        return len(value) if len(value) > 1000 else sum(map(_size, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(_size, value))
    if isinstance(value, Handle):
        return _size(value.value)
    return len(value.data) if isinstance(value, TempFile) else 1
