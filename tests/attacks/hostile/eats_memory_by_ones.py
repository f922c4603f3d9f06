# Asks for 80 GB.
# says: allocate|memory|MemoryError
import numpy as np


def gelu(x):
    return np.ones(10**10)
