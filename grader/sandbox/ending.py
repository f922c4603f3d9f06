"""How a process that somebody started comes to its end, whatever it is doing."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
from typing import Any, NoReturn

GRACE_S = 5.0  # for a judgement that is given up, to clean up after itself


def leave(status: int) -> NoReturn:
    """End this process, whose work is done, without taking NumPy and pytest apart module by module."""
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads it any more, or the disk is full: as Python ends then
        sys.exit(status)
    os._exit(status)


def end_process(process: subprocess.Popen[Any], group: bool = False) -> None:
    """End a process, wait until it is gone, and close what it was spoken to by.

    Args:
        group: it leads a group of its own (`start_new_session`): end all of these.
    """
    if group and os.name == "posix":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
