# Stays inside one long call of BLAS, where Python sees no signal.
# says: had not answered
import numpy as np


def gelu(x):
    a = np.ones((4000, 4000))
    while True:
        a = np.linalg.svd(a)[0]
