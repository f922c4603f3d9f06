"""`python -m grader class DIR --out OUT`: judge a folder of submissions."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from time import monotonic
from typing import Any

from grader.arguments import seconds, seed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR",
                        help="one folder, archive or .py file for each student")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="OUT",
                        help="where the results go; a run that was stopped goes on from there")  # fmt: skip
    parser.add_argument("--config", type=Path, metavar="FILE",
                        help="points, steps and limits (default: ./grading.toml if there)")  # fmt: skip
    parser.add_argument(
        "--jobs", type=_jobs, metavar="N", help="markers side by side (default: one more than cores)"
    )
    parser.add_argument("--shard", type=_shard, default=(1, 1), metavar="I/N",
                        help="only every N-th submission, from the I-th on; see merge")  # fmt: skip
    parser.add_argument("--seed", type=seed, metavar="S",
                        help="the same cases for all (default: from each submission's files)")  # fmt: skip
    parser.add_argument("--own-stack", action="store_true",
                        help="also judge steps on the student's own earlier ones; no points")  # fmt: skip
    parser.add_argument("--time-limit", type=seconds, metavar="S",
                        help="seconds that one test may take (default: 5)")  # fmt: skip


def main(args: argparse.Namespace) -> int:
    """Exit status 0 when every submission has its result, whatever the marks are."""
    from grader.classroom.marking import judge_class, plan_class
    from grader.classroom.pool import cores
    from grader.kata.settings import load_settings

    plan = plan_class(args.folder, args.out, load_settings(args.config),
                      seed=args.seed, seconds=args.time_limit, own_stack=args.own_stack,
                      shard=args.shard)  # fmt: skip
    started = monotonic()
    with Progress(len(plan.submissions)) as progress:
        # One more than cores: one of them often waits for a function that hangs.
        results = judge_class(plan, args.jobs or cores() + 1, progress.advance)
    write_class(plan.manifest(), results, args.out, monotonic() - started)
    return 0


def write_class(manifest: dict[str, Any], results: list[dict[str, Any]], out: Path, seconds: float) -> None:
    """The two files about the whole class, and a last line.

    Raises:
        CannotGrade: they cannot be written.
    """
    from grader.classroom.grades import write_grades
    from grader.classroom.page import write_page
    from grader.kata.files import CannotGrade

    try:
        write_grades(results, out / "grades.csv", manifest["steps"])
        write_page(manifest, results, out / "class.html", seconds)
    except OSError as error:
        raise CannotGrade(f"cannot write {out}: {error.strerror or error}") from None
    odd = sum(bool(result["submission"]["problem"]) for result in results)
    unusable = f", {odd} of them could not be judged" if odd else ""
    number = f"{len(results)} submission{'s' if len(results) != 1 else ''}"
    print(f"{number}{unusable}: {out / 'grades.csv'}, {out / 'class.html'}")


class Progress:
    """A bar in a terminal; elsewhere a line now and then."""

    def __init__(self, total: int):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._total, self._done, self._kept = total, 0, 0
        self._console = Console(stderr=True)
        columns = (TextColumn("judging"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, TextColumn("{task.description}"), console=self._console)
        self._task = self._bar.add_task("", total=total)
        self._live = self._console.is_terminal

    def __enter__(self) -> Progress:
        if self._live:
            self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._live:
            self._bar.stop()

    def advance(self, result: dict[str, Any], was_there: bool) -> None:
        self._done += 1
        self._kept += was_there
        if self._live:
            from rich.markup import escape

            self._bar.update(self._task, advance=1, description=escape(result["submission"]["id"]))
        elif self._done == self._total or self._done % max(1, self._total // 10) == 0:
            before = f" ({self._kept} from before)" if self._kept else ""
            print(f"{self._done} of {self._total}{before}", file=sys.stderr, flush=True)


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"a number of markers from 1, not '{text}'")
    return int(text)


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f"a shard is I/N, such as 1/4 for the first of four, not '{text}'")
    return int(match[1]), int(match[2])
