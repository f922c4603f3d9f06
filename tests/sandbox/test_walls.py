"""Marks need both walls, and where one is missing everything that gives marks says which."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from real_grader import ROOT, SOLUTIONS

from grader.sandbox.inside import landlock, seccomp
from grader.sandbox.walls import WALLS, missing_walls

WITHOUT = ROOT / "tests" / "helpers" / "without_wall.py"
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not landlock.version() or seccomp.architecture() is None,
    reason="this is about a machine that has both walls",
)
WALL = pytest.mark.parametrize("wall", WALLS)


def without(wall: str, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(WITHOUT), wall, sys.executable, "-m", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_what_is_missing_is_named() -> None:
    assert missing_walls("landlock7+seccomp") == []
    assert missing_walls("landlock7") == [WALLS["seccomp"]]
    assert missing_walls("seccomp") == [WALLS["landlock"]]
    assert missing_walls("none") == missing_walls("in-process") == list(WALLS.values())


@WALL
def test_no_submission_gets_marks(wall: str, tmp_path: Path) -> None:
    submission = tmp_path / "submission"
    submission.mkdir()
    # The attack that a missing Landlock would let through.
    (submission / "pico_gpt.py").write_text(f"exec(open({str(SOLUTIONS / 'pico_gpt.py')!r}).read())\n")
    report = tmp_path / "r.json"
    done = without(wall, "grader", "run", "--steps", "1", "--submission", submission, "--gradescope", report)
    assert done.returncode == 2 and f"no {WALLS[wall]}" in done.stderr, done.stdout + done.stderr
    assert not report.exists() or not json.loads(report.read_text("utf-8")).get("score")


@WALL
def test_no_class_gets_marks(wall: str, tmp_path: Path) -> None:
    (tmp_path / "class" / "ada").mkdir(parents=True)
    (tmp_path / "class" / "ada" / "pico_gpt.py").write_bytes((SOLUTIONS / "pico_gpt.py").read_bytes())
    out = tmp_path / "out"
    done = without(wall, "grader", "class", tmp_path / "class", "--out", out, "--jobs", "1")
    assert done.returncode == 2 and f"no {WALLS[wall]}" in done.stderr, done.stdout + done.stderr
    assert not (out / "grades.csv").exists()


@WALL
def test_the_check_of_an_autograder_says_so(wall: str) -> None:
    done = without(wall, "grader.student.self_check")
    assert done.returncode == 2 and f"no {WALLS[wall]}" in done.stderr


@WALL
def test_doctor_says_so(wall: str) -> None:
    done = without(wall, "grader", "doctor", "--impl", SOLUTIONS)
    assert f"no {WALLS[wall]}" in " ".join(done.stdout.split()) and "no marks are given" in done.stdout


@WALL
def test_practising_goes_on(wall: str) -> None:
    done = without(wall, "grader", "step", "1", "--impl", SOLUTIONS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("machine", sorted(seccomp.ARCHITECTURES))
def test_a_filter_that_was_made_ahead_is_the_filter(machine: str) -> None:
    for pid in (7, 0x10203, 0x7FFFFFED - 1):
        ahead = seccomp._for_any(machine).replace(struct.pack("<I", seccomp.ANY), struct.pack("<I", pid))
        assert ahead == seccomp.program(machine, pid)
