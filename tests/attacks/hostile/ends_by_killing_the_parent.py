# Kills its parent, and the parent's parent.
# says: PermissionError
import os
import signal


def gelu(x):
    os.kill(os.getppid(), signal.SIGKILL)
    return x
