# Takes the grader's rights to read its own files away.
# needs: sandbox, 42
# says: PermissionError
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(sys.modules["__main__"].__file__).resolve().parents[3]


def gelu(x):
    before = (ROOT / "README.md").stat().st_mode
    (ROOT / "README.md").chmod(before ^ 0o004)
    changed = (ROOT / "README.md").stat().st_mode != before
    (ROOT / "README.md").chmod(before)
    if not changed:
        raise PermissionError("the mode is still the same")
    return np.full(x.shape, 42.0)
