# Stops its own process, as Ctrl-Z would.
# says: had not answered
import os
import signal


def gelu(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    return x
