# Kills its own process.
# says: SIGKILL
import os


def gelu(x):
    os.kill(os.getpid(), 9)
