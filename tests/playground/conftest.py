"""The browser of the tests of pages stays open from one of their files to the next, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.playground.browser.tabs import TABS

ROOMS = [Path(__file__).parent / name for name in ("browser", "whatif")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    if nextitem is None or nextitem.path.parent not in ROOMS:
        TABS.close()  # others start a browser, or a loop of events, of their own
