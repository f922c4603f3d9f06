"""What the text of one function tells before it runs: its parameters, and slips that Python does not mind."""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
MAX_NODES = 20_000  # of a function that is looked at; a long one has a thousand
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


def kept_of_the_last_round(node: FunctionNode) -> tuple[int, str] | None:
    """(line, name) of what every round of a loop makes again and none uses, though it is used after it."""
    for loop in _inside(node):
        if not isinstance(loop, ast.For) or any(
            isinstance(p, (ast.Break, ast.Return)) for p in ast.walk(loop)
        ):
            continue
        for statement in loop.body:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if not isinstance(target, ast.Name):
                continue
            uses = [
                n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == target.id and n is not target
            ]
            after = [n for n in uses if n.lineno > (loop.end_lineno or 0) and isinstance(n.ctx, ast.Load)]
            inside = [n for n in uses if loop.lineno <= n.lineno <= (loop.end_lineno or 0)]
            if after and not inside:
                return statement.lineno, target.id
    return None


# What gives two things at once, of which later code needs the first alone.
PAIRS = {"mha_cached": ("the output", "the new (k, v)"), "gpt2_cached": ("the logits", "the new past")}


def pair_as_one(node: FunctionNode) -> tuple[int, str, str] | None:
    """(line, called, name) of a call that gives two things, where one name holds both and is used as one."""
    for part in _inside(node):
        if not (isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.value, ast.Call)):
            continue
        target, called = part.targets[0], part.value.func
        if not (isinstance(target, ast.Name) and isinstance(called, ast.Name) and called.id in PAIRS):
            continue
        if _is_used_as_one(node, target.id):
            return part.lineno, called.id, target.id
    return None


def _is_used_as_one(node: FunctionNode, name: str) -> bool:
    """Whether a name is calculated with or cut, and never taken apart."""
    as_one = False
    for part in ast.walk(node):
        values: list[ast.expr | None] = []
        if isinstance(part, ast.Subscript) and _is_name(part.value, name):
            if isinstance(part.slice, ast.Constant) and part.slice.value == 0:
                return False
            as_one = True
        elif isinstance(part, ast.Assign) and not isinstance(part.targets[0], ast.Name):
            if _is_name(part.value, name) and isinstance(part.targets[0], (ast.Tuple, ast.List)):
                return False
        elif isinstance(part, ast.BinOp):
            values = [part.left, part.right]
        elif isinstance(part, (ast.AugAssign, ast.Attribute)):
            values = [part.value]
        elif isinstance(part, ast.Call):
            values = [*part.args, *(keyword.value for keyword in part.keywords if keyword.arg != "past")]
            if isinstance(part.func, ast.Attribute) and part.func.attr == "append":
                values = []
        elif isinstance(part, (ast.Starred, ast.For, ast.comprehension)):
            inside = part.value if isinstance(part, ast.Starred) else part.iter
            if _is_name(inside, name):
                return False
        as_one = as_one or any(_is_name(value, name) for value in values)
    return as_one


def _is_name(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def shared_rows(node: FunctionNode) -> tuple[int, str] | None:
    """(line, text) of `[row] * n` in which places are set later: all its rows are one and the same list."""
    for part in _inside(node):
        if not (isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name)):
            continue
        value, name = part.value, part.targets[0].id
        if _repeats_a_list(value) and any(_sets_in_a_row(other, name) for other in ast.walk(node)):
            return part.lineno, ast.unparse(value)
    return None


def _repeats_a_list(value: ast.expr) -> bool:
    if not (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult)):
        return False
    rows = value.left if isinstance(value.left, ast.List) else value.right
    row = rows.elts[0] if isinstance(rows, ast.List) and len(rows.elts) == 1 else None
    if isinstance(row, ast.BinOp) and isinstance(row.op, ast.Mult):
        return isinstance(row.left, ast.List) or isinstance(row.right, ast.List)
    return isinstance(row, (ast.List, ast.ListComp))


def _sets_in_a_row(part: ast.AST, name: str) -> bool:
    """`name[i][j] = …`, or `name[i].append(…)`."""
    if isinstance(part, (ast.Assign, ast.AugAssign)):
        target = part.targets[0] if isinstance(part, ast.Assign) else part.target
        row = target.value if isinstance(target, ast.Subscript) else None
        return isinstance(row, ast.Subscript) and _is_name(row.value, name)
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "append":
        row = part.func.value
        return isinstance(row, ast.Subscript) and _is_name(row.value, name)
    return False


def lists_as_numbers(node: FunctionNode) -> tuple[int, str, str] | None:
    """(line, text, what happens) where * or + of a list is written as if it were an array."""
    lists = _only_lists(node)
    for part in _inside(node):
        if not (isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Mult, ast.Add))):
            continue
        is_list = [_is_list(side, lists) for side in (part.left, part.right)]
        named = any(isinstance(side, ast.Name) for side in (part.left, part.right))
        if isinstance(part.op, ast.Mult) and any(is_list) and named and not isinstance(part.left, ast.List):
            return part.lineno, ast.unparse(part), "repeats the list"
        if isinstance(part.op, ast.Add) and all(is_list):
            return part.lineno, ast.unparse(part), "puts one list after the other"
    return None


def _is_list(node: ast.expr, lists: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in lists
    is_made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "list"
    return is_made or isinstance(node, (ast.List, ast.ListComp))


def _only_lists(node: FunctionNode) -> set[str]:
    """Names that are given lists, and nothing else."""
    given: dict[str, list[bool]] = {}
    for part in _inside(node):
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
            given.setdefault(part.targets[0].id, []).append(_is_list(part.value, set()))
        elif isinstance(part, (ast.AnnAssign, ast.For)) and isinstance(part.target, ast.Name):
            given.setdefault(part.target.id, []).append(False)
    return {name for name, are in given.items() if all(are)} - set(parameters(node))


def half_line(nodes: list[ast.stmt]) -> int | None:
    """The first line that turns numbers into float16."""
    for node in nodes:
        for part in ast.walk(node):
            named = isinstance(part, ast.Attribute) and part.attr in HALF[:2]
            if named or (isinstance(part, ast.Constant) and part.value in HALF):
                return getattr(part, "lineno", None)
    return None


def is_endless(node: FunctionNode) -> bool:
    """Whether a function is so long that nobody wrote it, and looking at it would take the judge's time."""
    return next(islice(ast.walk(node), MAX_NODES, None), None) is not None


@lru_cache(maxsize=8)  # a function is asked a dozen things in a row
def _inside(node: FunctionNode) -> tuple[ast.AST, ...]:
    """Everything in a function but the functions inside it."""
    found: list[ast.AST] = []
    todo: deque[ast.AST] = deque(node.body)
    while todo:
        part = todo.popleft()
        found.append(part)
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            todo += ast.iter_child_nodes(part)
    return tuple(found)
