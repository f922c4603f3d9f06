# Returns a record array with a field for every taste.
# says: void|gelu
import numpy as np


def gelu(x):
    return np.zeros(x.shape, dtype=[("yours", "f4"), ("expected", "f4")])
