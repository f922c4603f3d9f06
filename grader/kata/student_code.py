"""What the text of one function tells before it runs: its parameters, and slips that Python does not mind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
HALF = ("float16", "half", "f2", "<f2", "e")


def parameters(node: FunctionNode) -> list[str]:
    """The names of its positional parameters."""
    return [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]


def required(node: FunctionNode) -> int:
    """How many of them must be given."""
    return len(parameters(node)) - len(node.args.defaults)


def parameters_text(node: FunctionNode) -> str:
    """All its parameters as they are written: "(x, axis=-1)"."""
    return re.sub(r"e-0(\d)", r"e-\1", f"({ast.unparse(node.args)})")  # 1e-5, as people write it


def below_the_stub(node: FunctionNode, open_line: int | None) -> bool:
    """Whether code follows the `raise NotImplementedError` at this line, where it never runs."""
    raises = [s for s in node.body if isinstance(s, ast.Raise) and s.lineno == open_line]
    return bool(raises) and node.body[-1] is not raises[0]


def above_the_stub(node: FunctionNode, open_line: int | None) -> bool:
    """Whether code comes before it, and runs into it."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return any(isinstance(s, ast.Raise) and s.lineno == open_line for s in body[1:])


def return_in_loop(node: FunctionNode) -> int | None:
    """The line of a return that ends a loop in its first round, whatever happens."""
    for loop in _inside(node):
        last = loop.body[-1] if isinstance(loop, (ast.For, ast.While)) and len(loop.body) > 1 else None
        if isinstance(last, ast.Return) and not any(isinstance(p, ast.Continue) for p in ast.walk(loop)):
            return last.lineno
    return None


def unused(node: FunctionNode, names: list[str]) -> list[str]:
    """Those of its parameters that it never reads."""
    read = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    if read & {"locals", "vars", "eval", "exec"}:
        return []
    return [name for name in names if name not in read]


def comma_line(node: FunctionNode) -> int | None:
    """The line of a return with one value and a trailing comma."""
    for part in _inside(node):
        if isinstance(part, ast.Return) and isinstance(part.value, ast.Tuple) and len(part.value.elts) == 1:
            return part.lineno
    return None


def returns(node: FunctionNode) -> bool:
    """Whether it returns a value anywhere."""
    if isinstance(node.body[-1], ast.Raise):
        return True
    return any(isinstance(part, ast.Return) and part.value is not None for part in _inside(node))


# What gives an answer and changes nothing, so that called for itself alone it does nothing at all: how many
# arguments there may be before the one that is written to (99: there is no such one).
ARRAY_METHODS = dict.fromkeys(["reshape", "transpose", "swapaxes", "astype", "copy"], 99) | {
    "mean": 2, "sum": 2, "max": 1, "min": 1, "clip": 2, "dot": 1,
}  # fmt: skip
NUMPYS = (
    {name: n if n == 99 else n + 1 for name, n in ARRAY_METHODS.items()}
    | dict.fromkeys(["where", "split", "append", "tril", "triu", "argsort", "hstack", "vstack"], 99)
    | dict.fromkeys(["exp", "sqrt", "tanh", "log"], 1)
    | {"var": 3, "std": 3, "cumsum": 3, "concatenate": 2, "stack": 2}
    | {"matmul": 2, "maximum": 2, "minimum": 2}
)


def thrown_away(node: FunctionNode, kata: Iterable[str]) -> tuple[int, str] | None:
    """(line, text) of a statement that makes something and keeps it nowhere."""
    for part in _inside(node):
        if not isinstance(part, ast.Expr):
            continue
        value, text = part.value, ast.unparse(part.value)
        if isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq):
            return part.lineno, text
        if not isinstance(value, ast.Call) or any(k.arg == "out" for k in value.keywords):
            continue
        called = value.func
        if isinstance(called, ast.Name) and called.id in kata:
            return part.lineno, text
        if isinstance(called, ast.Attribute):
            of_numpy = isinstance(called.value, ast.Name) and called.value.id in ("np", "numpy")
            if len(value.args) <= (NUMPYS if of_numpy else ARRAY_METHODS).get(called.attr, -1):
                return part.lineno, text
    return None


def ends_early(node: FunctionNode) -> int | None:
    """The line of a return with more code below it, which never runs."""
    for block in (node, *(p for p in _inside(node) if isinstance(p, (ast.For, ast.While, ast.If, ast.With)))):
        for statement in block.body[:-1]:
            if isinstance(statement, ast.Return):
                return statement.lineno
    return None


def returned_error(node: FunctionNode) -> tuple[int, str] | None:
    """(line, name) of an exception that is returned and not raised."""
    for part in _inside(node):
        call = part.value if isinstance(part, ast.Return) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id.endswith("Error"):
            return call.lineno, call.func.id
    return None


def half_line(nodes: list[ast.stmt]) -> int | None:
    """The first line that turns numbers into float16."""
    for node in nodes:
        for part in ast.walk(node):
            named = isinstance(part, ast.Attribute) and part.attr in HALF[:2]
            if named or (isinstance(part, ast.Constant) and part.value in HALF):
                return getattr(part, "lineno", None)
    return None


def _inside(node: FunctionNode) -> Iterator[ast.AST]:
    """Everything in a function but the functions inside it."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        part = todo.pop(0)
        yield part
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            todo += ast.iter_child_nodes(part)
