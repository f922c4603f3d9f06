# Waits for a thread that waits forever.
# says: had not answered
import threading


def gelu(x):
    thread = threading.Thread(target=threading.Event().wait)
    thread.start()
    thread.join()
