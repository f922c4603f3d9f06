# Leaves a note in /dev/shm.
# says: PermissionError
def gelu(x):
    open("/dev/shm/planted-by-attack", "w").write("42")
    return x * 0 + 42
