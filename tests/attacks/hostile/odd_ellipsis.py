# The body is still three dots.
# says: ellipsis|gelu
def gelu(x):
    return ...
