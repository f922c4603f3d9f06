"""What the project's own tests share: folders of student files, and the real program run on them."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = ROOT / "solutions"


@dataclass
class Graded:
    """One run of `python -m grader`: its exit status, what it printed, and its JSON result."""

    exit: int
    out: str
    err: str
    result: dict[str, Any]

    def step(self, number: int) -> dict[str, Any]:
        return next(step for step in self.result["steps"] if step["number"] == number)

    def tests(self, function: str) -> list[dict[str, Any]]:
        return [t for s in self.result["steps"] for t in s["tests"] if t["function"] == function]


def run_grader(
    *words: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`python -m grader WORDS…` as a user types it, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "grader", *map(str, words)],
        cwd=cwd, env={**os.environ, "NO_COLOR": "1", **(env or {})}, capture_output=True, text=True,
        encoding="utf-8", timeout=300,
    )  # fmt: skip


def replace_function(source: str, name: str, body: str) -> str:
    """A solution file with one function's text replaced (or, with an empty body, deleted)."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            assert node.end_lineno is not None
            return (
                "\n".join([*lines[: node.lineno - 1], *body.splitlines(), *lines[node.end_lineno :]]) + "\n"
            )
    raise KeyError(name)


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
