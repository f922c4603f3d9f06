# Not Python.
# says: cannot be loaded: SyntaxError
def gelu(x):
    return 0.5 * x * (1 +
