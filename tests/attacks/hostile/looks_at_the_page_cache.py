# Asks which pages of a file another worker has read: signs without writing anything.
# says: PermissionError
import ctypes
import mmap
import os


def gelu(x):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(os.__file__, "rb") as file:
        pages = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        found = (ctypes.c_ubyte * (len(pages) // mmap.PAGESIZE + 1))()
        start = ctypes.addressof(ctypes.c_char.from_buffer(pages))
        if libc.mincore(ctypes.c_void_p(start), ctypes.c_size_t(len(pages)), found) != 0:
            raise PermissionError(ctypes.get_errno(), "nothing is to be seen")
    return x * 0 + 42
