# Reads its parent's environment, descriptors and command line through /proc.
# needs: sandbox, 42
# says: PermissionError
import os
import pathlib

import numpy as np


def gelu(x):
    folder = pathlib.Path(f"/proc/{os.getppid()}")
    (folder / "environ").read_bytes()
    os.listdir(folder / "fd")
    return np.full(x.shape, 42.0)
