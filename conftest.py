"""So that pytest knows --impl and --seed wherever it is started; see grader/suites/conftest.py."""

import os

# As in grader/__main__.py, before NumPy is imported, and for every process that a test starts: small matrices
# are multiplied faster by one thread, six times where other processes want the same cores.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from grader.suites.conftest import pytest_addoption  # noqa: E402, F401
