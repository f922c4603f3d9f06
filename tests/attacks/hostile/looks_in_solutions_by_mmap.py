# Maps the solution into memory.
# needs: sandbox
# says: PermissionError
import mmap
import os
import pathlib
import sys

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    fd = os.open(ROOT / "solutions" / "pico_gpt.py", os.O_RDONLY)
    space = {}
    exec(bytes(mmap.mmap(fd, 0, prot=mmap.PROT_READ)), space)
    return space["gelu"](x)
