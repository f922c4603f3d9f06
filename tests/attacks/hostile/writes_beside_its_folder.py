# Writes beside its folder.
# says: PermissionError
def gelu(x):
    open("../planted-by-attack", "w").write("42")
    return x * 0 + 42
