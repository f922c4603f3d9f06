"""`watch [N]`: judge the current step whenever its file is saved."""

from __future__ import annotations

import argparse

from grader.arguments import add_impl, seconds, step_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", nargs="?", type=step_number,
                        help="stay at this step (default: the first that does not pass)")  # fmt: skip
    add_impl(parser)
    parser.add_argument("--time-limit", type=seconds, default=10.0, metavar="S",
                        help="seconds that one test may take (default: 10)")  # fmt: skip
    parser.add_argument(
        "--poll",
        action="store_true",
        help="for file systems that do not tell of changes: look again and again",
    )


def main(args: argparse.Namespace) -> int:
    from grader.student.loop import Watch

    return Watch(args.impl, args.number, args.time_limit, True if args.poll else None).run()
