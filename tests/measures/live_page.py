"""Save known mistakes with the live page open in Chromium: what it shows first, and how soon.

python -m tests.measures.live_page --each 11

One program, one browser and one page follow the saves. Of each mistake: is the first red box the mistake's
function; does the cell that the page shows differ from the truth, where the model's forward pass has such a
cell; and how many seconds it takes from the save to the new page on the screen.
"""

from __future__ import annotations

import argparse
import ast
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.kata.curriculum import ROOT, STEPS, find_step, step_of
from grader.mistakes import Mistake, register

STUBS = ROOT / "exercises"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PATIENCE_S = 120.0
PAUSE_S = 1.5  # between a new page and the next save: nobody reads it in less
WANTED = 0.95
FACTS = """() => {
    const compared = document.querySelector("#cell .comparison");
    const stage = xray.data.stages[xray.data.first_difference];  // without a place where it gave no numbers
    return [xray.data.live.first?.function ?? null, Boolean(stage?.at),
            [...document.querySelectorAll(".step-list li.wrong code")].map((name) => name.innerText),
            compared ? compared.innerText : ""];
}"""


@dataclass(frozen=True)
class Shown:
    """What the page showed after one save."""

    id: str
    function: str
    first: str | None
    red: tuple[str, ...]
    cell: str | None  # None where the forward pass has no number of it that differs
    seconds: float

    @property
    def right(self) -> bool:
        return self.first == self.function and f"{self.function}()" in self.red

    @property
    def differs(self) -> bool:
        return self.cell is None or "differs" in self.cell


def chosen(each: int) -> list[Mistake]:
    """Mistakes of every step, spread over its functions, as many as there are up to `each`."""
    by_step: dict[int, list[Mistake]] = defaultdict(list)
    for mistake in register().values():
        by_step[mistake.step].append(mistake)
    found: list[Mistake] = []
    for step in STEPS:
        of_step = by_step[step.number]
        found += of_step[:: max(1, len(of_step) // each)][:each]
    return found


def follow(page: Any, folder: Path, mistakes: Sequence[Mistake]) -> list[Shown]:
    """Save one mistake after the other, among stubs, where an open live page looks, and read the page."""
    return [_save(page, folder, mistake) for mistake in mistakes]


def _save(page: Any, folder: Path, mistake: Mistake) -> Shown:
    time.sleep(PAUSE_S)
    started = time.perf_counter()
    for path in sorted(STUBS.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name == step_of(mistake.function).file:
            others = [name for name in find_step(mistake.step).function_names if name != mistake.function]
            if mistake.function not in find_step(mistake.step).function_names:
                text += "".join(f"\n\n{right(name)}\n" for name in others)
            text += f"\n\n{mistake.source}\n"
        if (folder / path.name).read_text(encoding="utf-8") != text:
            (folder / path.name).write_text(text, encoding="utf-8")
    newest = str(max(path.stat().st_mtime_ns for path in folder.glob("*.py")))
    page.wait_for_function(
        "(saved) => globalThis.xray?.data.live?.saved === saved && document.getElementById('live-says')",
        arg=newest, timeout=1000 * PATIENCE_S,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    first, difference, red, cell = page.evaluate(FACTS)
    return Shown(mistake.id, mistake.function, first, tuple(red), cell if difference else None, seconds)


def right(name: str) -> str:
    """A function of the solutions, as text."""
    source = (ROOT / "solutions" / step_of(name).file).read_text(encoding="utf-8")
    found = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return next(ast.get_source_segment(source, node) or "" for node in found if node.name == name)


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The program that follows a folder, and its address."""
    words = ["-m", "playground", "live", "--impl", str(folder), "--port", "0", "--no-browser"]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().split()[4]


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--each", type=int, default=11, help="mistakes of a step (default: 11)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every row")
    args = parser.parse_args(words)
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        for path in STUBS.glob("*.py"):
            shutil.copy(path, folder)
        process, address = start(folder)
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page()
            page.goto(address, timeout=1000 * PATIENCE_S)
            page.locator("#live-says").wait_for(timeout=1000 * PATIENCE_S)
            rows = []
            for mistake in chosen(args.each):
                rows.append(_save(page, folder, mistake))
                if not (rows[-1].right and rows[-1].differs):
                    print(f"{mistake.id}: first {rows[-1].first}, cell: {rows[-1].cell}", flush=True)
            browser.close()
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
    return _report(rows, args.json)


def _report(rows: Sequence[Shown], file: Path | None) -> int:
    if file:
        file.write_text(json.dumps([vars(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    right, with_cell = sum(row.right for row in rows), [row for row in rows if row.cell is not None]
    seconds = [row.seconds for row in rows]
    print(f"{right} of {len(rows)} first red boxes are the mistake's function: {right / len(rows):.1%}")
    print(f"{sum(row.differs for row in with_cell)} of {len(with_cell)} cells shown differ from the truth")
    late = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    print(f"save to redraw: median {statistics.median(seconds):.2f} s, 95th percentile {late:.2f} s")
    return 0 if right >= WANTED * len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
