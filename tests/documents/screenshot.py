"""Photograph the architecture page for the README: `python tests/documents/screenshot.py`, with Chromium."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "instructions" / "architecture_visualization.html"
PICTURE = ROOT / "instructions" / "images" / "architecture_page.png"


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--force-prefers-reduced-motion"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        page.goto(PAGE.as_uri())
        page.get_by_text("Softmax", exact=True).first.click()
        page.wait_for_function("document.querySelector('main, body').innerText.includes('oftmax')")
        page.screenshot(path=str(PICTURE), animations="disabled")
        browser.close()
    print(f"wrote {PICTURE.relative_to(ROOT)}, {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
