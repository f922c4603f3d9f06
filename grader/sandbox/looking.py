"""Looking into a student's function: what its lines made, and what small edits of it would give.

A copy of the student's file, with `inside/trace.py` below it, is loaded into workers of a host of its own,
with the same walls as any other. The judge only writes text here; it never runs the student's.

    with Looking(impl, reference, "mha") as look:
        look.trace(args, kwargs)["events"]
        look.try_candidates(base, texts, calls, seconds=0.3)

    with kept_warm():  # several looks, one after another: the next takes the host of the last
        ...
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from grader.kata.curriculum import FILES, step_of
from grader.kata.student_file import read_student_file
from grader.sandbox.host import Host, Limits
from grader.sandbox.messages import Call
from grader.sandbox.wire import Handle

DRIVER = Path(__file__).parent / "inside" / "trace.py"
PATIENCE_S = 6.0  # on the clock, for one request; CPU time is what really bounds it
ONE_CANDIDATE_S = 0.15
MAX_DEAD = 2  # workers that may be lost
LOST_S = 1.0  # what a lost worker counts, as CPU time


@dataclass
class _Lent:
    """A host for looks: the folder that holds their files, and hides them, and how it ends."""

    reference: Path | None
    folder: Path
    host: Host
    end: ExitStack


_lock = Lock()
_kept = 0  # how often kept_warm is open
_idle: list[_Lent] = []


@contextmanager
def kept_warm() -> Iterator[None]:
    """While this is open, a host that was looked into waits for the next look: to start one takes longer than
    most looks do. Each look has workers of its own, which end with it."""
    global _kept
    with _lock:
        _kept += 1
    try:
        yield
    finally:
        with _lock:
            _kept -= 1
            over = [] if _kept else [_idle.pop() for _ in list(_idle)]
        for lent in over:
            lent.end.close()


def _take(reference: Path | None) -> _Lent:
    with _lock:
        for lent in _idle:
            if lent.reference == reference:
                _idle.remove(lent)
                return lent
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pico-gpt-look-")))
        limits = Limits(seconds=PATIENCE_S, output_bytes=0)
        host = stack.enter_context(Host(folder, reference, limits=limits))
        return _Lent(reference, folder, host, stack.pop_all())


def _give_back(lent: _Lent) -> None:
    with _lock:
        is_kept = _kept > 0
        if is_kept:
            lent.host.turn_to(lent.folder)  # no process is left that has seen the student's files
            _idle.append(lent)
    if not is_kept:
        lent.end.close()


class Looking:
    """One function of a student's, in a host that can look into it.

    Args:
        impl: the folder with the student's files.
        reference: the solutions, whose functions stand in for all others.
        function: what is looked into.
        own: what the student's code serves; as a rule the function alone.
    """

    def __init__(self, impl: Path, reference: Path | None, function: str, own: frozenset[str] = frozenset()):
        self.function = function
        self.own = own | {function}
        self.cpu_s = 0.0  # that the workers say they have used
        self._dead = 0
        with ExitStack() as stack:
            lent = _take(reference)
            stack.callback(_give_back, lent)
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=lent.folder))
            inner = Path(folder, impl.resolve().name or "exercises")
            inner.mkdir()
            for file in FILES:
                data = read_student_file(impl / file).data
                if data is not None:
                    (inner / file).write_bytes(
                        data + (_below(function) if file == step_of(function).file else b"")
                    )
            self._host = lent.host
            self._host.turn_to(inner)
            self._end = stack.pop_all()

    def trace(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """One call's events; empty where it could not be made."""
        found = self._ask("kata: trace", *self._moved((args, kwargs)))
        return found if isinstance(found, dict) and isinstance(found.get("events"), list) else {"events": []}

    def try_candidates(
        self, base: str, texts: Sequence[str], calls: Sequence[Call], seconds: float, right: str = ""
    ) -> list[list[list[Any]]]:
        """For every candidate that was reached in that CPU time, what it answered to each call."""
        if self._dead >= MAX_DEAD:
            return []
        asked = self._ask("kata: try", base, list(texts), self._moved(list(calls)), seconds, ONE_CANDIDATE_S,
                          right)  # fmt: skip
        if not isinstance(asked, dict) or not isinstance(asked.get("rows"), list):
            self._dead += 1
            self.cpu_s += LOST_S
            return []
        used = asked.get("cpu")
        self.cpu_s += used if isinstance(used, float) and 0 <= used < PATIENCE_S else seconds
        return [row for row in asked["rows"][: len(texts)] if isinstance(row, list)]

    @property
    def is_lost(self) -> bool:
        """Whether the code has ended too many workers."""
        return self._dead >= MAX_DEAD

    def _ask(self, *args: Any) -> Any:
        answer = self._host.call(self.function, *args, own=self.own, timeout=PATIENCE_S)
        return answer.value if answer.status == "returned" else None

    def _moved(self, value: Any) -> Any:
        """Arguments of another host's calls, with their handles known to this one."""
        if isinstance(value, Handle):
            return self._host.put(value.name, value.value)
        if isinstance(value, dict):
            return value if len(value) > 1000 else {key: self._moved(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)([self._moved(part) for part in value])
        return value

    def close(self) -> None:
        self._end.close()

    def __enter__(self) -> Looking:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _below(function: str) -> bytes:
    return b"\n\n" + _driver() + f"\n{function} = _kata_looking({function}, {function!r})\n".encode()


@lru_cache(maxsize=1)
def _driver() -> bytes:
    return DRIVER.read_bytes()
