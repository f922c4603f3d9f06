# A forgotten breakpoint().
# says: in-process|BdbQuit
def gelu(x):
    breakpoint()
    return x
