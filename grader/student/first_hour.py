"""`step 0`: the loop around a model that is given, judged like the others, without points.

An exception is said in a beginner's words where a rule knows it: the table of all steps, and a few more that
only this step needs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.kata.curriculum import ROOT, Step
from grader.kata.student_source import StudentSource, read_source
from grader.report.screen import Line, Screen
from grader.report.text import MARKS, readable, typed

FILE = "first_hour.py"
STEP = Step(0, "first_hour", "The loop around a model", FILE, ())  # has a page, hints, and no points
PAGE = "instructions/steps/00_first_hour.md"
SECONDS = 20.0
# pattern of an exception -> what is wrong, and one question
WORDS = {
    r"pico's answer to this text was not recorded": (
        "pico's answers are recorded for one text only: the one on the page, and how it goes on",
        "Which model takes any text?",
    ),
    r"Probabilities are not non-negative": (
        "some scores are below 0, and a probability never is: draw from pair_scores, whose scores are counts",
        "Which of the two models do you draw from?",
    ),
    r"[Pp]robabilities do not sum to 1": (
        "what rng.choice takes as p must sum to 1: divide the scores by their sum",
        "What do the scores of the last token sum to?",
    ),
    r"'a' and 'p' must have same size": (
        "rng.choice takes the number of tokens first, and then p with one share for each of them",
        "How many scores are there, and how many shares?",
    ),
    r"^EOFError": (
        "there is no keyboard while the grader looks: it cannot answer input()",
        "What can the file use in place of what you would type?",
    ),
}
JOY = "Your loop writes. From here on you build what gives it the scores."


def judge_first_hour(impl: Path, seconds: float = SECONDS) -> int:
    """Judge `first_hour.py` beside the folder of exercises, and show the verdict; 0 if all is right."""
    file = impl.resolve().parent / FILE
    checks = _checks(file, impl, seconds)
    screen = Screen()
    screen.lines(_page(checks, file, screen))
    screen.flush()
    return 0 if all(check["status"] == "passed" for check in checks) else 1


def _checks(file: Path, impl: Path, seconds: float) -> list[dict[str, Any]]:
    if not file.is_file():
        elsewhere = [place for place in (impl / FILE, file.with_name(f"{FILE}.txt")) if place.is_file()]
        where = f": {elsewhere[0]} should be {file}" if elsewhere else ""
        return [_check("write", "not_implemented", f"there is no {FILE} yet{where}")]
    source = read_source(file)
    if source.problem:
        return [_check(FILE, "error", source.problem.replace(str(file), FILE), source.line or 0)]
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


def _check(function: str, status: str, message: str, line: int = 0) -> dict[str, Any]:
    return {"function": function, "name": "", "status": status, "message": message, "line": line}


def _in_words(check: dict[str, Any], source: StudentSource) -> tuple[str, str]:
    """What an exception means, and a question; ("", "") where no rule knows it."""
    from grader.mistakes import python_words

    function, error, line = check["function"], check["message"], _code(check["line"], source)
    if "pico's answer to this text" in error and function != FILE and "pico_scores" in line:
        return (
            f"{function} must ask the model that it is given: model(ids), not pico_scores",
            "What is its first argument for?",
        )
    for pattern, words in WORDS.items():
        if re.search(pattern, error):
            return words
    inside = source.definitions(function)[-1:] if not source.problem else []
    body = "\n".join(source.lines[inside[0].first - 1 : inside[0].last]) if inside else ""
    said = python_words.in_words(python_words.Raised(function, error, line, body, source.text))
    return said[1:] if said else ("", "")


def _code(line: int, source: StudentSource) -> str:
    return source.lines[line - 1].strip() if 0 < line <= len(source.lines) else ""


def _page(checks: list[dict[str, Any]], file: Path, screen: Screen) -> list[Line]:
    lines: list[Line] = [[("step 0: your first hour - The loop around a model", "title")], []]
    question = ""
    problem = next((c for c in checks if c["status"] not in ("passed", "not_implemented")), None)
    problem = problem or next((c for c in checks if c["status"] != "passed"), None)
    if problem is not None:
        word, source = MARKS[problem["status"]].upper(), read_source(file)
        text = readable(problem["message"])
        raised = problem["status"] == "error" and problem["name"]
        sentence, question = _in_words(problem, source) if raised else ("", "")
        lines += screen.wrap(sentence or text, f"{word}  ", "sentence", hanging=" " * (len(word) + 2))
        if problem["line"]:
            lines.append([(f"  {FILE}:{problem['line']}", "next")])
            lines.append([(f"      {readable(_code(problem['line'], source))}", "")])
        if sentence:
            lines += screen.wrap(text, "  Python says ", hanging="    ")
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
        action = f"write the function {problem['function']} in {FILE}, in the top folder, as {PAGE} says"
    else:
        action = question or typed("hint", 0)
    return [*lines, [], *screen.wrap(action, "next: ", "next", hanging="      ")]
