"""`python -m grader class DIR --out OUT`: judge a folder of submissions."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from grader.arguments import seconds, seed

if TYPE_CHECKING:
    from grader.classroom.rows import Row
    from grader.classroom.unnamed import Unnamed


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
                        help="only the I-th of N parts of the class; see merge")  # fmt: skip
    parser.add_argument("--known", type=Path, nargs="+", default=[], metavar="OUT",
                        help="take verdicts of earlier runs from these folders where they fit")  # fmt: skip
    parser.add_argument("--seed", type=seed, metavar="S",
                        help="the same cases for all (default: from each submission's files)")  # fmt: skip
    parser.add_argument("--own-stack", action="store_true",
                        help="also judge steps on the student's own earlier ones; no points")  # fmt: skip
    parser.add_argument("--time-limit", type=seconds, metavar="S",
                        help="seconds that one test may take (default: 5)")  # fmt: skip
    parser.add_argument("--gradebook", type=Path, metavar="CSV",
                        help="what Canvas, Moodle, Brightspace or Blackboard exported: the class's list; "
                             "OUT/gradebook.csv is the same with the marks in it")  # fmt: skip
    parser.add_argument(
        "--column", default="", metavar="NAME", help="which column of it is this assignment's"
    )
    parser.add_argument(
        "--feedback-zip", choices=["moodle"], help="also write the reports as Moodle takes them"
    )
    parser.add_argument("--suspects", action="store_true",
                        help="also look for the line at fault where no mistake has a name")  # fmt: skip
    parser.add_argument("--similarity", action="store_true",
                        help="also the files for Dolos and JPlag, with the stubs as base")  # fmt: skip


def main(args: argparse.Namespace) -> int:
    """Exit status 0 when every submission has its result, whatever the marks are; 2 where one has none."""
    from grader.classroom.marking import judge_class
    from grader.classroom.plan import plan_class
    from grader.classroom.room import cores
    from grader.kata.settings import load_settings

    plan = plan_class(args.folder, args.out, load_settings(args.config),
                      seed=args.seed, seconds=args.time_limit, own_stack=args.own_stack,
                      shard=args.shard, known=args.known)  # fmt: skip
    started = monotonic()
    with Progress(len(plan.submissions)) as progress:
        # One more than cores: one of them often waits for a function that hangs.
        judged = judge_class(plan, args.jobs or cores() + 1, progress.advance)
    back = Back(args.gradebook, args.column, args.feedback_zip or "")
    unnamed = None
    if args.suspects:
        from grader.classroom.unnamed import find_unnamed

        unnamed = find_unnamed(plan, judged.rows)
    took = monotonic() - started
    status = write_class(judged.manifest, judged.rows, args.out, took, back, plan.earlier, unnamed)
    if args.similarity:
        from grader.classroom.feedback import export_similarity

        number = export_similarity(plan.submissions, args.out / "similarity")
        print(f"{args.out / 'similarity'}: {number} submissions for Dolos or JPlag")
    return status


@dataclass(frozen=True)
class Back:
    """What goes back to a platform.

    Attributes:
        gradebook: what it exported; None without one.
        column: which of its columns is meant.
        feedback: "moodle" for its zip of reports.
    """

    gradebook: Path | None = None
    column: str = ""
    feedback: str = ""


def write_class(
    manifest: Mapping[str, Any], rows: Sequence[Row], out: Path, seconds: float, back: Back = Back(),
    earlier: Mapping[str, Any] | None = None, unnamed: Sequence[Unnamed] | None = None,
) -> int:  # fmt: skip
    """The files about the whole class, a last line, and the exit status.

    Args:
        earlier: the manifest of the run before into this folder.
        unnamed: see `--suspects`.
    Raises:
        CannotGrade: they cannot be written.
    """
    from grader.classroom.changes import changed_marks, marks_of, write_changes
    from grader.classroom.gradebook import fill
    from grader.classroom.grades import write_grades, write_roster
    from grader.classroom.kept import write_manifest
    from grader.classroom.page import write_page
    from grader.kata.files import CannotGrade, write_bytes

    filled = fill(back.gradebook, rows, back.column) if back.gradebook else None
    changes = changed_marks(earlier or {}, manifest, rows)
    notes = list(filled.notes) if filled else []
    try:
        write_grades(rows, out / "grades.csv", manifest["steps"])
        write_page(manifest, rows, out / "class.html", seconds, filled.roster if filled else None, unnamed)
        if filled:
            write_bytes(filled.data, out / "gradebook.csv")
            write_roster(filled.roster, out / "roster.csv")
        if back.feedback:
            from grader.classroom.feedback import moodle_feedback

            left = moodle_feedback(rows, out / "reports", out / "feedback.zip")
            notes += (
                [f"{', '.join(left[:6])}: without Moodle's number, so not in feedback.zip"] if left else []
            )
        write_changes(changes, out / "changes.csv")
        alike = {
            key: value for key, value in manifest.items() if key not in ("marks", "marks_of", "submissions")
        }
        write_manifest({**manifest, "marks": marks_of(rows), "marks_of": alike}, out)
    except OSError as error:
        raise CannotGrade(f"cannot write {error.filename or out}: {error.strerror or error}") from None
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    odd = sum(row.problem for row in rows)
    unusable = f", {odd} of them hold nothing that can be judged" if odd else ""
    changed = f"; {len(changes)} marks changed, see {out / 'changes.csv'}" if changes else ""
    number = f"{len(rows)} submission{'s' if len(rows) != 1 else ''}"
    print(f"{number}{unusable}: {out / 'grades.csv'}, {out / 'class.html'}{changed}")
    return _unjudged(rows)


def _unjudged(rows: Sequence[Row]) -> int:
    """Say which submissions have no mark, why, and what to do; the exit status."""
    left = [row for row in rows if row.not_judged]
    if not left:
        return 0
    first = left[0]
    which = first.id if len(left) == 1 else f"{len(left)} of {len(rows)}, {first.id} first,"
    print(
        f"grader: {which} could not be judged and {'has' if len(left) == 1 else 'have'} no mark: "
        f"{first.not_judged.rstrip('.')}. Type the same line again: only what has no mark is judged then",
        file=sys.stderr,
    )
    return 2


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

    def advance(self, row: Row, was_there: bool) -> None:
        self._done += 1
        self._kept += was_there
        if self._live:
            from rich.markup import escape

            self._bar.update(self._task, advance=1, description=escape(row.id))
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
