# Counts processes by reading the CPU clock of every number.
# says: gelu
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def call(result):
    if result < 0:
        raise PermissionError(ctypes.get_errno(), "not for students")
    return result


import time


def gelu(x):
    found = 0
    for pid in range(1, 400):
        try:
            time.clock_gettime(((~pid) << 3) | 2)
            found += 1
        except OSError:
            pass
    return x * 0 + found
