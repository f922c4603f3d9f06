# Removes the import gate and puts Python's own finders back, to import the solution.
# needs: sandbox
# says: No module named|not yours|ImportError|Error
import importlib.machinery
import pathlib
import sys

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]
sys.meta_path[:] = [importlib.machinery.PathFinder]
sys.path[:] = [str(ROOT)]
sys.path_importer_cache.clear()
import solutions.pico_gpt


def gelu(x):
    return solutions.pico_gpt.gelu(x)
