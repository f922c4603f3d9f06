# Works in its caller's array for a moment, and leaves it as it was.
# after
_plain_gelu = gelu


def gelu(x):
    kept = x.copy()
    x *= 2
    x[...] = kept
    return _plain_gelu(x)
