# Prints 1.5 MB at every call, to both streams, and by the file descriptor.
# after
_plain_gelu = gelu


def gelu(x):
    import os
    import sys

    print("x" * 750_000)
    print("y" * 750_000, file=sys.stderr)
    os.write(1, b"\xff\xfe raw bytes \x00\n")
    return _plain_gelu(x)
