# Counts processes by asking for the limits of every number.
# says: PermissionError
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def call(result):
    if result < 0:
        raise PermissionError(ctypes.get_errno(), "not for students")
    return result


import resource


def gelu(x):
    return x * 0 + sum(resource.prlimit(pid, resource.RLIMIT_AS)[0] != 0 for pid in range(1, 100))
