"""Which line is told, if any, by what edits, right values and the trace have shown."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

from grader.mistakes.trace import Made
from grader.mistakes.witness import (
    accused,
    all_said,
    cleared,
    inputs_known,
    own_formula,
    reads_unsaid,
    reads_what_never_changes,
    statement_at,
)

BELIEVED = 4  # the cost of an edit that is believed on a line before the first unknown value
FAR = 5  # the cost of an edit that is believed where the trace knows no line
CHEAP = 2  # the cost of a slip that is as likely on the first unknown line as before it
SLACK = 3  # how much less likely than the best repair one may be, and still tell something
NEAR = 3  # lines that repair, among which the trace may choose


@dataclass
class Found:
    """What is known of one wrong function.

    Attributes:
        line: the line to look at; None: nothing is said.
        by: what says so.
        made: what its lines bound on the smallest failing case.
        strong, late: the first line that bound what is nothing known; in a later round of a loop: late.
        repairs: lines -> the smallest edit there (its cost) that made the function right.
        moved: those whose statement only had to go to another place.
        repaired: what the edit of the line that is told has changed; for a teacher's eyes alone.
        right_from: the first statement with which, given a right value, the function comes out right.
        tried, all_tried: how many edits were tried, and whether that were all.
        cpu_s: what it has cost, of judge and worker.
    """

    line: int | None = None
    by: Literal["trace", "edit"] = "edit"
    made: list[Made] = field(default_factory=list)
    strong: int | None = None
    late: int | None = None
    repairs: dict[int, int] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    repaired: str = ""
    right_from: int | None = None
    tried: int = 0
    all_tried: bool = False
    cpu_s: float = 0.0


def decide(found: Found, node: ast.FunctionDef) -> None:
    """Which line is told, if any: the smallest slip that explains all, unless the trace speaks against it."""
    right, seen = cleared(found.made), cleared(found.made, plainly=False)
    right -= found.moved
    lines = {line: cost + (line in right) for line, cost in found.repairs.items()}
    if not lines:
        found.line = _by_trace(found, node, right)
        found.by = "trace" if found.line else "edit"
        return
    least, strong = min(lines.values()), found.strong
    near = sorted(line for line, cost in lines.items() if cost <= least)
    best = min(near, key=lambda line: (line in right, line in seen, found.repairs[line], line))
    by_itself = strong is not None and accused(node, found.made, strong)
    slack = 2 * right.issuperset(near) or int(least < CHEAP and not _made_for(node, near, strong))
    if strong is not None and lines.get(strong, least + SLACK) <= least + slack:
        unsaid = [n for n in near if n < strong and reads_unsaid(node, found.made, strong, n)]
        found.line = unsaid[0] if unsaid else strong
    elif by_itself and least > BELIEVED and (min(lines) > (strong or 0) or right.issuperset(near)):
        found.line, found.by = strong, "trace"
    elif len(near) > NEAR or (right.issuperset(near) and len(near) > 1):
        return
    elif strong is None:
        found.line = None if least > FAR else best
    elif least <= (BELIEVED if best <= strong else CHEAP) and not _as_likely(found, strong, best, least):
        found.line = best


def _as_likely(found: Found, strong: int, best: int, least: int) -> bool:
    """Whether the first unknown value, before the best repair, is put right by nearly as small a slip."""
    return best > strong and found.repairs.get(strong, least + SLACK) < least + SLACK


def _made_for(node: ast.FunctionDef, lines: list[int], line: int | None) -> bool:
    """Whether one of these lines makes, by itself, a name that another line reads."""
    statement = statement_at(node, line) if line is not None else None
    read = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)} if statement is not None else set()
    for other in lines:
        made = statement_at(node, other) if other != line else None
        if isinstance(made, ast.Assign) and read & {t.id for t in made.targets if isinstance(t, ast.Name)}:
            return True
    return False


def _by_trace(found: Found, node: ast.FunctionDef, right: set[int]) -> int | None:
    """The line that can only be wrong by itself, where no small edit repairs.

    With a right value there all comes out right, and it is the first whose value is nothing known; or all
    lines before it are right.
    """
    first, strong = found.right_from, found.strong
    if strong is not None:
        bound_before = first is not None and first < strong and reads_unsaid(node, found.made, strong, first)
        if bound_before and not own_formula(node, strong):
            return first
        if first is not None and first < strong and not bound_before:
            return None
        if (
            first == strong
            and inputs_known(node, found.made, strong)
            and reads_what_never_changes(node, strong)
        ):
            return strong  # right values go in, and with a right value there all comes out right
        could_be = found.all_tried or (first == strong and all_said(node, found.made, strong))
        return strong if could_be and accused(node, found.made, strong) else None
    if first is not None and first == found.late and accused(node, found.made, first):
        return first
    if first is None or found.late or not all_said(node, found.made, first):
        return None
    said = {one.line for one in found.made if one.known is not None and one.name != "return"}
    before = {line for line in said if line < first}
    return first if before <= right and accused(node, found.made, first) else None
