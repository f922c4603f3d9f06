# The same with bytes.
# says: gelu
def gelu(x):
    return [b'a' * 40_000] + [b'b'] * 30_000
