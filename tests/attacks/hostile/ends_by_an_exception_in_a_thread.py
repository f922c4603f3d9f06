# A thread raises SystemExit in the main thread, again and again.
# says: SystemExit|ended the process
import ctypes
import threading
import time

main = threading.main_thread().ident


def nag():
    while True:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(main), ctypes.py_object(SystemExit))
        time.sleep(0.001)


threading.Thread(target=nag, daemon=True).start()


def gelu(x):
    while True:
        pass
