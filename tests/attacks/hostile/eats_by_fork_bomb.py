# A fork bomb.
# says: PermissionError.*Operation not permitted
import os


def gelu(x):
    while True:
        os.fork()
