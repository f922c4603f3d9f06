# Sets a timer, handles signals, and tidies up at exit.
# after
import atexit
import signal

signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
atexit.register(print, "bye")

_plain_gelu = gelu


def gelu(x):
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        return _plain_gelu(x)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
