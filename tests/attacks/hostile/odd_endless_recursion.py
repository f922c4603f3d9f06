# Calls itself.
# says: RecursionError.*without end
def gelu(x):
    return gelu(x)
