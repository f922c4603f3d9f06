"""The map of the x-ray page: the whole machine as one drawing that leads everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from real_grader import ROOT
from xray_pages import WRONG

from grader.kata.curriculum import STEPS
from tests.playground.browser.xray_seen import Seen

pytest_plugins = ["tests.playground.browser.xray_browser"]

Look = Callable[..., Seen]
Pages = Callable[..., Path]


def boxes(seen: Seen, kind: str = "") -> list[str]:
    """What a screen reader says of the map's boxes, without what a status means."""
    names = seen.page.locator(f"a.map-box{kind}").evaluate_all("all => all.map((box) => box.ariaLabel)")
    return [name.split(":")[0] for name in names]


def test_the_page_opens_on_the_whole_machine(look: Look, pages: Pages) -> None:
    seen = look(pages())
    assert seen.text("#stage-title") == "The whole machine"
    assert boxes(seen)[:4] == ["Text to tokens encode()", "Embedding wte + wpe", "Layer norm layer_norm()",
                               "Attention mha()"]  # fmt: skip
    assert len(boxes(seen)) == 2 + 4 * 4 + 3 + 3
    assert seen.page.locator(".map-plus").count() == 8, "each block adds to the stream twice"


def test_every_stage_is_two_actions_from_the_map_by_mouse_and_by_keyboard(look: Look, pages: Pages) -> None:
    seen = look(pages())
    wanted = set(seen.page.evaluate("xray.places"))
    direct = seen.page.locator("a.map-box").evaluate_all("all => all.map((box) => box.getAttribute('href'))")
    reached = {place.split(";")[0].lstrip("#") for place in direct}
    for block in range(4):
        seen.go("map")
        link = seen.page.locator(f'a.map-open[href="#block.{block}"]')
        if block % 2:
            link.focus()
            seen.page.keyboard.press("Enter")
        else:
            link.click()
        seen.page.locator(f"svg.map[aria-label^='Block {block}:']").wait_for()
        inner = seen.page.locator("a.map-box").evaluate_all(
            "all => all.map((box) => box.getAttribute('href'))"
        )
        reached |= {place.split(";")[0].lstrip("#") for place in inner}
    maps = {
        "map",
        "norms",
        "lens",
        "patterns",
    }
    assert wanted - reached == maps
    seen.page.locator("a.map-box", has_text="Softmax").focus()
    seen.page.keyboard.press("Enter")
    seen.page.locator("#stage-title", has_text="Softmax").wait_for()
    assert seen.page.url.split("#")[1].startswith("weights.3")
    seen.page.keyboard.press("m")
    seen.page.locator("#stage-title", has_text="The whole machine").wait_for()


@pytest.mark.parametrize("name", ["erf", "merged without transpose", "no scale"])
def test_the_first_wrong_box_is_red_and_those_before_it_are_not(
    look: Look, wrong_page: Callable[[str], tuple[Path, Path]], name: str
) -> None:
    function = WRONG[name][0]
    seen = look(wrong_page(name)[0], "block.0")
    (red,) = boxes(seen, ".wrong")
    assert f"{function}()" in red
    order = boxes(seen)
    fine = set(boxes(seen, ".yours"))
    assert all(box in fine for box in order[: order.index(red)])
    row = seen.page.locator(".step-list li.wrong")
    assert f"{function}()" in row.inner_text()


def test_functions_lead_to_the_pages_of_their_steps(look: Look) -> None:
    seen = look(ROOT / "instructions" / "architecture_visualization.html")
    links = seen.page.locator(".step-list a").evaluate_all("all => all.map((link) => link.href)")
    files = [Path(link.removeprefix("file://")) for link in links]
    assert all(file.is_file() for file in files)
    assert list(dict.fromkeys(file.name for file in files)) == [step.page.name for step in STEPS[:9]]


def test_what_a_stage_is_for_is_said_once_and_folded_away_in_later_blocks(look: Look, pages: Pages) -> None:
    seen = look(pages(), "ln_2.0")
    assert seen.page.locator(".why").is_visible()
    seen.go("ln_2.2")
    assert not seen.page.locator(".why").is_visible()
    seen.page.click(".again summary")
    assert seen.page.locator(".why").is_visible()


def test_the_map_prints_on_one_sheet_and_fits_a_telephone(look: Look, pages: Pages) -> None:
    seen = look(pages(), "map")
    seen.page.emulate_media(media="print")
    sheet = seen.page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    narrow = look(pages(), "map", width=390)
    assert narrow.page.evaluate("document.documentElement.scrollWidth") == 390
    heights = narrow.page.locator(".map .map-name").evaluate_all(
        "names => names.map((name) => name.getBoundingClientRect().height)"
    )
    assert min(heights) >= 11, "the names of the boxes can be read"
