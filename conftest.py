"""So that pytest knows --impl and --seed wherever it is started; see grader/suites/conftest.py."""

from grader.suites.conftest import pytest_addoption  # noqa: F401
