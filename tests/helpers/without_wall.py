"""Runs a command as on a kernel that lacks one of the walls: its system calls say that they do not exist.

python tests/helpers/without_wall.py landlock|seccomp COMMAND...
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

NUMBERS = {"landlock": {"x86_64": (444, 445, 446), "aarch64": (444, 445, 446)},
           "seccomp": {"x86_64": (317,), "aarch64": (277,)}}  # fmt: skip
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000


def main() -> None:
    wall, *command = sys.argv[1:]
    numbers = NUMBERS[wall][os.uname().machine]
    checks = [(IF_EQUAL, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    code = [(LOAD, 0, 0, 0), *checks, (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, FAIL | errno.ENOSYS)]
    buffer = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)  # no_new_privs
    program = struct.pack("<HxxxxxxQ", len(code), ctypes.addressof(buffer))
    if libc.prctl(22, 2, program, 0, 0) != 0:  # by prctl, which leaves the system call seccomp to be missed
        sys.exit("no filter can be set here")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
