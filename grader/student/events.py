"""What happens while `watch` waits: saves, keys, the end. Threads report it, the loop takes it."""

from __future__ import annotations

import sys
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal

from grader.kata.student_source import read_source

Event = tuple[Literal["save", "key", "stop"], str]
HALF_WRITTEN_S = 0.08  # how long a file that does not parse may be on its way to one that does
MISSING_S = 0.4  # … and how long it may be away altogether, while an editor replaces it
TRIES = 10


class Events:
    """The events that nobody has taken yet, the oldest first."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Event] = SimpleQueue()

    def put(self, event: Event) -> None:
        self._queue.put(event)

    def wait(self) -> Event:
        """The next event. Windows does not interrupt a wait for Ctrl-C, so it looks up now and then."""
        while True:
            try:
                return self._queue.get(timeout=0.2 if sys.platform == "win32" else None)
            except Empty:
                continue

    def wait_without_saves(self) -> Event:
        """The next key, or the end; what was saved before it is taken, too."""
        event = self.wait()
        while event[0] == "save":
            event = self.wait()
        return event

    def settle(self, path: Path) -> None:
        """Wait until the save of a file is over: not half written, not away while an editor replaces it."""
        for _ in range(TRIES):
            self._take_saves(0)
            source = read_source(path)
            if not source.problem:
                return
            if not self._take_saves(MISSING_S if source.data is None else HALF_WRITTEN_S):
                return

    def _take_saves(self, seconds: float) -> bool:
        """Take all saves out of the queue, waiting so long for one; whether there was one. The rest stays."""
        others: list[Event] = []
        found = False
        try:
            while True:
                wait = seconds if not found and not others else 0
                event = self._queue.get(timeout=wait) if wait else self._queue.get_nowait()
                found = found or event[0] == "save"
                others += [event] if event[0] != "save" else []
        except Empty:
            for event in others:
                self._queue.put(event)
            return found
