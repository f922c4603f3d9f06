# Has doctests, and runs them below `if __name__`.
# after
import doctest


def _twice(x):
    """
    >>> _twice(2)
    4
    """
    return 2 * x


assert doctest.testmod(__import__(__name__)).failed == 0
