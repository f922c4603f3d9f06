"""One fault costs one function: the verdicts of all the others stay as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.judging.run import Options, judge
from grader.kata.curriculum import STEPS, function_names
from grader.mistakes import mistakes_of
from tests.measures.mistakes import write_student

FIRST = {function: next(iter(mistakes_of(function))) for function in function_names()}
# Many other functions call each of these; by night every function has its turn, alone.
GROUP = ("gelu", "softmax", "layer_norm", "linear", "causal_mask", "split_heads", "gpt2", "merge_word")


@pytest.mark.parametrize(
    "faulty",
    [GROUP, *(pytest.param((function,), marks=pytest.mark.nightly) for function in function_names())],
    ids="-".join,
)
def test_faults_in_some_functions_change_no_other_verdict(faulty: tuple[str, ...], tmp_path: Path) -> None:
    write_student(tmp_path, *(FIRST[function] for function in faulty))
    tests = [t for step in judge(tmp_path, STEPS, Options(seed=3, own_stack=False)).steps for t in step.tests]
    for test in tests:
        if test.function not in faulty:
            assert test.status == "passed", f"{faulty} changed {test.name}: {test.message}"
    for function in faulty:
        assert {test.status for test in tests if test.function == function} & {"failed", "error"}
