"""Views of one `RunResult`, for eyes and for platforms, and one table of the formats written to a file."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from grader.judging.results import RunResult
from grader.kata.files import write_json

__all__ = ["FORMATS", "classroom50", "failure_page", "github", "screen", "terminal", "text", "writer"]

# The option --NAME FILE writes NAME: what `--help` says of it. A new format is a line here and
# grader/report/NAME.py with `write(result, path)`.
FORMATS = {
    "json": "the whole result",
    "junit": "JUnit XML",
    "gradescope": "Gradescope's results.json",
    "classroom50": "Classroom 50's result.json",
    "exercism": "Exercism's results.json",
}


def writer(name: str) -> Callable[[RunResult, Path], None]:
    """The function that writes a format; its module is imported only when it is used."""
    if name == "json":
        return lambda result, path: write_json(result.to_dict(), path)
    write: Callable[[RunResult, Path], None] = import_module(f"grader.report.{name}").write
    return write
