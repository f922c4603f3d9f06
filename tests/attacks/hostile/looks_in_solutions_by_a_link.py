# Makes a symbolic link to the solution in its own folder, and reads that.
# needs: sandbox
# says: PermissionError
import pathlib
import sys

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    link = pathlib.Path("mine.py")
    if not link.is_symlink():
        link.symlink_to(ROOT / "solutions" / "pico_gpt.py")
    space = {}
    exec(link.read_text(), space)
    return space["gelu"](x)
