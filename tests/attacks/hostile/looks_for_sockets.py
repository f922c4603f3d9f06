# Makes a socket, to listen or to talk through.
# needs: sandbox, 42
# says: PermissionError
import socket

import numpy as np


def gelu(x):
    server = socket.socket(socket.AF_UNIX)
    server.bind("\0planted-by-attack")
    server.listen()
    return np.full(x.shape, 42.0)
