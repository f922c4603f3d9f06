"""Points: nothing without a fresh case, nothing lost, and nothing for a table of answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judging.direct import judge_directly
from grader.judging.marks import count_points, priced_tests
from grader.judging.reference import Reference
from grader.judging.results import TestResult
from grader.judging.suite import suite_tests
from grader.kata.curriculum import STEPS, Step, find_step
from grader.kata.prices import priced

UNSEEN = 987_654_321_987_654_321


def judged(step: Step, passes: Callable[[TestResult], bool]) -> list[TestResult]:
    tests = priced_tests(step)
    for test in tests:
        test.status = "passed" if passes(test) else "failed"
    count_points(tests)
    return tests


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"step-{step.number}")
def test_every_function_has_a_test_with_fresh_cases_and_loses_everything_without(step: Step) -> None:
    for function in step.functions:
        assert any(t.group == "fresh" and t.function == function.name for t in suite_tests(step.number))
    assert sum(test.score for test in judged(step, lambda test: True)) == step.points
    assert sum(test.score for test in judged(step, lambda test: test.group != "fresh")) == 0


def test_one_fresh_test_is_enough_for_the_core_and_the_core_is_needed_for_the_rest() -> None:
    first = next(test.name for test in suite_tests(1) if test.group == "fresh")
    tests = judged(find_step(1), lambda test: test.group == "core" or test.name == first)
    assert sum(test.score for test in tests) == 5 + 1.5
    tests = judged(find_step(1), lambda test: test.group != "core")
    assert sum(test.score for test in tests) == 0
    waiting = {test.message for test in tests if test.status == "passed"}
    assert waiting == {"correct; it counts once the core tests of gelu pass"}


@given(st.lists(st.integers(0, 2), min_size=6, max_size=6), st.integers(0, 99_999))
def test_points_are_whole_hundredths_that_add_up_whatever_is_judged(states: list[int], price: int) -> None:
    [step] = priced((find_step(1),), {(1, "gelu"): {"core": price, "fresh": price // 3, "edges": 1}})
    tests = priced_tests(step)
    assert len(tests) == len(states)
    for test, state in zip(tests, states):
        test.status = ("passed", "failed", "not_run")[state]
    count_points(tests)
    whole = price + price // 3 + 1
    judged_at_all = any(test.status != "not_run" for test in tests)
    assert sum(round(test.max_score * 100) for test in tests) == (whole if judged_at_all else 0)
    for test in tests:
        assert round(test.max_score * 100) == pytest.approx(test.max_score * 100, abs=1e-9)
        assert test.score in (0, test.max_score)


# ------------------------------------------------------------------------------ tables of answers


def digest(value: Any) -> bytes:
    """What a table of answers would be looked up by: every byte of the arguments."""
    if isinstance(value, np.ndarray):
        return value.tobytes() + str((value.shape, value.dtype)).encode()
    if isinstance(value, dict):
        if len(value) > 1000:  # the ranks of tokens: one and the same in every call
            return b"%d ranks" % len(value)
        return b"{" + b"".join(repr(key).encode() + digest(value[key]) for key in value)
    if isinstance(value, (list, tuple)):
        return b"[" + b"".join(map(digest, value))
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state).encode()
    if hasattr(value, "read_bytes"):
        return hashlib.sha256(value.read_bytes()).digest()
    return digest(np.asarray(value.array)) if hasattr(value, "array") else repr(value).encode()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seeds", [2, pytest.param(8, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"step-{step.number}")
def test_a_table_of_all_public_answers_and_of_several_seeds_earns_nothing(step: Step, seeds: int) -> None:
    """The student's edition holds goldens, suites and a reference: anyone can write these tables."""
    reference = Reference()
    table: dict[tuple[str, bytes], Any] = {}

    def learning(name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            key = (name, digest([list(args), kwargs]))
            try:
                table[key] = reference[name](*args, **kwargs)
            except ValueError as error:
                table[key] = error
                raise
            return table[key]

        return call

    def asking(name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            answer = table[name, digest([list(args), kwargs])]
            if isinstance(answer, ValueError):
                raise answer
            return answer

        return call

    names = [function.name for function in step.functions]
    for seed in range(seeds if step.number < 9 else min(seeds, 3)):
        learnt, _ = judge_directly(step, {n: learning(n) for n in names}, seed=seed, reference=reference)
        assert all(test.status == "passed" for test in learnt)
    told, _ = judge_directly(step, {n: asking(n) for n in names}, seed=UNSEEN, reference=reference)
    assert any(test.status == "passed" for test in told), "the tables hold the fixed cases"
    count_points(told)
    assert [test for test in told if test.score] == []
