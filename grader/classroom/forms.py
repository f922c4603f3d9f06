"""The shape of a solution: what is left of a function without its names, comments and docstring.

What equals the reference does not count, nor does what is short; `grader.classroom.alike` compares the rest.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
from collections.abc import Mapping
from functools import lru_cache

from grader.kata.curriculum import FILES, ROOT, function_names

MIN_NODES = 24  # a function below this has too few shapes to say anything


def forms_in(files: Mapping[str, bytes]) -> dict[str, tuple[str, int]]:
    """Function -> (digest of its shape, number of syntax nodes), of every kata function that counts."""
    return {
        name: form
        for source in files.values()
        for name, form in _shapes(source).items()
        if form[1] >= MIN_NODES and form != _reference().get(name)
    }


@lru_cache(maxsize=1)
def _reference() -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for file in FILES:
        path = ROOT / "solutions" / file
        if path.is_file():
            found |= _shapes(path.read_bytes())
    return found


def _shapes(source: bytes) -> dict[str, tuple[str, int]]:
    """Every kata function at the top of a file; a file that does not parse has none."""
    try:
        tree = ast.parse(source)
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        modules = _modules(tree)
        return {node.name: _shape(node, modules) for node in functions if node.name in function_names()}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}


def _modules(tree: ast.Module) -> dict[str, str]:
    """What imported names stand for: np -> numpy."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.asname or a.name.split(".")[0]: a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _shape(function: ast.FunctionDef, modules: Mapping[str, str]) -> tuple[str, int]:
    renamed = _Anonymous(modules).visit(function)
    text = ast.dump(renamed, annotate_fields=False)
    nodes = sum(1 for _ in ast.walk(renamed))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16], nodes


class _Anonymous(ast.NodeTransformer):
    """Every name of the student's own becomes its place in the order of appearance."""

    def __init__(self, modules: Mapping[str, str]):
        self._modules = modules
        self._kept = {*function_names(), *dir(builtins)}
        self._numbers: dict[str, str] = {}

    def _name(self, name: str) -> str:
        if name in self._modules:
            return self._modules[name]
        if name in self._kept:
            return name
        return self._numbers.setdefault(name, f"_{len(self._numbers)}")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._name(node.name)
        node.decorator_list, node.returns = [], None
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg, node.annotation = self._name(node.arg), None
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._name(node.id)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.visit(ast.Assign([node.target], node.value))  # type: ignore[no-any-return]

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        if isinstance(node.value, ast.Constant):
            return None  # a text that stands alone is a comment
        self.generic_visit(node)
        return node
