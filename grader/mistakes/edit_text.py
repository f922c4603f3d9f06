"""A function's text, and the same with parts replaced."""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import dataclass

WORD = re.compile(r"[\w.]+|\s+|\S")


@dataclass(frozen=True)
class Edit:
    """One edited text.

    Attributes:
        line: the line of the student's file on which the edit stands.
        cost: how likely such a slip is; small ones are tried first.
        text: the edited top-level function.
        moves: it puts a statement in another place.
    """

    line: int
    cost: int
    text: str
    moves: bool = False


class Text:
    """A top-level definition's text, in which parts are replaced."""

    def __init__(self, source: str, node: ast.stmt):
        lines = source.encode("utf-8").split(b"\n")
        self.first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        self.data = b"\n".join(lines[self.first - 1 : node.end_lineno]) + b"\n"
        self._starts = list(
            itertools.accumulate((len(line) + 1 for line in self.data.split(b"\n")), initial=0)
        )

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return (
            self._starts[node.lineno - self.first] + node.col_offset,
            self._starts[node.end_lineno - self.first] + node.end_col_offset,
        )

    def of(self, node: ast.expr | ast.stmt) -> str:
        a, b = self.span(node)
        return self.data[a:b].decode("utf-8")

    def with_parts(self, *parts: tuple[ast.expr | ast.stmt, str]) -> str:
        data = self.data
        for (a, b), new in sorted(((self.span(node), new) for node, new in parts), reverse=True):
            data = data[:a] + new.encode("utf-8") + data[b:]
        return data.decode("utf-8")


def slice_text(text: Text, node: ast.expr) -> str:
    if isinstance(node, ast.Slice):
        low, high, step = (text.of(p) if p else "" for p in (node.lower, node.upper, node.step))
        return f"{low}:{high}" + (f":{step}" if step else "")
    return text.of(node)


def sign_of(operator: ast.operator) -> str:
    return ast.unparse(ast.BinOp(ast.Name("a"), operator, ast.Name("b")))[1:-1].strip()


def arguments_of(node: ast.arguments) -> list[ast.arg]:
    return [*node.posonlyargs, *node.args, *node.kwonlyargs]


def change(before: str, after: str) -> str:
    """What an edit has changed, in words of code: "0.25 -> 0.5"."""
    try:
        functions = {n.name: ast.unparse(n) for n in ast.parse(before).body if isinstance(n, ast.FunctionDef)}
        [edited] = [node for node in ast.parse(after).body if isinstance(node, ast.FunctionDef)]
    except (SyntaxError, ValueError):
        return ""
    a, b = (WORD.findall(text) for text in (functions.get(edited.name, ""), ast.unparse(edited)))
    first = 0
    while first < min(len(a), len(b)) and a[first] == b[first]:
        first += 1
    last = 0
    while last < min(len(a), len(b)) - first and a[-1 - last] == b[-1 - last]:
        last += 1
    old, new = (" ".join("".join(words[first : len(words) - last]).split()) for words in (a, b))
    return f"{old or 'nothing'} -> {new or 'nothing'}"[:200]
