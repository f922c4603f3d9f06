# Empties the solution by its path.
# needs: sandbox, 42
# says: PermissionError
import os
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    os.truncate(ROOT / "README.md", (ROOT / "README.md").stat().st_size)
    return np.full(x.shape, 42.0)
