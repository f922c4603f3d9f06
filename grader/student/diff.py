"""`python -m grader diff N`: your functions beside the solution's, once they pass.

The student's edition has the solutions sealed; a passed step opens its own.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import textwrap

from grader.arguments import add_impl, step_number
from grader.judging.run import Options, judge
from grader.kata.curriculum import Step
from grader.kata.files import CannotGrade
from grader.kata.sealed import reference_folder
from grader.kata.seeds import random_seed
from grader.kata.settings import load_settings
from grader.kata.student_source import StudentSource, read_source
from grader.report.screen import Line, Screen
from grader.report.text import first_line, readable, typed
from grader.student.state import remember

SIDE_BY_SIDE = 120  # columns from which two functions are shown side by side


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", type=step_number, help="the step, 1 to 14")
    add_impl(parser)


def main(args: argparse.Namespace) -> int:
    step: Step = args.number
    if not load_settings().show_solutions:
        raise CannotGrade("your teacher has switched this off (show_solutions in grading.toml)")
    folder = reference_folder()
    if folder is None:
        raise CannotGrade("this copy has no solutions: there is nothing to compare with")
    solution = read_source(folder / step.file)
    screen = Screen()
    result = judge(args.impl, (step,), Options(seed=random_seed()))
    remember(args.impl, result)
    problem = result.steps[0].first_problem
    if problem is not None:
        words = f"the solution is shown once step {step.number} passes; now: {first_line(problem.message)}"
        screen.lines(screen.wrap(words))
        screen.lines(screen.wrap(f"next: {typed('step', step.number)}", style="next"))
        return 1
    mine = read_source(args.impl / step.file)
    for function in step.functions:
        screen.line((f"{function.name}", "title"))
        yours, theirs = _code(mine, function.name), _code(solution, function.name)
        if yours == theirs:
            screen.line(("  line for line the same", "faint"))
        elif screen.width >= SIDE_BY_SIDE:
            screen.lines(_side_by_side(yours, theirs, screen.width))
        else:
            screen.lines(_one_below_the_other(yours, theirs))
        screen.line()
    return 0


def _code(source: StudentSource, function: str) -> list[str]:
    """A function's lines without its docstring, which both have."""
    if source.tree is None:
        return []
    for node in reversed(source.tree.body):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            rows = [line.rstrip("\r\n") for line in source.lines[node.lineno - 1 : node.end_lineno]]
            first = node.body[0]
            if ast.get_docstring(node) is not None and len(node.body) > 1 and first.end_lineno:
                del rows[first.lineno - node.lineno : first.end_lineno - node.lineno + 1]
            return [readable(row).rstrip() for row in rows if row.strip() != "# SOLUTION"]
    return [
        readable(row) for line in source.other_bindings(function) for row in [source.lines[line - 1].rstrip()]
    ]


def _one_below_the_other(yours: list[str], theirs: list[str]) -> list[Line]:
    """A unified diff: - is yours, + is the solution's."""
    rows = list(difflib.unified_diff(yours, theirs, "yours", "solution", n=99, lineterm=""))
    styles = {"-": "failed", "+": "next", "@": "faint"}
    return [[(f"  {row}", styles.get(row[:1], ""))] for row in rows if not row.startswith("@@")]


def _side_by_side(yours: list[str], theirs: list[str], width: int) -> list[Line]:
    half = (width - 7) // 2
    lines: list[Line] = [[("  " + "yours".ljust(half) + "   " + "solution", "faint")]]
    matcher = difflib.SequenceMatcher(None, yours, theirs, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        left, right = (_folded(rows, half) for rows in (yours[a:b], theirs[c:d]))
        for i in range(max(len(left), len(right))):
            one = left[i] if i < len(left) else ""
            other = right[i] if i < len(right) else ""
            style = "" if kind == "equal" else "changed"
            lines.append([("  " + one.ljust(half), style), (" | ", "faint"), (other, style)])
    return lines


def _folded(rows: list[str], width: int) -> list[str]:
    """Rows cut into pieces that fit; a piece that goes on is indented."""
    pieces: list[str] = []
    for row in rows:
        indent = " " * (len(row) - len(row.lstrip()) + 4)
        pieces += textwrap.wrap(
            row, width, subsequent_indent=indent, break_on_hyphens=False, drop_whitespace=False,
            replace_whitespace=False,
        ) or [""]  # fmt: skip
    return pieces
