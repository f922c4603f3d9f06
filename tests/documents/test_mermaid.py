"""Mermaid's own code reads and draws every diagram, in a real browser.

`npm pack mermaid@11` brings it; .ci/run puts `mermaid.min.js` into .ci/node/.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT, Block, page_paths, read_page

SCRIPT = Path(os.environ.get("MERMAID_JS", ROOT / ".ci" / "node" / "mermaid.min.js"))
BLOCKS = [block for path in page_paths() for block in read_page(path).blocks if block.language == "mermaid"]
DRAW = """async text => {
  try { await mermaid.parse(text); return {svg: (await mermaid.render('diagram', text)).svg} }
  catch (error) { return {error: String(error)} }
}"""


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Any]:
    if not SCRIPT.is_file():
        pytest.skip(f"Mermaid is not here: put mermaid.min.js into {SCRIPT.parent} (npm pack mermaid@11)")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not chromium:
        pytest.skip("there is no Chromium on this machine to draw with")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        page.add_script_tag(path=str(SCRIPT))
        page.evaluate("mermaid.initialize({startOnLoad: false})")
        yield page
        browser.close()


def test_there_is_a_diagram_of_the_architecture() -> None:
    assert [block.page.name for block in BLOCKS].count("pico_gpt_architecture.md") == 1


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_mermaid_draws_the_diagram(block: Block, browser_page: Any) -> None:
    answer = browser_page.evaluate(DRAW, block.text)
    assert "error" not in answer, answer["error"]
    for name in ("layer_norm ln_1", "attention (5)", "feed_forward (7)", "logits"):
        assert name in answer["svg"], f"{name} is not in the drawing"


def test_mermaid_refuses_a_broken_diagram(browser_page: Any) -> None:
    assert "error" in browser_page.evaluate(DRAW, "flowchart TD\n a[ -->")
