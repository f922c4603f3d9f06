"""A Job Object: on Windows, what ends a worker for sure and limits its memory. (Written from Microsoft's
documentation; it could not be tried by the authors.)"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from typing import Any

EXTENDED_LIMIT_INFORMATION = 9
# Not more than one process; a limit of memory; no crash dialog; all end when the judge's handle closes.
ACTIVE_PROCESS, PROCESS_MEMORY, NO_DIALOG, KILL_ON_CLOSE = 0x8, 0x100, 0x400, 0x2000


class _Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION"""

    _fields_ = [
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    ]


class Job:
    """Holds a process from its start to its end.

    Args:
        popen: the process, which has read nothing of the student's yet.
        memory: bytes; 0 for no limit.
    """

    _kernel: Any
    _job: Any

    def __init__(self, popen: subprocess.Popen[bytes], memory: int):
        if sys.platform != "win32":
            raise OSError("Job Objects are Windows' own")
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = ctypes.c_void_p
        self._kernel = kernel
        self._job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
        limits = _Limits(
            LimitFlags=NO_DIALOG | KILL_ON_CLOSE | ((ACTIVE_PROCESS | PROCESS_MEMORY) if memory else 0),
            ActiveProcessLimit=1,
            ProcessMemoryLimit=memory,
        )
        process = ctypes.c_void_p(int(popen._handle))
        if not kernel.SetInformationJobObject(
            self._job, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
        ) or not kernel.AssignProcessToJobObject(self._job, process):
            popen.kill()
            raise OSError("no Job Object can be made for the worker process")

    def end(self) -> None:
        """End every process in it."""
        if self._job:
            self._kernel.TerminateJobObject(self._job, 1)
            self._kernel.CloseHandle(self._job)
            self._job = None
