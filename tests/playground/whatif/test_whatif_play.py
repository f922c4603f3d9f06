"""The four small pages in a real Chromium: they move, by mouse and by keyboard, and say what is true."""

from __future__ import annotations

from typing import Any

import pytest

from playground.whatif.play_pages import numbers
from reference_activations.models import load_model
from tests.playground.whatif.whatif_browser import (
    ROOT,
    Look,
    axe_findings,
    heading_levels,
    look,
    needs_axe,
    needs_browser,
    overflow,
)

__all__ = ["look"]
pytestmark = needs_browser
PLAY = ROOT / "instructions" / "play"
NAMES = ("softmax", "nucleus", "kv_cache", "bpe")


def slide(page: Any, selector: str, value: float) -> None:
    page.fill(selector, str(value))


def test_softmax_follows_its_sliders_and_not_a_constant(look: Look) -> None:
    page = look(PLAY / "softmax.html")
    shares = page.locator("[id^=share-of]")
    before = shares.all_inner_texts()
    assert before[0] == "45 %"
    page.click("text=Add 100 to every score")
    assert page.inner_text("#score-of-0") == "109.44"
    assert shares.all_inner_texts() == before
    assert "no share has moved" in page.inner_text("#words")
    slide(page, "#score-5", 12)
    assert float(shares.all_inner_texts()[5].rstrip(" %")) > 80
    page.click("text=Back to pico's scores")
    assert shares.all_inner_texts() == before


def test_the_nucleus_is_cut_where_the_dials_say(look: Look) -> None:
    page = look(PLAY / "nucleus.html")
    assert "Nothing is cut" in page.inner_text("#words")
    slide(page, "#top-k", 4)
    assert page.inner_text("#words").startswith("8 of 2,049 tokens are left")
    slide(page, "#top-p", 0.3)
    assert page.locator(".next-bars .cut").count() > 0
    slide(page, "#temperature", 0)
    assert "always" in page.inner_text("#words")
    assert page.locator(".next-bars .figure").all_inner_texts()[:2] == ["100 %", "cut"]


def test_the_cache_counts_what_is_computed_again(look: Look) -> None:
    page = look(PLAY / "kv_cache.html")
    for _ in range(4):
        page.click("#next")
    assert page.inner_text("#without-words").startswith("15 rows")
    assert page.inner_text("#with-words").startswith("5 rows computed")
    assert page.locator("#without-grid .again").count() == 10
    assert page.locator("#with-grid .kept").count() == 10
    key = numbers()["kv_cache"]["keys"][4]
    assert f"{key[0]:.3f}" in page.inner_text("#words")
    page.click("#run")
    page.wait_for_selector("#run:has-text('Play')", timeout=30_000)
    assert page.inner_text("#where") == "Token 10 of 10"


def test_bpe_merges_one_pair_after_the_other_to_tiktokens_tokens(look: Look) -> None:
    page = look(PLAY / "bpe.html")
    encoding = load_model("pico").encoding
    for word in (" wherefore", " Shakespeare", "🙂", "xyz"):
        page.fill("#word", word)
        while page.is_enabled("#next"):
            page.click("#next")
        ids = page.locator(".tile small").all_inner_texts()
        assert ids == [f"id {token}" for token in encoding.encode(word)]
        assert "No two neighbours" in page.inner_text("#words")
    page.fill("#word", "")
    assert page.inner_text("#words") == "Type a word."


def test_bpe_by_keyboard(look: Look) -> None:
    page = look(PLAY / "bpe.html")
    page.locator("#next").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.inner_text("#where") == "Merge 2 of 7"
    assert page.evaluate("document.activeElement.id") == "next"


@pytest.mark.parametrize("name", NAMES)
def test_each_fits_and_its_headings_are_in_order(look: Look, name: str) -> None:
    page = look(PLAY / f"{name}.html", width=390)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) <= 0
        levels = heading_levels(page)
        assert levels[0] == 1 and levels.count(1) == 1 and max(levels) <= 2
    link = page.locator("footer a").first.get_attribute("href")
    assert (PLAY / link).resolve().is_file()


@needs_axe
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(look: Look, name: str) -> None:
    page = look(PLAY / f"{name}.html", bypass_csp=True)
    for scheme in ("light", "dark"):
        assert axe_findings(page, scheme) == [], scheme
