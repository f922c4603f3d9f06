# Returns a dict with a name of three megabytes.
# file: weights.py
# step: 14
# says: to_params
def read_safetensors(path):
    raise NotImplementedError


def to_params(tensors):
    return {'k' * 3_000_000: 1}
