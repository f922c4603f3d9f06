"""What a worker process may do, from the moment before it reads the student's file.

| | Linux | macOS | Windows |
| --- | --- | --- | --- |
| deadline, SIGKILL by the judge | yes | yes | yes |
| memory | RLIMIT_AS | no | no |
| size of a file | RLIMIT_FSIZE | RLIMIT_FSIZE | no |
| what all files take | the judge watches | the judge watches | the judge watches |
| files out of sight | Landlock (5.13 and later) | no | no |
| no processes, network, signals | seccomp (x86_64, aarch64) | no | no |

Landlock and seccomp count only where they were seen to hold in the very process (`sandbox/walls.py`). Where
one of them is missing no marks are given: without Landlock a student's code can read the solutions by their
path, without seccomp it can leave processes behind and talk to the network.
The kernel's bugs are out of scope. The rows for macOS and Windows could not be tried by the authors.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from pathlib import Path
from typing import Any

from grader.sandbox.allowed import KEPT_CAPABILITIES, MAX_OPEN_FILES
from grader.sandbox.inside import landlock, renaming, seccomp
from grader.sandbox.inside.system_calls import NUMBERS

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CAPABILITY_VERSION_3 = 0x20080522


def prctl(option: int, value: int) -> bool:
    """Linux's prctl; False where it does not work."""
    if sys.platform != "linux":
        return False
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        return bool(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) == 0)
    return False


def close_memory() -> None:
    """No process of the same user can read this one's memory (/proc/PID/mem, ptrace)."""
    prctl(PR_SET_DUMPABLE, 0)


def confine(config: dict[str, Any], private: str) -> str:
    """Confine this process for good, as far as the system can.

    Args:
        config: "sandbox" (False: limits alone), "address_space", "file_bytes", "rules" for Landlock (or
            "shared", what all workers have of them), and "closed", a file that must not open afterwards.
        private: the one folder that it may write in.
    Returns:
        What works: "landlock7+seccomp", "seccomp", "none".
    """
    limit(config["address_space"], config["file_bytes"])
    if not config["sandbox"] or sys.platform != "linux":
        return "none"
    works = []
    if prctl(PR_SET_NO_NEW_PRIVS, 1):
        drop_capabilities()
        close_memory()
        shared: landlock.Shared | None = config.get("shared")
        rules = shared.places if shared else config["rules"]
        version = landlock.restrict([*rules, (private, landlock.PRIVATE)], shared)
        filtered = seccomp.restrict()
        if filtered:
            renaming.install()
        closed = [config["closed"], *([shared.closed] if shared and shared.closed else [])]
        if version and not any(map(_opens, closed)):
            works.append(f"landlock{version}")
        if filtered and not _talks() and not _forks():
            works.append("seccomp")
    return "+".join(works) or "none"


def _opens(path: str) -> bool:
    try:
        Path(path).open("rb").close()
    except PermissionError:
        return False
    return True


def _talks() -> bool:
    import socket

    try:
        socket.socket().close()
    except PermissionError:
        return False
    return True


def _forks() -> bool:
    try:
        child = os.fork()
    except PermissionError:
        return False
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return True


def limit(address_space: int, file_bytes: int) -> None:
    """Limits that hold where the system has them, on what the process takes."""
    try:
        import resource
    except ImportError:  # Windows has none
        return
    wanted = {"RLIMIT_AS": address_space, "RLIMIT_FSIZE": file_bytes, "RLIMIT_CORE": 0,
              "RLIMIT_NOFILE": MAX_OPEN_FILES}  # fmt: skip
    if seccomp.architecture() is None:
        wanted["RLIMIT_NPROC"] = _processes() + 64
    with contextlib.suppress(OSError, ValueError, AttributeError):  # the judge's is not the worker's
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is not None and value:
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        if kind is not None:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(kind, (value, value))


def _processes() -> int:
    """How many processes and threads this user has; NPROC counts them all. It does not bind root."""
    count = 0
    with contextlib.suppress(OSError):
        for process in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if process.name.isdigit() and process.stat().st_uid == os.getuid():
                    count += len(list((process / "task").iterdir()))
    return count or 1024


def drop_capabilities() -> None:
    """Root in a container: give up what could undo the limits."""
    machine = seccomp.architecture()
    if machine is None or os.geteuid() != 0:
        return
    header = struct.pack("<Ii", CAPABILITY_VERSION_3, 0)
    data = struct.pack("<IIIIII", KEPT_CAPABILITIES, KEPT_CAPABILITIES, 0, 0, 0, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(ctypes.c_long(NUMBERS[machine]["capset"]), header, data)
