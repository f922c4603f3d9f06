"""The trace of right code in any style: it runs, and knows what comes out."""

from __future__ import annotations

import pytest

from grader.mistakes.step_values import _VALUES
from tests.alternatives import alternatives, bound, function_of
from tests.measures.trace_cases import made_here

ALTERNATIVES = {
    name: source
    for name, source in alternatives().items()
    if function_of(name) not in ("read_safetensors", "to_params")  # they take files, and whole models
}


def follow(name: str) -> None:
    function = function_of(name)
    made, raised = made_here(function, bound(name, ALTERNATIVES[name]))
    assert raised == ""
    results = [one for one in made if one.name == "return" and one.function == function]
    if function in _VALUES and results and results[-1].shape and results[-1].dtype.startswith("float"):
        assert results[-1].known is not False, f"{name}: {results[-1]}"


@pytest.mark.parametrize("name", list(ALTERNATIVES)[::12])
def test_a_trace_of_an_alternative_runs_and_knows_its_result(name: str) -> None:
    follow(name)


@pytest.mark.nightly
@pytest.mark.parametrize("name", ALTERNATIVES)
def test_a_trace_of_every_alternative_runs_and_knows_its_result(name: str) -> None:
    follow(name)
