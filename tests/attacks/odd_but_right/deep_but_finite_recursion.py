# Recurses deeply, with the limit lifted a little.
# after
import sys

sys.setrecursionlimit(10_000)

_plain_gelu = gelu


def gelu(x):
    def down(n):
        return _plain_gelu(x) if n == 0 else down(n - 1)

    return down(3000)
