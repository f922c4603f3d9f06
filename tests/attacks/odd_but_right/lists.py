# Returns nested lists.
# after
_plain_gelu = gelu


def gelu(x):
    return _plain_gelu(x).tolist()
