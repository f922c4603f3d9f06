"""instructions/colab.ipynb, made from the stubs: one cell for each step, and no solution in it."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from pages import ROOT

from grader.kata.curriculum import STEPS, Step
from grader.kata.stubs import stub_files

NOTEBOOK = ROOT / "instructions" / "colab.ipynb"

INTRO = """\
# The PicoGPT kata in a notebook

This runs in Google Colab or in any Jupyter. You don't have to install anything on your own machine. You
write GPT-2 in NumPy, with one cell for each step. The grader checks a cell each time you run it.

Run the next two cells first. In Colab you have two choices. Put the address of the repository between the
quotes (your own copy of it, if your teacher gave you one). Or leave the quotes empty, and upload the kata
as a zip file.

Your functions are saved in the folder `exercises/`, as they would be on your own machine. Colab takes a
machine away after a while, and its files with it. The last cell packs them into a zip file that you can
download. Your cells stay in the notebook.

New here? Start with step 0. The cell `page(0)` below shows it."""

WRITE = """\
## Your own code writes

This runs your own functions. The first line of the output says which functions are yours. If it says that
one is not done yet, go back to its cell."""

KEEP = """\
## Check everything, and keep it

The first cell checks all steps. The second packs your files into `submission.zip`. Colab offers it to you
as a download. In Jupyter it is beside the folder `exercises`, in the list of files on the left."""


def notebook_text() -> str:
    """The notebook as JSON, as nbformat 4.5 wants it."""
    cells = [
        _words("intro", INTRO),
        _code("where", 'REPOSITORY = ""  # for example https://github.com/you/pico-gpt-kata'),
    ]
    cells.append(_code("helpers", _helpers()))
    cells.append(_code("first-hour", "page(0)"))
    for step in STEPS:
        name = f"step-{step.number:02d}"
        cells.append(_words(f"{name}-title", _title(step)))
        cells.append(_code(f"{name}-page", f"page({step.number})"))
        cells.append(_code(name, f"%%step {step.number}\n{stubs_of(step)}"))
        if step.number in (10, 12):
            cells.append(
                _words(f"write-{step.number}", WRITE if step.number == 10 else "The same, with your cache:")
            )
            cells.append(
                _code(f"generate-{step.number}", f"!{{sys.executable}} -m playground {_PROMPTS[step.number]}")
            )
    cells.append(_words("keep", KEEP))
    cells.append(_code("grade", 'grader("run")'))
    cells.append(_code("submit", "hand_in()"))
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


_PROMPTS = {10: '"ROMEO:" --no-cache', 12: '"ROMEO:" --cache'}


def stubs_of(step: Step) -> str:
    """The stubs of a step's own functions, as the exercises have them."""
    text = stub_files()[step.file]
    found = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
    return "\n\n\n".join(str(ast.get_source_segment(text, found[name])) for name in step.function_names)


def _title(step: Step) -> str:
    names = ", ".join(f"`{name}`" for name in step.function_names)
    title = f"## Step {step.number}: {step.name}\n\n{step.title}. You write {names}. Stuck? "
    title += f'`grader("hint", {step.number})`'
    if step.also:
        title += (
            "\n\nThis step also needs more of `generate`. Extend it in the cell of step 10, run that cell "
            "again, and then run this one."
        )
    return title


def _helpers() -> str:
    text = Path(__file__).with_name("notebook_cells.py").read_text(encoding="utf-8")
    return text.split("# ---\n", 1)[1].strip()


def _words(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(name: str, text: str) -> dict[str, Any]:
    return {
        "cell_type": "code", "execution_count": None, "id": name, "metadata": {}, "outputs": [],
        "source": text.splitlines(keepends=True),
    }  # fmt: skip
