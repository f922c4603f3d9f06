"""`python -m grader step N`: judge one step and show the verdict."""

from __future__ import annotations

import argparse

from grader.kata.curriculum import find_step
from grader.kata.files import CannotGrade
from grader.report.terminal import Terminal
from grader.student import judging


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", help="the step, 1 to 14")
    judging.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    try:
        step = find_step(int(args.number))
    except ValueError as error:
        words = (
            str(error) if args.number.isdigit() else f"'{args.number}' is not a step: write a number, 1 to 14"
        )
        raise CannotGrade(words) from None
    terminal = Terminal()
    result = judging.run(args, (step,), lambda step: None)
    terminal.step(result.steps[0], result)
    return judging.exit_status(result, args)
