# Runs the solution's file as a program.
# needs: sandbox
# says: PermissionError
import pathlib
import runpy
import sys

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    return runpy.run_path(str(ROOT / "solutions" / "pico_gpt.py"))["gelu"](x)
