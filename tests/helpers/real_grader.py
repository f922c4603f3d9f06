"""The real program, run as a user runs it, and folders of student files; for tests to import."""

from __future__ import annotations

import ast
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import warm

ROOT = Path(__file__).resolve().parents[2]
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
    return warm.run("grader", *words, cwd=cwd, env={**os.environ, "NO_COLOR": "1", **(env or {})})


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
