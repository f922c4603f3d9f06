# The same with bytes.
# says: gelu
# night: test_bounds.py judges it by day
def gelu(x):
    return [b'a' * 40_000] + [b'b'] * 30_000
