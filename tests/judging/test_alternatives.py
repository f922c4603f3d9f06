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
from grader.judging.session import SuiteSession, with_suites
from grader.kata.curriculum import function_names, step_of
from grader.sandbox.host import Host
from tests.alternatives import alternatives, bound, function_of, student_file

# The promise is 100 seeds, and .ci/nightly sets so many. By day half of them go once through the real grader,
# one after the other of a function; by night each by itself, and on the student's own stack. What is in the
# files "in other words" was written later: of a function that has three others it goes by night.
SEEDS = int(os.environ.get("ALTERNATIVE_SEEDS", "1"))
ALTERNATIVES = alternatives()
REFERENCE = Reference()
NAMES_OF = {
    function: [n for n in ALTERNATIVES if function_of(n) == function] for function in function_names()
}
# By night only: what takes ten thousand draws for every draw, or long, and by day another of its kind.
IN_OTHER_WORDS = alternatives("*_in_other_words.py")
AT_NIGHT = {
    "sample.gumbel", "sample.gumbel-log-log", "sample.exponential", "sample.dirichlet-gamma-race",
    "sample.rejection", "sample.alias", "sample.permuted",  # sample.multinomial: its own way to draw, too
    "next_token_probs.loop",  # causal_mask.loops
    "generate_cached.token-by-token", "generate_cached.numpy",  # the three others
}  # fmt: skip


def by_day(function: str) -> list[str]:
    names = [name for name in NAMES_OF[function] if name not in AT_NIGHT]
    first = [name for name in names if name not in IN_OTHER_WORDS]
    return first if len(first) >= 3 else names


# The own stack is the solutions' text for all: by day for the first of those that call another function.
ON_OWN_STACK = ("attention", "transformer_block", "gpt2_cached", "encode", "to_params")


def test_there_are_at_least_sixty_and_every_function_has_one() -> None:
    print(f"{len(ALTERNATIVES)} right alternatives, NumPy {np.__version__}, {SEEDS} seeds each")
    assert len(ALTERNATIVES) >= 60
    assert {function_of(name) for name in ALTERNATIVES} == set(function_names())
    assert set(ALTERNATIVES) >= AT_NIGHT


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


def problems_of(name: str, host: Host, own_stack: bool, session: SuiteSession | None = None) -> list[str]:
    """What the real grader has to say against an alternative: nothing."""
    for path in sorted(SOLUTIONS.glob("*.py")):
        (host.impl / path.name).write_bytes(path.read_bytes())
    file, text = student_file(name, ALTERNATIVES[name])
    (host.impl / file).write_text(text, encoding="utf-8")
    host.reload()
    function = function_of(name)
    options = Options(seed=5, only=function, own_stack=own_stack)
    [step] = judge(host.impl, (step_of(function),), options, host=host, session=session).steps
    assert step.tests
    problems = [f"{name}: {t.name}: {t.message}" for t in step.tests if t.status != "passed"]
    if own_stack and step.own_stack != "passed":
        problems.append(f"{name}: {step.own_stack_message}")
    return problems


@pytest.mark.parametrize("function", function_names())
def test_every_alternative_of_a_function_passes_the_real_grader(function: str, host: Host) -> None:
    """pytest is started once for all of them, as for a class: no run knows of the one before."""
    problems: list[str] = []
    names = by_day(function)

    def judge_all(session: SuiteSession) -> None:
        for name in names:
            own_stack = function in ON_OWN_STACK and name == names[0]
            problems.extend(problems_of(name, host, own_stack, session))

    with_suites((step_of(function),), Options().seconds, judge_all)
    assert names and not problems


@pytest.mark.nightly
@pytest.mark.parametrize("name", ALTERNATIVES)
def test_every_alternative_passes_on_the_own_stack_too(name: str, host: Host) -> None:
    assert not problems_of(name, host, own_stack=True)
