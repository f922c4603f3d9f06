"""Processes that judge and draw for the live page: one piece of work each, the next one ready ahead of it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from grader.kata.curriculum import ROOT
from grader.sandbox.allowed import ONE_THREAD
from grader.sandbox.ending import end_process

Process = subprocess.Popen[bytes]
LOOK_EVERY_S = 0.05


class Ready:
    """The process that will do the next piece of work of one kind.

    Args:
        module: what it runs: grader.student.ready or playground.live.ready.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._next: Process | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Start it, where there is none."""
        with self._lock:
            if self._next is None or self._next.poll() is not None:
                self._next = self._start()

    def take(self) -> Process:
        with self._lock:
            process, self._next = self._next, None
        return process if process is not None and process.poll() is None else self._start()

    def close(self) -> None:
        with self._lock:
            if self._next is not None:
                end_process(self._next, group=True)
            self._next = None

    def _start(self) -> Process:
        own_group = {"start_new_session": True} if os.name == "posix" else {}
        process: Process = subprocess.Popen(
            [sys.executable, "-m", self._module], cwd=ROOT, stdin=subprocess.PIPE,
            env={**os.environ, **ONE_THREAD},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **own_group,  # type: ignore[call-overload]
        )  # fmt: skip
        return process


class Runner:
    """Does one piece of work at a time, and can end it with everything that it started."""

    def __init__(self, ready: Ready) -> None:
        self._ready = ready
        self._process: Process | None = None

    def run(self, words: Sequence[str], seconds: float, look: Callable[[], object] | None = None) -> None:
        """Do it; what takes too long is ended.

        Args:
            look: called again and again while it works.
        """
        self._process = process = self._ready.take()
        until = time.monotonic() + seconds
        try:
            assert process.stdin is not None
            with contextlib.suppress(OSError):  # it was ended meanwhile
                process.stdin.write(json.dumps([*words]).encode() + b"\n")
                process.stdin.close()
            while process.poll() is None and time.monotonic() < until:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_EVERY_S if look else seconds)
                if look:
                    look()
        finally:
            self.stop()

    def stop(self) -> None:
        """End what runs, if anything does, and its children."""
        process = self._process
        if process is None:
            return
        end_process(process, group=True)
        self._process = None
