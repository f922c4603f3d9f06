"""A real Chromium, the web page's server, and a page that writes down what it asks for and complains about.

Where Chromium or playwright is absent, the tests of this folder are left out, and one line at the end says
how to get them. With REQUIRE_BROWSER=1 (continuous integration) that is a failure instead.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
]
MISSING = [
    *([] if CHROMIUM else ["Chromium (apt-get install chromium, brew install chromium)"]),
    *([] if importlib.util.find_spec("playwright") else ["playwright (make setup-dev)"]),
]
LEFT_OUT = f"the browser tests were left out; they need {' and '.join(MISSING)}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if MISSING and os.environ.get("REQUIRE_BROWSER") != "1":
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=LEFT_OUT))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if MISSING:
        terminalreporter.write_line(LEFT_OUT, yellow=True)


@dataclass
class Watched:
    """A page in the browser, and what it asked for or complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def foreign(self) -> list[str]:
        """Requests to anywhere but this machine."""
        own = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "file:")
        return [url for url in self.requests if not url.startswith(own)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watch(chromium: Any) -> Iterator[Callable[..., Watched]]:
    """Open pages; at the end each must have asked only this machine, and complained about nothing."""
    opened: list[Watched] = []

    def open_page(**options: Any) -> Watched:
        size = {"width": 1280, "height": 900}
        context = chromium.new_context(**{"viewport": size, "accept_downloads": True, **options})
        opened.append(Watched(context.new_page()))
        return opened[-1]

    yield open_page
    for watched in opened:
        watched.page.context.close()
        assert watched.foreign() == []
        assert watched.complaints == []


@dataclass
class Server:
    """`python -m playground web`, running."""

    address: str
    process: subprocess.Popen[str]
    said: str


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
        process.communicate(timeout=30)
