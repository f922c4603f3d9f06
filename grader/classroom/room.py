"""What marking needs of the machine: room for temporary files, descriptors, memory.

Where it is short of them, right code fails. So it is checked before a class begins, and watched while a
submission is marked: a mark that was made while the machine was short of something does not count.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from grader.kata.files import CannotGrade
from grader.sandbox.allowed import Limits

SEEN_LATE = 64 << 20  # what a fast disk takes between two looks at how much there is
WORKER_BYTES = Limits().temp_bytes + SEEN_LATE  # what one submission's functions can write at one time
LOW_BYTES = 32 << 20  # less than this free, and nobody knows whose write failed
LOW_FILES = 200
DESCRIPTORS, DESCRIPTORS_A_JOB = 96, 12


def check_room(jobs: int) -> None:
    """The machine can mark as many submissions side by side.

    Raises:
        CannotGrade: it cannot; the message says what to do.
    """
    needed = jobs * WORKER_BYTES + LOW_BYTES
    free, files = _free()
    if free < needed or files < LOW_FILES:
        left = f"{free >> 20} MiB" if free < needed else f"{files} files"
        fewer = " or use fewer --jobs" if jobs > 1 else ""
        raise CannotGrade(
            f"only {left} can still be stored in {tempfile.gettempdir()}, and marking "
            f"{_side_by_side(jobs)} may need {needed >> 20} MiB: set TMPDIR to a folder with more room{fewer}"
        )
    _check_descriptors(DESCRIPTORS + DESCRIPTORS_A_JOB * jobs)


def _side_by_side(jobs: int) -> str:
    return f"{jobs} side by side" if jobs > 1 else "a submission"


def _free() -> tuple[int, int]:
    """Bytes that are free for temporary files, and how many files there may be.

    Raises:
        CannotGrade: there is no folder for temporary files at all.
    """
    try:
        folder = Path(tempfile.gettempdir())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        why = " ".join(str(error).split())
        raise CannotGrade(f"there is no folder for temporary files ({why}): set TMPDIR to one") from None
    files = 1 << 40
    if hasattr(os, "statvfs"):
        with contextlib.suppress(OSError):
            found = os.statvfs(folder)
            files = found.f_favail if found.f_files else files
    return free, files


def _check_descriptors(needed: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < needed:
            raise CannotGrade(
                f"{soft} files may be open at once, and marking needs {needed}: type ulimit -n 1024 first"
            )


def busy() -> bool:
    """Whether so much runs on this machine that right code may be too slow."""
    if not hasattr(os, "getloadavg"):
        return False
    return os.getloadavg()[0] > 2 * cores() + 1


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Watch:
    """Looks at the machine from when it is made; `trouble` says what it was short of since then."""

    def __init__(self) -> None:
        self._killed = _killed()
        self._short = ""

    def look(self) -> None:
        """Look now; called again and again while a submission is marked."""
        free, files = _free()
        if free < LOW_BYTES or files < LOW_FILES:
            self._short = f"{tempfile.gettempdir()} is full: set TMPDIR to a folder with more room"

    def trouble(self) -> str:
        """One line, or "" where the machine had what is needed."""
        with contextlib.suppress(CannotGrade):
            self.look()
        if not self._short and _killed() != self._killed:
            self._short = "the machine ran out of memory: use fewer --jobs, or a machine with more"
        return self._short


def _killed() -> int:
    """How many processes the system has ever ended because memory ran out, where it counts them."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/vmstat").read_text("ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
