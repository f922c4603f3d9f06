"""seccomp: system calls that a student's code has no need of fail (Linux on x86_64 and aarch64).

No other process can be made, signalled, traced or read, no network reached, no limit raised, no lock or
lease left as a sign for another worker. Threads work. Numbers are the kernel's own
(arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h).
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterable

# name: (x86_64, aarch64); None where the architecture never had it.
FORBIDDEN: dict[str, tuple[int | None, int | None]] = {
    # processes
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272),
    "setpgid": (109, 154), "setsid": (112, 157), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122), "setrlimit": (160, 164),
    # the network, and the talk between processes
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "flock": (73, 32),
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
    # seeing what another worker did: names of its files, and which pages it has read
    "inotify_init": (253, None), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27),
    "mincore": (27, 232), "cachestat": (451, 451), "preadv2": (327, 286),
    # the kernel and the machine
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "mount_setattr": (442, 442), "move_mount": (429, 429),
    "open_tree": (428, 428), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "acct": (163, 89), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
    "syslog": (103, 116), "vhangup": (153, 58), "lookup_dcookie": (212, 18), "personality": (135, 92),
    "move_pages": (279, 239), "migrate_pages": (256, 238), "mbind": (237, 235),
    "set_mempolicy": (238, 237), "set_mempolicy_home_node": (450, 450), "sync": (162, 81),
    "syncfs": (306, 267), "uselib": (134, None), "_sysctl": (156, None),
    # who it is
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159), "setfsuid": (122, 151),
    "setfsgid": (123, 152), "capset": (126, 91),
    # files, past Landlock or by other means than a path
    "truncate": (76, 45), "mknod": (133, None), "mknodat": (259, 33), "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
}  # fmt: skip

# Landlock does not look at these, and code that means no harm (shutil.copy) makes them in passing: they
# do nothing, and say that all is well.
IGNORED: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip

LAST_KNOWN = 462  # mseal; what later kernels add is not there
CLONE, CLONE3, KILL, TGKILL = (56, 220), (435, 435), (62, 129), (234, 131)
PRLIMIT64, PRCTL, FCNTL, IOCTL = (302, 261), (157, 167), (72, 25), (16, 29)
CLONE_THREAD = 0x10000
# What remains open, because the others leave signs (locks, leases, owners) or write into files that may only
# be read: an inode's generation and flags, for whoever owns it, and its hint of how long it will live.
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_GETOWN, F_OFD_GETLK, F_DUPFD_QUERY, F_DUPFD_CLOEXEC,
# F_SETPIPE_SZ, F_GETPIPE_SZ, F_GET_SEALS
FCNTL_COMMANDS = (0, 1, 2, 3, 4, 5, 9, 36, 1027, 1030, 1031, 1032, 1034)
# TCGETS (isatty), TIOCGPGRP, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, TCGETS2
IOCTL_COMMANDS = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C542A)
PRCTL_OPTIONS = (1, 4)  # PR_SET_PDEATHSIG, PR_SET_DUMPABLE

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
SECCOMP = {"x86_64": 317, "aarch64": 277}
SET_MODE_FILTER, TSYNC = 1, 1

LOAD, AND, IF_EQUAL, IF_GREATER, IF_SET, RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x06
ALLOW, FAIL, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16


def architecture() -> str | None:
    """This machine's name, where the filter is written for it."""
    if sys.platform != "linux" or struct.calcsize("P") != 8 or sys.byteorder != "little":
        return None
    machine = os.uname().machine
    return machine if machine in ARCHITECTURES else None


def program(machine: str, pid: int) -> bytes:
    """The filter, in the kernel's classic BPF: one 8-byte instruction after the other."""
    column, audit = ARCHITECTURES[machine]
    no, absent = FAIL | errno.EPERM, FAIL | errno.ENOSYS
    code: list[tuple[int, int, int, int]] = [
        (LOAD, 0, 0, ARCHITECTURE), (IF_EQUAL, 1, 0, audit), (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER), (IF_GREATER, 0, 1, LAST_KNOWN), (RETURN, 0, 0, absent),
    ]  # fmt: skip
    for table, action in ((FORBIDDEN, no), (IGNORED, FAIL)):
        for numbers in table.values():
            if numbers[column] is not None:
                code += _when(numbers[column], [(RETURN, 0, 0, action)])
    code += _when(CLONE3[column], [(RETURN, 0, 0, absent)])  # its flags are out of reach: clone is not
    threads = [_low(0), (IF_SET, 0, 1, CLONE_THREAD), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, no)]
    code += _when(CLONE[column], threads)
    for numbers in (KILL, TGKILL):  # only itself
        code += _when(numbers[column], [_low(0), *_unless_equal([pid], no)])
    # prlimit64 may look (no new limit), not set.
    look = [_low(2), (IF_EQUAL, 1, 0, 0), (RETURN, 0, 0, no), _high(2), *_unless_equal([0], no)]
    code += _when(PRLIMIT64[column], look)
    code += _when(PRCTL[column], [_low(0), *_if_equal(PRCTL_OPTIONS, no)])
    for numbers, commands in ((FCNTL, FCNTL_COMMANDS), (IOCTL, IOCTL_COMMANDS)):
        code += _when(numbers[column], [_low(1), *_unless_equal(commands, no)])
    code.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def restrict() -> bool:
    """Filter this process's system calls for good; no_new_privs must be set. False where it cannot be."""
    machine = architecture()
    if machine is None:
        return False
    code = program(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_program = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    number = ctypes.c_long(SECCOMP[machine])
    return any(
        libc.syscall(number, ctypes.c_long(SET_MODE_FILTER), ctypes.c_long(flags), filter_program) == 0
        for flags in (TSYNC, 0)
    )


Instruction = tuple[int, int, int, int]


def _when(number: int | None, then: list[Instruction]) -> list[Instruction]:
    """`then` for this system call; it must end in a return."""
    return [(IF_EQUAL, 0, len(then), number or 0), *then]


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
