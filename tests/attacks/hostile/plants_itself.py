# Overwrites the student's own file with another one, to be judged next time.
# needs: sandbox, 42
# says: PermissionError|FileNotFoundError
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    path = pathlib.Path(__file__)
    path.write_text(path.read_text())
    return np.full(x.shape, 42.0)
