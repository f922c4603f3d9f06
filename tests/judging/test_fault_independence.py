"""One fault costs one function: the verdicts of all the others stay as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.judging.run import Options, judge
from grader.kata.curriculum import STEPS, function_names
from grader.mistakes import mistakes_of
from tests.measures.mistakes import write_student

FIRST = {function: next(iter(mistakes_of(function))) for function in function_names()}
# Many other functions call each of these; steps 10, 11 and 13 take longest and need to be here once only.
SAMPLE = ("gelu", "softmax", "layer_norm", "linear", "causal_mask", "split_heads", "gpt2", "merge_word")


@pytest.mark.parametrize("function", SAMPLE)
def test_a_fault_in_one_function_changes_no_other_verdict(function: str, tmp_path: Path) -> None:
    mistake = FIRST[function]
    write_student(tmp_path, mistake)
    result = judge(tmp_path, STEPS, Options(seed=3, own_stack=False))
    for step in result.steps:
        for test in step.tests:
            if test.function != function:
                assert test.status == "passed", f"{mistake.id} changed {test.name}: {test.message}"
    own = [test.status for step in result.steps for test in step.tests if test.function == function]
    assert set(own) & {"failed", "error"}
