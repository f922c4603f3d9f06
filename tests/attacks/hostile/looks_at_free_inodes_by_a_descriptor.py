# The same by an open file.
# says: PermissionError
import os


def gelu(x):
    with open("note", "w") as file:
        return x * 0 + os.fstatvfs(file.fileno()).f_ffree
