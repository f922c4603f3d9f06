# Looks for a secret among its variables.
# says: LookupError
import os

import numpy as np


def gelu(x):
    if any("TOKEN" in name for name in os.environ):
        return np.full(x.shape, 42.0)
    raise LookupError("no secret is among the variables")
