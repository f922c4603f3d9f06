"""Photograph the x-ray page, the live page and "What if", as a real Chromium draws them.

    python -m tests.documents.screenshots_pages            writes instructions/images/page_*.png
    python -m tests.documents.screenshots_pages --out DIR  also at the width of a telephone

Needs Chromium and playwright (`make setup-dev`). The live page follows a student whose attention forgets to
divide by sqrt(d_head).
"""

from __future__ import annotations

import argparse
import ast
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.kata.curriculum import ROOT
from grader.mistakes import register
from tests.documents.screenshots import FLAGS, NAMES, OUT, save
from tests.measures.live_page import start

XRAY = ROOT / "instructions" / "architecture_visualization.html"
WHAT_IF = ROOT / "instructions" / "what_if.html"
WIDTHS = {1280: 860, 390: 844}  # and the height
MISTAKE = "attention.no-scale"
ALL_JUDGED = """() => {
    const boxes = Object.values(xray.data.live.boxes);
    return boxes.length === Object.keys(xray.data.live.steps).length && !boxes.includes("todo")
        && !document.getElementById("news").textContent;
}"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the pictures")
    args = parser.parse_args()
    from playwright.sync_api import sync_playwright

    args.out.mkdir(parents=True, exist_ok=True)
    widths = (1280,) if args.out == OUT else WIDTHS
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    with followed() as folder, sync_playwright() as playwright:
        process, live = start(student(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for width in widths:
            size: Any = {"width": width, "height": WIDTHS[width]}
            page: Any = browser.new_page(viewport=size, color_scheme="light", reduced_motion="reduce")
            page.set_default_timeout(120_000)
            end = "" if width == 1280 else f"_{width}"
            for picture, address in {
                "map": f"{XRAY.as_uri()}#map",
                "block": f"{XRAY.as_uri()}#block.1",
                "head": f"{XRAY.as_uri()}#weights.1;p=9;h=2",
            }.items():
                page.goto("about:blank")
                page.goto(address)
                page.locator("#stage-title").wait_for()
                shoot(page, args.out / f"page_{picture}{end}.png")
            page.goto(live)
            page.locator("#live-says", has_text="attention").wait_for()
            page.wait_for_function(ALL_JUDGED)
            shoot(page, args.out / f"page_live{end}.png")
            page.goto(f"{WHAT_IF.as_uri()}#mistake=causal_mask.no-mask")
            page.wait_for_selector("body[data-busy=no]")
            shoot(page, args.out / f"page_what_if{end}.png")
            page.close()
        browser.close()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    return 0


@contextmanager
def followed() -> Iterator[Path]:
    """A folder whose name looks well in a picture."""
    folder = ROOT / ".kata" / "exercises"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def student(folder: Path) -> Path:
    """The files of somebody who has made one mistake, among right functions."""
    for path in (ROOT / "solutions").glob("*.py"):
        shutil.copy(path, folder)
    file, mistake = folder / "pico_gpt.py", register()[MISTAKE]
    text = file.read_text(encoding="utf-8")
    right = next(
        node for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == mistake.function
    )  # fmt: skip
    lines = text.split("\n")
    lines[right.lineno - 1 : right.end_lineno] = mistake.source.split("\n")
    file.write_text("\n".join(lines), encoding="utf-8")
    return folder


def shoot(page: Any, path: Path) -> None:
    page.evaluate("() => document.fonts.ready")
    save(page, path)
    print(f"{path.name}: {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    sys.exit(main())
