# Plants a module beside NumPy, and one in NumPy.
# says: PermissionError
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    folder = pathlib.Path(np.__file__).parent
    (folder / "planted-by-attack").write_text("")
    (folder.parent / "sitecustomize.py").write_text("")
    return np.full(x.shape, 42.0)
