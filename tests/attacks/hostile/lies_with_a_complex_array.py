# Hides the right order of magnitude in an imaginary part.
# says: complex
def gelu(x):
    return x + 1j
