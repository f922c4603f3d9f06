# Parsed by any Python, also one that is too old for the rest: this line must come first.
import sys

if sys.version_info < (3, 10):
    sys.stderr.write(
        "grader: this Python (%s, %s) is too old: 3.10 or newer is needed; use .venv/bin/python, "
        "or make PYTHON=python3.12 setup\n" % (sys.executable, sys.version.split()[0])
    )
    sys.exit(2)

import gc
import os

gc.disable()  # nothing is garbage while modules are imported; cli.py and judging/run.py switch it on

from grader.sandbox.allowed import ONE_THREAD

# The judge's matrices are small: one BLAS thread is faster than two, and leaves the other core to
# the worker. This must come before NumPy is imported.
os.environ.update({**ONE_THREAD, **os.environ})

from grader.cli import main
from grader.sandbox.ending import leave

if __name__ == "__main__":
    leave(main())
