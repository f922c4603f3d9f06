# Never returns: sleeps for thirty years.
# says: had not answered
import time


def gelu(x):
    time.sleep(1e9)
