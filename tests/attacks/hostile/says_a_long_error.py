# Raises an error of ten megabytes.
# says: raised ValueError
def gelu(x):
    raise ValueError('10 of 10 ' * 1_000_000)
