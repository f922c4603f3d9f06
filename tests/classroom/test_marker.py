"""The processes that mark: one that dies, breaks, answers late or finds no sandbox gives no mark."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from classes.make_class import solution_files
from real_grader import ROOT

from grader.classroom import pool
from grader.classroom.marking import judge_class
from grader.classroom.plan import plan_class
from grader.kata.curriculum import find_step
from grader.kata.settings import Settings


def test_a_machine_without_a_sandbox_marks_nobody(
    small_class: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_class(tmp_path / "in", 3)

    def listen(self: pool.Marker, deadline: float, seconds: float) -> pool.Outcome:
        raise pool.NoSandboxHere("this machine has no sandbox")

    monkeypatch.setattr(pool.Marker, "_listen", listen)
    plan = plan_class(folder, tmp_path / "out", Settings())
    with pytest.raises(pool.NoSandboxHere):
        judge_class(plan, 2, lambda result, was_there: None)
    assert not list((tmp_path / "out" / "results").iterdir())


def marker_for_step_1() -> pool.Marker:
    return pool.Marker(pool.about((find_step(1),), Settings(), 5.0))


FILES = {"pico_gpt.py": solution_files()["pico_gpt.py"]}


def test_a_marker_that_dies_gives_no_result_and_the_next_one_does() -> None:
    marker = marker_for_step_1()
    process = marker._ready()
    process.kill()
    process.wait()
    process.poll = lambda: None  # type: ignore[method-assign]  # its death is not known yet
    try:
        outcome = marker.mark(FILES, 1, 60)
        assert outcome.result is None and outcome.why == "the grader's process ended while it judged this"
        assert marker.mark(FILES, 1, 60).result["score"] == 10
    finally:
        marker.close()


def test_a_marker_that_breaks_says_its_last_words() -> None:
    marker = marker_for_step_1()
    marker._about["steps"] = 3
    try:
        outcome = marker.mark(FILES, 1, 60)
        assert outcome.result is None
        assert re.fullmatch(r"the grader's process ended while it judged this: TypeError: .+", outcome.why)
    finally:
        marker.close()


def test_the_process_that_runs_a_class_does_not_wait_for_what_only_markers_need() -> None:
    script = "import sys, grader.classroom.class_command, grader.classroom.marking; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "grader.classroom.pool" in loaded and not loaded & {"numpy", "pytest"}


def test_an_answer_of_another_order_is_nobodys() -> None:
    """What a marker still says of an earlier submission is never taken for the next one's."""
    marker = marker_for_step_1()
    try:
        marker._ready()
        for line in ('{"order": 0, "done": {"score": 140}}', '{"order": 7, "refused": "x"}', '{"forms": {}}'):
            marker._replies.put(line)
        result = marker.mark(FILES, 1, 60).result
        assert result is not None and result["score"] == 10
    finally:
        marker.close()
