# Reads how many processes there are and how much memory is free.
# says: PermissionError
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def call(result):
    if result < 0:
        raise PermissionError(ctypes.get_errno(), "not for students")
    return result


def gelu(x):
    call(libc.sysinfo(ctypes.create_string_buffer(256)))
    return x
