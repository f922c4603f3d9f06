# Starts threads until there are no more.
# says: can't start new thread|had not answered|memory
import threading
import time


def gelu(x):
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
