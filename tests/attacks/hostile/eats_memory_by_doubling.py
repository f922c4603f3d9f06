# Doubles a list until the memory is gone.
# says: MemoryError|had not answered
def gelu(x):
    everything = [0]
    while True:
        everything = everything + everything
