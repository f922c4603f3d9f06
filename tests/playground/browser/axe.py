"""What axe-core finds that keeps people from using a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from real_grader import ROOT

AXE = ROOT / ".ci" / "node" / "axe.min.js"
needs_axe = pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is missing: run sh tests/playground/whatif/fetch_axe.sh"
)
WIDTHS = (390, 640, 1920)  # a telephone, 1280 pixels at a zoom of 200 %, a large screen
# By day each width and each scheme, and both on a telephone. axe, for which one look is seconds of work,
# looks at the telephone in light and at the large screen in dark; by night at each width in each scheme.
DAY = ((390, "light"), (640, "light"), (1920, "dark"), (390, "dark"))
CLOSELY = (DAY[0], DAY[2])
NIGHT = tuple((width, scheme) for width in WIDTHS for scheme in ("light", "dark"))
day_and_night = pytest.mark.parametrize(
    "night", [False, pytest.param(True, marks=pytest.mark.nightly)], ids=["day", "night"]
)


def findings(page: Any, part: str | None = None) -> list[str]:
    """The findings as the page is now; the context needs bypass_csp=True where the page has a policy.

    Args:
        part: a selector of what is looked at; None looks at all.
    """
    page.wait_for_function(IS_STILL)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "(part) => axe.run(part ?? document, { resultTypes: ['violations'] }).then((all) => all.violations)",
        part,
    )
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def looks(page: Any, night: bool) -> Iterator[tuple[str, bool]]:
    """The same page at widths and in schemes, one after the other; says which, and whether axe looks, too."""
    for look in NIGHT if night else DAY:
        width, scheme = look
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_function(IS_DRAWN, arg=scheme)
        yield f"{width} {scheme}", night or look in CLOSELY


# Nothing is on its way to another colour.
IS_STILL = "() => document.getAnimations().every((one) => one.playState !== 'running')"

# The page's paper has the scheme's brightness, and nothing is on its way to another colour.
IS_DRAWN = """(scheme) => {
    const page = document.querySelector(".stApp") ?? document.body;
    const parts = getComputedStyle(page).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const dark = parts.reduce((sum, part) => sum + part, 0) < 384;
    const still = document.getAnimations().every((one) => one.playState !== "running");
    return dark === (scheme === "dark") && still;
}"""


def sideways(page: Any) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
