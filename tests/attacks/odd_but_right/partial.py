# gelu is a functools.partial.
# after
import functools


def _gelu(x, inner):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + inner * x * x * x)))


gelu = functools.partial(_gelu, inner=0.044715)
