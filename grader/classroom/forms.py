"""The shape of a solution: what is left of a function without its names, comments and docstring.

Two submissions whose functions have the same shape are listed for the teacher to look at. That is a note,
never a mark: short functions have few shapes, and a class that read one book writes alike. So what equals
the reference does not count, nor does what is short, nor what many wrote.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from grader.kata.curriculum import FILES, ROOT, function_names

MIN_NODES = 24  # a function below this has too few shapes to say anything
MIN_SHARED_NODES = 100  # what two submissions share, in all, to be listed
COMMON = 0.2  # a shape that more than this part of the class wrote is the obvious way
COMMON_AT_LEAST = 8  # … in a class large enough for that to mean something


def forms_of(folder: Path) -> dict[str, tuple[str, int]]:
    """Function -> (digest of its shape, number of syntax nodes), of every kata function that counts."""
    found: dict[str, tuple[str, int]] = {}
    for file in FILES:
        try:
            source = (folder / file).read_bytes()
        except OSError:
            continue
        for name, form in _shapes(source).items():
            if form[1] >= MIN_NODES and form != _reference().get(name):
                found[name] = form
    return found


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


# ------------------------------------------------------------------------------------------ groups


@dataclass(frozen=True)
class Group:
    """Submissions that share the shape of these functions."""

    ids: tuple[str, ...]
    functions: tuple[str, ...]


def groups(forms: Mapping[str, Mapping[str, tuple[str, int]]]) -> list[Group]:
    """Submissions that were written alike, largest group first.

    Args:
        forms: submission -> what `forms_of` found in it.
    """
    owners: dict[tuple[str, str], list[str]] = {}
    sizes: dict[tuple[str, str], int] = {}
    for who, functions in forms.items():
        for name, (digest, nodes) in functions.items():
            owners.setdefault((name, digest), []).append(who)
            sizes[name, digest] = nodes
    most = max(COMMON_AT_LEAST, COMMON * len(forms))
    rare = {form: ids for form, ids in owners.items() if 2 <= len(ids) <= most}
    shared: dict[tuple[str, str], int] = {}
    for form, whose in rare.items():
        for i, one in enumerate(whose):
            for other in whose[i + 1 :]:
                shared[one, other] = shared.get((one, other), 0) + sizes[form]
    leader = {id: id for id in forms}

    def find(id: str) -> str:
        while leader[id] != id:
            id = leader[id]
        return id

    for (one, two), nodes in sorted(shared.items()):
        if nodes >= MIN_SHARED_NODES:
            leader[max(find(one), find(two))] = min(find(one), find(two))
    members: dict[str, list[str]] = {}
    for id in forms:
        members.setdefault(find(id), []).append(id)
    found = []
    for together in members.values():
        if len(together) > 1:
            alike = {name for (name, _), ids in rare.items() if len(set(ids) & set(together)) > 1}
            order = [name for name in function_names() if name in alike]
            found.append(Group(tuple(sorted(together)), tuple(order)))
    return sorted(found, key=lambda group: (-len(group.ids), group.ids))
