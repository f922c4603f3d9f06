"""`python -m grader trace N`: what each line of a function made."""

from __future__ import annotations

import argparse
from pathlib import Path

from grader.arguments import add_impl, seed, step_number
from grader.kata.files import CannotGrade, write_json
from grader.report.screen import Screen
from grader.student.traced import lines_of, trace_step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", type=step_number, help="the step, 1 to 14")
    parser.add_argument("--function", default="", metavar="F",
                        help="which one (default: the first that is wrong, else the longest)")  # fmt: skip
    add_impl(parser)
    parser.add_argument("--seed", type=seed, default=1, metavar="S", help="repeat a run's fresh cases")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write it as JSON")


def main(args: argparse.Namespace) -> int:
    step = args.number
    if args.function and args.function not in step.function_names:
        raise CannotGrade(
            f"step {step.number} has no function {args.function}: {', '.join(step.function_names)}"
        )
    if args.json and not args.json.absolute().parent.is_dir():
        raise CannotGrade(f"cannot write {args.json}: there is no folder {args.json.absolute().parent}")
    trace = trace_step(args.impl, step, args.function, args.seed)
    screen = Screen()
    screen.lines(lines_of(trace, screen))
    screen.flush()
    if args.json:
        write_json(trace.to_dict(args.impl), args.json)
    return 0
