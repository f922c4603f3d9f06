# One multiplication of integers that takes minutes, with the interpreter's lock held.
# says: had not answered|memory
def gelu(x):
    return 3 ** (10**9)
