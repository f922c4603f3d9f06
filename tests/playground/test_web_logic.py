"""The web page's logic, executed by Streamlit's own test runner; what a browser shows is in browser/."""

from __future__ import annotations

import html
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playground_helpers import AWKWARD, SOLUTIONS, scripted, solution_of
from real_grader import ROOT

from playground.run.implementation import Implementation
from playground.run.session import DEFAULT_PROMPT, Session, Settings, default_prompt
from playground.web import panels as web_panels
from playground.web import state as web_state
from playground.web import ui as web_ui
from playground.web.remote import RemoteSession
from playground.web.state import PRESETS, Controls
from reference_activations.models import load_model

pytest.importorskip("streamlit", reason="streamlit is in the web requirements: make setup-dev")
from playground.web import components as web_components
from tests.playground.web_app import Page

pytest_plugins = ["tests.playground.web_app"]

Student = Callable[..., Path]
PROMPT = "The King said"
SLIDERS = ("temperature", "top_k", "top_p", "penalty")


def controls(page: Page) -> Controls:
    return web_state.read_controls(page.at.session_state)  # type: ignore[arg-type]


# --------------------------------------------------------------------------------- generating


def test_the_page_opens_with_a_prompt_and_no_text(page: Page) -> None:
    assert page["prompt"] == default_prompt("pico") and page["run"] is None
    assert "The text appears here" in (page.shown("output") or "")
    assert page.shown("banner") == "the reference solutions of all steps"


def test_generate_shows_what_the_session_wrote(page: Page) -> None:
    page.set("prompt", PROMPT).set("n_tokens", 12).set("seed", 9).press("Generate")
    expected = Session(
        load_model("pico"), Implementation(SOLUTIONS), PROMPT, Settings(0.8, 50, 0.95, 0.2), seed=9
    )
    list(expected.run(12))
    assert page.shown("new-text") == expected.new_text and page.shown("prompt-text") == PROMPT
    assert page.session.ids == expected.ids
    assert page.shown("fact-tokens") == "4 + 12" and page.shown("fact-seed") == "9"
    assert re.fullmatch(r"\d+ tokens/s", page.shown("fact-speed") or "")


def test_half_done_exercises_generate_and_the_page_says_whose_code_runs(
    student: Student, open_page: Callable[[Path], Page]
) -> None:
    page = open_page(student("exercises", **solution_of("gelu", "softmax")))
    page.set("n_tokens", 3).press("Generate")
    assert page.shown("banner") == "yours: steps 1-2 (gelu … softmax); the reference stands in for steps 3-14"
    assert len(page.session.events) == 3
    body = open_tab(page, "Shapes").html()
    owners = dict(re.findall(r"<th[^>]*>.*?<code>(\w+)</code>.*?pg-owner[^>]*>(\w+)<", body))
    assert owners["softmax"] == "yours" and owners["linear"] == "reference"


def test_every_number_of_tokens_from_1_to_200_can_be_asked_for(page: Page) -> None:
    slider = next(s for s in page.at.slider if s.key == "n_tokens")
    assert (slider.min, slider.max) == (1, 200)
    page.set("n_tokens", 1).press("Generate")
    assert len(page.session.events) == 1
    page.set("n_tokens", 200).press("Generate")
    assert len(page.session.events) == 200


def test_step_makes_one_token_and_go_on_makes_more_of_the_same_text(page: Page) -> None:
    page.set("prompt", PROMPT).set("n_tokens", 5)
    page.press("Step one token").press("Step one token")
    assert len(page.session.events) == 2
    page.press("Go on")
    stepwise = page.session.ids
    page.set("n_tokens", 7).press("Generate")
    assert stepwise == page.session.ids and len(page.session.events) == 7


def test_step_begins_anew_after_the_prompt_was_changed(page: Page) -> None:
    page.set("prompt", PROMPT).press("Step one token").press("Step one token")
    page.set("prompt", "To be").press("Step one token")
    assert page.session.prompt_text == "To be" and len(page.session.events) == 1


def test_stop_ends_a_run_and_keeps_its_text(page: Page) -> None:
    page.set("n_tokens", 4).press("Generate")
    text = page.session.text
    page["run"].goal = 100  # as if the run were still going on
    web_state.stop(page.at.session_state)  # type: ignore[arg-type]
    page.at.run()
    assert page["run"].todo == 0 and page.session.text == text


def test_a_run_that_a_rerun_interrupts_goes_on(page: Page) -> None:
    page.set("n_tokens", 4).press("Generate")
    page["run"].goal = 7
    page.at.run()
    assert len(page.session.events) == 7 and page["run"].todo == 0


def test_clear_takes_the_text_away(page: Page) -> None:
    page.set("n_tokens", 2).press("Generate").press("Clear")
    assert page["run"] is None and "The text appears here" in (page.shown("output") or "")


def test_a_seed_repeats_the_text_and_another_does_not(page: Page) -> None:
    page.set("n_tokens", 15).press("Generate")
    first = page.session.text
    assert page.press("Generate").session.text == first
    assert page.set("seed", 43).press("Generate").session.text != first
    page.press("New seed")
    assert 0 <= page["seed"] < 100_000


def test_a_page_loaded_again_has_its_prompt_and_settings(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    page.set("prompt", "To be\n*or*").set("temperature", 1.35).set("seed", 7).set("top_k_on", False)
    page.set("n_tokens", 4).press("Generate")
    again = Page(SOLUTIONS, monkeypatch, dict(page.at.query_params))
    for key in (*SLIDERS, "prompt", "seed", "n_tokens", "top_k_on", "preset"):
        assert again[key] == page[key], key
    assert again.press("Generate").session.text == page.session.text
    odd = Page(
        SOLUTIONS, monkeypatch, {"temperature": ["nan"], "seed": ["-3"], "top_p": ["7"], "cache": ["?"]}
    )
    assert controls(odd) == PRESETS["Balanced"] and odd["seed"] == 42


# ------------------------------------------------------------- the text survives every control


def test_no_control_erases_the_text(page: Page) -> None:
    page.set("n_tokens", 10).press("Generate")
    text = page.shown("new-text")
    assert text and text == page.session.new_text
    moves: list[tuple[str, Any]] = [
        *(("temperature", 1.5), ("top_k_on", False), ("top_p", 0.5), ("penalty", 1.0), ("n_tokens", 3)),
        *(("seed", 7), ("preset", "Creative"), ("prompt", "Other"), ("model", "gpt2"), ("cache", "Off")),
        ("folder", str(ROOT / "exercises")),
    ]
    for key, value in moves:
        page.set(key, value)
        assert page.shown("new-text") == text, f"{key} changed the text"
    assert "were changed since this text" in page.html()


def test_a_text_in_the_making_keeps_the_settings_it_began_with(page: Page) -> None:
    page.set("n_tokens", 6).press("Generate")
    page.set("temperature", 2.0)
    assert {e.settings.temperature for e in page.session.events} == {0.8}
    page.press("Go on")
    assert [e.settings.temperature for e in page.session.events] == [0.8] * 6 + [2.0] * 6


# ----------------------------------------------------------------------------------- presets


def test_every_preset_sets_its_sliders(page: Page) -> None:
    for name, preset in PRESETS.items():
        page.set("preset", name)
        assert controls(page) == preset and page["preset"] == name


@pytest.mark.parametrize(
    ("key", "value"), [("temperature", 1.3), ("top_k", 7), ("top_p", 0.4), ("penalty", 1.9)]
)
def test_a_slider_moved_by_hand_makes_the_preset_custom(page: Page, key: str, value: float) -> None:
    page.set(key, value)
    assert page["preset"] == "Custom" and page[key] == value


def test_a_preset_does_not_cost_the_values_set_by_hand(page: Page) -> None:
    page.set("temperature", 1.35).set("top_k_on", False).set("penalty", 0.65)
    by_hand = controls(page)
    page.set("preset", "Greedy")
    assert controls(page) == PRESETS["Greedy"]
    page.set("preset", "Custom")
    assert controls(page) == by_hand == Controls(1.35, None, 0.95, 0.65)


def test_a_slider_moved_back_gives_the_preset_its_name_back(page: Page) -> None:
    page.set("temperature", 1.0).set("temperature", 0.8)
    assert page["preset"] == "Balanced"


def test_clicking_the_chosen_preset_again_changes_nothing(page: Page) -> None:
    page.set("preset", None)
    assert page["preset"] == "Balanced" and controls(page) == PRESETS["Balanced"]
    page.set("preset", "Custom")
    assert page["preset"] == "Balanced", "nothing was set by hand: there is nothing to go back to"


def test_creative_restricts_less_than_balanced_and_that_less_than_precise() -> None:
    spreads: dict[str, tuple[float, float]] = {}
    for name, preset in PRESETS.items():
        measured = []
        for prompt in (DEFAULT_PROMPT, PROMPT, "To be, or not to", "O"):
            settings = Settings(preset.temperature, preset.top_k, preset.top_p, preset.penalty)
            made = Session(load_model("pico"), Implementation(SOLUTIONS), prompt, settings, seed=1)
            probs = made.step().stages[-1].probs.astype(np.float64)
            kept = probs[probs > 0]
            measured.append((-np.sum(kept * np.log(kept)), len(kept)))
        entropy, count = np.mean(measured, axis=0)
        spreads[name] = (float(entropy), float(count))
    order = ["Greedy", "Precise", "Balanced", "Creative"]
    assert sorted(spreads, key=lambda name: spreads[name][0]) == order, spreads
    assert sorted(spreads, key=lambda name: spreads[name][1]) == order, spreads
    assert spreads["Greedy"] == (0, 1)


def test_greedy_and_no_top_k_can_be_chosen(page: Page) -> None:
    slider = next(s for s in page.at.slider if s.key == "temperature")
    assert (slider.min, slider.max) == (0.0, 2.0)
    page.set("temperature", 0.0).set("top_k_on", False).set("n_tokens", 3).press("Generate")
    assert {(e.settings.temperature, e.settings.top_k) for e in page.session.events} == {(0.0, None)}
    assert "Greedy: the likeliest token is taken" in page.html()


# ------------------------------------------------------------------------------------ errors


def test_an_empty_or_too_long_prompt_is_one_friendly_line(page: Page) -> None:
    page.set("n_tokens", 5).press("Generate")
    text = page.shown("new-text")
    for prompt, says in (
        ("", "the prompt is empty: write at least one character"),
        ("word " * 400, "the prompt is too long: it is"),
    ):
        page.set("n_tokens", 200).set("prompt", prompt).press("Generate")
        assert says in (page.shown("error") or "")
        assert page.shown("new-text") == text, "the text before is still there"
    page.set("n_tokens", 5).set("prompt", PROMPT).press("Generate")
    assert page.shown("error") is None


def test_what_fits_is_generated_where_more_was_asked_for(page: Page) -> None:
    page.set("n_tokens", 200).set("prompt", "word " * 125).press("Generate")
    session = page.session
    assert session.room == 0 and 0 < len(session.events) < 200
    fit = "1 token fits" if len(session.events) == 1 else f"{len(session.events)} tokens fit"
    assert f"Only {fit} into pico's context of 256, so not all 200 are generated." in html.unescape(
        page.html()
    )
    page.press("Go on")
    assert "there is room for 0" in (page.shown("error") or "")


def test_missing_weights_are_one_friendly_line(
    page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PICO_GPT_WEIGHTS", str(tmp_path))
    page.set("model", "gpt2-large").press("Generate")
    assert (page.shown("error") or "").endswith("run: make weights MODEL=gpt2-large")


def test_a_stub_that_nothing_stands_in_for_is_one_friendly_line(
    student: Student, open_page: Callable[[Path], Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = student("exercises", **solution_of("gelu"))
    alone = Session(load_model("pico"), Implementation(folder, reference=None), DEFAULT_PROMPT)
    monkeypatch.setattr(RemoteSession, "step", lambda session: alone.step())
    page = open_page(folder)
    page.press("Generate")
    assert "gpt2 (step 9) is not written yet" in (page.shown("error") or "")


def test_a_function_that_fails_is_one_friendly_line_with_its_place(
    student: Student, open_page: Callable[[Path], Page]
) -> None:
    page = open_page(student("exercises", gelu="def gelu(x):\n    return x / np.ones(7)\n"))
    page.press("Generate")
    assert re.search(r"pico_gpt\.py:\d+, in gelu: ValueError: ", page.shown("error") or "")


def test_an_error_message_is_text_not_markup(student: Student, open_page: Callable[[Path], Page]) -> None:
    page = open_page(student("exercises", gelu="def gelu(x):\n    raise OSError('<img src=x> **b**')\n"))
    page.press("Generate")
    assert "<img" not in page.html() and "<img src=x> **b**" in (page.shown("error") or "")


def test_a_file_that_does_not_load_is_told_beside_the_banner(
    student: Student, open_page: Callable[[Path], Page]
) -> None:
    folder = student("exercises")
    (folder / "pico_gpt.py").write_text("def broken(:\n", encoding="utf-8")
    page = open_page(folder)
    assert "pico_gpt.py:1 does not load: " in (page.shown("banner") or "")
    assert "pico_gpt.py:1 does not load: " in (page.shown("error") or ""), "in the main panel too"
    page.set("n_tokens", 2).press("Generate")
    assert "this text is not your code's" in (page.shown("error") or "")
    assert len(page.session.events) == 2


def test_an_edited_file_runs_at_the_next_generate(
    student: Student, open_page: Callable[[Path], Page]
) -> None:
    folder = student("exercises")
    page = open_page(folder).set("n_tokens", 3).press("Generate")
    before = page.session.ids
    path = folder / "pico_gpt.py"
    stub = '    raise NotImplementedError("step 1: gelu")'
    path.write_text(path.read_text(encoding="utf-8").replace(stub, "    return x"), encoding="utf-8")
    page.press("Generate")
    assert (page.shown("banner") or "").startswith("yours: step 1 (gelu); the reference stands in for")
    assert page.session.events[0].model_prob != pytest.approx(
        Session(load_model("pico"), Implementation(SOLUTIONS), before[:-3], page.session.settings)
        .step()
        .model_prob
    )


# ------------------------------------------------------------------------------------- panels


def open_tab(page: Page, name: str) -> Page:
    page.at.session_state["tab"] = name
    page.at.run()
    return page.calm()


def test_awkward_text_is_shown_as_it_is(tmp_path: Path, open_page: Callable[[Path], Page]) -> None:
    model = load_model("pico")
    page = open_page(scripted(tmp_path / "s", model, PROMPT, AWKWARD))
    n = len(model.encoding.encode_ordinary(AWKWARD))
    page.set("prompt", PROMPT).set("temperature", 0.0).set("n_tokens", n).press("Generate")
    assert page.shown("new-text") == AWKWARD
    assert "�" not in page.html()
    assert "<b>&amp;</b>" not in page.html() and "&lt;b&gt;&amp;amp;&lt;/b&gt;" in page.html()


def test_the_filters_panel_shows_the_chosen_token_before_it_was_appended(nine_tokens: Page) -> None:
    page = nine_tokens
    page.at.session_state["selected"] = 4
    page.at.run()
    event = page.session.events[4]
    body = page.html()
    row = re.search(rf'<tr data-token="{event.id}" class="pg-chosen".*?</tr>', body)
    assert row, "the chosen token is not among the candidates"
    values = dict(re.findall(r'data-stage="([\w-]+)" data-value="([^"]+)"', row[0]))
    for stage in event.stages:
        assert float(values[stage.name]) == pytest.approx(float(stage.probs[event.id]), rel=1e-5)
    assert float(values["top-p"]) == pytest.approx(event.prob, rel=1e-5)
    assert "Token 5 of 9" in body


def test_the_candidates_and_the_rest_are_the_whole_vocabulary(nine_tokens: Page) -> None:
    page = nine_tokens
    body = web_panels.candidates(page.session, page.session.events[1])
    for stage in page.session.events[1].stages:
        values = re.findall(rf'data-stage="{stage.name}" data-value="([^"]+)"', body)
        assert sum(map(float, values)) == pytest.approx(1, abs=1e-3)
        assert f"{np.count_nonzero(stage.probs):,} token" in body
    curve = web_panels.vocabulary_curve(page.session.events[1], 0.0)
    assert max(p["rank"] for p in curve if p["filter"] == "model says") == load_model("pico").n_vocab
    assert max(p["rank"] for p in curve if p["filter"] == "top-k") == 50


@pytest.mark.parametrize(
    ("tab", "test_id"),
    [
        *(("Filters", "candidates"), ("Attention", "looks-at"), ("Logit lens", "lens")),
        *(("Residual stream", "residual"), ("Shapes", "shapes")),
    ],
)
def test_every_tab_has_its_panel(nine_tokens: Page, tab: str, test_id: str) -> None:
    page = nine_tokens
    assert page.shown(test_id) is None or tab == "Filters"
    assert open_tab(page, tab).shown(test_id)
    for step_page in re.findall(r"instructions/steps/\w+\.md", page.html()):
        assert (ROOT / step_page).is_file()


def test_the_panels_numbers_are_the_sessions(nine_tokens: Page) -> None:
    page = nine_tokens
    event = page.session.events[-1]
    look = event.look
    assert look.stream is not None and look.attention is not None
    lengths = re.findall(r'data-value="([^"]+)"', web_panels.residual(look))[::2]
    np.testing.assert_allclose([float(x) for x in lengths], np.linalg.norm(look.stream, axis=-1), rtol=1e-4)
    weights = re.findall(r'data-value="([^"]+)"', web_panels.looks_at(page.session, event, 2, 1))
    expected = np.sort(look.attention[2, 1])[::-1][: len(weights)]
    np.testing.assert_allclose([float(x) for x in weights], expected, rtol=1e-4)
    tops = [p for prediction in reversed(event.lens) for _, p in prediction.top]
    shown = re.findall(r'data-value="([^"]+)"', web_panels.lens(page.session, event))
    np.testing.assert_allclose([float(x) for x in shown], tops, rtol=1e-4, atol=1e-9)


def test_speed_is_shown_with_and_without_a_cache(nine_tokens: Page) -> None:
    page = nine_tokens
    open_tab(page, "Speed").press("Measure with and without a cache")
    assert re.fullmatch(r"without a cache\d+ tokens/swith a cache\d+ tokens/s", page.shown("speeds") or ""), (
        page.shown("speeds")
    )


def test_the_pages_text_is_what_the_students_generate_writes(
    student: Student, open_page: Callable[[Path], Page]
) -> None:
    page = open_page(student("solutions")).set("n_tokens", 6).press("Generate")
    open_tab(page, "Shapes").press("Compare with generate")
    assert "Your generate gives the same 6 tokens." in page.html()
    wrong = "def generate(inputs, params, n_head, n, **rest):\n    return list(inputs) + [0] * n\n"
    page = open_page(student("solutions", generate=wrong)).set("n_tokens", 6).press("Generate")
    open_tab(page, "Shapes").press("Compare with generate")
    assert "Your generate gives other tokens." in page.html()


def test_a_panel_that_cannot_be_filled_says_why(tmp_path: Path, open_page: Callable[[Path], Page]) -> None:
    page = open_page(scripted(tmp_path / "s", load_model("pico"), DEFAULT_PROMPT, "ab"))
    page.set("n_tokens", 1).press("Generate")
    assert "the reference recomputed it" in open_tab(page, "Attention").html()


def test_chips_show_every_token_with_its_id_and_probability(page: Page) -> None:
    page.set("prompt", "日 a").set("n_tokens", 3).press("Generate")
    made = page.session
    data = web_components.chips_data(made, 1)
    assert [t["id"] for t in data["tokens"]] == made.ids and data["selected"] == 1
    parts = [made.token_bytes(token) for token in made.ids[: made.n_prompt]]
    assert parts[:-1] != ["日".encode()], "the character is one token: nothing is shown"
    assert [t["text"] for t in data["tokens"][: len(parts) - 1]] == [p.hex(" ").upper() for p in parts[:-1]]
    assert data["tokens"][len(parts) - 1]["text"] == "·a"
    for event, token in zip(made.events, data["tokens"][made.n_prompt :]):
        assert token["index"] == event.index and token["prob"] == pytest.approx(event.model_prob, abs=1e-6)


def test_the_attention_that_goes_to_the_browser_is_the_sessions(nine_tokens: Page) -> None:
    import base64

    page = nine_tokens
    weights, _ = page.session.attention(8)
    assert weights is not None
    data = web_components.attention_data(page.session, weights, 3, 2)
    sent = np.frombuffer(base64.b64decode(data["weights"]), "<f4").reshape(8, 8)
    np.testing.assert_array_equal(sent, weights[3, 2])
    small = np.frombuffer(base64.b64decode(data["thumbs"]), np.uint8).reshape(4, 4, 8, 8)
    np.testing.assert_allclose(small / 255, weights, atol=0.003)
    assert len(data["tokens"]) == 8


@pytest.mark.parametrize("n", [3, 48, 49, 200])
def test_small_pictures_keep_the_largest_weights(n: int) -> None:
    weights = np.zeros((2, n, n), np.float32)
    weights[1, n - 1, n // 2] = 0.7
    small = web_components.shrink(weights, 48)
    assert small.shape[-1] <= 48 and small.shape[-1] * 5 > min(n, 48)
    assert small.max() == np.float32(0.7) and small[0].max() == 0 and small[1].argmax() > 0


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0, "0"), (1.0, "100.0 %"), (0.1234, "12.3 %"), (0.00045, "0.045 %"), (1e-9, "< 0.001 %")],
)
def test_probabilities_read_well(p: float, text: str) -> None:
    assert web_panels.percent(p) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b" a", "·a"), (b"\n", "⏎"), (b"\xe6\x97", "E6 97"), (b"\x1b", "␛"), ("日".encode(), "日"), (b"", "∅")],
)
def test_tokens_can_be_seen(raw: bytes, text: str) -> None:
    assert web_panels.token_text(raw) == text


def test_the_playground_unpickles_nothing_and_asks_no_network() -> None:
    for path in (ROOT / "playground").rglob("*"):
        if path.suffix in (".py", ".js", ".css", ".html"):
            text = path.read_text(encoding="utf-8")
            assert "pickle" not in text and "@import" not in text and "fetch(" not in text, path.name
            addresses = set(re.findall(r"https?://([^/:\s\"')]*)", text))
            # This machine, the name of SVG's elements, and a page that a comment cites.
            assert addresses <= {"{HOST}", "www.w3.org", "no-color.org"}, f"{path.name}: {addresses}"


@pytest.mark.timeout(30)
@pytest.mark.skipif(sys.platform == "win32", reason="no process can ignore its end there")
def test_ctrl_c_ends_a_page_that_waits_for_code_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    page = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    assert page.stdout is not None and page.stdout.readline()

    def ctrl_c(url: str, process: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(web_ui.subprocess, "Popen", lambda *args, **kwargs: page)
    monkeypatch.setattr(web_ui.signal, "signal", lambda number, action: None)
    monkeypatch.setattr(web_ui, "answers", ctrl_c)
    monkeypatch.setattr(web_ui, "STOP_S", 0.1)
    assert web_ui.serve(0, str(SOLUTIONS), "pico", browser=False) == 0
    assert page.returncode == -signal.SIGKILL
