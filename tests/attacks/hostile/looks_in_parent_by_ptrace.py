# Attaches to its parent as a debugger would.
# says: PermissionError|ProcessLookupError|OSError
import ctypes
import os

import numpy as np


def gelu(x):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, os.getppid(), None, None) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    libc.ptrace(17, os.getppid(), None, None)
    return np.full(x.shape, 42.0)
