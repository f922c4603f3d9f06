"""Make the README's pictures of the web page, as a real Chromium draws it.

    python -m tests.documents.screenshots            writes instructions/images/web*.png
    python -m tests.documents.screenshots --out DIR

Needs Chromium and playwright (`make setup-dev`). The pictures show the solutions on pico, seed 42.
"""

from __future__ import annotations

import argparse
import io
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playground.run.implementation import REFERENCE, ROOT

OUT = ROOT / "instructions" / "images"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
# colour scheme -> name of a picture -> the tab that it shows ("" is the page as it comes)
PICTURES: dict[Literal["light", "dark"], dict[str, str]] = {
    "light": {"web": "", "web_attention": "Attention", "web_lens": "Logit lens"},
    "dark": {"web_dark": ""},
}
PARTS = {"": "candidates", "Attention": "looks-at", "Logit lens": "lens"}
COLOURS = 128  # a palette keeps a picture of flat areas a third of the size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the pictures")
    args = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        print("playwright is not installed; run: make setup-dev", file=sys.stderr)
        return 2
    if chromium is None:
        print(f"no Chromium here (looked for {', '.join(NAMES)})", file=sys.stderr)
        return 2
    args.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        with web_server() as address:
            for scheme, names in PICTURES.items():
                page: Any = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
                photograph(page, address, args.out, names)
                page.close()
        browser.close()
    for path in sorted(args.out.glob("web*.png")):
        print(f"{path.name}: {path.stat().st_size // 1024} KB")
    return 0


@contextmanager
def web_server() -> Iterator[str]:
    """The web page on any free port; gives its address."""
    command = [sys.executable, "-m", "playground", "web", "--impl", str(REFERENCE)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--no-browser"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout is not None else ""
        if "http" not in line:
            raise SystemExit("the web page did not start")
        yield line.split()[4]
    finally:
        process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
        process.wait()


def photograph(page: Any, address: str, out: Path, names: dict[str, str]) -> None:
    page.goto(address)
    page.get_by_role("button", name="Generate", exact=True).click()
    for name, tab in names.items():
        if tab:
            page.get_by_role("tab", name=tab).click()
        page.get_by_test_id(PARTS[tab]).wait_for()
        if tab:
            page.get_by_role("tablist").evaluate("tabs => tabs.scrollIntoView()")
        page.mouse.move(0, 0)
        settle(page)
        save(page, out / f"{name}.png")


def settle(page: Any) -> None:
    """Wait until nothing is running, fading or being laid out any more."""
    page.wait_for_function(
        "() => document.querySelector('.stApp')?.dataset.testScriptState !== 'running'"
        " && document.getAnimations().every(animation => animation.playState !== 'running')"
    )
    page.evaluate("() => document.fonts.ready")


def save(page: Any, path: Path) -> None:
    from PIL import Image

    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
