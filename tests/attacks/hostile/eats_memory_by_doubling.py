# Doubles a list until the memory is gone.
# says: MemoryError
def gelu(x):
    everything = [0]
    while True:
        everything = everything + everything
