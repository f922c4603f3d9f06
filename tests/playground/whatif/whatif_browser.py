"""Pages from disk in a real Chromium: watched, so that no request and no complaint goes unseen."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
]
HAVE = CHROMIUM is not None and importlib.util.find_spec("playwright") is not None
needs_browser = pytest.mark.skipif(
    not HAVE and os.environ.get("REQUIRE_BROWSER") != "1",
    reason="the page was not looked at: Chromium (apt-get install chromium) or playwright is missing",
)
AXE = ROOT / ".ci" / "node" / "axe.min.js"
needs_axe = pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is missing: run sh tests/playground/whatif/fetch_axe.sh"
)
Look = Callable[..., Any]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def looking(chromium: Any) -> Iterator[Look]:
    """Open files; at the end each must have asked for nothing but itself, and complained about nothing."""
    opened: list[tuple[Any, Path, list[str], list[str]]] = []

    def open_page(path: Path, place: str = "", width: int = 1280, height: int = 900, **context: Any) -> Any:
        page = chromium.new_context(viewport={"width": width, "height": height}, **context).new_page()
        page.set_default_timeout(25_000)
        requests: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        opened.append((page, path, requests, complaints))
        page.goto(path.as_uri() + place)
        return page

    yield open_page
    for page, path, requests, complaints in opened:
        page.context.close()
        assert complaints == []
        asked = {url.split("#")[0] for url in requests if not url.startswith("blob:null/")}
        assert asked == {path.as_uri()}


@pytest.fixture
def look(chromium: Any) -> Iterator[Look]:
    with looking(chromium) as open_page:
        yield open_page


def axe_findings(page: Any) -> list[str]:
    """What axe-core has to say about the page as it stands (the context needs bypass_csp=True)."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run().then((result) => result.violations)")
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def heading_levels(page: Any) -> list[int]:
    return [
        int(tag[1])
        for tag in page.locator("h1, h2, h3, h4").evaluate_all("(all) => all.map((h) => h.tagName)")
    ]


def overflow(page: Any) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
