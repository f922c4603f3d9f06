"""`python -m grader reset N`: put a step's functions back to their stubs, with a backup and a question."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grader.arguments import step_number
from grader.kata.files import CannotGrade
from grader.report.screen import Screen
from grader.student.resetting import plan_file_reset, plan_reset, shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", type=step_number, help="the step, 1 to 14")
    parser.add_argument("--impl", type=Path, default=Path("exercises"), metavar="DIR",
                        help="the folder that holds pico_gpt.py (default: exercises)")  # fmt: skip
    parser.add_argument("--file", action="store_true", help="put the whole file of the step back")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def main(args: argparse.Namespace) -> int:
    if not args.impl.is_dir():
        raise CannotGrade(f"there is no folder {args.impl}: give --impl the folder that holds pico_gpt.py")
    plan = (plan_file_reset if args.file else plan_reset)(args.impl, args.number)
    screen = Screen()
    if plan.changes_nothing:
        screen.line((f"{plan.path}: {plan.what} {_is(plan.functions)} as at the start: nothing to do", ""))
        return 0
    if not args.yes and not _agrees(f"put {plan.what} in {plan.path} back to the start? [y/N] "):
        screen.line(("nothing was changed", ""))
        return 1
    backup = plan.apply()
    for note in plan.notes:
        screen.line((note, ""))
    screen.line((f"{plan.path}: {plan.what} {_is(plan.functions)} back to the start", "passed"))
    if backup:
        screen.line((f"what was there before: {shown(backup)}", "faint"))
    return 0


def _is(functions: tuple[str, ...]) -> str:
    return "are" if len(functions) > 1 else "is"


def _agrees(question: str) -> bool:
    if not sys.stdin or not sys.stdin.isatty():
        raise CannotGrade(
            "reset asks before it changes a file, and there is no terminal to ask at: add --yes"
        )
    print(question, end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
