"""How a test looks at an x-ray page in the browser."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.playground.browser.watched import Watched


@dataclass
class Seen(Watched):
    """An x-ray page in the browser; whatever it writes to the console is a complaint."""

    path: Path = Path()

    def _console(self, message: Any) -> None:
        self.complaints.append(f"{message.type}: {message.text}")

    def go(self, place: str = "") -> None:
        """Open the page at one of its places, such as `scores.1;p=9;h=2`."""
        if self.page.url != "about:blank":
            self.page.goto("about:blank")
        self.requests.clear()
        self.page.goto(self.path.as_uri() + (f"#{place}" if place else ""))

    def to(self, place: str) -> Seen:
        """Another place of the page that is open, as a link on it leads there; nothing is loaded again."""
        self.page.bring_to_front()
        self.page.evaluate(LED_TO, place)
        return self

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).inner_text())

    def at_every_stage(self, look: str, blocks: int = 99) -> list[Any]:
        """What a function in JavaScript gives at each stage from here to the last.

        Args:
            blocks: how many of the blocks are walked through; the others are left out.
        """
        walk = """(look, blocks) => {
            const seen = [], next = document.getElementById("next");
            for (;;) {
                const where = document.getElementById("progress").textContent;
                if (Number(where.match(/^block (\\d+)/)?.[1] ?? -1) >= blocks) {
                    document.getElementById("go-ln_f").click();
                    continue;
                }
                seen.push([where, look()]);
                if (next.disabled) return seen;
                next.click();
            }
        }"""
        return list(self.page.evaluate(f"() => ({walk})({look}, {blocks})"))

    def numbers(self, keys: list[str], what: str) -> dict[str, np.ndarray]:
        """The page's own numbers of some stages, `truth` or `yours`; as one text, which comes quickly."""
        text = self.page.evaluate(
            "([keys, what]) => JSON.stringify(keys.map((key) => Array.from(xray.stage(key)[what])))",
            [keys, what],
        )
        return {key: np.array(numbers, float) for key, numbers in zip(keys, json.loads(text), strict=True)}

    def cells(self, label: str) -> Any:
        """The cells of the grid with this label."""
        return self.page.locator(f'[role=grid][aria-label="{label}"] [role=gridcell]')


# Resolves when the page has drawn the place: its own listener came first.
LED_TO = """(place) => new Promise((done) => {
    if (location.hash === `#${place}`) return done();
    addEventListener("hashchange", () => done(), { once: true });
    location.hash = place;
})"""


def stages_of(seen: Seen) -> int:
    found = re.search(r"of (\d+)$", seen.text("#progress"))
    assert found is not None
    return int(found[1])


def shown_number(text: str) -> float:
    """A number as the page writes it."""
    text = text.replace("−", "-")
    power = re.fullmatch(r"(-?[\d.]+)·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text)
    if power:
        return float(power[1]) * 10.0 ** int(power[2].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    return float(text)
