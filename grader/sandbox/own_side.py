"""The judge's own side of a run: what fails there says nothing about a student's code.

No room in the folder for temporary files, too few descriptors, too little memory: then nothing is judged
(CannotGrade), and no verdict is given.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from grader.kata.files import CannotGrade

DESCRIPTORS = 128
JUDGE_BYTES = 1 << 30  # what the judge may take for one run, on top of what it has at the start


class WorkerError(CannotGrade):
    """No worker can be started on this machine, or it has no room for one."""


def of_the_graders_side(error: Exception) -> CannotGrade:
    """What stopped the judge itself, in one line that says what to do."""
    if isinstance(error, CannotGrade):
        return error
    if isinstance(error, MemoryError):
        return WorkerError("the grader ran out of its own memory here: look at what this submission returns")
    assert isinstance(error, OSError), error
    place = tempfile.gettempdir()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        why = f"there is no room left in {place}: free some there, or set TMPDIR to a folder with room"
    elif error.errno in (errno.EMFILE, errno.ENFILE):
        why = "there are too few file descriptors: `ulimit -n 256` gives more"
    else:
        why = f"a worker process cannot be served: {error.strerror or error} (TMPDIR is {place})"
    return WorkerError(why)


def need_descriptors() -> None:
    """See to it that the judge can open what it needs for four workers.

    Raises:
        WorkerError: it may not.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < DESCRIPTORS and hard > soft:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < DESCRIPTORS:
        raise of_the_graders_side(OSError(errno.EMFILE, ""))


@contextlib.contextmanager
def as_own() -> Iterator[None]:
    """What the system refuses the judge here becomes a WorkerError."""
    try:
        yield
    except (OSError, MemoryError) as error:
        raise of_the_graders_side(error) from error


@contextlib.contextmanager
def bounded_memory() -> Iterator[None]:
    """The judge takes no more than JUDGE_BYTES more in here; where the system has no such limit, it may."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except (ImportError, OSError, ValueError, IndexError):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = pages * os.sysconf("SC_PAGE_SIZE") + JUDGE_BYTES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
