# Copies its parent's memory with process_vm_readv.
# needs: sandbox, 42
# says: PermissionError
import ctypes
import os

import numpy as np


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


def gelu(x):
    libc = ctypes.CDLL(None, use_errno=True)
    mine = ctypes.create_string_buffer(64)
    # The same program after a fork: what is at this address here is at the same address there.
    here, there = Piece(ctypes.addressof(mine), 64), Piece(id(None), 64)
    size = libc.process_vm_readv(os.getppid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    if size < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return np.full(x.shape, 42.0)
