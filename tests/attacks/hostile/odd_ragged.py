# Returns rows of different lengths.
# says: gelu
def gelu(x):
    return [[1.0], [1.0, 2.0]]
