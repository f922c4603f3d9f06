"""The x-ray page in a real Chromium: its numbers, and that it asks nobody for anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from xray_pages import PROMPT, TO_16_BITS, WRONG

from playground.xray.command import load_kata
from playground.xray.data import BLOCK_STAGES, xray
from reference_activations.goldens import load_goldens
from reference_activations.models import load_model
from tests.playground.browser.tabs import TABS
from tests.playground.browser.xray_seen import Seen, shown_number

pytest_plugins = ["tests.playground.browser.xray_browser"]


@pytest.fixture(scope="module")
def turing(one_look: Callable[..., Seen], pages: Callable[..., Path]) -> Seen:
    """The page of the golden prompt, opened once."""
    return one_look(pages(load_goldens("pico").text("turing")))


# ------------------------------------------------------------------------------- itself and nothing else


def test_the_page_opens_from_disk_with_one_request_and_without_a_complaint(
    look: Callable[..., Seen], pages: Callable[..., Path]
) -> None:
    seen = look(pages())
    assert seen.text("h1") == "X-ray of a GPT-2"
    assert seen.requests == [seen.path.as_uri()]


def test_the_policy_stops_every_other_script_style_and_request(
    pages: Callable[..., Path],
) -> None:
    page = TABS.take()
    page.goto(pages().as_uri())
    answered: list[str] = []
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
    assert answered == []
    page.close()


def test_markup_in_the_prompt_is_shown_as_text(look: Callable[..., Seen], pages: Callable[..., Path]) -> None:
    prompt = "</script><img onerror>"
    seen = look(pages(prompt), "tokens")
    assert seen.text("#prompt") == prompt
    assert seen.page.locator("img").count() == 0
    tokens = seen.page.locator(".token b").all_inner_texts()
    assert "".join(tokens).replace("␣", " ") == prompt


def test_japanese_and_an_emoji_are_whole(look: Callable[..., Seen], pages: Callable[..., Path]) -> None:
    prompt = load_goldens("pico").text("non_ascii")
    seen = look(pages(prompt), "tokens")
    assert seen.text("#prompt") == prompt
    assert "\ufffd" not in seen.text("body")
    assert "⟨F0⟩" in seen.page.locator(".token b").all_inner_texts(), "a token of a lone byte shows the byte"


def test_line_breaks_and_stars_of_a_prompt_are_not_markdown(
    look: Callable[..., Seen], pages: Callable[..., Path]
) -> None:
    prompt = "# a*b*c\n  _d_"
    seen = look(pages(prompt), "tokens")
    assert seen.page.locator("#prompt").evaluate("(node) => node.textContent") == prompt
    assert seen.page.locator("#prompt *").count() == 0


# ---------------------------------------------------------------------------------------- numbers


def test_every_number_in_the_browser_is_the_golden_one(turing: Seen) -> None:
    goldens = load_goldens("pico")
    assert "Hugging Face's GPT-2 in float64" in turing.text("#whose")
    keys = ["embed", *(f"h.{i}.{stage}" for i in range(4) for stage in BLOCK_STAGES), "ln_f"]
    for key, numbers in turing.numbers(keys, "truth").items():
        golden = goldens[f"turing/{key}"].ravel()
        np.testing.assert_allclose(numbers, golden, rtol=TO_16_BITS, atol=1e-30, err_msg=key)


@pytest.mark.parametrize(
    ("place", "label", "key", "index"),
    [
        ("embed;p=7;h=0", "x[7], 128 numbers", "embed", (7,)),
        ("ln_1.2;p=5;h=0", "ln_1[5], 128 numbers", "h.2.ln_1", (5,)),
        ("qkv.1;p=3;h=0", "qkv[3], 384 numbers", "h.1.qkv", (3,)),
        ("scores.3;p=9;h=2", "Scores of head 2", "h.3.scores", (2,)),
        ("weights.0;p=9;h=1", "Attention weights of head 1", "h.0.weights", (1,)),
        ("values.2;p=15;h=3", "head[3, 15], 32 numbers", "h.2.heads", (3, 15)),
        ("gelu.1;p=4;h=0", "gelu[4], 512 numbers", "h.1.gelu", (4,)),
        ("out.3;p=15;h=0", "x[15], 128 numbers", "h.3.out", (15,)),
        ("ln_f;p=2;h=0", "ln_f[2], 128 numbers", "ln_f", (2,)),
    ],
)
def test_the_cells_show_the_golden_numbers(
    turing: Seen, place: str, label: str, key: str, index: tuple[int, ...]
) -> None:
    golden = load_goldens("pico")[f"turing/{key}"][index].ravel()
    seen = turing.to(place)
    labels = seen.cells(label).evaluate_all("(cells) => cells.map((cell) => cell.getAttribute('aria-label'))")
    labels = labels[-golden.size :]  # a residual sum has three grids of one name; the last is the result
    shown = [shown_number(text.split(" = ")[1].split(",")[0]) for text in labels]
    np.testing.assert_allclose(shown, golden, rtol=1e-3, atol=1e-12)


@pytest.mark.parametrize("blocks", [2, pytest.param(4, marks=pytest.mark.nightly)])
def test_every_formula_comes_to_the_number_that_stands_there(turing: Seen, blocks: int) -> None:
    """Each stage works its formula out from the numbers it shows; a result that is off is shown as such.

    By day in the first two blocks, one after the embedding and one after a block; by night in all four.
    """
    stages = turing.to("map").at_every_stage(
        """() => {
            const off = [];
            let formulas = 0;
            for (const grid of document.querySelectorAll("#stage [role=grid]")) {
                const cells = [...grid.querySelectorAll(".cell")];
                for (let i = 0; i < cells.length; i += Math.max(1, Math.floor(cells.length / 7))) {
                    cells[i].dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
                    const result = document.querySelector("#formula .result");
                    if (!result) continue;
                    formulas += 1;
                    const value = document.getElementById("cell-value").textContent;
                    const shown = result.textContent;
                    if (shown !== `= ${value}`) off.push(`${cells[i].ariaLabel}: ${shown}`);
                }
            }
            return [off, formulas];
        }""",
        blocks,
    )
    assert len(stages) == 3 + 17 * blocks + 3 + 3
    for progress, (mismatches, _) in stages:
        assert mismatches == [], progress
    with_formula = sum(formulas > 0 for _, (_, formulas) in stages)
    assert with_formula >= 16 * blocks, "nearly every stage has a formula with numbers in it"


def test_a_score_shows_its_dot_product_and_its_function(turing: Seen) -> None:
    goldens, seen = load_goldens("pico"), turing.to("scores.1;p=9;h=2")
    seen.cells("Scores of head 2").nth(9 * 16 + 4).hover()
    q, k = goldens["turing/h.1.q"][2, 9], goldens["turing/h.1.k"][2, 4]
    lines = seen.page.locator("#formula p").all_inner_texts()
    assert lines[0] == "score[query, key] = q[query] · k[key] / √d_head"
    assert lines[1] == "= q[9] · k[4] / √32"
    product, root = (shown_number(part) for part in lines[3].removeprefix("= ").split(" / "))
    assert product == pytest.approx(float(q @ k), rel=1e-3)
    assert root == pytest.approx(32**0.5, rel=1e-3)
    assert shown_number(seen.text("#cell-value")) == pytest.approx(float(q @ k) / 32**0.5, rel=1e-3)
    card = seen.text("#cell .function")
    assert "attention()" in card and "step 5" in card
    assert "softmax( q k^T / sqrt(d_head) + mask ) v" in card
    assert "return" not in card, "the reference's code is not shown"


# ------------------------------------------------------------------------------------- differences


def test_cells_that_differ_are_outlined_and_the_first_stage_is_named(
    look: Callable[..., Seen], no_scale: tuple[Path, Path]
) -> None:
    seen = look(no_scale[0])
    assert "block 0, scores, seen inside your attention" in seen.text("#first-difference")
    seen.page.click("#jump")
    assert seen.text("#stage-title").startswith("Scores")
    cells = seen.page.locator("#stage .square .cell")
    assert cells.count() == 144
    assert seen.page.locator("#stage .square .cell.differs").count() == 144
    assert cells.first.evaluate("(cell) => getComputedStyle(cell).outlineStyle") == "dashed"
    assert "the mistake is in this step" in seen.text("#cell .comparison")
    assert "return softmax(q @ k.swapaxes(-1, -2) + mask) @ v" in seen.text("#cell .code .maker")
    seen.page.click("#go-ln_1")
    assert seen.page.locator("#stage .differs").count() == 0, "before it, nothing differs"
    assert seen.page.locator("#contents button.off").count() > 8


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("no scale", "score"),
        ("mask lets the next token through", "mask"),
        ("post-norm", "x"),
        ("no last norm", ""),
    ],
)
def test_show_it_opens_the_very_cell_that_the_banner_names(
    look: Callable[..., Seen], wrong_page: Callable[[str], tuple[Path, Path]], name: str, cell: str
) -> None:
    key = WRONG[name][2]
    seen = look(wrong_page(name)[0])
    facts = seen.page.evaluate(f"xray.data.stages[{key!r}]")
    seen.page.click("#jump")
    assert "differs" in seen.text("#cell .comparison")
    yours, truth, _ = (shown_number(text) for text in seen.page.locator("#cell dd").all_inner_texts())
    assert yours == pytest.approx(facts["yours"], rel=0.01)
    assert truth == pytest.approx(facts["truth"], rel=1e-3)
    at = facts["at"][1:] if cell == "score" else facts["at"]
    place = f"{cell}[{', '.join(map(str, at))}]" if cell else str(at)
    assert place in seen.text("#cell .number code")
    assert seen.page.evaluate("document.activeElement.getAttribute('role')") == "gridcell"


def test_the_page_prints_a_stage_without_its_buttons(
    look: Callable[..., Seen], pages: Callable[..., Path]
) -> None:
    seen = look(pages(), "scores.0;p=4;h=0")
    seen.page.emulate_media(media="print")
    assert not seen.page.locator(".steps").is_visible()
    assert not seen.page.locator("#contents").is_visible()
    assert seen.page.locator("#stage-title").is_visible()


def test_the_students_numbers_in_the_page_are_those_of_their_run(
    look: Callable[..., Seen], no_scale: tuple[Path, Path]
) -> None:
    page, impl = no_scale
    run = xray(load_kata(str(impl)), load_model("pico"), PROMPT)
    seen = look(page, "scores.0;p=11;h=3")
    keys = ["h.0.ln_1", "h.0.scores", "h.1.q", "h.2.gelu", "h.3.merged", "ln_f"]
    counts = seen.page.evaluate(
        """(keys) => keys.map(xray.stage).map((stage) =>
            [...stage.yours.keys()].filter((i) => stage.differs(i)).length)""",
        keys,
    )
    for (key, numbers), count in zip(seen.numbers(keys, "yours").items(), counts, strict=True):
        yours = run.yours[key].value.ravel().astype(float)
        np.testing.assert_allclose(numbers, yours, rtol=1e-3, atol=1e-7 * np.abs(yours).max(), err_msg=key)
        assert count == (int(run.differences[key].cells.sum()) if key in run.differences else 0)
    yours = float(run.yours["h.0.scores"].value[3, 11, 5])
    seen.cells("Scores of head 3").nth(11 * 12 + 5).hover()
    assert shown_number(seen.text("#cell-value")) == pytest.approx(yours, rel=2e-3)
    seen.page.click("#show-truth")
    seen.cells("Scores of head 3").nth(11 * 12 + 5).hover()
    truth = float(run.truth["h.0.scores"][3, 11, 5])
    assert shown_number(seen.text("#cell-value")) == pytest.approx(truth, rel=1e-3)
    assert "expected" in seen.text("#cell .comparison")


def test_a_half_done_folder_says_whose_code_ran(
    look: Callable[..., Seen], pages: Callable[..., Path], student: Callable[..., Path]
) -> None:
    text = "    e = np.exp(x - x.max(-1, keepdims=True))\n    return e / e.sum(-1, keepdims=True)"
    impl = student("exercises", softmax=f"def softmax(x):\n{text}")
    seen = look(pages(PROMPT, impl), "weights.0;p=3;h=0")
    assert "its own softmax; the reference stands in for gelu, layer_norm" in seen.text("#whose")
    assert seen.text("#agreement").startswith("✓ All ")
    assert "return e / e.sum(-1, keepdims=True)" in seen.text("#cell .code .maker")
