# Returns a dict with a hundred thousand names that nobody expects.
# file: weights.py
# step: 14
# says: to_params
# dear: 60,000 names a call
def read_safetensors(path):
    raise NotImplementedError


def to_params(tensors):
    return {('k' * 30 + str(i)): 1 for i in range(60_000)}
