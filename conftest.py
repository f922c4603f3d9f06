"""So that pytest knows --impl and --seed wherever it is started; see grader/suites/conftest.py."""

import os

from grader.sandbox.allowed import ONE_THREAD

# As in grader/__main__.py, before NumPy is imported, and for every process that a test starts: small matrices
# are multiplied faster by one thread, six times where other processes want the same cores.
os.environ.update({**ONE_THREAD, **os.environ})

from grader.suites.conftest import pytest_addoption  # noqa: F401
