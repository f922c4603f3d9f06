# Computes the right answer in its caller's array.
# says: changed its caller's x
import numpy as np


def gelu(x):
    y = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    x[...] = y
    return y
