# Reads the solution by its path and runs it.
# needs: sandbox
# says: PermissionError.*folder of its own
import pathlib
import sys

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    space = {}
    exec((ROOT / "solutions" / "pico_gpt.py").read_text(), space)
    return space["gelu"](x)
