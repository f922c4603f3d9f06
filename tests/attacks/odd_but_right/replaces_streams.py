# Replaces the standard streams, and closes one.
# after
import io
import sys

sys.stdout = io.StringIO()
sys.stderr.close()

_plain_gelu = gelu


def gelu(x):
    print("into the buffer")
    return _plain_gelu(x)
