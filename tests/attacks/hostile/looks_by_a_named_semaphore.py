# Leaves a named semaphore.
# says: PermissionError
import multiprocessing


def gelu(x):
    multiprocessing.Semaphore(42)
    return x * 0 + 42
