"""`python -m grader run`: judge all steps, or some, and show the marks."""

from __future__ import annotations

import argparse

from grader.kata.curriculum import STEPS, parse_steps
from grader.kata.files import CannotGrade
from grader.report.terminal import Terminal
from grader.student import judging


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", metavar="1-11", help="which steps (default: grading.toml's, else all)")
    judging.add_arguments(parser)


def main(args: argparse.Namespace, on_test: judging.OnTest = lambda step, test: None) -> int:
    request = judging.requested(args)
    try:
        steps = parse_steps(args.steps) if args.steps is not None else None
    except ValueError as error:
        raise judging.refused(request, STEPS, CannotGrade(str(error))) from None
    terminal = Terminal()
    result = judging.run(request, steps, terminal.line, on_test=on_test)
    terminal.summary(result)
    if not request.submission:
        terminal.following(result)
    return judging.exit_status(result, request)
