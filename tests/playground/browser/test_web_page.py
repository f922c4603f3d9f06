"""The web page in a real Chromium, served as a user starts it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playground_helpers import AWKWARD, SOLUTIONS, scripted, solution_of

from playground.run.implementation import Implementation
from playground.run.session import Session, Settings
from playground.web.panels import percent, token_text
from reference_activations.models import load_model
from tests.playground.browser.axe import day_and_night, findings, looks, needs_axe, sideways
from tests.playground.browser.contrast import contrast
from tests.playground.browser.watched import Server, descendants
from tests.playground.browser.web_browser import PROMPT, N, Playground, Watch

pytest.importorskip("streamlit", reason="streamlit is in the web requirements: make setup-dev")

pytestmark = pytest.mark.timeout(300)  # a busy machine draws slowly; nothing here measures time

pytest_plugins = ["tests.playground.browser.web_browser"]

BALANCED = Settings(0.8, 50, 0.95, 0.2)


def a_session(n: int, prompt: str = PROMPT, settings: Settings = BALANCED, seed: int = 42) -> Session:
    made = Session(load_model("pico"), Implementation(SOLUTIONS), prompt, settings, seed=seed, inspect=True)
    list(made.run(n))
    return made


def test_the_page_writes_the_sessions_text_and_shows_its_numbers(written: Playground) -> None:
    playground = written
    made = a_session(N)
    assert playground.text() == made.new_text
    assert playground.part("prompt-text").text_content() == PROMPT
    assert playground.part("fact-tokens").text_content() == f"4 + {N}"

    chips = playground.page.locator("#chips .chip")
    texts = chips.evaluate_all("chips => chips.map(chip => chip.innerText)")
    expected = [f"{token_text(made.token_bytes(i))}\n{i}" for i in made.ids[:4]]
    expected += [f"{token_text(e.bytes)}\n{e.id} · {percent(e.model_prob)}" for e in made.events]
    assert [t.replace("\n\n", "\n") for t in texts] == expected

    event = made.events[-1]
    row = playground.page.get_by_test_id("chosen")
    assert row.locator("td").first.text_content() == str(event.id)
    for stage in event.stages:
        cell = row.locator(f"td[data-stage='{stage.name}']")
        assert float(cell.get_attribute("data-value")) == pytest.approx(
            float(stage.probs[event.id]), rel=1e-4
        )
        assert cell.inner_text().strip() == percent(float(stage.probs[event.id]))


def test_choosing_a_token_shows_the_candidates_it_was_chosen_from(written: Playground) -> None:
    playground, made = written, a_session(N)
    playground.page.locator("#chips button").nth(4).click()
    playground.page.get_by_text(f"Token 5 of {N}").wait_for()
    first = playground.part("candidates").locator("tbody tr").first.locator("td").first
    assert playground.sees(first.text_content, str(int(np.argmax(made.events[4].logits))))


def test_every_panel_shows_the_sessions_numbers(written: Playground) -> None:
    playground = written
    playground.page.locator("#chips button").last.click()
    playground.page.get_by_text(f"Token {N} of {N}").wait_for()
    event = a_session(N).events[-1]
    assert event.look.attention is not None and event.look.stream is not None

    playground.page.get_by_role("tab", name="Attention").click()
    weight = playground.part("looks-at").locator("td[data-value]").first
    assert float(weight.get_attribute("data-value")) == pytest.approx(
        float(event.look.attention[0, 0].max()), rel=1e-3
    )
    playground.page.get_by_role("button", name="layer 2, head 3").click()
    playground.page.get_by_text("layer 2, head 3 looks from").wait_for()
    best = float(event.look.attention[2, 3].max())
    readout = playground.page.locator("#readout")
    assert playground.sees(
        lambda: float(readout.inner_text().split()[-1]) == pytest.approx(best, rel=1e-3), True
    )

    playground.page.get_by_role("tab", name="Logit lens").click()
    top = playground.part("lens").locator("tbody tr").first.locator("td[data-value]").first
    assert float(top.get_attribute("data-value")) == pytest.approx(event.lens[-1].top[0][1], rel=1e-3)

    playground.page.get_by_role("tab", name="Residual stream").click()
    norms = playground.part("residual").locator("tbody tr td:nth-of-type(1)")
    norms.first.wait_for()
    shown = [float(x) for x in norms.evaluate_all("cells => cells.map(cell => cell.dataset.value)")]
    np.testing.assert_allclose(shown, np.linalg.norm(event.look.stream, axis=-1), rtol=1e-3)

    playground.page.get_by_role("tab", name="Shapes").click()
    assert "[1, 2049]" in playground.part("shapes").inner_text()

    playground.page.get_by_role("tab", name="Speed").click()
    playground.button("Measure with and without a cache").click()
    assert len(re.findall(r"\d+ tokens/s", playground.part("speeds").inner_text())) == 2


def test_the_text_survives_a_slider_and_the_preset_becomes_custom(written: Playground) -> None:
    playground = written
    text = playground.text()
    assert playground.slider("Temperature").input_value() == "0.8"
    playground.move("Temperature", "ArrowRight", "0.85")
    chosen = playground.page.locator("[data-testid=stButtonGroup] [aria-checked=true]").first
    assert playground.sees(chosen.inner_text, "Custom")
    assert playground.text() == text
    playground.page.wait_for_url(re.compile(r"temperature=0\.85"))  # a page that is loaded again has it
    playground.page.get_by_role("radio", name="Creative").click()
    assert playground.sees(lambda: playground.slider("Temperature").input_value(), "1.1")
    assert playground.text() == text
    playground.page.get_by_role("radio", name="Custom").click()
    assert playground.sees(lambda: playground.slider("Temperature").input_value(), "0.85")
    assert playground.text() == text


def test_awkward_text_is_plain_text_in_the_page_and_in_the_download_and_fits_a_telephone(
    watch: Watch, serve_files: Callable[[Path], str], tmp_path: Path
) -> None:
    model = load_model("pico")
    folder = scripted(tmp_path / "s", model, PROMPT, AWKWARD)
    n = len(model.encoding.encode_ordinary(AWKWARD))
    telephone = watch(width=390, height=800)
    playground = Playground(telephone, serve_files(folder), n_tokens=n, temperature=0)
    playground.button("Generate").click()
    playground.generated(n)
    assert playground.text() == AWKWARD
    assert sideways(playground.page) <= 0
    box = playground.part("output").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    output = playground.part("output")
    assert "�" not in output.inner_text()
    for tag in ("em", "strong", "h1", "ul", "li", "code", "b", "i", "a", ".katex"):
        assert output.locator(tag).count() == 0, f"the text became a <{tag}>"
    with playground.page.expect_download() as download:
        playground.button("Download").click()
    assert Path(download.value.path()).read_bytes() == (PROMPT + AWKWARD).encode()
    assert download.value.suggested_filename == "picogpt.txt"


def test_a_wrong_prompt_gets_one_friendly_line(written: Playground, server: Server) -> None:
    """Which prompts are wrong, and what is said of each, is in test_web_logic.py."""
    text = written.text()
    written.write("")
    written.button("Generate").click()
    alert = written.page.get_by_role("alert")
    alert.wait_for()
    assert "the prompt is empty" in alert.inner_text()
    assert "Traceback" not in written.page.inner_text("body")
    assert written.text() == text
    written.write(PROMPT)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A pipe at which the model waits for one byte before each token."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    yield path, held
    os.write(held, b"." * 500)
    os.close(held)


def test_text_comes_token_by_token_a_slider_does_not_stop_it_and_stop_does(
    watch: Watch, serve_files: Callable[[Path], str], tmp_path: Path, gate: tuple[Path, int]
) -> None:
    path, held = gate
    wait = f"os.read(os.open({str(path)!r}, os.O_RDONLY), 1)"
    letters = "abcdefghijklmnopqrstuvwxyz"
    folder = scripted(tmp_path / "s", load_model("pico"), PROMPT, " ".join(letters), before=wait)
    playground = Playground(watch(), serve_files(folder), n_tokens=40, temperature=0)
    playground.button("Generate").click()
    os.write(held, b"...")
    assert playground.sees(playground.text, "a b c")
    assert re.match(r"3 of 40 tokens, \d+ tokens/s", playground.page.locator(".stProgress").inner_text())

    slider = playground.slider("Frequency penalty")
    slider.focus()
    slider.press("ArrowRight")
    os.write(held, b"..")
    assert playground.sees(playground.text, "a b c d e")

    assert playground.button("Stop").is_enabled()
    playground.button("Stop").click()
    for _ in range(12):  # the token that is being made when the click comes in is kept, if it comes soon
        os.write(held, b".")
        if playground.sees(playground.button("Stop").is_disabled, True, tries=15):
            break
    os.write(held, b"." * 500)  # what is compared with the reference runs the same functions
    playground.settle()
    text = playground.text()
    n = len(text.split())
    assert 5 <= n <= 17 and text == " ".join(letters[:n])

    os.write(held, b"..........")  # nothing takes these until the next click, which takes one
    playground.button("Step one token").click()
    assert playground.sees(playground.text, " ".join(letters[: n + 1]))
    playground.settle()
    assert playground.text() == " ".join(letters[: n + 1])
    assert playground.part("fact-tokens").inner_text() == f"4 + {n + 1}"


def test_a_loop_is_said_where_it_is_and_stop_ends_it(
    watch: Watch, serve_files: Callable[[Path], str], student_server: Server, student: Any
) -> None:
    # It waits and does not compute, which test_remote.py's loop does: three seconds of it are to be told of.
    body = "    import time\n    while True:\n        time.sleep(0.01)\n"
    loop = student("exercises", gelu=f"def gelu(x):\n{body}")
    playground = Playground(watch(), serve_files(loop))
    before = set(descendants(student_server.process.pid))
    playground.button("Generate").click()
    playground.page.get_by_text(
        re.compile(r"pico_gpt\.py:\d+, in gelu has been running for \d+ s")
    ).wait_for()
    page = playground.page
    playground.button("Stop").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert re.search(r"pico_gpt\.py:\d+, in gelu had not come back after \d+ s", alert.inner_text())
    playground.settle()
    for _ in range(100):
        left = set(descendants(student_server.process.pid)) - before
        if not left:
            break
        page.wait_for_timeout(50)
    assert left == set(), "nothing runs five seconds later"
    serve_files(student("exercises", **solution_of("gelu")))
    playground.button("Generate").click()
    playground.generated(N)


def test_a_click_is_not_lost_that_follows_a_slider_at_once(written: Playground) -> None:
    playground, slider = written, written.slider("Tokens to generate")
    for n in (N - 1, N - 2):
        slider.focus()
        slider.press("ArrowLeft")
        playground.button("Generate").click()
        assert playground.sees(lambda n=n: playground.part("fact-tokens").inner_text(), f"4 + {n}")
    playground.settle()


def test_everything_can_be_done_by_keyboard(playground: Playground) -> None:
    keys = playground.page.keyboard
    playground.page.get_by_label("Prompt", exact=True).focus()
    keys.press("Control+a")
    keys.type("To be")
    keys.press("Control+Enter")
    playground.page.get_by_text("The prompt is 3 tokens").wait_for()

    def tab_to(name: str) -> None:
        """Press Tab until the element of this name (or this id) has the focus."""
        for _ in range(60):
            keys.press("Tab")
            focus = playground.page.evaluate(
                "() => { let e = document.activeElement; while (e.shadowRoot?.activeElement) "
                "e = e.shadowRoot.activeElement; return [e.innerText, e.ariaLabel, e.id, e.className] }"
            )
            if name in focus:
                return
        raise AssertionError(f"Tab does not reach {name}")

    tab_to("Generate")
    keys.press("Enter")
    playground.generated(N)
    tab_to("Download")
    tab_to("chip")
    keys.press("Home")
    playground.page.get_by_text(f"Token 1 of {N}").wait_for()
    keys.press("ArrowRight")
    playground.page.get_by_text(f"Token 2 of {N}").wait_for()
    tab_to("Filters")
    keys.press("ArrowRight")
    keys.press("Enter")
    head = playground.page.get_by_role("button", name="layer 0, head 0")
    head.wait_for()
    tab_to("layer 0, head 0")
    keys.press("ArrowDown")
    playground.page.get_by_text("layer 1, head 0 looks from").wait_for()
    tab_to("large")
    readout = playground.page.locator("#readout")
    keys.press("ArrowUp")
    before = readout.inner_text()
    keys.press("ArrowUp")
    assert playground.sees(lambda: readout.inner_text() != before, True)


READABLE = """() => {
    const parts = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const brightness = (colour) => parts(colour).reduce((sum, part) => sum + part, 0);
    const app = getComputedStyle(document.querySelector('.stApp'));
    const text = getComputedStyle(document.querySelector('[data-testid=new-text]'));
    return [brightness(text.color), brightness(app.backgroundColor)];
}"""


@needs_axe
@day_and_night
def test_at_every_width_in_both_schemes_text_can_be_read_and_axe_finds_nothing(
    written: Playground, night: bool
) -> None:
    page = written.page
    try:
        for name, closely in looks(page, night):
            assert sideways(page) <= 0, name
            ink, paper = page.evaluate(READABLE)
            light = "light" in name
            assert ink < 200 < 600 < paper if light else paper < 200 < 600 < ink, name
            colours = written.button("Generate").evaluate(
                "button => [getComputedStyle(button.querySelector('p') ?? button).color,"
                " getComputedStyle(button).backgroundColor]"
            )
            assert contrast(*colours) >= 4.5, (name, colours)
            if closely:
                assert findings(page) == [], name
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")


@needs_axe
def test_axe_finds_nothing_in_any_panel(written: Playground) -> None:
    """In what a tab brings; the page around it, and the filters with it, are looked at above."""
    for tab in ("Attention", "Logit lens", "Residual stream", "Shapes", "Speed"):
        written.page.get_by_role("tab", name=tab).click()
        written.settle()
        assert findings(written.page, "[role=tabpanel]:not([hidden])") == [], tab


def test_a_taken_port_is_told_and_the_next_one_is_taken(student_server: Server, busy_port: int) -> None:
    assert student_server.address != f"http://127.0.0.1:{busy_port}"
    chosen = int(student_server.address.rsplit(":", 1)[1])
    assert busy_port < chosen < busy_port + 20
    os.set_blocking(student_server.process.stderr.fileno(), False)  # type: ignore[union-attr]
    said = student_server.process.stderr.read() or ""  # type: ignore[union-attr]
    assert f"port {busy_port} is in use, taking {chosen}" in said
