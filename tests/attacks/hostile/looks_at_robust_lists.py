# Counts processes by asking for every thread's list of locks.
# says: PermissionError
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
GET_ROBUST_LIST = 274 if os.uname().machine == "x86_64" else 100
PR_SCHED_CORE = 62


def there(pid):
    head, size = ctypes.c_void_p(), ctypes.c_size_t()
    libc.syscall(GET_ROBUST_LIST, pid, ctypes.byref(head), ctypes.byref(size))
    first = ctypes.get_errno()
    libc.prctl(PR_SCHED_CORE, 0, pid, 0, ctypes.byref(ctypes.c_ulong()))
    if first == ctypes.get_errno() == 1:  # of every number: nothing is said of any
        return None
    return first != 3


def gelu(x):
    found = [there(pid) for pid in (1, 2, 4194303)]
    if found == [None] * 3:
        raise PermissionError("not for students")
    return x * 0 + sum(filter(None, found))
