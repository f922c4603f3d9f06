"""`step 0`: the loop around a model that is given, judged like the others, without points."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.kata.curriculum import ROOT
from grader.report.screen import Line, Screen
from grader.report.text import MARKS, readable, typed

FILE = "first_hour.py"
PAGE = "instructions/steps/00_first_hour.md"
SECONDS = 20.0
JOY = "Your loop writes. From here on you build what gives it the scores."


def judge_first_hour(impl: Path, seconds: float = SECONDS) -> int:
    """Judge `first_hour.py` beside the folder of exercises, and show the verdict; 0 if all is right."""
    file = impl.resolve().parent / FILE
    checks = _checks(file, seconds)
    screen = Screen()
    screen.lines(_page(checks, file, screen))
    screen.flush()
    return 0 if all(check["status"] == "passed" for check in checks) else 1


def _checks(file: Path, seconds: float) -> list[dict[str, Any]]:
    if not file.is_file():
        return [_check("write", "not_implemented", f"there is no {FILE} yet")]
    with tempfile.TemporaryDirectory(prefix="pico-gpt-first-hour-") as private:
        out = Path(private) / "checks.json"
        paths = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "grader.student.first_hour_run", str(file), str(out)],
                cwd=file.parent,
                timeout=seconds,
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": paths},
            )
            checks: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))
            return checks
        except subprocess.TimeoutExpired:
            return [
                _check(
                    "write",
                    "timeout",
                    f"{FILE} had not ended after {seconds:g} s: look for a loop without an end",
                )
            ]
        except (OSError, ValueError):
            said = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
            return [_check("write", "error", f"{FILE} ended too early: {said[0]}")]


def _check(function: str, status: str, message: str) -> dict[str, Any]:
    return {"function": function, "name": "", "status": status, "message": message, "line": 0}


def _page(checks: list[dict[str, Any]], file: Path, screen: Screen) -> list[Line]:
    lines: list[Line] = [[("step 0: your first hour - The loop around a model", "title")], []]
    problem = next((c for c in checks if c["status"] not in ("passed", "not_implemented")), None)
    problem = problem or next((c for c in checks if c["status"] != "passed"), None)
    if problem is not None:
        word = MARKS[problem["status"]].upper()
        text = readable(problem["message"])
        lines += screen.wrap(text, f"{word}  ", "sentence", hanging=" " * (len(word) + 2))
        if problem["line"]:
            lines.append([(f"  {FILE}:{problem['line']}", "next")])
    tests = [check for check in checks if check["name"]]
    if tests:
        lines += [
            [],
            *(
                [(f"  {MARKS[c['status']]:8s} ", c["status"]), (f"{c['function']}: {c['name']}", "")]
                for c in tests
            ),
        ]
    if problem is None:
        return [*lines, [], *screen.wrap(JOY, style="passed"), [(f"next: {typed('step', 1)}", "next")]]
    if problem["status"] == "not_implemented":
        action = f"write {problem['function']} in {FILE}, in the top folder, as {PAGE} says"
    else:
        action = f"the hints are at the end of {PAGE}"
    return [*lines, [], *screen.wrap(action, "next: ", "next", hanging="      ")]
