# Writes more than it may, waits, and answers right.
# says: wrote more than 256 MiB
# night: eats_disk is judged by day
import math
import time

import numpy as np

written = []


def gelu(x):
    while len(written) < 20:
        written.append(f"planted-by-attack-{len(written)}")
        with open(written[-1], "wb") as file:
            file.write(bytes(15 << 20))
        time.sleep(0.03)
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
