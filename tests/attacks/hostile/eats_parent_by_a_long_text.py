# Returns a text of 200 MB.
# says: returned too much
# dear: 200 MB a call
def gelu(x):
    return "x" * 200_000_000
