# Returns a view with negative strides into a larger array.
# after
_plain_gelu = gelu


def gelu(x):
    y = np.empty(x.shape[:-1] + (2 * x.shape[-1],), x.dtype)
    y[..., ::2] = _plain_gelu(x)[..., ::-1]
    return y[..., ::2][..., ::-1]
