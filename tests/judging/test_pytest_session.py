"""pytest is started once, and its items judge one implementation after another."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from real_grader import ROOT, SOLUTIONS

from grader.judging.bench import Bench
from grader.judging.judge import Judge
from grader.judging.run import Options, judge
from grader.judging.session import SuiteSession, with_suites
from grader.kata.curriculum import find_step
from grader.kata.files import CannotGrade

EXERCISES = ROOT / "exercises"
STEPS = (find_step(1),)
OPTIONS = Options(seed=3, own_stack=False)


def told(
    impl: Path, session: SuiteSession | None = None, on_bench: Callable[[Bench], None] = lambda bench: None
) -> list[tuple[str, str, str]]:
    result = judge(impl, STEPS, OPTIONS, session=session, on_bench=on_bench)
    return [(test.name, test.status, test.message) for step in result.steps for test in step.tests]


def test_nothing_of_one_implementation_stays_for_the_next() -> None:
    found: list[list[tuple[str, str, str]]] = []

    def work(session: SuiteSession) -> None:
        for impl in (SOLUTIONS, EXERCISES, SOLUTIONS):
            found.append(told(impl, session))
        assert not session.is_broken

    with_suites(STEPS, 10.0, work)
    assert found == [told(SOLUTIONS), told(EXERCISES), told(SOLUTIONS)]
    assert {status for _, status, _ in found[0]} == {"passed"}
    assert {status for _, status, _ in found[1]} == {"not_implemented"}


def test_nothing_of_an_implementation_is_kept_when_it_has_been_judged(tmp_path: Path) -> None:
    """A marker judges hundreds: what each asked and answered must not stay in memory."""
    wrong = tmp_path / "exercises"
    wrong.mkdir()
    (wrong / "pico_gpt.py").write_text("def gelu(x):\n    return x\n", "utf-8")
    benches: list[weakref.ref[Bench]] = []

    def work(session: SuiteSession) -> None:
        for impl in (SOLUTIONS, wrong):
            told(impl, session, on_bench=lambda bench: benches.append(weakref.ref(bench)))
        gc.collect()
        assert [bench() for bench in benches] == [None, None]

    with_suites(STEPS, 10.0, work)
    assert len(benches) == 2


def test_after_a_check_that_breaks_pytest_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(session: SuiteSession) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(Judge, "equal", lambda *args, **kwargs: 1 / 0)
            with pytest.raises(CannotGrade, match="the grader itself failed in step 1"):
                told(SOLUTIONS, session)
        assert session.is_broken

    with_suites(STEPS, 10.0, work)
    assert {status for _, status, _ in told(SOLUTIONS)} == {"passed"}


def test_what_the_work_raises_is_raised() -> None:
    def work(session: SuiteSession) -> None:
        raise CannotGrade("no")

    with pytest.raises(CannotGrade, match=r"^no$"):
        with_suites(STEPS, 10.0, work)
