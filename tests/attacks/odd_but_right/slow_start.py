# Takes its time, but not too much.
# after
import time

time.sleep(0.2)

_plain_gelu = gelu


def gelu(x):
    time.sleep(0.05)
    return _plain_gelu(x)
