"""What NumPy frees stays with the process: the system does not hand it out page by page again."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest
from real_grader import ROOT

PROGRAM = """
import resource, sys
import numpy as np
from playground.run.memory import keep_freed_memory
known = keep_freed_memory() if sys.argv[1] == "keep" else None
def work():
    arrays = [np.ones(3_000_000, np.float32) for _ in range(4)]
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    work()
print(known, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], cwd=ROOT, capture_output=True, text=True, check=True
    )
    known, n = done.stdout.split()
    return known, int(n)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told")
def test_freed_memory_is_kept() -> None:
    assert faults("keep")[0] == "True"
    assert faults("keep")[1] * 10 < faults("leave")[1]
