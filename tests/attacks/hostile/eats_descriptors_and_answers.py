# Holds three hundred files open, and answers right.
# says: Too many open files
import math

import numpy as np

held = []


def gelu(x):
    held.extend(open("/dev/null") for _ in range(300 - len(held)))
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
