"""What a student's process may touch: files, imports, variables, descriptors, limits, system calls.

These are tables alone. How they are made to hold is in `inside/landlock.py` (files), `inside/imports.py`
(imports), `processes.py` (variables), `inside/confine.py` (limits) and `inside/seccomp.py` (system calls).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

# ---------------------------------------------------------------------------------------------- files

# May be read, besides Python itself and the packages below. Its private folder is all that it may write in.
SYSTEM_FILES = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/locale", "/usr/share/zoneinfo",
    "/etc/ld.so.cache", "/etc/localtime",
)  # fmt: skip
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
RULES = "rules.json"  # in the host's folder: what Landlock shall let workers read
SITES = ("site-packages", "dist-packages")  # closed, wherever they lie, but for the packages below

# -------------------------------------------------------------------------------------------- imports

STUDENTS_PACKAGE = "exercises"  # editors write `from exercises.pico_gpt import ...`
GUESTS = ("numpy", "tqdm", "regex")  # besides the standard library and the student's own four files
HOUSE = (
    "solutions",
    "grader",
    "reference_activations",
    "playground",
    "exercises",
    "tests",
)  # not for students

# Of earlier steps a worker has the reference's functions, but for those that would do the step's own work.
WITHHELD = {12: ("generate", "gpt2")}

# ------------------------------------------------------------------------------------------ variables

# All that is kept of the judge's environment. Some Pythons do not start without the places of libraries.
KEPT_VARIABLES = (
    ("SYSTEMROOT", "WINDIR", "PATH")
    if os.name == "nt"
    else ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
)
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}
HOME_VARIABLES = ("HOME", "TMPDIR", "TEMP", "TMP")  # these name the private folder

# ---------------------------------------------------------------------------------------- descriptors

# Besides 0 (nothing to read), 1 and 2 (both are OUTPUT). SHARED is closed once it is mapped.
REQUEST, REPLY, OUTPUT, SHARED = 3, 4, 5, 6
MAX_OPEN_FILES = 256

# --------------------------------------------------------------------------------------------- limits


@dataclass(frozen=True)
class Limits:
    """What a student's code may use.

    Attributes:
        seconds: for one request, the loading of the file included.
        address_space: bytes of memory of the worker that runs.
        waiting_bytes: bytes of memory of all workers together that wait for their next call.
        file_bytes: bytes of one file that it writes.
        temp_bytes: bytes of all files of all workers together.
        temp_files: how many files and folders these may be.
        output_bytes: bytes of what it prints that are kept, of each call.
        reply_bytes: bytes of what it returns, in one request.
    """

    seconds: float = 10.0
    address_space: int = 2 << 30
    waiting_bytes: int = 512 << 20
    file_bytes: int = 16 << 20
    temp_bytes: int = 256 << 20
    temp_files: int = 1_000
    output_bytes: int = 8 << 10
    reply_bytes: int = 64 << 20


# Root in a container keeps these, so that a Python in a private home can still read itself.
KEPT_CAPABILITIES = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH

# --------------------------------------------------------------------------------------- system calls
# By name; `inside/system_calls.py` has the numbers, made by `python -m tests.measures.system_calls`.
# An architecture may lack some of them. Calls that came after LAST_CALL do not exist for a student.

LAST_CALL = "mseal"

FORBIDDEN = {
    "other processes": (
        "fork", "vfork", "execve", "execveat", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
        "pidfd_send_signal", "pidfd_open", "pidfd_getfd", "ptrace", "process_vm_readv", "process_vm_writev",
        "process_madvise", "process_mrelease", "kcmp", "setpgid", "setsid", "setpriority", "ioprio_set",
        "sched_setscheduler", "sched_setparam", "sched_setattr", "sched_setaffinity", "setrlimit",
    ),
    "the network, and the talk between processes": (
        "socket", "connect", "bind", "listen", "accept", "accept4", "shmget", "shmat", "shmctl", "semget",
        "semop", "semctl", "semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink",
        "add_key", "request_key", "keyctl", "flock", "memfd_create", "memfd_secret", "sendmsg", "sendmmsg",
    ),
    "signs of another worker: names of its files, pages that it has read, what all of them use up": (
        "inotify_init", "inotify_init1", "inotify_add_watch", "mincore", "cachestat", "preadv2",
        "statfs", "fstatfs", "ustat", "sysinfo", "getpriority", "ioprio_get", "sched_rr_get_interval",
        "timer_create", "io_setup", "io_destroy", "io_submit", "io_cancel", "io_getevents", "io_pgetevents",
        "get_robust_list", "fadvise64", "readahead",
    ),
    "the kernel and the machine": (
        "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
        "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "mount_setattr", "move_mount",
        "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "swapon", "swapoff", "reboot", "init_module",
        "finit_module", "delete_module", "kexec_load", "kexec_file_load", "settimeofday", "clock_settime",
        "adjtimex", "clock_adjtime", "sethostname", "setdomainname", "acct", "quotactl", "quotactl_fd",
        "iopl", "ioperm", "modify_ldt", "syslog", "vhangup", "lookup_dcookie", "personality", "move_pages",
        "migrate_pages", "mbind", "set_mempolicy", "set_mempolicy_home_node", "sync", "syncfs", "uselib",
        "_sysctl",
    ),
    "who it is": (
        "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid",
        "setfsgid", "capset",
    ),
    "files, past Landlock or by other means than a path": (
        "truncate", "mknod", "mknodat", "fanotify_init", "fanotify_mark", "name_to_handle_at",
        "open_by_handle_at",
    ),
    "files without a name, or larger than they say: nobody could count them": (
        "rename", "renameat", "fallocate",
    ),
}  # fmt: skip

# Landlock does not look at these, and code that means no harm (shutil.copy) makes them in passing: they
# do nothing, and say that all is well. Nor is a file removed: one that is open would go on growing unseen.
IGNORED = (
    "unlink", "unlinkat", "rmdir",
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat", "utime", "utimes",
    "futimesat", "utimensat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr",
    "fremovexattr",
)  # fmt: skip

# Looked at by their arguments: clone makes threads alone, kill and tgkill reach this process alone, prlimit64
# may look and not set, open and openat make no file without a name, renameat2 puts none in another's place,
# socketpair makes local sockets (an event loop needs a pair), and sendto has no address but the pair's.
CONDITIONAL = (
    "clone", "kill", "tgkill", "prlimit64", "prctl", "fcntl", "ioctl", "open", "openat", "renameat2",
    "socketpair", "sendto",
)  # fmt: skip
LOCAL = 1  # AF_UNIX
ABSENT = ("clone3", "openat2")  # as if they did not exist: the C library uses clone and openat then
UNNAMED, NOT_OVER = 0x400000, 1  # O_TMPFILE, RENAME_NOREPLACE
# Of other processes these would say at least that they are there: only this one, or 0, can be asked for.
ABOUT_ITSELF = (
    "getsid", "getpgid", "sched_getscheduler", "sched_getparam", "sched_getattr", "sched_getaffinity",
)  # fmt: skip
# Clocks up to MAX_CLOCK are everybody's; the others are a process's or a thread's own.
WITH_A_CLOCK = ("clock_gettime", "clock_getres", "clock_nanosleep")
MAX_CLOCK = 15

# What remains open of these two, because the others leave signs (locks, leases, owners) or write into files
# that may only be read: an inode's generation and flags, for its owner, and how long it is to live.
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_GETOWN, F_OFD_GETLK, F_DUPFD_QUERY, F_DUPFD_CLOEXEC,
# F_GET_SEALS (and not F_SETPIPE_SZ: all pipes of a user have so many pages together, which can be counted)
FCNTL_COMMANDS = (0, 1, 2, 3, 4, 5, 9, 36, 1027, 1030, 1034)
# TCGETS (isatty), TIOCGPGRP, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, TCGETS2
IOCTL_COMMANDS = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C542A)
PRCTL_FORBIDDEN = (1, 4, 62)  # PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SCHED_CORE (it names other processes)
