# Goes past the import system: a loader of its own for the solution's file.
# needs: sandbox
# says: PermissionError
import importlib.machinery
import pathlib
import sys

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    loader = importlib.machinery.SourceFileLoader("theirs", str(ROOT / "solutions" / "pico_gpt.py"))
    return loader.load_module().gelu(x)
