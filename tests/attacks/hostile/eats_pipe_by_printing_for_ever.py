# Prints without an end.
# says: had not answered
def gelu(x):
    while True:
        print("still here " * 1000)
