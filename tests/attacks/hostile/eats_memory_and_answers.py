# Takes more memory than it may, a little at a time, and answers right.
# says: MemoryError|Unable to allocate
# night: eats_memory_by_doubling is judged by day
import math

import numpy as np

kept = []


def gelu(x):
    while len(kept) < 40:
        kept.append(np.ones(8 << 20))
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
