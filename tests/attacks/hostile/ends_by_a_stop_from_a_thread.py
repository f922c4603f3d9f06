# A thread stops the whole process forever.
# says: had not answered
import os
import signal
import threading


def gelu(x):
    threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGSTOP)).start()
    while True:
        pass
