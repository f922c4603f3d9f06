# Returns an array of 8 TB that takes no memory until somebody reads it.
# says: 7.28 TiB|too much
import numpy as np


def gelu(x):
    return np.broadcast_to(1.0, (10**6, 10**6))
