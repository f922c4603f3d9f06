"""The notebook runs from its first cell to its last: as it is, and with functions written into its cells.

By day the cells of one step of each file are run, two as they are, two written, and the other cells; by night
those of all steps.
"""

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
from playground_helpers import solution_of
from real_grader import replace_function
from workspace import make_workspace

from grader.kata.curriculum import STEPS, Step
from grader.kata.stubs import stub_files

ALL = [step.number for step in STEPS]
SOME = [12, 14]  # the cells of pico_gpt.py and bpe.py are run with functions in them
by_day_and_by_night = pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(SOME, id="some steps"),
        pytest.param(ALL, id="all steps", marks=pytest.mark.nightly),
    ],
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kata")
    make_workspace(folder)
    return folder


@pytest.fixture
def folder(copy: Path) -> Path:
    """A student's copy, with nothing written and nothing handed in."""
    for name, text in stub_files().items():
        (copy / "exercises" / name).write_text(text, encoding="utf-8")
    (copy / "submission.zip").unlink(missing_ok=True)
    return copy


def execute(notebook: Any, folder: Path, left_out: set[str]) -> dict[str, str]:
    """Run all cells but those that are left out.

    Returns:
        What each cell wrote, by the cell's id.
    Raises:
        CellExecutionError: a cell raised.
    """
    assert left_out < {cell["id"] for cell in notebook["cells"]}
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] not in left_out]
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


def solution_of_step(step: Step) -> str:
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


@by_day_and_by_night
@pytest.mark.timeout(600)
def test_the_notebook_runs_as_it_is(folder: Path, numbers: list[int]) -> None:
    left_out = {f"step-{n:02d}" for n in ALL if n not in numbers}
    if numbers == SOME:
        left_out.add("grade")  # what is handed in is judged as well, and tells the same points
        left_out.add("generate-10")  # the test below runs it
    written = execute(read_notebook(), folder, left_out)
    for step in (step for step in STEPS if step.number in numbers):
        assert "TO DO" in written[f"step-{step.number:02d}"], step.name
        assert "next: write" in written[f"step-{step.number:02d}"]
        assert "in this step's cell" in written[f"step-{step.number:02d}"]
    for name in {"grade", "submit"} & written.keys():
        assert "\n0 of 140 points" in re.sub(r"\x1b\[[\d;]*m", "", written[name]), written[name]
    assert (folder / "submission.zip").is_file() and "submission.zip" in written["submit"]
    for name, text in written.items():
        assert "python -m" not in text or name.startswith(("generate", "helpers")), text
    for name, text in stub_files().items():
        assert (folder / "exercises" / name).read_text(encoding="utf-8") == text, "a stub cell changed a file"


@by_day_and_by_night
@pytest.mark.timeout(600)
def test_functions_written_into_the_cells_are_judged_and_write_text(folder: Path, numbers: list[int]) -> None:
    notebook = read_notebook()
    in_cells = [step for step in STEPS[:10] if step.number in {1, 6, *numbers}]
    file = folder / "exercises" / "pico_gpt.py"
    source = file.read_text(encoding="utf-8")
    for step in (step for step in STEPS[:10] if step not in in_cells):
        for name in step.function_names:
            source = replace_function(source, name, solution_of(name)[name])
    file.write_text(source, encoding="utf-8")
    for step in in_cells:
        cell(notebook, f"step-{step.number:02d}")["source"] = (
            f"%%step {step.number}\n{solution_of_step(step)}"
        )
    half = (
        "def merge_word(word, ranks):\n    return [ranks[bytes([byte])] for byte in word"  # no last bracket
    )
    cell(notebook, "step-13")["source"] = f"%%step 13\n{half}"
    left_out = {"step-11", "step-12", "generate-12", "step-14", "grade", "submit"}  # the test above runs them
    left_out |= {f"step-{step.number:02d}" for step in STEPS[:10] if step not in in_cells}
    written = execute(notebook, folder, left_out)
    for step in in_cells:
        assert "10 of 10 points" in written[f"step-{step.number:02d}"], written[f"step-{step.number:02d}"]
    assert "steps 1-10" in written["generate-10"], written["generate-10"]
    text = re.sub(r"\x1b\[[\d;]*m|\r", "", written["generate-10"])  # a cell's `!` is a terminal, with colours
    assert "ROMEO:\n" in text, text
    assert "not Python yet" in written["step-13"]
    assert "gelu" in file.read_text(encoding="utf-8")
