"""The page's scripts: plain files, joined in order to one script for the worker and one for the page."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).with_name("page")
# What computes: the model, its tokenizer, its mistakes. The same files run in the worker and under node.
ENGINE = ("numbers.js", "tokenizer.js", "layers.js", "recipe.js", "forward.js", "sampling.js")
WORKER = (*ENGINE, "worker.js")
SCRIPT = (
    *(*ENGINE, "dom.js", "state.js", "changes.js", "chart.js", "outcome.js", "attention.js", "patch.js"),
    "app.js",
)
STYLE = ("base.css", "style.css")


def styles(names: tuple[str, ...] = STYLE, folder: Path = PAGE) -> str:
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def joined(names: tuple[str, ...], folder: Path = PAGE) -> str:
    """These files as one script, in a scope of its own."""
    texts = ((folder / name).read_text(encoding="utf-8") for name in names)
    return '(() => {\n"use strict";\n' + "\n".join(texts) + "})();\n"
