"""The part of the reference that a worker may know: never the function that is judged in it.

The solutions' source is cut by its syntax tree. What stays: the functions that may stand in for the
student's, the helpers, constants and imports that those need, and no docstring.
"""

from __future__ import annotations

import ast
import marshal
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from grader.sandbox.allowed import WITHHELD


@dataclass
class Cut:
    """What is sent to a worker; see `grader.sandbox.inside.student_modules.Boot`."""

    reference: dict[str, str] = field(default_factory=dict)
    compiled: dict[str, bytes] = field(default_factory=dict)
    links: list[tuple[str, str, str, str]] = field(default_factory=list)
    provided: list[str] = field(default_factory=list)


@dataclass
class _Module:
    """One file: what it defines, by name, and what it takes from its siblings."""

    name: str
    definitions: dict[str, ast.stmt] = field(default_factory=dict)
    imports: list[ast.stmt] = field(default_factory=list)
    links: dict[str, tuple[str, str]] = field(default_factory=dict)


class ReferenceSource:
    """The solutions' source, as a graph of who calls whom.

    Args:
        folder: where the solutions are.
        files: their names.
        steps: function of the kata -> number of its step.
    """

    def __init__(self, folder: Path, files: Iterable[str], steps: dict[str, int]):
        names = [Path(file).stem for file in files if (folder / file).is_file()]
        self._steps = steps
        self._cuts: dict[tuple[str, frozenset[str]], Cut] = {}
        self._closures: dict[str, set[str]] = {}
        self._modules = {name: _read(folder / f"{name}.py", set(names)) for name in names}

    def parameters(self, function: str) -> list[str]:
        """The names of a function's positional parameters; empty where it is not known."""
        home = self._home(function)
        node = self._modules[home].definitions[function] if home else None
        return [arg.arg for arg in node.args.args] if isinstance(node, ast.FunctionDef) else []

    def allowed(self, target: str, own: frozenset[str]) -> frozenset[str]:
        """The kata's functions that a worker for `target` gets from the reference.

        Those of earlier steps, and what the target calls; never one that the student serves, and
        never one behind which the target could be found.
        """
        if target not in self._steps or own >= set(self._steps):
            return frozenset()
        number = self._steps[target]
        withheld = WITHHELD.get(number, ())
        earlier = {name for name, step in self._steps.items() if step < number and name not in withheld}
        wanted = earlier | (self._closure(target) & set(self._steps))
        return frozenset(
            name for name in wanted - own - {target} if self._home(name) and target not in self._closure(name)
        )

    def cut(self, target: str, own: frozenset[str]) -> Cut:
        """The source that goes to a worker for `target`; worked out once for all submissions of a class."""
        if (target, own) not in self._cuts:
            self._cuts[target, own] = self._cut(target, own)
        return self._cuts[target, own]

    def _cut(self, target: str, own: frozenset[str]) -> Cut:
        cut = Cut(provided=sorted(self.allowed(target, own)))
        needed: dict[str, set[str]] = {name: set() for name in self._modules}
        todo = [(home, name) for name in cut.provided if (home := self._home(name))]
        while todo:
            place, name = todo.pop()
            module = self._modules[place]
            kept_out = name in self._steps and name not in cut.provided
            if kept_out or name in needed[place]:
                continue
            if name in module.links:
                needed[place].add(name)
                cut.links.append((place, name, *module.links[name]))
                todo.append(module.links[name])
            elif name in module.definitions:
                needed[place].add(name)
                todo += [(place, used) for used in _names(module.definitions[name])]
        for place, names in needed.items():
            if names:
                module = self._modules[place]
                kept = {id(node): node for name, node in module.definitions.items() if name in names}
                body = [_bare(node) for node in (*module.imports, *kept.values())]
                source = cut.reference[place] = ast.unparse(ast.Module(body, []))
                code = compile(source, f"<reference {place}>", "exec", dont_inherit=True)
                cut.compiled[place] = marshal.dumps(code)  # worker and judge are the same Python
        return cut

    def _home(self, function: str) -> str | None:
        for name, module in self._modules.items():
            if function in module.definitions:
                return name
        return None

    def _closure(self, function: str) -> set[str]:
        """Every name that the function can reach, through helpers and other files too."""
        if function not in self._closures:
            self._closures[function] = self._reach(function)
        return self._closures[function]

    def _reach(self, function: str) -> set[str]:
        found: set[str] = set()
        home = self._home(function)
        todo = [(home, function)] if home else []
        seen = set(todo)
        while todo:
            module, name = todo.pop()
            node = self._modules[module].definitions.get(name)
            for used in _names(node) if node else ():
                place = self._modules[module].links.get(used, (module, used))
                if place not in seen and place[1] in self._modules[place[0]].definitions:
                    seen.add(place)
                    found.add(place[1])
                    todo.append(place)
        return found


def _read(path: Path, siblings: set[str]) -> _Module:
    module = _Module(path.stem)
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.ImportFrom) and node.module in siblings:
            for alias in node.names:
                module.links[alias.asname or alias.name] = (node.module or "", alias.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            if isinstance(node, ast.Import) and any(alias.name in siblings for alias in node.names):
                raise ValueError(f"{path}: write `from … import …` for a sibling, so that it can be cut")
            module.imports.append(node)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            module.definitions[node.name] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for name in _assigned(node):
                module.definitions[name] = node
    return module


def _assigned(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]


def _names(node: ast.stmt) -> set[str]:
    """Every name that a definition may look up, also as an attribute (a module's, say)."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _bare(node: ast.stmt) -> ast.stmt:
    """Without docstrings: they are not needed, and they explain."""
    for part in ast.walk(node):
        if isinstance(part, (ast.FunctionDef, ast.ClassDef)):
            first = part.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(part.body) > 1:
                part.body = part.body[1:]
    return node


@lru_cache(maxsize=8)
def read_reference(folder: Path) -> ReferenceSource:
    """The reference of a folder, read once."""
    from grader.kata.curriculum import FILES, function_names, step_of

    return ReferenceSource(folder, FILES, {name: step_of(name).number for name in function_names()})
