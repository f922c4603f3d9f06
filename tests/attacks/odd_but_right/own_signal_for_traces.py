# Uses SIGUSR1 and faulthandler for itself.
# after
import faulthandler
import os
import signal

faulthandler.disable()
faulthandler.unregister(signal.SIGUSR1)
signal.signal(signal.SIGUSR1, lambda *args: None)

_plain_gelu = gelu


def gelu(x):
    os.kill(os.getpid(), signal.SIGUSR1)
    return _plain_gelu(x)
