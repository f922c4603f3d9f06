# Keeps memory in files that no limit of memory counts.
# says: PermissionError|OSError
import os


def gelu(x):
    kept = []
    while True:
        kept.append(os.memfd_create("planted"))
        os.ftruncate(kept[-1], 1 << 30)
        os.write(kept[-1], b"x" * (1 << 28))
