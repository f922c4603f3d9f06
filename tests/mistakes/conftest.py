"""What the tests of this room share: one host for all that is looked into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.sandbox.looking import kept_warm


@pytest.fixture(scope="session", autouse=True)
def one_host_for_all_looks() -> Iterator[None]:
    """Each look has workers and a folder of its own in it, as the functions of one step have."""
    with kept_warm():
        yield
