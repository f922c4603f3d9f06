"""The loss over the page's passage with every switch, in NumPy: what losses.json repeats.

python -m tests.playground.whatif.whatif_losses      writes playground/whatif/losses.json again
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "playground" / "whatif"


def switches() -> dict[str, dict[str, Any]]:
    """Every switch of the page by its name there, as the change that it makes."""
    groups = json.loads((ROOM / "mistakes.json").read_text(encoding="utf-8"))
    listed: dict[str, dict[str, Any]] = {"nothing": {}}
    listed |= {m["id"]: {"mistakes": [m["id"]]} for group in groups for m in group["mistakes"]}
    for block in range(4):
        parts = [str(block), f"{block}.attn", f"{block}.mlp", *(f"{block}.head.{h}" for h in range(4))]
        listed |= {part: {"off": [part]} for part in parts}
    return listed


def measured(every: int = 1) -> dict[str, float]:
    """The loss with each switch, or with every so many-th."""
    from tests.playground.whatif.whatif_numpy import PICO, logits_of_all

    ids = PICO.encoding.encode((ROOM / "passage.txt").read_text(encoding="utf-8"))
    losses = {}
    for name, change in list(switches().items())[::every]:
        logits = logits_of_all([ids[:-1]], change)[0]
        logits = logits - np.max(logits, axis=-1, keepdims=True)
        surprise = np.log(np.sum(np.exp(logits), axis=-1)) - logits[np.arange(len(ids) - 1), ids[1:]]
        losses[name] = float(np.mean(surprise))
    return losses


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))
    rounded = {name: round(loss, 4) for name, loss in measured().items()}
    text = json.dumps(rounded, indent=1) + "\n"
    (ROOM / "losses.json").write_text(text, encoding="utf-8")
