"""`class` and `merge` in the test's own process, with markers and readers that stay for the next class.

The words, the files and the lines are the command's own, and so is every process that sees a student's file.
Only Python is not started again, and a marker or reader that one class is done with goes on to the next class
that is judged with the same settings: to start them costs ten times what they do with a step. Tests that type
a command in a shell, kill it, stop it and hear it refuse are still there (see `run_grader` in test_class.py).
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar
from unittest import mock

from grader import cli
from grader.classroom import marking, pool
from grader.classroom.reader import Reader


class Closes(Protocol):
    def close(self) -> None: ...


T = TypeVar("T", bound=Closes)
MOST = 2  # processes of a kind that wait for the next class


class Shelf(Generic[T]):
    """Processes that nobody uses now, by what they were told when they started."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, T]] = []

    def take(self, key: str, make: Callable[[], T]) -> T:
        for found in self._kept:
            if found[0] == key:
                self._kept.remove(found)
                return found[1]
        return make()

    def put(self, key: str, one: T) -> None:
        self._kept.append((key, one))
        while len(self._kept) > MOST:
            self._kept.pop(0)[1].close()

    def clear(self) -> None:
        while self._kept:
            self._kept.pop()[1].close()


MARKERS: Shelf[pool.Marker] = Shelf()
READERS: Shelf[Reader] = Shelf()


class LentMarker:
    """A marker as `pool.mark_all` uses one; closed, it waits for the next class."""

    def __init__(self, about: dict[str, Any]) -> None:
        self._key = json.dumps(about)
        self._marker = MARKERS.take(self._key, lambda: pool_marker(about))
        self.mark, self.stop = self._marker.mark, self._marker.stop

    def close(self) -> None:
        MARKERS.put(self._key, self._marker)


class LentReader:
    def __init__(self) -> None:
        self._reader = READERS.take("", Reader)
        self.read, self.holds_several = self._reader.read, self._reader.holds_several

    def close(self) -> None:
        READERS.put("", self._reader)


pool_marker = pool.Marker


@contextlib.contextmanager
def warm() -> Iterator[None]:
    """Classes in this process take the markers and readers that wait."""
    with mock.patch.object(pool, "Marker", LentMarker), mock.patch.object(marking, "Reader", LentReader):
        yield


def close_all() -> None:
    MARKERS.clear()
    READERS.clear()


atexit.register(close_all)


def class_here(folder: Path, out: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """`python -m grader class FOLDER --out OUT WORDS…` with one marker, warm from the second time."""
    return grader_here("class", folder, "--out", out, "--jobs", "1", *words)


def grader_here(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """`python -m grader WORDS…`: its exit status, and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with warm(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = cli.main([str(word) for word in words])
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 2
    return subprocess.CompletedProcess(list(words), status, out.getvalue(), err.getvalue())
