"""How a test looks at an x-ray page in the browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.playground.browser.watched import Watched


@dataclass
class Seen(Watched):
    """An x-ray page in the browser; whatever it writes to the console is a complaint."""

    path: Path = Path()

    def _console(self, message: Any) -> None:
        self.complaints.append(f"{message.type}: {message.text}")

    def go(self, place: str = "") -> None:
        """Open the page at one of its places, such as `scores.1;p=9;h=2`."""
        self.page.goto("about:blank")
        self.requests.clear()
        self.page.goto(self.path.as_uri() + (f"#{place}" if place else ""))

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).inner_text())

    def at_every_stage(self, look: str) -> list[Any]:
        """What a function in JavaScript gives at each stage from here to the last."""
        walk = """(look) => {
            const seen = [], next = document.getElementById("next");
            for (;;) {
                seen.push([document.getElementById("progress").textContent, look()]);
                if (next.disabled) return seen;
                next.click();
            }
        }"""
        return list(self.page.evaluate(f"() => ({walk})({look})"))

    def cells(self, label: str) -> Any:
        """The cells of the grid with this label."""
        return self.page.locator(f'[role=grid][aria-label="{label}"] [role=gridcell]')


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
