"""Cases for functions that draw: with a generator of its own each call has one right answer.

Most people draw as rng.choice does, one number of the generator for a token, and so do the right functions.
Who draws otherwise is right as well, but then no edit gives these answers, and nothing is said.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.judging.bench import Bench, Call
from grader.sandbox.host import Answer
from grader.sandbox.looking import Looking

SEEDS = 10
MAX_ASKED = 4  # different arguments
SECONDS = 0.3


def draws(call: Call) -> bool:
    """Whether a generator is among its arguments."""
    values = (*call.args, *call.kwargs.values())
    return any(isinstance(value, np.random.Generator) for value in values)


def drawn_cases(look: Looking, base: str, function: str, calls: Sequence[Call], bench: Bench) -> list[Call]:
    """The function's calls that draw, with fresh generators, what is right, and what the student's gives."""
    if bench.reference is None:
        return []
    found: list[Call] = []
    seen: set[bytes] = set()
    for call in calls:
        mark = repr((call.args, {k: v for k, v in call.kwargs.items() if k != "rng"})).encode()[:4000]
        if call.function != function or not draws(call) or mark in seen or len(seen) >= MAX_ASKED:
            continue
        seen.add(mark)
        found += [_with_generator(call, seed) for seed in range(SEEDS)]
    try:
        found = [replace(call, expected=_right(call, bench)) for call in found]
    except (ValueError, TypeError, KeyError, IndexError):
        return []  # arguments that the right function refuses
    rows = look.try_candidates(base, [""], [(call.args, call.kwargs) for call in found], SECONDS)
    if len(rows) != 1 or len(rows[0]) != len(found):
        return []
    return [replace(call, answer=answer_of_row(row)) for call, row in zip(found, rows[0])]


def answer_of_row(row: Any) -> Answer:
    """What a candidate gave, as an answer."""
    status, value, mutated = row
    if status == "raised":
        return Answer("raised", error_type=str(value))
    if status != "returned":
        return Answer("crashed", error=str(status))
    return Answer("returned", value, type(value).__name__, mutated=("an argument",) if mutated else ())


def _with_generator(call: Call, seed: int) -> Call:
    def fresh(value: Any) -> Any:
        return np.random.default_rng(seed) if isinstance(value, np.random.Generator) else value

    kwargs = {name: fresh(value) for name, value in call.kwargs.items()}
    return replace(call, args=tuple(map(fresh, call.args)), kwargs=kwargs, raises=None)


def _right(call: Call, bench: Bench) -> Any:
    assert bench.reference is not None
    args, kwargs = _kept_generators(call)
    return bench.reference[call.function](*args, **kwargs)


def _kept_generators(call: Call) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Its arguments, with copies of the generators: these move on in every call."""

    def kept(value: Any) -> Any:
        return copy.deepcopy(value) if isinstance(value, np.random.Generator) else value

    return tuple(map(kept, call.args)), {name: kept(value) for name, value in call.kwargs.items()}
