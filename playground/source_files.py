"""What a file of the kata holds, read from its text: which functions, of which step, done or not.

The step of a function comes from the headings that the files carry (`# ---- step 5`, `# ---- steps 10
and 11`), so that the table of steps is not written down a second time; where a student has deleted
the headings, from the message of the stub (`raise NotImplementedError("step 5: attention")`).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^#\s*-{3,}\s*steps?\s+(\d+)", re.MULTILINE)
_STUB_MESSAGE = re.compile(r"step (\d+)")


@dataclass(frozen=True)
class Definition:
    """One public function at the top level of a file.

    Attributes:
        step: its step in the kata, or None where the file does not say.
        stub: its body still is the one of the exercise: nothing, or a final `raise NotImplementedError`.
    """

    name: str
    line: int
    step: int | None
    stub: bool


def definitions(path: Path) -> dict[str, Definition]:
    """The public functions of a file in the order in which they stand; empty where it is no Python.

    A function that is defined twice counts as it is defined last, as in Python.
    """
    try:
        source = path.read_bytes()
        tree = ast.parse(source)
        text = source.decode("utf-8", errors="replace")
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}
    headings = [(text.count("\n", 0, found.start()) + 1, int(found[1])) for found in _HEADING.finditer(text)]
    functions = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            above = [step for line, step in headings if line < node.lineno]
            step = above[-1] if above else _step_of_stub(node)
            functions[node.name] = Definition(node.name, node.lineno, step, is_stub(node))
    return functions


def is_stub(node: ast.FunctionDef) -> bool:
    """Whether a function is not done: nothing happens in it, or it ends in the exercise's own `raise`.

    Half-written code above that `raise` does not make it done, a `return` that is reached before it does;
    a `raise NotImplementedError` inside an `if` is the author's business and counts as code.
    """
    body = [statement for statement in node.body if not _says_nothing(statement)]
    if not body:
        return True
    for statement in body:
        if isinstance(statement, ast.Return):
            return False
        if _raises_not_implemented(statement):
            return not any(isinstance(inner, ast.Return) for above in body for inner in ast.walk(above))
    return False


def _says_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _raises_not_implemented(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise) or statement.exc is None:
        return False
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _step_of_stub(node: ast.FunctionDef) -> int | None:
    for statement in node.body:
        if _raises_not_implemented(statement):
            found = _STUB_MESSAGE.search(ast.unparse(statement))
            return int(found[1]) if found else None
    return None


def as_ranges(numbers: list[int]) -> str:
    """`[1, 2, 3, 5]` -> `1-3, 5`."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and parts[-1][-1] == number - 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)
