"""The worker processes of one host: one is always started ahead, one at a time runs, and what all of them
take together is bounded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from grader.sandbox import wire
from grader.sandbox.allowed import Limits
from grader.sandbox.channel import Closed, DeadlinePassed
from grader.sandbox.clearing import too_much
from grader.sandbox.own_side import WorkerError
from grader.sandbox.processes import READY_S, ForkServer, Process, Starter

MAX_WORKERS = 4  # no step has more functions


@dataclass
class Worker:
    """A worker process that has a student's file in it."""

    process: Process
    loaded: bool = False
    used: int = 0  # when it was last asked, counted in requests


class Workers:
    """Hands out a worker for each (function, own functions), and ends those that are in the way.

    Args:
        start: makes what starts workers.
        folder: holds the private folders of all of them.
        limits: what they may take.
    Raises:
        WorkerError: (from `get` and `works`) no worker process can be started.
    """

    def __init__(self, start: Callable[[], Starter], folder: Path, limits: Limits):
        self._start = start
        self._folder, self._limits = folder, limits
        self._starter: Starter | None = start()
        self._spare: Process | None = self._starter.spawn()
        self._known: dict[Hashable, Worker] = {}
        self._running: Worker | None = None
        self._last: Worker | None = None  # that ran
        self._asked = 0

    def works(self) -> str:
        """What confines the workers, as the next one says itself; it has not seen the student's files."""
        self._spare = process = self._take_armed()
        return process.works or ""

    def get(self, key: Hashable) -> tuple[Worker, bool]:
        """The worker of a key, and whether it is a new one, which must be told what to load."""
        self._asked += 1
        if is_new := key not in self._known:
            if len(self._known) >= MAX_WORKERS:
                self.end(min(self._known, key=lambda known: self._known[known].used))
            process = self._take_armed()
            self._known[key] = Worker(process)
        worker = self._known[key]
        worker.used = self._asked
        return worker, is_new

    def known(self, key: Hashable) -> Worker | None:
        """The worker of a key, where there is one."""
        return self._known.get(key)

    def run(self, worker: Worker) -> None:
        """Let this one run, and no other: what a thread left in another does cannot signal to this one."""
        if self._last is not worker:
            self._make_room(worker)
            self._last = worker
        worker.process.thaw()
        self._running = worker

    def rest(self) -> None:
        """Nobody is asked: no student code runs on while the judge compares."""
        if self._running is not None:
            self._running.process.freeze()
        self._running = None

    def _make_room(self, for_one: Worker) -> None:
        """End the largest of those that wait, until they take no more memory together than they may."""
        waiting = {k: other.process.resident() for k, other in self._known.items() if other is not for_one}
        while sum(waiting.values()) > self._limits.waiting_bytes:
            largest = max(waiting, key=lambda key: waiting[key])
            del waiting[largest]
            self.end(largest)

    def overuse(self, worker: Worker) -> str:
        """What the running one takes too much of, where the system has no limit of its own; "" if nothing."""
        limits, process = self._limits, worker.process
        if process.resident() > limits.address_space:
            return f"it took more than {limits.address_space >> 20} MiB of memory"
        if not too_much(self._folder, limits.temp_bytes, limits.temp_files):
            return ""
        if mine := too_much(process.private, limits.temp_bytes, limits.temp_files):
            return mine
        for key in [key for key, other in self._known.items() if other is not worker]:
            self.end(key)  # it is theirs, then: it goes with them
        return ""

    def start_ahead(self) -> None:
        """Start the next one while this one works."""
        with contextlib.suppress(WorkerError):
            if self._starter is not None and self._spare is None:
                self._spare = self._starter.spawn()

    def end(self, key: Hashable) -> int | None:
        """End the worker of a key, if there is one; its wait status, where known."""
        worker = self._known.pop(key, None)
        if worker is not None and self._running is worker:
            self._running = None
        return worker.process.end() if worker is not None else None

    def put(self, name: str, frame: Sequence[Any]) -> None:
        """Send a value ahead; processes with another one of this name get the new one."""
        for process in (*(worker.process for worker in self._known.values()), self._spare):
            if process is not None:
                process.has.discard(name)
        if self._starter is not None:
            self._starter.put(name, frame)

    def end_all(self) -> None:
        """End all that have seen something of the student's."""
        for key in list(self._known):
            self.end(key)

    def close(self) -> None:
        """End every process."""
        self.end_all()
        if self._spare is not None:
            self._spare.end()
        if self._starter is not None:
            self._starter.close()
        self._spare = self._starter = None

    def _take_armed(self) -> Process:
        """A worker that has said what confines it: the one that was started ahead, or a new one."""
        if self._starter is None:
            raise RuntimeError("this host is closed")
        try:
            self._starter.check()
            process, self._spare = self._spare or self._starter.spawn(), None
            return self._armed(process)
        except WorkerError:  # something ended the base (a system short of memory, say): once more
            if self._spare is not None:
                self._spare.end()
            self._starter.close()
            self._starter, self._spare = self._start(), None
            return self._armed(self._starter.spawn())

    def _armed(self, process: Process) -> Process:
        if process.works is None:
            try:
                fields, _ = wire.unpack(*process.channel.receive(monotonic() + READY_S, 0))
                process.works = str(fields["sandbox"])
            except (Closed, DeadlinePassed, wire.WireError, KeyError):
                said = process.channel.settle().strip().splitlines()
                process.end()
                reason = said[-1] if said or self._starter is None else self._starter.reason()
                raise WorkerError(f"the worker process does not start: {reason}"[:300]) from None
        return process


def starter(forking: bool, *about: Any) -> Starter:
    """What starts workers on this system."""
    if forking:
        return ForkServer(*about)
    from grader.sandbox.fresh_processes import FreshStarter

    return FreshStarter(*about)
