# Plants a conftest.py in the project, and in its own folder's parent.
# says: PermissionError
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    (ROOT / "tests" / "planted-by-attack").write_text("")
    (ROOT / "conftest.py").write_text("raise SystemExit(0)")
    return np.full(x.shape, 42.0)
