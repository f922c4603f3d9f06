"""What was drawn where chance is involved: the same draws, or draws that are as frequent.

A student may use chance in another way than a known mistake does and still have made that mistake. Then their
draws are held together by how often each outcome came, and by whether equal seeds repeat themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from grader.judging.compare import as_array
from grader.judging.judge import Call
from grader.sandbox.host import Answer
from grader.sandbox.trees import leaves

MAX_DRAWN = 200_000  # numbers that are compared; nobody who draws right draws as many
AT_ONCE = 4096


def same_draws(calls: Sequence[Call], answers: Sequence[Answer]) -> bool:
    """Whether a candidate draws just what the student drew from the same generators."""
    yours, theirs = Drawn.of(calls, [call.answer for call in calls]), Drawn.of(calls, answers)
    return (yours.kind, yours.outcomes) == (theirs.kind, theirs.outcomes)


def draws_alike(replayed: Sequence[tuple[Sequence[Call], Sequence[Answer]]]) -> bool:
    """Whether a candidate draws as the student does.

    Chance may be used in another way (by another method, or from another source): then the candidate has
    to draw as often what the student draws, and to repeat itself where the student does.
    """
    yours = [Drawn.of(calls, [call.answer for call in calls]) for calls, _ in replayed]
    theirs = [Drawn.of(calls, answers) for calls, answers in replayed]
    if [d.kind for d in yours] != [d.kind for d in theirs]:
        return False
    return repetitions(yours) == repetitions(theirs) and all(
        same_frequencies(counts, expected) for counts, expected in zip(counts_of(yours), counts_of(theirs))
    )


@dataclass(frozen=True)
class Drawn:
    """What came out of one request that draws.

    Attributes:
        asked: the arguments without generators, as a text that is equal for equal arguments.
        seeds: the state of the generators.
        kind: types and shapes of the answers.
        outcomes: every number that was drawn.
    """

    asked: str
    seeds: str
    kind: tuple[Any, ...]
    outcomes: tuple[Any, ...]

    @classmethod
    def of(cls, calls: Sequence[Call], answers: Sequence[Answer]) -> Drawn:
        arguments = [(c.args, c.kwargs) for c in calls]
        values = [answer.value for answer in answers if answer.status == "returned"]
        numbers = islice((number for value in values for number in flat(value)), MAX_DRAWN)
        kinds = tuple(dict.fromkeys(map(_kind, values)))
        return cls(_key(arguments, False), _key(arguments, True), kinds, tuple(numbers))


def repetitions(drawn: Sequence[Drawn]) -> list[tuple[bool, bool]]:
    """For every two requests that ask the same: are their seeds equal, and are their draws?"""
    return [
        (a.seeds == b.seeds, a.outcomes == b.outcomes)
        for i, a in enumerate(drawn)
        for b in drawn[:i]
        if a.asked == b.asked and len(a.outcomes) == len(b.outcomes)
    ]


def counts_of(drawn: Sequence[Drawn]) -> list[dict[Any, int]]:
    """How often each outcome came, for every different thing that was asked."""
    counts: dict[str, dict[Any, int]] = {}
    for one in drawn:
        mine = counts.setdefault(one.asked, {})
        for outcome in one.outcomes:
            mine[outcome] = mine.get(outcome, 0) + 1
    return list(counts.values())


def same_frequencies(a: dict[Any, int], b: dict[Any, int]) -> bool:
    """Whether two samples may come from one distribution: a chi-square test that is wrong once in 10^4."""
    n_a, n_b = sum(a.values()), sum(b.values())
    if not n_a or not n_b:
        return n_a == n_b
    statistic, places = 0.0, 0
    for outcome in a.keys() | b.keys():
        x, y = a.get(outcome, 0), b.get(outcome, 0)
        statistic += (x * np.sqrt(n_b / n_a) - y * np.sqrt(n_a / n_b)) ** 2 / (x + y)
        places += 1
    free = max(1, places - 1)
    return bool(statistic < free + 3.8 * np.sqrt(2.0 * free) + 6)


def flat(value: Any) -> Iterator[Any]:
    """Every number of an answer, one after the other; anyone who takes a few of millions pays for those."""
    for leaf in leaves(value):
        if isinstance(leaf, np.ndarray):
            for start in range(0, leaf.size, AT_ONCE):
                yield from leaf.flat[start : start + AT_ONCE].tolist()
        else:
            yield leaf.item() if isinstance(leaf, np.generic) else leaf


def _kind(value: Any) -> tuple[Any, ...]:
    """Of an answer: that it is a list, and its shape; of one that has none, how long its parts are."""
    array = as_array(value)
    if array is not None:
        return type(value).__name__ if isinstance(value, list) else "", *array.shape
    parts = value if isinstance(value, (list, tuple)) else ()
    return type(value).__name__, *map(_kind, parts)


def _key(value: Any, generators: bool) -> str:
    """A text that is equal for equal arguments; generators count as their state, or not at all."""
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state) if generators else "rng"
    if isinstance(value, dict):
        return "{" + ",".join(f"{k}:{_key(v, generators)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_key(v, generators) for v in value) + "]"
    if isinstance(value, np.ndarray):
        return "" if generators else f"{value.shape}{hash(value.tobytes())}"
    return "" if generators else repr(value)
