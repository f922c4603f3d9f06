"""What the trace says of single lines: which of them are right as they stand, and which can only be wrong.

A line is *cleared* where all that it binds is something that the right function goes through. The first one
that binds what is nothing known is the *strong* one. Where all that goes into it is right, and it does more
than call functions of the kata, the slip is on it: there is no other place for it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from grader.kata.curriculum import function_names
from grader.mistakes.trace import Made

Function = ast.FunctionDef | ast.AsyncFunctionDef
ROLES = ("queries", "keys", "values")
ROLE_OF = re.compile(
    r"(?:new_|past_|all_|my_)?(?:(q)|(k)|(v))(?:uer(?:y|ies)|eys?|al(?:ue)?s?)?_?(?:heads?|h|i|\d)?"
)
GAINS = re.compile(r"g|gains?|gamma|weights?|scale")
BIASES = re.compile(r"b|bias(?:es)?|beta|shift")
PARAMETER = re.compile(r"= (?:([gb])(?: \(.*)?|[\w ]+'s ([wb]))$")
SCALED = re.compile(r"= the (?:queries|keys) / sqrt")
COUNTED = re.compile(r"\b(?:new token|block) \d")
UNFILLED = {"empty", "empty_like"}


def strong_line(node: Function | None, made: Sequence[Made]) -> tuple[int | None, int]:
    """The first line whose value is nothing that the right function goes through, and in which round.

    In a later round of a loop, what is wrong may come from any line of the round before.
    """
    unfilled: set[str] = set()
    for at, one in enumerate(made):
        if one.known is False and not _is_the_answer(one, made):
            if node is not None:
                statement = statement_at(node, one.line)
                if one.name != "return" and _is_unfilled(statement, unfilled):
                    unfilled.add(one.name)
                    continue
                if _comes_out_right(node, made, at):
                    continue
            return one.line, one.count
    return None, 1


def _comes_out_right(node: Function, made: Sequence[Made], at: int) -> bool:
    """Whether something known is made of this value later: then it was another way to the same."""
    names = {made[at].name}
    for one in made[at + 1 :]:
        if one.line == made[at].line:
            if one.name == made[at].name and one.known:
                return True  # it is filled or added up round by round
            continue
        statement = statement_at(node, one.line)
        if statement is None or hasattr(statement, "body") or not names & _read(statement):
            continue
        if one.known:
            return True
        names.add(one.name)
    return False


def _read(statement: ast.stmt) -> set[str]:
    """The names that a statement reads; not the one into which it fills something."""
    targets = getattr(statement, "targets", [])
    filled = {id(t.value) for t in targets if isinstance(t, ast.Subscript)}
    names = [n for n in ast.walk(statement) if isinstance(n, ast.Name) and id(n) not in filled]
    added = getattr(statement, "target", None) if isinstance(statement, ast.AugAssign) else None
    return {n.id for n in names if isinstance(n.ctx, ast.Load) or n is added}


def cleared(made: Sequence[Made], plainly: bool = True) -> set[int]:
    """Lines all of whose values are ones that the right function goes through, just as they are.

    Args:
        plainly: False: with axes swapped or the like, too.
    """
    rounds: dict[tuple[int, str], list[Made]] = {}
    for one in made:
        if one.known is not None and not _is_the_answer(one, made):
            rounds.setdefault((one.line, one.name), []).append(one)
    said: dict[int, list[bool]] = {}
    for (line, _), ones in rounds.items():
        last = ones[-1]
        stuck = len(ones) > 1 and last.words == ones[0].words and bool(COUNTED.search(last.words))
        right = bool(last.known) and not stuck and all(_is_right(one, plainly) for one in ones if one.known)
        said.setdefault(line, []).append(right)
    return {line for line, known in said.items() if all(known)}


def _is_the_answer(one: Made, made: Sequence[Made]) -> bool:
    """Whether this is what the function itself gives back, and not a helper inside it."""
    return one.name == "return" and one.function == made[-1].function


def _is_right(one: Made, plainly: bool) -> bool:
    role = role_fits(one)
    if SCALED.match(one.words):
        return False  # and what is scaled may be scaled once more, by attention
    return (one.plain or role is True or not plainly) and role is not False


def role_fits(made: Made) -> bool | None:
    """Whether what is called q, k or v holds queries, keys or values (g: a gain); None where nobody knows."""
    parameter = PARAMETER.match(made.words)
    if parameter is not None and made.known:
        for names, letters in ((GAINS, "gw"), (BIASES, "b")):
            if names.fullmatch(made.name.lower()):
                return (parameter[1] or parameter[2]) in letters
    found = ROLE_OF.fullmatch(made.name.lower())
    named = [role for role in ROLES if re.search(rf"\b{role}\b", made.words)]
    if found is None or len(named) != 1 or not made.known:
        return None
    return named[0] == next(role for role, letter in zip(ROLES, found.groups()) if letter)


def accused(node: Function, made: Sequence[Made], line: int) -> bool:
    """Whether a line can only be wrong by itself: right values go in, by a formula of its own."""
    return inputs_known(node, made, line) and own_formula(node, line)


def statement_at(node: Function, line: int) -> ast.stmt | None:
    """The innermost statement on a line."""
    found: ast.stmt | None = None
    for part in ast.walk(node):
        if (
            not isinstance(part, ast.stmt)
            or part is node
            or not part.lineno <= line <= (part.end_lineno or 0)
        ):
            continue
        if found is None or part.lineno >= found.lineno:
            found = part
    return found


def inputs_known(node: Function, made: Sequence[Made], line: int) -> bool:
    """Whether everything that a line reads is, as far as the trace can tell, a right value."""
    statement = statement_at(node, line)
    if statement is None or hasattr(statement, "body"):
        return False
    at = next((i for i, one in enumerate(made) if one.line == line and one.known is False), len(made))
    for name in _read(statement):
        before = [one for one in made[:at] if one.name == name and one.line != line]
        if before and (before[-1].known is False or role_fits(before[-1]) is False):
            return False
        if before and before[-1].known is None and before[-1].shape:
            return False  # an array of which nothing can be said: rows to take, a mask
    return True


def reads_unsaid(node: Function, made: Sequence[Made], line: int, source: int) -> bool:
    """Whether a line reads an array that another one bound, and of which nothing can be said."""
    statement = statement_at(node, line)
    unsaid = {one.name for one in made if one.line == source and one.shape and one.known is None}
    return statement is not None and bool(unsaid & _read(statement))


def reads_what_never_changes(node: Function, line: int) -> bool:
    """Whether every name that a line reads is given one value only in the whole function."""
    statement = statement_at(node, line)
    given = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    given += [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    parts = ast.walk(statement) if statement is not None else ()
    read = {n.id for n in parts if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return bool(read) and all(given.count(name) <= 1 for name in read)


def all_said(node: Function, made: Sequence[Made], line: int) -> bool:
    """Whether the trace has a word for every local value that a line reads."""
    statement = statement_at(node, line)
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    known = {one.name for one in made if one.known and one.line < line}
    return statement is not None and (_read(statement) & stored) <= known | _bound(statement)


def _bound(statement: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def own_formula(node: Function, line: int) -> bool:
    """Whether a line does more than call functions of the kata and put together what they give."""
    statement = statement_at(node, line)
    ours = set(function_names())
    n_operators = 0
    for part in ast.walk(statement) if statement is not None else ():
        if isinstance(part, ast.Call) and not (isinstance(part.func, ast.Name) and part.func.id in ours):
            return True
        if isinstance(part, ast.Constant) and isinstance(part.value, (int, float)):
            return True
        if isinstance(part, ast.Subscript) and not isinstance(part.slice, ast.Constant):
            return True
        n_operators += isinstance(part, ast.BinOp)
    return n_operators > 1


def _is_unfilled(statement: ast.stmt | None, unfilled: set[str]) -> bool:
    """Whether a statement only makes room for numbers, or another view of such room."""
    value = getattr(statement, "value", None)
    if not isinstance(statement, ast.Assign) or not isinstance(value, ast.Call):
        return False
    called = value.func
    if isinstance(called, ast.Attribute) and called.attr == "reshape":
        return isinstance(called.value, ast.Name) and called.value.id in unfilled
    return isinstance(called, ast.Attribute) and called.attr in UNFILLED
