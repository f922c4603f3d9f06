"""The x-ray page in use: the keyboard alone, the animation, both themes, narrow screens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.playground.browser.axe import day_and_night, findings, looks, needs_axe, sideways
from tests.playground.browser.contrast import contrast, luminance
from tests.playground.browser.xray_seen import Seen, shown_number, stages_of

pytest_plugins = ["tests.playground.browser.xray_browser"]


# ---------------------------------------------------------------------------------------- keys


def test_the_keyboard_alone_walks_the_whole_journey_and_into_a_grid(
    look: Callable[..., Seen], pages: Callable[..., Path]
) -> None:
    """From the map into the second block, and from the last block to the end."""
    seen = look(pages())
    titles: list[str] = []
    for place, steps in (("map", 3 + 17), ("gelu.3", 2 + 3 + 3)):
        seen.to(place)
        titles += [seen.text("#progress")]
        for _ in range(steps):
            seen.page.keyboard.press("ArrowRight")
            titles.append(seen.text("#progress"))
    numbers = [int(title.split(" · ")[-1].split(" of ")[0]) for title in titles]
    assert numbers == [*range(1, 22), *range(69, 78)]
    assert seen.page.locator("#next").is_disabled()
    seen.page.keyboard.press("ArrowLeft")
    assert seen.text("#progress") == titles[-2]

    seen.go("scores.0;p=4;h=0")
    focused = "document.activeElement"
    for _ in range(120):
        seen.page.keyboard.press("Tab")
        if seen.page.evaluate(f"{focused}.getAttribute('role')") == "gridcell":
            break
    assert seen.page.evaluate(f"{focused}.ariaLabel").startswith("score[4, ")
    seen.page.keyboard.press("Home")
    assert seen.page.evaluate(f"{focused}.ariaLabel").startswith("score[4, 0] = ")
    seen.page.keyboard.press("ArrowRight")
    seen.page.keyboard.press("ArrowDown")
    assert seen.page.evaluate(f"{focused}.ariaLabel").startswith("score[5, 1] = ")
    assert seen.text("#cell .number code") == "score[5, 1]"
    assert seen.page.evaluate(f"getComputedStyle({focused}).outlineStyle") != "none", "the focus is visible"
    assert seen.text("#stage-title").startswith("Scores"), "arrows in a grid do not leave the stage"
    seen.page.keyboard.press("Escape")
    assert seen.page.evaluate(f"{focused}.id") == "next"
    seen.page.keyboard.press("Enter")
    assert seen.text("#stage-title") == "The causal mask"
    assert seen.page.evaluate(f"{focused}.id") == "next", "the focus stays where it was"


def test_position_block_and_head_can_be_chosen_and_the_address_says_so(
    look: Callable[..., Seen], pages: Callable[..., Path]
) -> None:
    seen = look(pages(), "weights.0;p=3;h=0")
    for button in ("#position-8", "#block-2", "#head-3"):
        seen.page.focus(button)
        seen.page.keyboard.press("Enter")
        assert seen.page.locator(button).get_attribute("aria-pressed") == "true"
    assert seen.page.url.endswith("#weights.2;p=8;h=3")
    assert "Block 2" in seen.text(".eyebrow")
    assert "head 3" in seen.text("#words")
    seen.page.reload()
    assert "Block 2" in seen.text(".eyebrow") and "head 3" in seen.text("#words")


Walked = list[tuple[str, dict[str, Any]]]
by_day_two_blocks = pytest.mark.parametrize(
    "walked", [2, pytest.param(4, marks=pytest.mark.nightly)], indirect=True
)


@pytest.fixture(scope="module")
def walked(
    one_look: Callable[..., Seen],
    wrong_page: Callable[[str], tuple[Path, Path]],
    request: pytest.FixtureRequest,
) -> Walked:
    """What there is at every stage on a telephone, with the text and the tables open; one walk for all tests.

    Of a student's page with a difference: it has all that a page without one has, and more. By day in two
    blocks (what a stage is for is folded away from the second on), by night in all four.
    """
    seen = one_look(wrong_page("no scale")[0], "tokens", width=390, height=800)
    seen.page.click("#alternative summary")
    seen.page.wait_for_selector("#alternative p")  # it is written when it opens, a moment after the click
    seen.page.click("#previous")
    found = seen.at_every_stage(
        """() => ({
            wide: document.documentElement.scrollWidth,
            words: document.querySelector("#alternative p").innerText.length,
            cells: document.querySelectorAll("#alternative td").length,
            nameless: ["button", "select", "input", "[role=grid]", "[role=img]", "[role=group]"]
                .flatMap((kind) => [...document.querySelectorAll(kind)])
                .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.closest("[aria-hidden=true]")))
                .map((e) => e.outerHTML.slice(0, 80)),
            ids: [...document.querySelectorAll("[id]")].map((e) => e.id),
        })""",
        request.param,
    )
    assert len(found) == len({progress for progress, _ in found}) == 3 + 17 * request.param + 3 + 3
    assert stages_of(seen) == 3 + 17 * 4 + 3 + 3
    assert seen.page.locator("#next").is_disabled()
    return [(progress, facts) for progress, facts in found]


@by_day_two_blocks
def test_every_stage_can_be_read_as_text_and_tables(
    walked: Walked, look: Callable[..., Seen], pages: Callable[..., Path]
) -> None:
    for progress, facts in walked[1:-1]:
        assert facts["words"] > 60 and facts["cells"] >= 12, progress
    seen = look(pages(), "weights.1;p=3;h=2")
    seen.page.click("#alternative summary")
    golden = seen.page.evaluate("Array.from(xray.stage('h.1.weights').truth)")[2 * 144 : 3 * 144]
    shown = [shown_number(text) for text in seen.page.locator("#alternative tbody td").all_inner_texts()]
    np.testing.assert_allclose(shown, golden, rtol=1e-3)


@by_day_two_blocks
def test_grids_and_controls_have_names_and_nothing_repeats_an_id(walked: Walked) -> None:
    for progress, facts in walked:
        assert facts["nameless"] == [] and len(facts["ids"]) == len(set(facts["ids"])), progress


@by_day_two_blocks
def test_a_narrow_screen_has_no_sideways_scroll(walked: Walked) -> None:
    for progress, facts in walked:
        assert facts["wide"] <= 390, progress


# --------------------------------------------------------------------------------------- animation


def test_the_animation_plays_pauses_steps_and_starts_again(
    look: Callable[..., Seen], pages: Callable[..., Path]
) -> None:
    seen = look(pages(), "heads.0;p=3;h=0")
    time = "Number(document.getElementById('demo-time').value)"
    first_cell = "document.querySelectorAll('.good .demo-cell')[3].getAttribute('transform')"
    start = seen.page.evaluate(first_cell)
    seen.page.click("#demo-play")
    seen.page.evaluate(
        f"""new Promise((done) => {{
            const look = () => ({time} > 0.3 ? done() : requestAnimationFrame(look));
            look();
        }})"""
    )
    seen.page.click("#demo-play")
    assert seen.text("#demo-play") == "▶ Play"
    assert seen.page.evaluate(first_cell) != start, "cells move"
    stopped = seen.page.evaluate(time)
    assert stopped > 0.3
    seen.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert seen.page.evaluate(time) == stopped
    seen.page.click("#demo-step")
    seen.page.click("#demo-step")
    assert seen.page.evaluate(time) == 2
    assert "Row 2 of each head is token 2" in seen.text("#demo-right")
    assert "head 0 never sees tokens 2 and 3" in seen.text("#demo-wrong")
    seen.page.click("#demo-again")
    assert seen.page.evaluate(first_cell) == start


def test_the_animation_ends_where_numpy_puts_the_numbers(
    look: Callable[..., Seen], pages: Callable[..., Path]
) -> None:
    x = np.array([[f"{token}{column}" for column in "abcdef"] for token in range(4)])
    expected = {
        "good": x.reshape(4, 2, 3).transpose(1, 0, 2),
        "bad": x.reshape(2, 4, 3),
    }
    seen = look(pages(), "heads.0;p=3;h=0")
    seen.page.fill("#demo-time", "2")
    for kind, heads in expected.items():
        cells = seen.page.evaluate(
            f"""[...document.querySelectorAll('.{kind} .demo-cell')].map((cell) =>
                [cell.textContent, ...cell.getAttribute('transform').match(/[\\d.]+/g).map(Number)])"""
        )
        in_reading_order = [name for name, _, _ in sorted(cells, key=lambda cell: (cell[2], cell[1]))]
        assert in_reading_order == heads.ravel().tolist()


def test_who_asks_for_less_motion_sees_still_frames(
    look: Callable[..., Seen], pages: Callable[..., Path]
) -> None:
    seen = look(pages(), "heads.0;p=3;h=0", reduced_motion="reduce")
    places = (
        "[...document.querySelectorAll('.demo-cell')].map((cell) => cell.getAttribute('transform')).join()"
    )
    still = []
    for time in ("0", "1", "2"):
        seen.page.fill("#demo-time", time)
        still.append(seen.page.evaluate(places))
    for time in ("0.3", "0.7", "1.2", "1.9"):
        seen.page.fill("#demo-time", time)
        assert seen.page.evaluate(places) in still


# ------------------------------------------------------------------------------------------ looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_screen_can_be_switched_and_has_contrast(
    look: Callable[..., Seen], no_scale: tuple[Path, Path], scheme: str
) -> None:
    seen = look(no_scale[0], "weights.0;p=9;h=1", color_scheme=scheme)
    background = "getComputedStyle(document.body).backgroundColor"
    assert (luminance(seen.page.evaluate(background)) < 0.1) == (scheme == "dark")
    pairs = seen.page.evaluate(
        """async () => {
            await Promise.all(document.getAnimations().map((fading) => fading.finished));
            const paper = (e) => getComputedStyle(e).backgroundColor;
            const hasText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
            return [...document.querySelectorAll("body *:not(script, svg *)")]
                .filter((e) => hasText(e) && e.checkVisibility() && !e.disabled)
                .map((e) => {
                    let behind = e;
                    while (paper(behind).endsWith(", 0)")) behind = behind.parentElement;
                    return [e.outerHTML.slice(0, 90), getComputedStyle(e).color, paper(behind)];
                });
        }"""
    )
    assert len(pairs) > 200
    for what, ink, paper in pairs:
        assert contrast(ink, paper) >= 4.5, what
    seen.page.click("#theme")
    assert (luminance(seen.page.evaluate(background)) < 0.1) != (scheme == "dark")


@pytest.mark.parametrize("blocks", [1, pytest.param(4, marks=pytest.mark.nightly)])
def test_a_tablet_has_no_sideways_scroll(
    look: Callable[..., Seen], no_scale: tuple[Path, Path], blocks: int
) -> None:
    """By day in the first block, which is drawn as the others are."""
    seen = look(no_scale[0], width=820, height=800)
    for progress, wide in seen.at_every_stage("() => document.documentElement.scrollWidth", blocks):
        assert wide <= 820, progress


@needs_axe
@day_and_night
@pytest.mark.parametrize(
    "place",
    [
        "map",
        pytest.param("block.1", marks=pytest.mark.nightly),  # a map as well
        "scores.0;p=9;h=1",
    ],
)
def test_axe_finds_nothing_at_any_width_in_either_scheme(
    look: Callable[..., Seen], no_scale: tuple[Path, Path], place: str, night: bool
) -> None:
    seen = look(no_scale[0], place, bypass_csp=True)
    for name, closely in looks(seen.page, night):
        assert sideways(seen.page) <= 0, name
        if closely:
            assert findings(seen.page) == [], name


@pytest.mark.parametrize("blocks", [1, pytest.param(4, marks=pytest.mark.nightly)])
def test_a_prompt_of_one_token_shows_every_stage(
    look: Callable[..., Seen], pages: Callable[..., Path], blocks: int
) -> None:
    seen = look(pages("\n"))
    shown = seen.at_every_stage("() => document.querySelectorAll('#stage .figures > *').length", blocks)
    assert len(shown) == 3 + 17 * blocks + 3 + 3 and all(figures for _, figures in shown)
    assert seen.page.locator("#next").is_disabled()
