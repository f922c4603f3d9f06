"""Fixtures that the project's own tests share; what they are made of is in real_grader.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from real_grader import ROOT, Graded, replace_function, run_grader


@pytest.fixture
def student(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder of student files: the solutions, or the stubs, with some functions replaced."""

    def make(start: str = "solutions", **functions: str) -> Path:
        folder = tmp_path / f"impl{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for path in sorted((ROOT / start).glob("*.py")):
            text = path.read_text(encoding="utf-8")
            for name, body in functions.items():
                if f"\ndef {name}(" in text:
                    text = replace_function(text, name, body)
            (folder / path.name).write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def grade(tmp_path: Path) -> Callable[..., Graded]:
    """Run `python -m grader run --impl FOLDER …` and read its JSON result."""

    def run(impl: Path, *words: str) -> Graded:
        report = tmp_path / "result.json"
        report.unlink(missing_ok=True)
        done = run_grader("run", "--impl", impl, "--json", report, *words)
        result = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        return Graded(done.returncode, done.stdout, done.stderr, result)

    return run
