# Aborts.
# says: SIGABRT|SIGSEGV|crashed
import os


def gelu(x):
    os.abort()
