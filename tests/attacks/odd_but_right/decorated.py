# Every function is wrapped: timed, counted, cached by identity.
# after
# step: 1,2,4
import functools
import time


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        started = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            wrapper.seconds += time.perf_counter() - started

    wrapper.seconds = 0.0
    return wrapper


gelu, softmax, linear = timed(gelu), timed(softmax), timed(linear)
