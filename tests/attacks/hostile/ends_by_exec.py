# Replaces itself by another program that ends well.
# needs: sandbox, ends well
# says: PermissionError
import os


def gelu(x):
    os.execv("/bin/true", ["true"])
