# Prints 300 MB before a wrong answer.
# says: gelu
# night: eats_pipe_by_printing_for_ever is judged by day
def gelu(x):
    for _ in range(300):
        print("x" * 1_000_000)
    return x
