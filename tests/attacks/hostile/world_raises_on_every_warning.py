# Turns every warning and every rounding into an error, for all code that comes later.
# says: UserWarning
import warnings

import numpy as np

np.seterr(all="raise")
warnings.simplefilter("error")
np.random.seed(0)


def gelu(x):
    warnings.warn("now")
    return x
