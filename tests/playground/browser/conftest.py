"""A real Chromium, the web page's server, and a page that writes down what it asks for and complains about.

Where Chromium or playwright is absent, the tests of this folder are left out, and one line at the end says
how to get them. With REQUIRE_BROWSER=1 (continuous integration) that is a failure instead.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from real_grader import ROOT
from watched import CHROMIUM, FLAGS, LEFT_OUT, MISSING, Server, Watched

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if MISSING and os.environ.get("REQUIRE_BROWSER") != "1":
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=LEFT_OUT))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if MISSING:
        terminalreporter.write_line(LEFT_OUT, yellow=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for a file of tests: playwright lets no second one start while it is open."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window(chromium: Any) -> Callable[..., Any]:
    """A new page; pages of one size and colour scheme share what the browser has loaded and compiled."""
    contexts: dict[str, Any] = {}

    def new_page(**options: Any) -> Any:
        options = {"viewport": {"width": 1280, "height": 900}, "accept_downloads": True, **options}
        key = repr(sorted(options.items()))
        if key not in contexts:
            contexts[key] = chromium.new_context(**options)
        return contexts[key].new_page()

    return new_page


@pytest.fixture
def watch(window: Callable[..., Any]) -> Iterator[Callable[..., Watched]]:
    """Open pages; at the end each must have asked only this machine, and complained about nothing."""
    opened: list[Watched] = []

    def open_page(**options: Any) -> Watched:
        opened.append(Watched(window(**options)))
        return opened[-1]

    yield open_page
    for watched in opened:
        watched.page.close()
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
        process.send_signal(signal.SIGINT)
    for process in started:
        process.communicate(timeout=30)
