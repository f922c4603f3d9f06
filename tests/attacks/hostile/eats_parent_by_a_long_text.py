# Returns a text of 200 MB.
# says: returned too much
def gelu(x):
    return "x" * 200_000_000
