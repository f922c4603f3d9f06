"""A real Chromium, the web page's server, and a page that writes down what it asks for and complains about.

Where Chromium or playwright is absent, the tests of this folder are left out, and one line at the end says
how to get them. With REQUIRE_BROWSER=1 (continuous integration) that is a failure instead.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from real_grader import ROOT

from tests.playground.browser.tabs import TABS
from tests.playground.browser.watched import LEFT_OUT, MISSING, Server, Watched

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if MISSING and os.environ.get("REQUIRE_BROWSER") != "1":
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=LEFT_OUT))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if MISSING:
        terminalreporter.write_line(LEFT_OUT, yellow=True)


@pytest.fixture
def watch() -> Iterator[Callable[..., Watched]]:
    """Open pages; at the end each must have asked only this machine, and complained about nothing."""
    opened: list[Watched] = []

    def open_page(**options: Any) -> Watched:
        opened.append(Watched(TABS.take(**options)))
        return opened[-1]

    yield open_page
    for watched in opened:
        watched.end()
        TABS.give_back(watched.page)
    for watched in opened:
        assert watched.foreign() == []
        assert watched.complaints == []


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Server]]:
    """Start the web page's server on any free port, as a user does; all are ended with the module."""
    started: list[subprocess.Popen[str]] = []

    def start(impl: Path, *words: str, **env: str) -> Server:
        options = list(words) if "--port" in words else [*words, "--port", "0"]
        process = subprocess.Popen(
            [sys.executable, "-m", "playground", "web", "--impl", str(impl), "--no-browser", *options],
            cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("the page is at http://127.0.0.1:"), line or process.communicate()
        return Server(line.split()[4], process, line)

    yield start
    for process in started:
        process.terminate()  # a Ctrl-C would not reach them where the tests run in the background
    for process in started:
        process.communicate(timeout=30)
