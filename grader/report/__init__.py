"""Reports: every one is a view of one `RunResult`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from grader.judging.results import RunResult
from grader.kata.files import write_json

__all__ = [
    "WRITERS",
    "classroom50",
    "failure_page",
    "github",
    "screen",
    "terminal",
    "text",
    "typed",
]


def _json(result: RunResult, path: Path) -> None:
    write_json(result.to_dict(), path)


def _module(name: str) -> Callable[[RunResult, Path], None]:
    """The writer of grader/report/NAME.py, imported only when it is used."""

    def write(result: RunResult, path: Path) -> None:
        import_module(f"grader.report.{name}").write(result, path)

    return write


WRITERS: dict[str, Callable[[RunResult, Path], None]] = {
    "json": _json,
    "junit": _module("junit"),
    "gradescope": _module("gradescope"),
    "classroom50": _module("classroom50"),
    "exercism": _module("exercism"),
}
