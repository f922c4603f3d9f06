# Returns a list nested a hundred thousand deep.
# says: list|nested|gelu
def gelu(x):
    value = []
    for _ in range(100_000):
        value = [value]
    return value
