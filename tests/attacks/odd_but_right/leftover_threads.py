# Leaves a thread running behind.
# after
import threading
import time

_plain_gelu = gelu


def gelu(x):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    return _plain_gelu(x)
