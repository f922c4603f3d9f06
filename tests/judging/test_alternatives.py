"""No right answer is ever called wrong: every alternative passes its step, whatever the seed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from real_grader import ROOT, SOLUTIONS

sys.path.insert(0, str(ROOT))

from grader.judging.direct import judge_directly
from grader.judging.reference import Reference
from grader.judging.run import Options, judge
from grader.kata.curriculum import step_of
from grader.sandbox.host import Host
from tests.alternatives import alternatives, bound, function_of, student_file

# The promise is 100 seeds, and .ci/nightly sets so many. By day each goes once through the real grader, and
# the first of each function also on the student's own stack, which is the solutions' text for all of them.
SEEDS = int(os.environ.get("ALTERNATIVE_SEEDS", "1"))
ALTERNATIVES = alternatives()
REFERENCE = Reference()
FIRST = {function_of(name): name for name in reversed(ALTERNATIVES)}
# The least of many exponential draws, as in sample.gumbel: each is drawn from ten thousand times.
RACES = ("sample.gumbel-log-log", "sample.exponential", "sample.dirichlet-gamma-race")


def test_there_are_at_least_sixty_and_every_function_has_one() -> None:
    from grader.kata.curriculum import function_names

    print(f"{len(ALTERNATIVES)} right alternatives, NumPy {np.__version__}, {SEEDS} seeds each")
    assert len(ALTERNATIVES) >= 60
    assert {function_of(name) for name in ALTERNATIVES} == set(function_names())


@pytest.mark.nightly
@pytest.mark.parametrize("name", ALTERNATIVES)
def test_an_alternative_passes_whatever_the_seed(name: str) -> None:
    function = function_of(name)
    steps = [step_of(function)]
    if function == "generate":
        steps.append(step_of("sample"))  # step 11 judges generate again
    for step in steps:
        for seed in range(SEEDS):
            results, _ = judge_directly(
                step, {function: bound(name, ALTERNATIVES[name])}, seed=seed, reference=REFERENCE
            )
            assert results
            for result in results:
                assert result.status == "passed", f"seed {seed}: {result.name}: {result.message}"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One warm host for all alternatives; each is written into its folder."""
    with Host(tmp_path_factory.mktemp("impl"), SOLUTIONS) as host:
        yield host


def judge_really(name: str, host: Host, own_stack: bool) -> None:
    for path in sorted(SOLUTIONS.glob("*.py")):
        (host.impl / path.name).write_bytes(path.read_bytes())
    file, text = student_file(name, ALTERNATIVES[name])
    (host.impl / file).write_text(text, encoding="utf-8")
    host.reload()
    function = function_of(name)
    options = Options(seed=5, only=function, own_stack=own_stack)
    result = judge(host.impl, (step_of(function),), options, host=host)
    problems = [f"{t.name}: {t.message}" for s in result.steps for t in s.tests if t.status != "passed"]
    assert not problems
    [step] = result.steps
    assert step.tests
    if own_stack:
        assert step.own_stack == "passed", step.own_stack_message


@pytest.mark.parametrize("name", [name for name in ALTERNATIVES if name not in RACES])
def test_an_alternative_passes_the_real_grader(name: str, host: Host) -> None:
    judge_really(name, host, own_stack=FIRST[function_of(name)] == name)


@pytest.mark.nightly
@pytest.mark.parametrize("name", ALTERNATIVES)
def test_every_alternative_passes_on_the_own_stack_too(name: str, host: Host) -> None:
    judge_really(name, host, own_stack=True)
