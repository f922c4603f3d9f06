# Returns a dict of a million odd keys.
# says: dict|gelu|too much
def gelu(x):
    return {(i, str(i)): object() for i in range(1_000_000)}
