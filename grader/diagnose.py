"""Name the mistake: compare a wrong answer with what every known mistake would answer.

The evidence is every call of the function in this run, right and wrong ones. A mistake is named
only if it gives the student's answer on all of them: the same numbers, the same exception, the
same change of an argument. Mistakes of the functions below are tried too, as if written inline.
"""

from __future__ import annotations

import ast
import copy
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import Any

import numpy as np

from grader.compare import as_array, errors, tolerance
from grader.curriculum import FILES, Step, function_names
from grader.judge import Bench, Call
from grader.mistakes import Mistake, mistakes_of
from grader.reference import SOLUTIONS, Reference
from grader.results import TestResult

SECONDS = 3.0  # what naming may cost; after that the verdict goes out without a name
SAME = 10  # a mistake's answer and the student's may differ by this many tolerances …
CLOSE = 0.02  # … and by this share of the student's distance from the truth
NAMED_AT_MOST = 3
WRONG = ("failed", "error")


@dataclass(frozen=True)
class Explanation:
    """One mistake, or two at once, that give the student's answers."""

    mistakes: tuple[Mistake, ...]

    def sentence(self, function: str) -> str:
        sentences = [m.sentence for m in self.mistakes]
        if len(sentences) == 2:
            return f"two mistakes at once: {sentences[0]}; and {sentences[1]}"
        if self.mistakes[0].function != function:
            return f"inside {function}: {sentences[0]}"
        return sentences[0]


def name_mistakes(step: Step, tests: list[TestResult], bench: Bench) -> None:
    """Give every failed test the id and the sentence of the mistake that explains it, if one does."""
    if bench.reference is None:
        return
    until = monotonic() + SECONDS
    for function in dict.fromkeys(t.function for t in tests if t.status in WRONG):
        calls = [c for c in bench.calls if c.function == function and c.step == step.number]
        found = explain(function, calls, bench.reference, until)
        if not found:
            continue
        for test in tests:
            if test.function == function and test.status in WRONG and test.failure:
                _tell(test, found)


def _tell(test: TestResult, found: Sequence[Explanation]) -> None:
    """Put the mistake's sentence first, and what was seen below it."""
    failure = test.failure
    assert failure is not None
    test.diagnosis = found[0].mistakes[0].id
    seen = failure.first
    failure.first = " - or ".join(e.sentence(test.function) for e in found[:NAMED_AT_MOST])
    failure.evidence.insert(0, seen)
    failure.action = found[0].mistakes[0].hint
    test.message = failure.text()


def explain(
    function: str, calls: Sequence[Call], reference: Reference, until: float = float("inf")
) -> list[Explanation]:
    """Every known mistake (else every pair) that answers all these calls as the student did."""
    evidence = [c for c in calls if _comparable(c)]
    wrong = [c for c in evidence if _is_wrong(c)]
    if not wrong:
        return []
    # A wrong call first: it rejects most candidates at once.
    evidence = wrong + [c for c in evidence if not any(c is w for w in wrong)]
    own = [(m,) for m in mistakes_of(function)]
    inline = [(m,) for name in callees(function) for m in mistakes_of(name)]
    for candidates in (own, inline, _pairs(own, inline)):
        found = []
        for mistakes in candidates:
            if monotonic() > until:
                return []
            if _answers_alike(_implementation(function, mistakes, reference), evidence):
                found.append(Explanation(mistakes))
        if found:
            return found
    return []


def _pairs(own: list[tuple[Mistake]], inline: list[tuple[Mistake]]) -> Iterator[tuple[Mistake, ...]]:
    """Two mistakes in different functions."""
    for i, (a,) in enumerate(inline):
        for (b,) in own:
            yield b, a
        for (b,) in inline[:i]:
            if a.function != b.function:
                yield b, a


def _implementation(function: str, mistakes: Sequence[Mistake], reference: Reference) -> Callable[..., Any]:
    """The reference's function with these mistakes in it."""
    world = reference.with_mistakes(tuple(mistakes))
    return world[function]


@lru_cache
def callees(function: str) -> tuple[str, ...]:
    """The functions of the kata that this one calls in the solutions, directly or not."""
    graph: dict[str, list[str]] = {}
    known = set(function_names())
    for file in FILES:
        path = SOLUTIONS / file
        if not path.exists():
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                graph[node.name] = sorted(names & known)
    seen: list[str] = []
    todo = [name for name in graph.get(function, []) if name != function]
    while todo:
        name = todo.pop(0)
        if name not in seen and name != function:
            seen.append(name)
            todo += graph.get(name, [])
    return tuple(seen)


# --------------------------------------------------------------------------- one call, compared


def _comparable(call: Call) -> bool:
    """Whether a mistake can be asked the same: chance cannot be, nor can what never answered."""
    arguments = (*call.args, *call.kwargs.values())
    chance = any(isinstance(a, np.random.Generator) for a in arguments)
    return not chance and call.answer.status in ("returned", "raised")


def _is_wrong(call: Call) -> bool:
    if call.answer.status == "raised":
        return call.raises is None or call.raises.__name__ != call.answer.error_type
    if call.raises is not None or call.answer.mutated:
        return True
    return call.expected is not None and not _same(call.answer.value, call.expected, call)


def _answers_alike(candidate: Callable[..., Any], evidence: Sequence[Call]) -> bool:
    return all(_answers_one_alike(candidate, call) for call in evidence)


def _answers_one_alike(candidate: Callable[..., Any], call: Call) -> bool:
    args, kwargs = copy.deepcopy((call.args, call.kwargs))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = candidate(*args, **kwargs)
    except Exception as error:
        return call.answer.status == "raised" and call.answer.error_type == type(error).__name__
    if call.answer.status == "raised":
        return False
    if bool(call.answer.mutated) != (not _untouched((args, kwargs), (call.args, call.kwargs))):
        return False
    return _same(call.answer.value, value, call, truth=call.expected)


def _same(yours: Any, other: Any, call: Call, truth: Any = None) -> bool:
    """Whether two answers are one and the same, up to rounding."""
    a, b = as_array(yours), as_array(other)
    if a is None or b is None:
        return a is None and b is None and type(yours) is type(other) and _equal(yours, other)
    if a.shape != b.shape:
        return False
    a, b = a.astype(np.float64), b.astype(np.float64)
    if call.function == "causal_mask":  # how negative the hidden places are is everybody's choice
        a, b = np.clip(a, -1e4, 1e4), np.clip(b, -1e4, 1e4)
    if not (np.isnan(a) == np.isnan(b)).all() or not (np.isinf(a) == np.isinf(b)).all():
        return False
    alive = np.isfinite(a) & np.isfinite(b)
    if a.size == 0 or not alive.any():
        return True
    a, b = np.where(alive, a, 0.0), np.where(alive, b, 0.0)
    distance = float(errors(a, b).max())
    limit = tolerance(call.function) if call.error is None else call.error
    if truth is None:
        return distance <= limit
    right = as_array(truth)
    if right is None or right.shape != a.shape:
        return distance <= SAME * limit
    away = float(errors(a, np.where(alive, right.astype(np.float64), 0.0)).max())
    # Where the student is right, the mistake must be right as well; where not, clearly closer.
    return distance <= limit if away <= limit else distance <= min(SAME * limit, max(limit, CLOSE * away))


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b))
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    return bool(a == b)


def _untouched(after: Any, before: Any) -> bool:
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and np.array_equal(
            after, before, equal_nan=before.dtype.kind == "f"
        )
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_untouched(after[k], before[k]) for k in before)
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(_untouched(x, y) for x, y in zip(after, before))
    return bool(after == before) or after is before
