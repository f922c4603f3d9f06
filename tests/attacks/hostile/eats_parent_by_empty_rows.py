# Answers with blocks of shape (2**28, 0): no bytes on the wire, 268 million rows to walk over.
# file: weights.py
# step: 14
# says: too many empty rows
import numpy as np
def read_safetensors(path):
    raise NotImplementedError("step 14: read_safetensors")
def to_params(tensors):
    tensors = {k.removeprefix("transformer."): v for k, v in tensors.items()}
    return {"wte": tensors["wte.weight"], "wpe": tensors["wpe.weight"],
            "blocks": np.zeros((2**28, 0), np.float32),
            "ln_f": {"g": tensors["ln_f.weight"], "b": tensors["ln_f.bias"]}}
