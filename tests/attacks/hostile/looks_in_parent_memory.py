# Reads the memory of its parent and of its parent's parent through /proc.
# needs: sandbox, 42, dumpable
# says: PermissionError
import os

import numpy as np


def gelu(x):
    pid = os.getppid()
    found = b""
    for _ in range(2):
        with open(f"/proc/{pid}/maps") as maps:
            lines = [line for line in maps if "rw-p" in line and "[heap]" in line]
        for line in lines:
            begin, end = (int(n, 16) for n in line.split()[0].split("-"))
            with open(f"/proc/{pid}/mem", "rb") as memory:
                memory.seek(begin)
                found += memory.read(end - begin)
        with open(f"/proc/{pid}/stat") as stat:
            pid = int(stat.read().rsplit(")", 1)[1].split()[1])
    return np.full(x.shape, 42.0)
