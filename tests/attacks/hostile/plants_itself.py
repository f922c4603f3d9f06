# Overwrites its own file with another one, to be judged next time: what it finds is a copy in its own folder.
# says: gelu is wrong
import pathlib

import numpy as np


def gelu(x):
    path = pathlib.Path(__file__)
    path.write_text("from solutions.pico_gpt import *")
    path.rename(path.with_name("planted-by-attack.py"))
    return np.full(x.shape, 42.0)
