"""Mermaid's own code draws every diagram and KaTeX sets every formula, in a real browser.

`tests/documents/fetch_tools.sh` brings both; .ci/run calls it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT, Block, Page, page_paths, read_page

TOOLS = ROOT / ".ci" / "node"
DIAGRAMS = [b for path in page_paths() for b in read_page(path).blocks if b.language == "mermaid"]
DRAW = """async text => {
  try { await mermaid.parse(text); return {svg: (await mermaid.render('diagram', text)).svg} }
  catch (error) { return {error: String(error)} }
}"""
SET = """formulas => formulas.map(formula => {
  try { katex.renderToString(formula, {displayMode: true, strict: 'error'}); return '' }
  catch (error) { return `${formula}: ${error.message}` }
}).filter(Boolean)"""


def formulas(page: Page) -> list[str]:
    """Every formula of a page: `math` blocks, and what is between dollar signs in a line."""
    blocks = [block.text for block in page.blocks if block.language == "math"]
    text = re.sub(r"^```.*?^```$", "", page.text, flags=re.MULTILINE | re.DOTALL)
    return blocks + re.findall(r"\$([^$\n]+)\$", re.sub(r"`[^`\n]*`", "", text))


WITH_FORMULAS = [path for path in page_paths() if formulas(read_page(path))]


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Any]:
    for name in ("mermaid", "katex"):
        if not (TOOLS / f"{name}.min.js").is_file():
            pytest.skip(
                f"{name} is not here: run tests/documents/fetch_tools.sh (it needs npm and the network)"
            )
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if not chromium:
        pytest.skip("there is no Chromium on this machine to draw with")
    from playwright.sync_api import sync_playwright

    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        page = browser.new_page()
        for name in ("mermaid", "katex"):
            page.add_script_tag(path=str(TOOLS / f"{name}.min.js"))
        page.evaluate("mermaid.initialize({startOnLoad: false})")
        yield page
        browser.close()


def test_there_is_a_diagram_of_the_architecture_and_a_formula_in_every_step() -> None:
    assert [block.page.name for block in DIAGRAMS].count("pico_gpt_architecture.md") == 1
    assert len([path for path in WITH_FORMULAS if path.parent.name == "steps"]) == 14


@pytest.mark.parametrize("block", DIAGRAMS, ids=str)
def test_mermaid_draws_the_diagram(block: Block, browser_page: Any) -> None:
    answer = browser_page.evaluate(DRAW, block.text)
    assert "error" not in answer, answer["error"]
    for name in ("layer_norm ln_1", "attention (5)", "feed_forward (7)", "logits"):
        assert name in answer["svg"], f"{name} is not in the drawing"


def test_mermaid_refuses_a_broken_diagram(browser_page: Any) -> None:
    assert "error" in browser_page.evaluate(DRAW, "flowchart TD\n a[ -->")


@pytest.mark.parametrize("path", WITH_FORMULAS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_katex_sets_every_formula(path: Path, browser_page: Any) -> None:
    assert browser_page.evaluate(SET, formulas(read_page(path))) == []
    assert r"\operatorname" not in read_page(path).text, "GitHub does not allow this macro"


def test_katex_refuses_a_broken_formula(browser_page: Any) -> None:
    assert browser_page.evaluate(SET, [r"\frac{1}{", "x"]) != []
