"""Single small edits of a function, as text: what one slip of the pen could have changed.

Nothing here runs the student's code. An edit replaces one part of the function's text; each is tried in a
worker (suspect.py), and only its line is ever told.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Sequence

from grader.mistakes.edit_text import Edit, Text
from grader.mistakes.expression_edits import Expressions

MAX_SOURCE = 20_000
MAX_STATEMENTS = 200
MAX_DEPTH = 60
MAX_CANDIDATES = 6000


def edits_of(source: str, definitions: Sequence[ast.FunctionDef]) -> list[Edit]:
    """Every single edit of these functions, the likely ones first; [] where they are too large to try."""
    found: list[Edit] = []
    for node in definitions:
        n_statements = sum(isinstance(part, ast.stmt) for part in ast.walk(node))
        text = Text(source, node)
        if len(text.data) > MAX_SOURCE or n_statements > MAX_STATEMENTS or _depth(node) > MAX_DEPTH:
            return []
        found += _Edits(text, node).all()
    seen: set[str] = set()
    kept = [edit for edit in found if not (edit.text in seen or seen.add(edit.text))]  # type: ignore[func-returns-value]
    return sorted(kept, key=lambda edit: edit.cost)[:MAX_CANDIDATES]


def _depth(node: ast.AST) -> int:
    deepest, todo = 0, [(node, 1)]
    while todo:
        at, depth = todo.pop()
        deepest = max(deepest, depth)
        todo += [(child, depth + 1) for child in ast.iter_child_nodes(at)]
    return deepest


class _Edits(Expressions):
    """The edits of one top-level function."""

    def all(self) -> list[Edit]:
        for default in (*self.node.args.defaults, *filter(None, self.node.args.kw_defaults)):
            self.guards = self.defaults = True
            self.expression(default)
            self.guards = self.defaults = False
        self._body(self.node.body, ())
        return self.found

    # ---------------------------------------------------------------------------------- statements

    def _body(self, body: Sequence[ast.stmt], outer: tuple[ast.stmt, ...]) -> None:
        for i, statement in enumerate(body):
            if _is_docstring(statement):
                continue
            simple = not hasattr(statement, "body")
            if simple and not isinstance(statement, (ast.Pass, ast.Import, ast.ImportFrom, ast.Raise)):
                self.add(statement, 3, (statement, "pass"))
                following = body[i + 1] if i + 1 < len(body) else None
                if isinstance(following, ast.If) and not following.orelse:
                    self._around(statement, following)
                if following is not None and not hasattr(following, "body"):
                    here, there = self.text.of(statement), self.text.of(following)
                    self.add(statement, 3, (statement, there), (following, here))
                elif following is not None and isinstance(following, (ast.For, ast.While)):
                    moved = (
                        f"{self.text.of(following)}\n{' ' * statement.col_offset}{self.text.of(statement)}"
                    )
                    self.add(statement, 4, (statement, "pass"), (following, moved))
            following = body[i + 1] if i + 1 < len(body) else None
            if isinstance(statement, ast.If) and not statement.orelse and following is not None:
                self._around(statement, following)
            self._moves(statement, body, i)
            self._statement(statement)

    def _around(self, statement: ast.stmt, following: ast.stmt) -> None:
        """A condition and its neighbour, in the other order; the condition stays one text."""
        if hasattr(statement, "body") == hasattr(following, "body") or following.lineno == statement.lineno:
            return
        here, there = self.text.of(statement), self.text.of(following)
        self.add(statement, 3, (statement, there), (following, here))

    def _moves(self, statement: ast.stmt, body: Sequence[ast.stmt], i: int) -> None:
        """The last statement of a loop moved after it, and the one after a loop moved into it."""
        if not isinstance(statement, (ast.For, ast.While)) or len(statement.body) == 0:
            return
        last = statement.body[-1]
        for inner in statement.body[1:-1]:
            if not hasattr(inner, "body") and not hasattr(last, "body") and inner.lineno > statement.lineno:
                moved = f"{self.text.of(last)}\n{' ' * statement.col_offset}{self.text.of(inner)}"
                self.add(inner, 4, (inner, "pass"), (last, moved))
        if len(statement.body) > 1 and not hasattr(last, "body") and last.lineno > statement.lineno:
            moved = self.text.of(last)
            self.add(last, 3, (last, "pass\n" + " " * statement.col_offset + moved))
        following = body[i + 1] if i + 1 < len(body) else None
        if following is not None and not hasattr(following, "body") and last.lineno > statement.lineno:
            moved = self.text.of(following)
            glued = f"{self.text.of(last)}\n{' ' * last.col_offset}{moved}"
            if not hasattr(last, "body"):
                self.add(following, 4, (last, glued), (following, "pass"))

    def _statement(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.AugAssign):
            left, right = self.text.of(statement.target), self.text.of(statement.value)
            for operator in ("=", "+=", "-=", "*=", "/=", "@="):
                self.add(statement, 2, (statement, f"{left} {operator} {right}"))
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                value = self.text.of(statement.value)
                self.add(statement, 4, (statement, f"{target.id} = {target.id} + ({value})"))
                for name in self.names:
                    if name != target.id:
                        self.add(statement, 4, (target, name))
                        self.add(statement, 4, (target, f"{target.id} = {name}"))
            elif isinstance(target, ast.Subscript):
                left, right = self.text.of(target), self.text.of(statement.value)
                for operator in ("+=", "-=", "*="):
                    self.add(statement, 2, (statement, f"{left} {operator} {right}"))
            elif isinstance(target, ast.Tuple) and 2 <= len(target.elts) <= 3:
                parts = [self.text.of(part) for part in target.elts]
                # Who writes n_head, n_seq, d_head = q.shape has looked at their order.
                looked = isinstance(statement.value, ast.Attribute) and statement.value.attr == "shape"
                for order in itertools.permutations(parts):
                    self.add(target, 3 if looked else 1, (target, ", ".join(order)))
                for part in target.elts:
                    if isinstance(part, ast.Name) and part.id.startswith("_"):  # what is thrown away
                        for name in self.names:
                            if name not in parts:
                                self.add(target, 1, (part, name))
        self.begins = isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        if isinstance(statement, (ast.Assign, ast.Return)) and statement.value is not None:
            self._whole(statement.value)
        if isinstance(statement, ast.For) and isinstance(statement.iter, ast.Call):
            called = statement.iter.func
            if isinstance(called, ast.Attribute):
                self.add(statement, 3, (statement.iter, f"[{self.text.of(called.value)}]"))
        if not hasattr(statement, "body"):
            self._everywhere(statement)
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                self.guards = isinstance(statement, (ast.If, ast.While))
                self.expression(child)
                self.guards = False
        for name in ("body", "orelse", "finalbody"):
            self._body(getattr(statement, name, []), ())

    def _everywhere(self, statement: ast.stmt) -> None:
        """A name that a statement reads more than once, all of them replaced."""
        read: dict[str, list[ast.Name]] = {}
        for part in ast.walk(statement):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id in self.names:
                read.setdefault(part.id, []).append(part)
        for name, places in read.items():
            if 2 <= len(places) <= 4 and not any(_in_text(statement, place) for place in places):
                others = [other for other in self.names if other != name]
                for cost, new in (
                    *((3, other) for other in others),
                    *((4, f"({name} * {other})") for other in others[:12]),
                    (4, f"({name} + 1)"),
                    (4, f"({name} - 1)"),
                ):
                    self.add(statement, cost, *((place, new) for place in places))

    def _whole(self, value: ast.expr) -> None:
        """One more term or factor around all that is bound or returned."""
        text = self.text.of(value)
        for name in self.names:
            for cost, new in (
                (4, f"({text}) + {name}"),
                (5, f"{name} + ({text})"),
                (5, f"({text}) * {name}"),
                (5, f"({text}) - {name}"),
                (5, f"({text}) / {name}"),
                (5, f"{name} * ({text})"),
                (5, f"({text}) / {name}.shape[-1] ** 0.5"),
                (5, f"({text}) @ {name}"),
            ):
                self.add(value, cost, (value, new))
        for name in self.parameters:
            self.add(value, 5, (value, f'({text}) + {name}["b"]'))
        for new in (f"({text}) / ({text}).sum(axis=-1, keepdims=True)",
                    f"({text}) - ({text}).max(axis=-1, keepdims=True)", *self.wrapped(text)):  # fmt: skip
            self.add(value, 5, (value, new))
        if isinstance(value, (ast.Name, ast.Constant)):
            made = [name for name in self.names if name not in self.parameters and name != text][:8]
            for name in made:
                self.add(value, 4, (value, f"{name}.sum(axis=-1, keepdims=True)"))
        self._exchanged(value)
        self.add(value, 3, (value, f"({text}) - 1"))
        self.add(value, 3, (value, f"({text}) + 1"))
        for new in (f"0.5 * ({text})", f"2 * ({text})", f"({text}).T", f"({text}).swapaxes(-1, -2)",
                    f"({text}).copy()", f"({text})[::-1]", f"int({text})", f"({text}) ** 0.5", f"-({text})",
                    f"({text}).swapaxes(0, 1)"):  # fmt: skip
            self.add(value, 4, (value, new))

    def _exchanged(self, value: ast.expr) -> None:
        """Two names of one expression, swapped."""
        names = [n for n in ast.walk(value) if isinstance(n, ast.Name) and n.id in self.names][:10]
        for a, b in itertools.combinations(names, 2):
            if a.id != b.id:
                self.add(a, 3, (a, b.id), (b, a.id))
        texts = [
            n
            for n in ast.walk(value)
            if isinstance(n, ast.Constant) and isinstance(n.value, str) and not _in_text(value, n)
        ][:8]
        for one, other in itertools.combinations(texts, 2):
            if one.value != other.value:
                self.add(one, 3, (one, self.text.of(other)), (other, self.text.of(one)))


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _in_text(value: ast.expr | ast.stmt, node: ast.expr) -> bool:
    """Whether a constant is a part of an f-string, which has no place of its own in older Pythons."""
    return any(node in ast.walk(part) for part in ast.walk(value) if isinstance(part, ast.JoinedStr))
