"""The notebook runs from its first cell to its last: as it is, and with functions written into its cells."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from notebook import NOTEBOOK, notebook_text
from pages import ROOT
from workspace import make_workspace

from grader.kata.curriculum import STEPS, Step
from grader.kata.stubs import stub_files


def execute(notebook: Any, folder: Path) -> dict[str, str]:
    """Run all cells in a student's fresh copy.

    Returns:
        What each cell wrote, by the cell's id.
    Raises:
        CellExecutionError: a cell raised.
    """
    make_workspace(folder)
    for name, text in stub_files().items():
        (folder / "exercises" / name).write_text(text, encoding="utf-8")
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return {
        cell["id"]: "".join(output.get("text", "") for output in cell.get("outputs", []))
        for cell in notebook["cells"]
    }


def read_notebook() -> Any:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    return notebook


def cell(notebook: Any, name: str) -> Any:
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def solution_of(step: Step) -> str:
    text = (ROOT / "solutions" / step.file).read_text(encoding="utf-8")
    found = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
    return "\n\n\n".join(str(ast.get_source_segment(text, found[name])) for name in step.function_names)


def test_the_notebook_is_made_from_the_stubs_and_holds_no_solution() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert text == notebook_text(), "run python tests/documents/write.py"
    cells = json.loads(text)["cells"]
    for step in STEPS:
        source = "".join(next(c for c in cells if c["id"] == f"step-{step.number:02d}")["source"])
        assert source.count("raise NotImplementedError") == len(step.function_names)
    assert all(not c.get("outputs") for c in cells)


@pytest.mark.timeout(600)
def test_the_notebook_runs_as_it_is(tmp_path: Path) -> None:
    written = execute(read_notebook(), tmp_path)
    for step in STEPS:
        assert "TO DO" in written[f"step-{step.number:02d}"], step.name
        assert "next: write" in written[f"step-{step.number:02d}"]
        assert "in this step's cell" in written[f"step-{step.number:02d}"]
    assert "\n0 of 140 points" in re.sub(r"\x1b\[[\d;]*m", "", written["grade"])
    assert (tmp_path / "submission.zip").is_file() and "submission.zip" in written["submit"]
    for name, text in written.items():
        assert "python -m" not in text or name.startswith(("generate", "helpers")), text
    for name, text in stub_files().items():
        assert (tmp_path / "exercises" / name).read_text(encoding="utf-8") == text, (
            "a stub cell changed a file"
        )


@pytest.mark.timeout(600)
def test_functions_written_into_the_cells_are_judged_and_write_text(tmp_path: Path) -> None:
    notebook = read_notebook()
    for step in STEPS[:10]:
        cell(notebook, f"step-{step.number:02d}")["source"] = f"%%step {step.number}\n{solution_of(step)}"
    half = (
        "def merge_word(word, ranks):\n    return [ranks[bytes([byte])] for byte in word"  # no last bracket
    )
    cell(notebook, "step-13")["source"] = f"%%step 13\n{half}"
    left_out = {"step-11", "step-12", "generate-12", "step-14", "grade", "submit"}  # the test above runs them
    assert left_out < {cell["id"] for cell in notebook["cells"]}
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] not in left_out]
    written = execute(notebook, tmp_path)
    for step in STEPS[:10]:
        assert "10 of 10 points" in written[f"step-{step.number:02d}"], written[f"step-{step.number:02d}"]
    assert "steps 1-10" in written["generate-10"], written["generate-10"]
    text = re.sub(r"\x1b\[[\d;]*m|\r", "", written["generate-10"])  # a cell's `!` is a terminal, with colours
    assert "ROMEO:\n" in text, text
    assert "not Python yet" in written["step-13"]
    assert "gelu" in (tmp_path / "exercises" / "pico_gpt.py").read_text(encoding="utf-8")
