"""`python -m grader margins`: how far right answers and known mistakes lie from every tolerance.

Measured on the calls of the function's own suite: the noise is the largest error of any right
implementation (the reference in float32, and every alternative in tests/alternatives); the distance of a
mistake is its largest error over the same calls. Mistakes that fail otherwise (an exception, a shape,
NaN, a changed argument) have no distance and are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.judging.compare import DEEP, as_array, errors
from grader.judging.direct import DirectHost, judge_directly
from grader.judging.judge import Call
from grader.judging.reference import Reference
from grader.kata.curriculum import ROOT, STEPS, Step
from grader.kata.files import CannotGrade
from grader.kata.stubs import present
from grader.kata.tolerances import NEAR_MISTAKES, TOLERANCES
from grader.mistakes import mistakes_of
from grader.mistakes.variants import Patch, Worlds

RATIO = 10.0
Implementation = Callable[..., Any]


@dataclass(frozen=True)
class Margin:
    """One row of the table."""

    function: str
    noise: float
    noisiest: str
    tolerance: float
    nearest: str
    distance: float
    excused: tuple[tuple[str, float], ...]

    @property
    def below(self) -> float:
        return self.tolerance / self.noise if self.noise else np.inf

    @property
    def above(self) -> float:
        return self.distance / self.tolerance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="draws of fresh cases (default: 3)")


def main(args: argparse.Namespace) -> int:
    if not present():
        raise CannotGrade("there is no solutions/ here: margins are measured against the reference")
    print(
        f"{'function':24s} {'noise':>9s} {'tolerance':>9s} {'ratio':>8s}   "
        f"{'mistake':>9s} {'ratio':>8s}  nearest"
    )
    wide = True
    excused: list[tuple[str, float]] = []
    for step in STEPS:
        for name in step.function_names:
            if TOLERANCES.get(name) is None or not TOLERANCES[name].error:
                continue
            margin = measure(step, name, args.seeds)
            excused += margin.excused
            wide = wide and margin.below >= RATIO and margin.above >= RATIO
            print(
                f"{name:24s} {margin.noise:9.1e} {margin.tolerance:9.1e} {_times(margin.below):>8s}   "
                f"{margin.distance:9.1e} {_times(margin.above):>8s}  {margin.nearest}",
                flush=True,
            )
    for id, distance in excused:
        print(f"\nnearer: {id}, {distance:.1e} away: {NEAR_MISTAKES[id]}")
    print(f"\nboth ratios are {'10 or more for every function' if wide else 'NOT 10 or more everywhere'}")
    return 0 if wide else 1


def measure(step: Step, function: str, n_seeds: int) -> Margin:
    """The noise of right implementations of a function, and the nearest mistake."""
    reference = Reference()
    worlds = Worlds(reference)
    calls = [
        call
        for seed in range(n_seeds)
        for call in _calls(step, function, worlds.build(function), seed, reference)
    ]
    noise, noisiest = 0.0, "the reference in float32"
    for name, right in _right_ones(function, worlds):
        error = _largest_error(function, right, calls)
        if error is not None and error > noise:
            noise, noisiest = error, name
    nearest, distance = "none", float("inf")
    excused: list[tuple[str, float]] = []
    for mistake in mistakes_of(function):
        error = _largest_error(function, worlds.build(function, [Patch(mistake)]), calls)
        if error is None or error <= TOLERANCES[function].error:
            continue  # caught by something else than its numbers
        if mistake.id in NEAR_MISTAKES:
            excused.append((mistake.id, error))
        elif error < distance:
            nearest, distance = mistake.id, error
    return Margin(function, noise, noisiest, TOLERANCES[function].error, nearest, distance, tuple(excused))


def _calls(
    step: Step, function: str, right: Implementation, seed: int, reference: Reference
) -> Iterator[Call]:
    """The calls of the suite that are judged by the function's own tolerance."""
    _, bench = judge_directly(step, {function: right}, seed=seed, reference=reference)
    for call in bench.calls:
        plain = call.function == function and call.expected is not None
        if plain and call.error is None and call.raises is None:
            yield call


def _right_ones(function: str, worlds: Worlds) -> Iterator[tuple[str, Implementation]]:
    """The reference, and the alternatives where they are (tests/ is not part of the student's edition)."""
    yield "the reference in float32", worlds.build(function)
    path = ROOT / "tests" / "alternatives" / "__init__.py"
    if not path.is_file():
        return
    spec = importlib.util.spec_from_file_location("alternatives", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, source in module.alternatives().items():
        if name.split(".")[0] == function:
            yield name, module.bound(name, source)


def _largest_error(function: str, implementation: Implementation, calls: list[Call]) -> float | None:
    """The largest error over all calls; None where an answer is not of the right kind or shape at all."""
    host = DirectHost({function: implementation})
    largest = 0.0
    for call in calls:
        answer = host.call(function, *call.args, own=frozenset({function}), **call.kwargs)
        if answer.status != "returned" or answer.mutated:
            return None
        pairs = list(_leaves(answer.value, call.expected))
        for yours, expected in pairs:
            a, b = as_array(yours), np.asarray(expected)
            if function == "causal_mask" and a is not None:
                a, b = np.maximum(a, DEEP), np.maximum(b, DEEP)  # how deep a hidden key lies is all the same
            if a is None or a.shape != b.shape or not np.isfinite(a).all():
                return None
            if b.size:
                largest = max(largest, float(errors(a, b).max()))
    return largest


def _leaves(yours: Any, expected: Any) -> Iterator[tuple[Any, Any]]:
    """Pairs of arrays of two nests; a nest of another form gives a pair that cannot match."""
    if isinstance(expected, (tuple, list)):
        if not isinstance(yours, (tuple, list)) or len(yours) != len(expected):
            yield None, 0
            return
        for a, b in zip(yours, expected):
            yield from _leaves(a, b)
    else:
        yield yours, expected


def _times(ratio: float) -> str:
    return "exact" if ratio == np.inf else f"{ratio:.0f}x"


if __name__ == "__main__":
    from grader.cli import run_command

    sys.exit(run_command("margins", sys.modules[__name__], sys.argv[1:]))
