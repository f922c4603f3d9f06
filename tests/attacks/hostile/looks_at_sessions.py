# Counts processes by asking for the session of every number.
# says: PermissionError
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def call(result):
    if result < 0:
        raise PermissionError(ctypes.get_errno(), "not for students")
    return result


def gelu(x):
    return x * 0 + sum(os.getsid(pid) > 0 for pid in range(1, 100))
