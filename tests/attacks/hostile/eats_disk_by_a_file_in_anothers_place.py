# Fills the disk with files that have lost their names to others, by the C library's own rename.
# says: wrote more than 256 MiB|had not answered
import ctypes
import os

kept = []


def gelu(x):
    libc = ctypes.CDLL(None)
    for n in range(120):
        kept.append(os.open(f"f{n}", os.O_WRONLY | os.O_CREAT))
        os.close(os.open("g", os.O_WRONLY | os.O_CREAT))
        libc.rename(b"g", b"f%d" % n)
        libc.renameat2(-100, b"g", -100, b"f%d" % n, 2)
        os.write(kept[-1], bytes(15 << 20))
    return x
