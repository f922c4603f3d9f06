# A long text beside many short ones: an array would pad every one of them to the longest.
# says: gelu
# night: test_bounds.py judges it by day
def gelu(x):
    return ["a" * 40_000] + ["b"] * 30_000
