"""Let the process keep the memory that NumPy frees.

A prompt of 1,000 tokens makes arrays of 12 MB in every layer. glibc gives such memory back to the system as
soon as it is free, and the system hands it out again page by page, cleared: about a quarter of the time.
"""

from __future__ import annotations

import contextlib
import ctypes

# From glibc's malloc.h; the second is as large as it allows.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES, OWN_MAPPING_BYTES = 1 << 30, 32 << 20


def keep_freed_memory() -> bool:
    """Set it for the rest of this process; returns whether the C library here knows how (glibc does)."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # Windows, macOS, musl
        mallopt = ctypes.CDLL(None).mallopt
        return bool(mallopt(M_MMAP_THRESHOLD, OWN_MAPPING_BYTES) and mallopt(M_TRIM_THRESHOLD, KEPT_BYTES))
    return False
