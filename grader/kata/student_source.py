"""A student's file as text and tree: where each function stands, whether it is still a stub, what it is made
of. It never runs anything, and a file that does not parse is an answer, not an error."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from grader.kata.curriculum import Step, function_names
from grader.kata.student_file import read_student_file, slow_codec

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Definition:
    """One definition of a function at the top level of a file.

    Attributes:
        first, last: its lines, counted from 1, decorators included.
        open_line: the line of the stub's `raise NotImplementedError`, of `pass` or of `...`; None where the
            function has been written. This is the one definition of "written".
    """

    name: str
    first: int
    last: int
    open_line: int | None


@dataclass
class StudentSource:
    """One file of a student's.

    Attributes:
        path: as shown.
        problem: one line that says why it cannot be read or parsed; "" where it can.
        data: its bytes; None where it cannot be read.
        line: the line of a syntax error.
    """

    path: Path
    problem: str = ""
    data: bytes | None = None
    line: int | None = None
    text: str = ""
    encoding: str = "utf-8"
    tree: ast.Module | None = field(default=None, repr=False)
    _fingerprints: dict[str, str] = field(default_factory=dict, repr=False)
    _used: dict[str, list[str]] = field(default_factory=dict, repr=False)

    @property
    def digest(self) -> str:
        """The sha256 of its bytes; "" where they cannot be read."""
        return hashlib.sha256(self.data).hexdigest() if self.data is not None else ""

    @cached_property
    def lines(self) -> list[str]:
        """Its lines with their ends, as Python counts them (a form feed ends no line)."""
        return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", self.text)

    @cached_property
    def newline(self) -> str:
        """How most of its lines end."""
        ends = [line[len(line.rstrip("\r\n")) :] for line in self.lines]
        return max(("\n", "\r\n", "\r"), key=ends.count)

    def node(self, function: str) -> FunctionNode | None:
        """The definition of a function that counts: the last one at the top level."""
        nodes = self.tree.body if self.tree else []
        found = [node for node in nodes if isinstance(node, FunctionNode) and node.name == function]
        return found[-1] if found else None

    def definitions(self, function: str) -> list[Definition]:
        """Every definition of a function at the top level, in the order of the file."""
        nodes = self.tree.body if self.tree else []
        return [
            Definition(
                node.name,
                min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]),
                node.end_lineno or node.lineno,
                _open_line(node),
            )
            for node in nodes
            if isinstance(node, FunctionNode) and node.name == function
        ]

    def other_bindings(self, function: str) -> list[int]:
        """Lines at the top level that give this name to something else: an assignment, an import, a class."""
        nodes = self.tree.body if self.tree else []
        return [
            node.lineno for node in nodes if not isinstance(node, FunctionNode) and function in _bound(node)
        ]

    def is_written(self, function: str) -> bool:
        """Whether there is such a name, and it is not a stub any more."""
        found = self.definitions(function)
        return bool(self.other_bindings(function)) or (bool(found) and found[-1].open_line is None)

    def fingerprint(self, function: str) -> str:
        """sha256 of the function's source, and of everything of the file's own that it uses.

        Other functions of the kata are left out: each is judged on its own. "" where there is none.
        """
        if function not in self._fingerprints:
            self._fingerprints[function] = self._fingerprint(function)
        return self._fingerprints[function]

    def _fingerprint(self, function: str) -> str:
        if self.tree is None or not any(function in _bound(node) for node in self.tree.body):
            return ""
        texts = [self._text_of(node) for node in self.made_of(function)]
        return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()

    def made_of(self, function: str) -> list[ast.stmt]:
        """The function's definition and everything of the file's own that it uses, in the file's order.

        Other functions of the kata are left out.
        """
        others = set(function_names()) - {function}
        places: dict[str, list[ast.stmt]] = {}
        for node in self.tree.body if self.tree else []:
            for name in _bound(node):
                places.setdefault(name, []).append(node)
        used: list[ast.stmt] = []
        todo = [function]
        seen = set(todo)
        while todo:
            bound = places.get(todo.pop(), [])
            if all(isinstance(node, FunctionNode) for node in bound):
                bound = bound[-1:]  # of several definitions the last one counts
            for node in bound:
                if node not in used:
                    used.append(node)
                    new = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - others - seen
                    seen |= new
                    todo += sorted(new)
        return sorted(used, key=lambda node: node.lineno)

    def kata_functions_in(self, function: str) -> list[str]:
        """The other functions of the kata that this one uses, itself or through helpers of the file."""
        if function not in self._used:
            self._used[function] = self._kata_functions_in(function)
        return self._used[function]

    def _kata_functions_in(self, function: str) -> list[str]:
        words = {
            part.id if isinstance(part, ast.Name) else part.attr
            for node in self.made_of(function)
            for part in ast.walk(node)
            if isinstance(part, (ast.Name, ast.Attribute))
        }
        return [name for name in function_names() if name in words and name != function]

    def _text_of(self, node: ast.stmt) -> str:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        rows = self.lines[first - 1 : node.end_lineno]
        return "\n".join(row.rstrip() for row in rows)


def read_source(path: Path) -> StudentSource:
    """Read and parse a student's file.

    Args:
        path: where it is; it need not be there.
    """
    found = read_student_file(path)
    if found.problem:
        return StudentSource(path, found.problem)
    if found.data is None:
        return StudentSource(path, f"there is no {path.name} in {path.parent}")
    return parse_source(path, found.data)


def parse_source(path: Path, data: bytes) -> StudentSource:
    """The same from bytes."""
    source = StudentSource(path, data=data)
    if codec := slow_codec(data):
        source.problem = f"{path} is written in {codec}: save it as UTF-8"
        return source
    try:
        source.encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        source.text = data.decode(source.encoding)
    except (SyntaxError, UnicodeError, LookupError) as error:  # not every codec raises UnicodeDecodeError
        source.problem = f"{path} is not text that Python reads: {' '.join(str(error).split())}"
        return source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in a string is the student's own affair
            source.tree = ast.parse(data, str(path))
    except SyntaxError as error:
        source.line = error.lineno
        where = f", line {error.lineno}" if error.lineno else ""
        source.problem = f"{path}{where}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        source.problem = f"{path} does not parse: {' '.join(str(error).split()) or type(error).__name__}"
    return source


def sources_of(impl: Path, steps: tuple[Step, ...]) -> dict[str, StudentSource]:
    """File name -> its source, for every file of these steps."""
    return {file: read_source(impl / file) for file in dict.fromkeys(step.file for step in steps)}


def first_open(source: StudentSource, step: Step) -> tuple[str, int] | None:
    """(function, line) of a step's first stub; the line is 0 where the function is missing altogether."""
    for name in step.function_names:
        if not source.is_written(name):
            found = source.definitions(name)
            return name, (found[-1].open_line or found[-1].first) if found else 0
    return None


def _open_line(node: FunctionNode) -> int | None:
    """Where a function is still a stub: nothing happens in it, or it ends in the exercise's own `raise`.

    Half-written code above that `raise` does not make it written; a `return` above it does.
    """
    body = [statement for statement in node.body if not _says_nothing(statement)]
    if not body:
        empty = [statement for statement in node.body if _is_empty(statement)]
        return empty[0].lineno if empty else node.end_lineno
    for i, statement in enumerate(body):
        if _raises_not_implemented(statement):
            return None if any(map(_returns, body[:i])) else statement.lineno
    return None


def _raises_not_implemented(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise):
        return False
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _returns(node: ast.AST) -> bool:
    """Whether a function may return in this statement; what is defined inside of it returns elsewhere."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        return False
    return isinstance(node, ast.Return) or any(map(_returns, ast.iter_child_nodes(node)))


def _says_nothing(statement: ast.stmt) -> bool:
    """Whether a statement is `pass`, `...`, a docstring, or another constant."""
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _is_empty(statement: ast.stmt) -> bool:
    """Whether a statement is `pass` or `...`."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(statement, ast.Pass) or (isinstance(value, ast.Constant) and value.value is ...)


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement at the top level binds."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    names: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            names.add(inner.id)
        elif isinstance(inner, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in inner.names}
        elif isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(inner.name)
    return names
