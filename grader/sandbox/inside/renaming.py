"""os.rename and os.replace inside the sandbox.

The filter lets no file take another's place: the other one would lose its name while it is open, and grow
where nobody can count it. So a file gets a name that is free; where the name is taken, its bytes are copied.
"""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import stat
from collections.abc import Callable
from typing import Any

from grader.sandbox.allowed import NOT_OVER
from grader.sandbox.inside.system_calls import NUMBERS

AT_FDCWD = -100


def install() -> None:
    """Put these in the place of Python's own, where the filter is."""
    move = _mover(NUMBERS[os.uname().machine]["renameat2"])
    modules: list[Any] = [os, vars(pathlib).get("_NormalAccessor")]  # the second is Python 3.10's
    for holder in filter(None, modules):
        holder.rename = holder.replace = move if holder is os else staticmethod(move)


def _mover(call: int) -> Callable[..., None]:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    number, flag = ctypes.c_long(call), ctypes.c_long(NOT_OVER)

    def rename(src: Any, dst: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None) -> None:
        """Rename a file or directory."""
        folders = [ctypes.c_long(AT_FDCWD if fd is None else fd) for fd in (src_dir_fd, dst_dir_fd)]
        if not libc.syscall(number, folders[0], os.fsencode(src), folders[1], os.fsencode(dst), flag):
            return
        error = ctypes.get_errno()
        if error == errno.EEXIST and stat.S_ISREG(os.stat(src, dir_fd=src_dir_fd).st_mode):
            with os.fdopen(os.open(src, os.O_RDONLY, dir_fd=src_dir_fd), "rb") as file:
                data = file.read()
            with os.fdopen(os.open(dst, os.O_WRONLY | os.O_TRUNC, dir_fd=dst_dir_fd), "wb") as file:
                file.write(data)
            return
        raise OSError(error, os.strerror(error), src, None, dst)

    return rename
