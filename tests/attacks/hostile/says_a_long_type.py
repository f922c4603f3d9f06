# Returns an object whose type has a name of a megabyte.
# says: gelu returned
def gelu(x):
    return type('ndarray' * 200_000, (), {})()
