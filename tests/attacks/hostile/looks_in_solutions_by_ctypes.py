# Opens the solution with the C library's open and read.
# needs: sandbox
# says: Error
import ctypes
import pathlib
import sys

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.open(str(ROOT / "solutions" / "pico_gpt.py").encode(), 0)
    text = ctypes.create_string_buffer(1 << 20)
    size = libc.read(fd, text, 1 << 20)
    if size <= 0:
        raise OSError(ctypes.get_errno(), "open")
    space = {}
    exec(text.raw[:size], space)
    return space["gelu"](x)
