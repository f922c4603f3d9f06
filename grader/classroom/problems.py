"""What all functions of one file have in common, such as that it cannot be loaded: said once, of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.kata.curriculum import find_step
from grader.report.text import first_line


def file_problems(result: Mapping[str, Any]) -> dict[str, str]:
    """File -> the message that each of its functions has, for files in which no function could be tried."""
    said: dict[str, dict[str, set[str]]] = {}
    for step in result["steps"]:
        for test in step["tests"]:
            if test["status"] != "not_run":
                functions = said.setdefault(find_step(step["number"]).file, {})
                line = first_line(test["message"]) if test["status"] == "error" else ""
                functions.setdefault(test["function"], set()).add(line)
    found = {}
    for file, functions in said.items():
        lines = set.union(*functions.values())
        if len(functions) > 1 and len(lines) == 1 and "" not in lines:
            found[file] = _whole(result, file)
    return found


def _whole(result: Mapping[str, Any], file: str) -> str:
    """The message of the file's first test, with its evidence."""
    steps = [step for step in result["steps"] if find_step(step["number"]).file == file]
    return str(next(t["message"] for step in steps for t in step["tests"] if t["status"] == "error"))
