"""Notices, from a thread of its own, that the student has saved one of the kata's files."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from grader.kata.curriculum import FILES

DEBOUNCE_MS = 100  # editors write a file in several moves; this is how long one save may take …
STEP_MS = 15  # … and this how long nothing must happen before it counts as over
LOOK_MS = 1000  # a change that the system did not tell us of is noticed after this
POLL_MS = 150
Signature = tuple[tuple[int, int, int] | None, ...]


class Saves:
    """Calls back after every save, until it is stopped.

    Args:
        folder: where the student's files are.
        on_save: called in another thread.
        polling: look at the files several times a second, instead of being told by the system. Where the
            system says nothing (a folder of another machine), a save is seen within a second anyway.
    """

    def __init__(self, folder: Path, on_save: Callable[[], None], polling: bool | None = None):
        self._folder = folder
        self._on_save = on_save
        self._polling = polling
        self._stop = threading.Event()
        self._seen = signature(folder)
        self._thread = threading.Thread(target=self._run, name="saves", daemon=True)

    def __enter__(self) -> Saves:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join(2)

    def _run(self) -> None:
        import watchfiles

        while not self._stop.is_set():
            place = _place(self._folder)
            try:
                for _ in watchfiles.watch(
                    self._folder,
                    watch_filter=lambda change, path: Path(path).name in FILES,
                    debounce=DEBOUNCE_MS,
                    step=STEP_MS,
                    rust_timeout=LOOK_MS,
                    yield_on_timeout=True,
                    stop_event=self._stop,
                    force_polling=self._polling,
                    poll_delay_ms=POLL_MS,
                    recursive=False,
                    raise_interrupt=False,
                ):
                    self._look()
                    if _place(self._folder) != place:
                        break  # another folder has taken its place: watch that one
            except (OSError, RuntimeError):
                # The folder is gone for a moment, or the system has no watches left.
                self._polling = True
                self._stop.wait(LOOK_MS / 1000)
            self._look()

    def _look(self) -> None:
        now = signature(self._folder)
        if now != self._seen:
            self._seen = now
            self._on_save()


def signature(folder: Path) -> Signature:
    """What changes whenever one of the files is saved: its time, its size, which file it is."""
    found: list[tuple[int, int, int] | None] = []
    for name in FILES:
        try:
            status = (folder / name).stat()
            found.append((status.st_mtime_ns, status.st_size, status.st_ino))
        except OSError:
            found.append(None)
    return tuple(found)


def _place(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
