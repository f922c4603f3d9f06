"""`python -m grader trace N`: what each line of a function made."""

from __future__ import annotations

import argparse
from pathlib import Path

from grader.arguments import add_impl, seed, step_number
from grader.kata.curriculum import STEPS
from grader.kata.files import CannotGrade, write_json
from grader.kata.settings import load_settings
from grader.report.screen import Screen
from grader.student.state import first_not_passed, load_state
from grader.student.traced import NothingToTrace, lines_of, trace_step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", nargs="?", type=step_number,
                        help="the step, 1 to 14 (default: the first that does not pass yet)")  # fmt: skip
    parser.add_argument("--function", default="", metavar="F",
                        help="which one (default: the first that is wrong, else the longest)")  # fmt: skip
    add_impl(parser)
    parser.add_argument("--seed", type=seed, default=1, metavar="S", help="repeat a run's fresh cases")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write it as JSON")


def main(args: argparse.Namespace) -> int:
    step = args.number or first_not_passed(args.impl, load_state(), load_settings().steps or STEPS)
    if step is None:
        raise CannotGrade("every step passes: name one, as in python -m grader trace 5")
    if args.function and args.function not in step.function_names:
        raise CannotGrade(
            f"step {step.number} has no function {args.function}: {', '.join(step.function_names)}"
        )
    if args.json and not args.json.absolute().parent.is_dir():
        raise CannotGrade(f"cannot write {args.json}: there is no folder {args.json.absolute().parent}")
    screen = Screen()
    try:
        trace = trace_step(args.impl, step, args.function, args.seed)
    except NothingToTrace as error:  # a verdict, not a failure of the grader
        screen.lines(screen.wrap(str(error)))
        return 1
    screen.lines(lines_of(trace, screen))
    screen.flush()
    if args.json:
        write_json(trace.to_dict(args.impl), args.json)
    return 0
