"""Pages from disk in a real Chromium: watched, so that no request and no complaint goes unseen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.playground.browser.tabs import TABS
from tests.playground.browser.watched import MISSING
from tests.playground.browser.xray_seen import Seen

ROOT = Path(__file__).parents[3]
needs_browser = pytest.mark.skipif(
    bool(MISSING) and os.environ.get("REQUIRE_BROWSER") != "1",
    reason="the page was not looked at: Chromium (apt-get install chromium) or playwright is missing",
)
AXE = ROOT / ".ci" / "node" / "axe.min.js"
needs_axe = pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is missing: run sh tests/playground/whatif/fetch_axe.sh"
)
Look = Callable[..., Any]


@contextmanager
def looking() -> Iterator[Look]:
    """Open files; at the end each must have asked for nothing but itself, and complained about nothing."""
    opened: list[Seen] = []

    def open_page(path: Path, place: str = "", **options: Any) -> Any:
        seen = Seen(TABS.take(**options), path=path)
        opened.append(seen)
        seen.page.goto(path.as_uri() + place)
        return seen.page

    yield open_page
    for seen in opened:
        seen.end()
        TABS.give_back(seen.page)
    for seen in opened:
        assert seen.complaints == []
        asked = {url.split("#")[0] for url in seen.requests if not url.startswith("blob:null/")}
        assert asked == {seen.path.as_uri()}


@pytest.fixture
def look() -> Iterator[Look]:
    with looking() as open_page:
        yield open_page


def axe_findings(page: Any, scheme: str) -> list[str]:
    """What axe-core has to say about the page on such a screen (the context needs bypass_csp=True)."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function("(scheme) => document.documentElement.dataset.theme === scheme", arg=scheme)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "() => axe.run({ resultTypes: ['violations'] }).then((result) => result.violations)"
    )
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def heading_levels(page: Any) -> list[int]:
    return [
        int(tag[1])
        for tag in page.locator("h1, h2, h3, h4").evaluate_all("(all) => all.map((h) => h.tagName)")
    ]


def overflow(page: Any) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
