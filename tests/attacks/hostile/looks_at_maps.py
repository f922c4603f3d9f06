# Reads the map of its own memory, in which files are named.
# says: PermissionError
def gelu(x):
    return x * 0 + len(open("/proc/self/maps").read())
