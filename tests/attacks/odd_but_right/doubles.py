# Works in float64, and returns Fortran order.
# after
_plain_gelu = gelu


def gelu(x):
    return np.asfortranarray(_plain_gelu(x.astype(np.float64)))
