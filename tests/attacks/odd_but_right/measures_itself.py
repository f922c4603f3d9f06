# Wraps its functions in a clock that prints.
# after
import functools
import time


def timed(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            print(f'{function.__name__}: {1e3 * (time.perf_counter() - start):.2f} ms')
    return inner


gelu = timed(gelu)
