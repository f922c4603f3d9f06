# Says it is an ndarray, has a shape and a dtype, and is none.
# says: Liar|raised|TypeError|gelu
import numpy as np


class Liar:
    __class__ = np.ndarray

    def __getattr__(self, name):
        return getattr(np.zeros(3), name)

    def __len__(self):
        return -1

    def __iter__(self):
        return iter(lambda: 0, 1)

    def __array__(self, dtype=None, copy=None):
        while True:
            pass


def gelu(x):
    return Liar()
