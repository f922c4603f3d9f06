"""What `step` and `run` share: the options, the run, the reports, the exit status."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable
from pathlib import Path

from grader.curriculum import Step
from grader.results import CannotGrade, RunResult, StepResult
from grader.run import Options, judge


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--impl", type=Path, default=Path("exercises"), metavar="DIR",
                        help="the folder that holds pico_gpt.py (default: exercises)")  # fmt: skip
    parser.add_argument("--seed", type=_seed, default=None, metavar="S", help="repeat a run's fresh cases")
    parser.add_argument("--time-limit", type=_seconds, default=None, metavar="S",
                        help="seconds that one test may take (default: 10)")  # fmt: skip
    parser.add_argument("--in-process", action="store_true",
                        help="run your code in this process, so that breakpoint() works; gives no marks")  # fmt: skip
    for name, what in (
        ("json", "the whole result"),
        ("junit", "JUnit XML"),
        ("gradescope", "Gradescope's results.json"),
        ("classroom50", "Classroom 50's result.json"),
        ("exercism", "Exercism's results.json"),
    ):
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"also write {what}")
    parser.add_argument("--github", action="store_true",
                        help="also write a job summary and annotations for GitHub Actions")  # fmt: skip


def run(
    args: argparse.Namespace, steps: tuple[Step, ...], on_step: Callable[[StepResult], None]
) -> RunResult:
    """Judge, write the reports that were asked for, and return the result.

    Raises:
        CannotGrade: the work could not be done; reports that were asked for say so.
    """
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1_000_000)
    options = Options(seed=seed, seconds=args.time_limit or 10.0, in_process=args.in_process)
    for report in _files(args).values():
        if not report.parent.is_dir():
            raise CannotGrade(f"cannot write {report}: there is no folder {report.parent}")
    result = judge(args.impl, steps, options, on_step)
    write_reports(args, result)
    return result


def write_reports(args: argparse.Namespace, result: RunResult) -> None:
    """Write every report that was asked for.

    Raises:
        CannotGrade: a file cannot be written.
    """
    from grader.report import WRITERS

    for name, path in _files(args).items():
        try:
            WRITERS[name](result, path)
        except OSError as error:
            raise CannotGrade(f"cannot write {path}: {error.strerror or error}") from None
    if args.github:
        from grader.report.github import write_github

        write_github(result)


def exit_status(result: RunResult, args: argparse.Namespace) -> int:
    if args.in_process:
        print("judged in this process: for debugging, never for marks", file=sys.stderr)
    return 0 if result.passed else 1


def _files(args: argparse.Namespace) -> dict[str, Path]:
    names = ("json", "junit", "gradescope", "classroom50", "exercism")
    return {name: getattr(args, name) for name in names if getattr(args, name)}


def _seed(text: str) -> int:
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if not 0 <= seed < 2**63:
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0, not '{text}'")
    return seed


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0.05 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"a time limit is 0.05 to 3600 seconds, not '{text}'")
    return seconds
