"""Student folders and models that make the playground's behaviour visible and repeatable."""

from __future__ import annotations

import ast
from pathlib import Path

from real_grader import ROOT

from reference_activations.models import Model

SOLUTIONS = ROOT / "solutions"

# Everything that a page could take for markup, and characters of two, three and four bytes.
AWKWARD = "é 日本語 🙂👩‍🚀 a*b*c _u_ **x** `code` $x^2$ :smile: <b>&amp;</b>\n# Big\n- item\n\n    indented"


def solution_of(*names: str) -> dict[str, str]:
    """The solutions' text of these functions, to be put into a student's file."""
    found = {}
    for path in SOLUTIONS.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name in names:
                found[node.name] = ast.get_source_segment(source, node) or ""
    assert set(found) == set(names)
    return found


def scripted(folder: Path, model: Model, prompt: str, text: str, before: str = "") -> Path:
    """A student folder whose gpt2 goes on from `prompt` with exactly `text`, token by token.

    Args:
        before: lines of code that gpt2 runs first.
    """
    start, ids = (model.encoding.encode_ordinary(part) for part in (prompt, text))
    folder.mkdir(exist_ok=True)
    (folder / "pico_gpt.py").write_text(
        f"""import os
import numpy as np

SCRIPT = {ids}


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    {before or "pass"}
    logits = np.zeros((len(inputs), len(wte)), np.float32)
    place = len(inputs) - {len(start)}
    if 0 <= place < len(SCRIPT):
        logits[-1, SCRIPT[place]] = 20
    return logits
""",
        encoding="utf-8",
    )
    return folder
