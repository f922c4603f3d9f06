# Works in place, on copies of its own.
# after
_plain_gelu = gelu


def gelu(x):
    y = x.copy()
    y += 0.044715 * x**3
    y *= math.sqrt(2 / math.pi)
    np.tanh(y, out=y)
    y += 1
    y *= x
    y *= 0.5
    return y
