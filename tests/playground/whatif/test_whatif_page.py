"""The page "What if" in a real Chromium, opened from disk."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from reference_activations.models import load_model
from tests.playground.browser.tabs import TABS
from tests.playground.whatif.whatif_browser import (
    ROOT,
    Look,
    axe_findings,
    heading_levels,
    look,
    looking,
    needs_axe,
    needs_browser,
    overflow,
)
from tests.playground.whatif.whatif_losses import ROOM
from tests.playground.whatif.whatif_numpy import logits_of_all

__all__ = ["look"]
pytestmark = needs_browser
PAGE = ROOT / "instructions" / "what_if.html"
LOSSES = json.loads((ROOM / "losses.json").read_text(encoding="utf-8"))
DONE = "body[data-busy=no]"
FIELDS = """() => Object.fromEntries(
    [...document.querySelectorAll("input[id], textarea")].map((one) => [one.id, one.value]))"""
AS_IT_WAS = """(fields) => {
    for (const box of document.querySelectorAll("details[open]")) box.open = false;
    for (const [id, value] of Object.entries(fields)) {
        const field = document.getElementById(id);
        if (!field || field.value === value) continue;
        field.value = value;
        field.dispatchEvent(new Event("input"));
    }
    scrollTo(0, 0);
}"""
NO_SCALE = "#mistake-attention\\.no-scale"


def done(page: Any) -> Any:
    """Wait until the worker has answered everything."""
    page.wait_for_selector(DONE, timeout=60_000)
    return page


@pytest.fixture(scope="module")
def one_page() -> Iterator[tuple[Any, dict[str, str]]]:
    """The page, opened once, and what its fields held then."""
    with looking() as look:
        page = done(look(PAGE))
        yield page, page.evaluate(FIELDS)


def led_to(page: Any, hash: str) -> Any:
    """The page after a link to another of its addresses."""
    page.evaluate("(hash) => { document.body.dataset.busy = 'yes'; location.hash = hash; }", hash)
    return done(page)


@pytest.fixture
def page(one_page: tuple[Any, dict[str, str]]) -> Any:
    """The page as it was when it opened: opening it again would take seconds."""
    page, fields = one_page
    page.bring_to_front()
    if page.is_enabled("#undo"):
        switch(page, "#undo")
    page.evaluate(AS_IT_WAS, fields)
    page.wait_for_timeout(150)  # text is taken when nothing has been typed for a moment
    return done(page)


def switch(page: Any, selector: str) -> None:
    page.click(selector)
    done(page)


def loss_of(page: Any, name: str) -> float:
    return float(page.locator("#loss .bars li", has_text=name).locator("b").inner_text())


def written(page: Any, which: str) -> str:
    return str(page.locator(f".text.{which} blockquote").text_content())


# ------------------------------------------------------------------------------- itself and nothing else


def test_it_opens_from_disk_writes_and_asks_for_nothing(page: Any) -> None:
    """What it asked for and complained about is looked at when this file is done, in `looking`."""
    assert page.inner_text("h1") == "What if?"
    assert len(written(page, "truth")) > 60
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "http" not in policy


def test_its_policy_lets_nothing_in_or_out() -> None:
    page = TABS.take()
    answered: list[str] = []
    page.goto(PAGE.as_uri())
    page.on("response", lambda response: answered.append(response.url))
    blocked = page.evaluate(
        """() => new Promise((resolve) => {
            const found = [];
            document.addEventListener("securitypolicyviolation", (e) => {
                found.push(e.effectiveDirective);
                if (found.length === 4) resolve(found.sort());
            });
            const style = document.createElement("style"); style.textContent = "body{color:red}";
            const image = new Image(); image.src = "http://127.0.0.1:9/x.png";
            const frame = document.createElement("iframe"); frame.src = "http://127.0.0.1:9/";
            document.body.append(style, image, frame);
            fetch("http://127.0.0.1:9/").catch(() => {});
        })"""
    )
    assert blocked == ["connect-src", "frame-src", "img-src", "style-src-elem"]
    with pytest.raises(Exception, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<b>no</b>'")
    assert [url for url in answered if not url.startswith("blob:")] == [], "its own worker is a blob"
    page.close()


def test_markup_in_a_prompt_is_text(page: Any) -> None:
    page.fill("#prompt", "<img src=x onerror=1> *a* 🙂")
    done(page)
    assert "<img src=x onerror=1> *a* 🙂" in written(page, "truth")
    assert page.locator("img").count() == 0


# ---------------------------------------------------------------------------------------- numbers


def test_the_next_tokens_have_numpys_probabilities(page: Any) -> None:
    page.fill("#top-k", "12")
    page.fill("#temperature", "1")
    model = load_model("pico")
    logits = logits_of_all([model.encoding.encode("ROMEO:\nO, my")], {})[0][-1]
    probs = np.exp(logits - logits.max())
    probs /= probs.sum()
    best = np.argsort(-probs)[:10]
    shown = page.locator("#next .next-bars .name").all_inner_texts()
    assert shown == [
        model.encoding.decode([int(token)]).replace(" ", "␣").replace("\n", "⏎") for token in best
    ]
    figures = [
        float(text.rstrip(" %")) / 100 for text in page.locator("#next .next-bars .figure").all_inner_texts()
    ]
    np.testing.assert_allclose(figures, probs[best], atol=0.006)


@pytest.fixture(scope="module")
def addressed() -> Iterator[Any]:
    """The page opened at an address with a mistake; axe may look at it, too, when all else has."""
    with looking() as look:
        yield done(look(PAGE, "#mistake=causal_mask.no-mask", bypass_csp=True))


def test_a_mistake_in_the_address_is_on_and_its_loss_is_numpys(addressed: Any) -> None:
    is_on_with_numpys_loss(addressed, "causal_mask.no-mask")


@pytest.mark.nightly
@pytest.mark.parametrize("id", ["gpt2.no-positions", "gelu.erf"])
def test_other_mistakes_in_the_address_are_on_and_their_losses_are_numpys(look: Look, id: str) -> None:
    is_on_with_numpys_loss(done(look(PAGE, f"#mistake={id}")), id)


def is_on_with_numpys_loss(page: Any, id: str) -> None:
    page.bring_to_front()
    button = page.locator(f"[id='mistake-{id}']")
    assert button.get_attribute("aria-checked") == "true"
    assert button.evaluate(
        "(node) => { const r = node.getBoundingClientRect(); return r.top > 0 && r.bottom < innerHeight; }"
    )
    assert loss_of(page, "GPT-2 as it is") == pytest.approx(LOSSES["nothing"], abs=0.02)
    assert loss_of(page, "With your change") == pytest.approx(LOSSES[id], abs=0.02)


def test_a_mistake_changes_what_is_written_and_undo_brings_it_back(page: Any) -> None:
    before = written(page, "truth")
    switch(page, NO_SCALE)
    assert written(page, "truth") == before
    assert written(page, "changed") != before
    assert page.url.endswith("#mistake=attention.no-scale")
    assert "No division by √d_head: the loss is" in page.inner_text("#status")
    switch(page, "#undo")
    assert page.locator(".text.changed").count() == 0
    assert written(page, "truth") == before and "#" not in page.url


def test_the_exact_gelu_changes_no_word(page: Any) -> None:
    led_to(page, "#mistake=gelu.erf")
    assert written(page, "changed") == written(page, "truth")
    assert "nobody could find this; the grader" in page.inner_text("#loss .verdict")


def test_two_mistakes_that_decide_the_same_thing_take_turns(page: Any) -> None:
    page.click("[id='mistake-gelu.relu']")
    page.click(NO_SCALE)
    switch(page, "[id='mistake-gelu.tanh']")
    on = page.locator("#mistakes [aria-checked=true]").evaluate_all("(all) => all.map((b) => b.id).sort()")
    assert on == ["mistake-attention.no-scale", "mistake-gelu.tanh"]


def test_parts_switched_off_have_numpys_loss(page: Any) -> None:
    led_to(page, "#off=0.mlp")
    assert loss_of(page, "With your change") == pytest.approx(LOSSES["0.mlp"], abs=0.03)
    assert page.get_attribute("[id='off-0.mlp']", "aria-checked") == "true"
    switch(page, "[id='off-0.mlp']")
    page.click("#heads-box summary")
    switch(page, "[id='off-0.head.1']")
    assert loss_of(page, "With your change") == pytest.approx(LOSSES["0.head.1"], abs=0.02)


# ------------------------------------------------------------------------------------ what it is used for


def test_the_cut_moves_with_the_slider_at_once(page: Any) -> None:
    # No time passes between the slider and the look: the worker cannot have answered.
    words = page.evaluate(
        """() => [["top-k", 4], ["top-k", 12], ["top-p", 0.9], ["temperature", 0]].map(([id, value]) => {
            const input = document.getElementById(id);
            input.value = value;
            input.dispatchEvent(new Event("input"));
            const line = document.querySelector(".ranks .cut-line");
            return [document.getElementById("cut").textContent, Number(line.getAttribute("x1"))];
        })"""
    )
    found = [re.search(r"leaves ([\d,]+) of", text) for text, _ in words]
    counts = [int(match[1].replace(",", "")) if match else 2049 for match in found]
    assert counts[0] == 8 and counts[1] == 2049 and 1 < counts[2] < 100 and counts[3] == 1
    places = [place for _, place in words]
    assert sorted(places) == [places[3], *sorted([places[0], places[2]]), places[1]]


def test_each_written_token_shows_what_it_was_drawn_from(page: Any) -> None:
    page.fill("#place", "5")
    assert page.inner_text("#next-where").startswith("Token 6 of 40, after “")
    assert page.locator(".next-bars .chosen").count() <= 1


def test_an_attention_weight_can_be_set_by_keyboard(page: Any) -> None:
    page.click("#attention-box summary")
    page.wait_for_selector("#attention .cell")
    done(page)
    page.locator("#attention .cell[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.at") == "9,1"
    page.locator("#weight").focus()
    page.keyboard.press("End")
    page.wait_for_selector("#attention .cell.edited")
    done(page)
    assert page.get_attribute("#attention [data-at='9,1']", "aria-label").endswith("100 %")
    assert page.get_attribute("#attention [data-at='9,0']", "aria-label").endswith(" 0 %")
    assert "1 attention weight set by hand" in page.inner_text("#summary")
    assert page.evaluate("document.activeElement.id") == "weight", "the slider keeps the focus"
    assert "belong to your own text" in page.inner_text("#loss")
    assert page.locator("#loss .verdict").count() == 0


def test_a_patch_brings_the_second_texts_answer(page: Any) -> None:
    page.click("#patch-box summary")
    page.click("#patch button:has-text('Try')")
    done(page)
    assert "the favourite is V" in page.inner_text("#patch-note")
    late = page.locator("#patch [data-at='3,9']")
    assert int(late.inner_text()) > 80, "after the last block, the last row is the answer"
    switch(page, "#patch [data-at='3,9']")
    assert page.get_attribute("#patch [data-at='3,9']", "aria-pressed") == "true"
    assert page.locator(".next-bars .name").first.inner_text() == "V"


def test_another_text_takes_the_place_of_the_first(page: Any) -> None:
    page.fill("#prompt", "")
    assert "Write something" in page.inner_text("#prompt-note")
    page.fill("#prompt", "To be, or not to be")
    page.wait_for_timeout(150)
    done(page)
    assert written(page, "truth").startswith("To be, or not to be")
    assert "8 tokens" in page.inner_text("#prompt-note")


# --------------------------------------------------------------------------------------- for everybody


@needs_axe
def test_axe_finds_nothing_and_it_fits_every_width(addressed: Any) -> None:
    page = addressed
    page.bring_to_front()
    for box in ("heads", "attention", "patch"):
        page.click(f"#{box}-box summary")
    page.wait_for_selector("#attention .cell")
    page.wait_for_timeout(200)
    done(page)
    page.click("#attention [data-at='9,3']")
    for scheme in ("light", "dark"):
        assert axe_findings(page, scheme) == [], scheme
    for width in (390, 640, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) <= 0, width


def test_headings_are_in_order_and_every_control_has_a_name(page: Any) -> None:
    levels = heading_levels(page)
    assert levels[0] == 1 and all(b <= a + 1 for a, b in itertools.pairwise(levels))
    assert levels.count(1) == 1
    for link in page.locator("a[href^=steps]").evaluate_all(
        "(all) => all.map((a) => a.getAttribute('href'))"
    ):
        assert (ROOT / "instructions" / link).is_file()


def test_nothing_moves_for_people_who_want_it_still(page: Any) -> None:
    times = """() => [...document.querySelectorAll(".knob, .bar")]
        .map((one) => getComputedStyle(one).transitionDuration)"""
    assert set(page.evaluate(times)) != {"0s"}
    page.emulate_media(reduced_motion="reduce")
    still = page.evaluate(times)
    page.emulate_media(reduced_motion="no-preference")
    assert set(still) == {"0s"}


@pytest.mark.nightly  # it measures; what it needs is shown by the tests above
def test_how_long_an_edit_takes_in_the_browser_is_printed(
    look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    page = done(look(PAGE))
    encoding = load_model("pico").encoding
    page.fill("#prompt", encoding.decode(encoding.encode((ROOM / "passage.txt").read_text("utf-8"))[:32]))
    done(page)
    assert page.inner_text("#small-print").startswith("32 tokens in ")
    for name in ("off-3.mlp", "off-0", "mistake-attention.no-scale", "mistake-causal_mask.no-mask"):
        switch(page, f"[id='{name}']")
        with capsys.disabled():
            print(f"\n  in Chromium, {name}: {page.inner_text('#small-print').split(';')[0]}", end="")
        switch(page, "#undo")
