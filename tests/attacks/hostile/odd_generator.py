# yield instead of return.
# says: generator.*yield
def gelu(x):
    yield 0.5 * x
