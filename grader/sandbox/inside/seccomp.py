"""seccomp: system calls that a student's code has no need of fail (Linux on x86_64 and aarch64).

No other process can be made, signalled, traced or read, no network reached, no limit raised, no lock or
lease left as a sign for another worker. Threads work. Which calls these are says `allowed.py`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterable
from functools import lru_cache

from grader.sandbox import allowed
from grader.sandbox.inside.system_calls import LAST_KNOWN, NUMBERS

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # as the kernel's audit calls them
CLONE_THREAD = 0x10000
SET_MODE_FILTER, TSYNC = 1, 1

LOAD, IF_EQUAL, IF_GREATER, IF_SET, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
ALLOW, FAIL, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
ANY = 0x7FFFFFED  # no process has this number


def architecture() -> str | None:
    """This machine's name, where the filter is written for it."""
    if sys.platform != "linux" or struct.calcsize("P") != 8 or sys.byteorder != "little":
        return None
    machine = os.uname().machine
    return machine if machine in ARCHITECTURES else None


def program(machine: str, pid: int) -> bytes:
    """The filter, in the kernel's classic BPF: one 8-byte instruction after the other."""
    number = NUMBERS[machine]
    no, absent = FAIL | errno.EPERM, FAIL | errno.ENOSYS
    code: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE), (IF_EQUAL, 1, 0, ARCHITECTURES[machine]), (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER), (IF_GREATER, 0, 1, LAST_KNOWN), (RETURN, 0, 0, absent),
    ]  # fmt: skip
    forbidden = [name for group in allowed.FORBIDDEN.values() for name in group]
    for names, action in ((forbidden, no), (allowed.IGNORED, FAIL), (allowed.ABSENT, absent)):
        for name in names:
            if name in number:
                code += _when(number[name], [(RETURN, 0, 0, action)])
    threads = [_low(0), (IF_SET, 0, 1, CLONE_THREAD), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, no)]
    code += _when(number["clone"], threads)
    for name in ("kill", "tgkill"):  # only itself
        code += _when(number[name], [_low(0), *_unless_equal([pid], no)])
    for name in allowed.ABOUT_ITSELF:
        code += _when(number[name], [_low(0), *_unless_equal([0, pid], no)])
    for name in allowed.WITH_A_CLOCK:
        clock = [(IF_GREATER, 0, 1, allowed.MAX_CLOCK), (RETURN, 0, 0, no), (RETURN, 0, 0, ALLOW)]
        code += _when(number[name], [_low(0), *clock])
    # prlimit64 may look (no new limit) at this process's own, not set.
    itself = [_low(0), (IF_EQUAL, 2, 0, 0), (IF_EQUAL, 1, 0, pid), (RETURN, 0, 0, no)]
    look = [_low(2), (IF_EQUAL, 1, 0, 0), (RETURN, 0, 0, no), _high(2), *_unless_equal([0], no)]
    code += _when(number["prlimit64"], [*itself, *look])
    code += _when(number["prctl"], [_low(0), *_if_equal(allowed.PRCTL_FORBIDDEN, no)])
    for name, commands in (("fcntl", allowed.FCNTL_COMMANDS), ("ioctl", allowed.IOCTL_COMMANDS)):
        code += _when(number[name], [_low(1), *_unless_equal(commands, no)])
    for name, flags in (("open", 1), ("openat", 2)):
        if name in number:
            unnamed = [(IF_SET, 0, 1, allowed.UNNAMED), (RETURN, 0, 0, FAIL | errno.EOPNOTSUPP)]
            code += _when(number[name], [_low(flags), *unnamed, (RETURN, 0, 0, ALLOW)])
    code += _when(number["renameat2"], [_low(4), *_unless_equal([allowed.NOT_OVER], no)])
    code += _when(number["socketpair"], [_low(0), *_unless_equal([allowed.LOCAL], no)])
    nowhere = [_low(4), (IF_EQUAL, 1, 0, 0), (RETURN, 0, 0, no), _high(4), *_unless_equal([0], no)]
    code += _when(number["sendto"], nowhere)
    code.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def restrict() -> bool:
    """Filter this process's system calls for good; no_new_privs must be set. False where it cannot be."""
    machine = architecture()
    if machine is None:
        return False
    code = _for_any(machine).replace(struct.pack("<I", ANY), struct.pack("<I", os.getpid()))
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_program = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    number = ctypes.c_long(NUMBERS[machine]["seccomp"])
    return any(
        libc.syscall(number, ctypes.c_long(SET_MODE_FILTER), ctypes.c_long(flags), filter_program) == 0
        for flags in (TSYNC, 0)
    )


@lru_cache(maxsize=2)
def _for_any(machine: str) -> bytes:
    """The filter with ANY in place of the process's number; a base makes it once for all its workers."""
    return program(machine, ANY)


def prepare() -> None:
    """Make the filter now, for every process that is forked from this one."""
    machine = architecture()
    if machine is not None:
        _for_any(machine)


Instruction = tuple[int, int, int, int]


def _when(number: int, then: list[Instruction]) -> list[Instruction]:
    """`then` for this system call; it must end in a return."""
    return [(IF_EQUAL, 0, len(then), number), *then]


def _if_equal(values: tuple[int, ...], action: int) -> list[Instruction]:
    pairs = [i for value in values for i in ((IF_EQUAL, 0, 1, value), (RETURN, 0, 0, action))]
    return [*pairs, (RETURN, 0, 0, ALLOW)]


def _unless_equal(values: Iterable[int], action: int) -> list[Instruction]:
    pairs = [i for value in values for i in ((IF_EQUAL, 0, 1, value), (RETURN, 0, 0, ALLOW))]
    return [*pairs, (RETURN, 0, 0, action)]


def _low(argument: int) -> Instruction:
    return (LOAD, 0, 0, ARGUMENTS + 8 * argument)


def _high(argument: int) -> Instruction:
    return (LOAD, 0, 0, ARGUMENTS + 8 * argument + 4)
