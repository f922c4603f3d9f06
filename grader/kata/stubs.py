"""Stubs from solutions: everything below the marker in a function becomes one line that raises.

A solution's function is a docstring, the line `# SOLUTION`, and the body. Its stub is the same
file with every such body replaced by `raise NotImplementedError("step 3: layer_norm")`.
"""

from __future__ import annotations

import ast
from pathlib import Path

from grader.kata.curriculum import FILES, ROOT, step_of
from grader.kata.files import CannotGrade

MARKER = "# SOLUTION"
EXERCISES = ROOT / "exercises"
SOLUTIONS = ROOT / "solutions"
# What `reset` puts back: exercises/ is the student's to change.
KEPT = ROOT / "grader" / "kata" / "stub_files"


def strip(source: str) -> str:
    """The stub file of a solution file.

    Raises:
        ValueError: a public function has no marker, or a marker is outside a function.
    """
    lines = source.splitlines()
    out: list[str] = []
    position = 0
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        assert node.end_lineno is not None
        inside = range(node.lineno - 1, node.end_lineno)
        marked = [i for i in inside if lines[i].strip() == MARKER]
        if len(marked) != 1:
            raise ValueError(f"{node.name} needs exactly one line '{MARKER}', and has {len(marked)}")
        out += lines[position : marked[0]]
        out.append(f'    raise NotImplementedError("step {step_of(node.name).number}: {node.name}")')
        position = node.end_lineno
    out += lines[position:]
    if any(line.strip() == MARKER for line in out):
        raise ValueError(f"a line '{MARKER}' is outside a function")
    return "\n".join(out) + "\n"


def stub_files(solutions: Path = SOLUTIONS) -> dict[str, str]:
    """File name -> stub text, for every file of the kata."""
    return {
        file: strip((solutions / file).read_text(encoding="utf-8"))
        for file in FILES
        if (solutions / file).exists()
    }


def pristine(file: str) -> str:
    """One stub file as it was before anybody worked on it; also there where the solutions are not.

    Raises:
        CannotGrade: this copy of the grader is not whole.
    """
    path = KEPT / f"{file}.txt"
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        raise CannotGrade(f"{path} is missing: this copy of the grader is not whole") from None


def stub_of(function: str) -> str:
    """The text of one function's stub, from its `def` line to its last.

    Raises:
        CannotGrade: this copy of the grader is not whole.
    """
    text = pristine(step_of(function).file)
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
    raise CannotGrade(f"{KEPT / step_of(function).file}.txt has no {function}: this copy is not whole")


def present(folder: Path = SOLUTIONS) -> bool:
    """Whether the reference is here; the student's edition of the kata comes without it."""
    return (folder / "pico_gpt.py").is_file()
