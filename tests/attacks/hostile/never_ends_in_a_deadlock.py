# Takes the same lock twice.
# says: had not answered
import threading

lock = threading.Lock()


def gelu(x):
    lock.acquire()
    lock.acquire()
