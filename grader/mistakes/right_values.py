"""Right values put in the place of a line's own: from which line on would all be right?

Where no small edit repairs a function, a step of it may be missing or of another formula. Then each
statement in turn is given a value that the right function goes through. The first one with which the function
comes out right is the last one that can be at fault. The right values are computed in the worker, by right
formulas that go there as text, as other functions of the reference do; what they give stays there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from grader.judging.compare import Array
from grader.kata.curriculum import FILES, step_of
from grader.mistakes.edit_text import Edit, Text
from grader.mistakes.trace import Known, Made

MAX_OF_A_STATEMENT = 30
MAX_ROUNDS = 64
NUMBER = re.compile(r"\d+")
HOUSE = ("grader", "pico_gpt", "__future__")


@lru_cache(maxsize=8)
def right_text(function: str, reference: Path) -> str:
    """The right functions, and what they go through, as one text that does not need the grader."""
    from grader.mistakes import register

    register()  # in the student's edition this is what opens the sealed modules
    from grader.mistakes import step_values

    file = step_of(function).file
    texts = [
        (reference / name).read_text(encoding="utf-8") for name in FILES if name in ("pico_gpt.py", file)
    ]
    texts.append(Path(step_values.__file__).read_text(encoding="utf-8"))
    return "\n".join(_alone(text) for text in texts)


def _alone(text: str) -> str:
    """A module without its imports from the house, and what needs them."""
    tree = ast.parse(text)
    kept = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in HOUSE:
            continue
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in ("known_values", "_Ours"):
            continue
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
        if isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
            node = ast.copy_location(ast.Assign([node.target], node.value), node)
        kept.append(node)
    tree.body = kept
    return ast.unparse(tree)


def values_for_lines(
    source: str, node: ast.FunctionDef, made: Sequence[Made], known: Sequence[Known], answer: Any = None
) -> list[list[Edit]]:
    """For every statement in turn, the function with right values in its place.

    Args:
        answer: the right answer; it is only put where its name is bound last, since a function that is done
            twice may give the same as once.
    """
    text = Text(source, node)
    found = _Places(text, node, made, known, answer)
    return [edits for statement in _statements(node.body) if (edits := list(found.of(statement)))]


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            continue
        yield statement
        for name in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, name, []))


class _Places:
    def __init__(
        self, text: Text, node: ast.FunctionDef, made: Sequence[Made], known: Sequence[Known], answer: Any
    ):
        self._text, self._made = text, made
        self._values: dict[str, Array] = {}
        for one in known:
            self._values.setdefault(one.words, one.value)
        self._answers = {words for words, value in self._values.items() if _equal(value, answer)}
        stored = [n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        self._last = {n.id: n.lineno for n in sorted(stored, key=lambda n: n.lineno)}
        self._families: dict[str, list[str]] = {}
        for words in self._values:
            family = NUMBER.sub("#", words)
            if family != words:
                self._families.setdefault(family, []).append(words)

    def of(self, statement: ast.stmt) -> Iterator[Edit]:
        if isinstance(statement, ast.Return):
            if statement.value is not None:
                yield self._edit(statement, statement.value, "_kata_answer()")
            return
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                for code in self._for(target.id, statement):
                    yield self._edit(statement, statement.value, code)
            elif isinstance(target, ast.Tuple):
                yield from self._for_tuple(target, statement)
            elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                for code in self._turns(None, statement):
                    yield self._edit(statement, statement.value, code)
        elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            for code in self._for(name, statement):
                yield self._edit(statement, statement, f"{name} = {code}")
        elif isinstance(statement, ast.Expr) and _appended(statement.value) is not None:
            for code in self._turns(None, statement):
                appended = _appended(statement.value)
                assert appended is not None
                yield self._edit(statement, appended, code)

    def _edit(self, statement: ast.stmt, at: ast.expr | ast.stmt, new: str) -> Edit:
        return Edit(statement.lineno, 0, self._text.with_parts((at, new)))

    def _for(self, name: str, statement: ast.stmt) -> Iterator[str]:
        """Code for right values of the shape that this name was given here."""
        shape, rounds = self._seen(name, statement)
        if shape is None:
            return
        same = [words for words, value in self._values.items() if value.shape == shape]
        size = sorted(n for n in shape if n != 1)
        others = [
            words
            for words, value in self._values.items()
            if value.shape != shape and sorted(n for n in value.shape if n != 1) == size
        ]
        is_last = self._last.get(name, 0) <= (statement.end_lineno or 0)
        allowed = [words for words in (*same, *others) if is_last or words not in self._answers]
        for words in allowed[:MAX_OF_A_STATEMENT]:
            yield f"_kata_part({words!r})"
        if rounds > 1:
            yield from self._turns(shape, statement)

    def _turns(self, shape: tuple[int, ...] | None, statement: ast.stmt) -> Iterator[str]:
        """Code for the k-th of several right values in the k-th round of a loop."""
        site = statement.lineno
        n = 0
        for family, members in self._families.items():
            if shape is None or self._values[members[0]].shape == shape:
                n += 1
                yield f"_kata_turn({family!r}, {site})"
        for words, value in self._values.items():
            if (
                2 <= value.ndim <= 3
                and value.shape[0] <= MAX_ROUNDS
                and value.shape[1:] == (shape or value.shape[1:])
            ):
                n += 1
                yield f"_kata_turn({words!r}, {site})"
            if n >= MAX_OF_A_STATEMENT:
                return

    def _for_tuple(self, target: ast.Tuple, statement: ast.Assign) -> Iterator[Edit]:
        names = [part.id for part in target.elts if isinstance(part, ast.Name)]
        shapes = [self._seen(name, statement)[0] for name in names]
        if len(names) != len(target.elts) or None in shapes:
            return
        for words, value in self._values.items():
            if value.shape[:1] == (len(names),) and value.shape[1:] in shapes:
                yield self._edit(statement, statement.value, f"_kata_part({words!r})")
        for name in names:
            for code in list(self._for(name, statement))[: MAX_OF_A_STATEMENT // 2]:
                whole = self._text.of(statement)
                yield self._edit(statement, statement, f"{whole}; {name} = {code}")

    def _seen(self, name: str, statement: ast.stmt) -> tuple[tuple[int, ...] | None, int]:
        last = statement.end_lineno or statement.lineno
        seen = [one for one in self._made if one.name == name and statement.lineno <= one.line <= last]
        shapes = [one.shape for one in seen if one.shape is not None]
        return (shapes[0] if shapes else None), max((one.count for one in seen), default=1)


def _appended(value: ast.expr) -> ast.expr | None:
    """What a statement appends to a list."""
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "append"
        and len(value.args) == 1
    ):
        return value.args[0]
    return None


def _equal(value: Array, answer: Any) -> bool:
    if not isinstance(answer, np.ndarray) or answer.shape != value.shape or answer.dtype.kind != "f":
        return False
    return bool(np.allclose(value, answer, rtol=1e-4, atol=1e-6))
