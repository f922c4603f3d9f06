# Asks another program to read the solution.
# needs: sandbox
# says: PermissionError
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    space = {}
    exec(subprocess.check_output(["/bin/cat", ROOT / "solutions" / "pico_gpt.py"]), space)
    return space["gelu"](x)
