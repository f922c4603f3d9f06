# Returns an integer of three million digits.
# says: int|gelu
def gelu(x):
    return 1 << 10_000_000
