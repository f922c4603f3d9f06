# Prints 300 MB before a wrong answer.
# says: gelu
def gelu(x):
    for _ in range(300):
        print("x" * 1_000_000)
    return x
