# Fills the disk with files that are removed and closed, and mapped into memory.
# says: wrote more than 256 MiB|had not answered
import mmap
import os

kept = []


def gelu(x):
    for n in range(100):
        with open(f"f{n}", "w+b", buffering=0) as file:
            os.unlink(f"f{n}")
            file.truncate(15 << 20)
            kept.append(mmap.mmap(file.fileno(), 15 << 20))
            kept[-1][:] = bytes(15 << 20)
    return x
