"""What `step` and `run` share: the options, the run, the reports, the exit status."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.arguments import add_impl, seconds
from grader.arguments import seed as seed_number
from grader.classroom.room import Watch, check_room
from grader.judging.bench import Bench
from grader.judging.results import RunResult, StepResult, TestResult
from grader.judging.run import Options, judge
from grader.kata.curriculum import STEPS, Step
from grader.kata.files import CannotGrade
from grader.kata.seeds import given_secret
from grader.kata.settings import Settings, load_settings
from grader.mistakes import name_mistakes
from grader.report import FORMATS, writer
from grader.student.state import remember

# Where these hold a number it is taken for a mark: a grader that could not do its work writes none.
NO_MARK_WITHOUT_A_RESULT = ("json", "gradescope", "classroom50")
OnStep = Callable[[StepResult], None]
OnTest = Callable[[StepResult, TestResult], None]
OnVerdict = Callable[[RunResult, Bench], None]


class Unusable(Exception):
    """What was handed in cannot be judged: that is a result, and not the grader's failure."""


@dataclass(frozen=True)
class Request:
    """What the command line asks for.

    Attributes:
        impl: the student's folder.
        submission: what was handed in, to be judged instead of `impl`.
        config: the settings file; None takes ./grading.toml where it is there.
        seed, time_limit: instead of those of the settings.
        reports: report -> the file to write it to.
        github: also write a summary and annotations for GitHub Actions.
    """

    impl: Path
    submission: Path | None
    config: Path | None
    seed: int | None
    time_limit: float | None
    in_process: bool
    reports: Mapping[str, Path]
    github: bool

    @property
    def is_marking(self) -> bool:
        """Whether this gives marks, and not practice."""
        return bool(self.submission or {"gradescope", "classroom50"} & set(self.reports))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    add_impl(where)
    where.add_argument("--submission", type=Path, metavar="PATH",
                       help="for marking: what a student handed in, as a folder, an archive or a file; "
                            "only the kata's files are taken out of it")  # fmt: skip
    parser.add_argument("--config", type=Path, metavar="FILE",
                        help="points, steps and limits (default: ./grading.toml if there)")  # fmt: skip
    parser.add_argument(
        "--seed", type=seed_number, default=None, metavar="S", help="repeat a run's fresh cases"
    )
    parser.add_argument("--time-limit", type=seconds, default=None, metavar="S",
                        help="seconds that one test may take (default: 10)")  # fmt: skip
    parser.add_argument("--in-process", action="store_true",
                        help="run your code in this process, for breakpoint(); gives no marks")  # fmt: skip
    for name, what in FORMATS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"also write {what}")
    parser.add_argument("--github", action="store_true",
                        help="also write a job summary and annotations for GitHub Actions")  # fmt: skip


def requested(args: argparse.Namespace) -> Request:
    """The request; where its files lie does not depend on the current folder."""
    reports = {name: getattr(args, name).absolute() for name in FORMATS if getattr(args, name)}
    return Request(args.impl, args.submission, args.config, args.seed, args.time_limit, args.in_process,
                   reports, args.github)  # fmt: skip


def run(
    request: Request,
    steps: tuple[Step, ...] | None,
    on_step: OnStep,
    on_verdict: OnVerdict | None = None,
    on_test: OnTest = lambda step, test: None,
) -> RunResult:
    """Judge, write the reports that were asked for, and return the result.

    Args:
        steps: which steps; None takes those of grading.toml, else all.
        on_verdict: called with the result of a run without marks and what its tests shared, while the files
            are still there and before the reports are written.
        on_test: called with every test as soon as it is judged; mistakes have no names yet.
    Raises:
        CannotGrade: the work could not be done; the reports that were asked for list every test and say so.
    """
    for report in request.reports.values():
        if not report.parent.is_dir():
            raise CannotGrade(f"cannot write {report}: there is no folder {report.parent}")
    if request.is_marking:
        for report in request.reports.values():  # a student may have committed such a file
            with contextlib.suppress(OSError):
                report.unlink(missing_ok=True)
    settings, sources = Settings(), None
    try:
        settings = load_settings(request.config)
        steps = settings.priced(steps or settings.steps or STEPS)
        result, sources = _judge(request, steps, settings, on_step, on_verdict, on_test)
    except Unusable as error:
        print(f"nothing to judge: {error}", file=sys.stderr)
        result = _not_judged(request, settings.priced(steps or STEPS), str(error))
    except Exception as error:
        why = error if isinstance(error, CannotGrade) else CannotGrade(_broken(error))
        raise refused(request, settings.priced(steps or STEPS), why) from (None if why is error else error)
    write_reports(request, result, sources)
    return result


def _judge(
    request: Request,
    steps: tuple[Step, ...],
    settings: Settings,
    on_step: OnStep,
    on_verdict: OnVerdict | None,
    on_test: OnTest,
) -> tuple[RunResult, Mapping[str, bytes] | None]:
    marking = request.is_marking
    if marking and request.in_process:
        raise CannotGrade("--in-process is for debugging and gives no marks: leave it out")
    if marking:
        check_room(1)
    if "classroom50" in request.reports:
        from grader.report.classroom50 import identity

        identity(os.environ)
    if request.github or os.environ.get("GITHUB_ACTIONS") == "true":
        from grader.report.github import hold_commands

        hold_commands()
    with _folder(request) as (impl, shown, sources):
        seed = partial(settings.seed_of_marks, secret=given_secret()) if marking else settings.seed_at_home()
        options = Options(
            seed=request.seed if request.seed is not None else seed,
            seconds=request.time_limit or settings.time_limit or 10.0,
            in_process=request.in_process,
            needs_sandbox=marking and not settings.allow_unsandboxed,
        )
        watch = Watch()
        benches: list[Bench] = []
        result = judge(impl, steps, options, on_step, on_test=on_test, name_mistakes=name_mistakes,
                       on_bench=benches.append)  # fmt: skip
        if marking and (trouble := watch.trouble()):
            raise CannotGrade(trouble)
        if not request.in_process and not request.submission:
            remember(request.impl, result)  # before it is shown: who reads it may leave in the middle
        if on_verdict and not marking and not request.in_process:
            on_verdict(result, benches[0])
    return replace(result, impl=shown), sources


@contextlib.contextmanager
def _folder(request: Request) -> Iterator[tuple[Path, str, Mapping[str, bytes] | None]]:
    """The folder to judge, how a report calls it, and what was taken out of a submission.

    Raises:
        Unusable: there is nothing in the submission that can be judged.
    """
    if not request.submission:
        yield request.impl, request.impl.as_posix(), None
        return
    from grader.classroom.reader import read_submission

    if not os.path.lexists(request.submission):
        raise CannotGrade(f"there is no submission at {request.submission}")
    taken = read_submission(request.submission.resolve())
    for note in taken.notes:
        print(f"note: {note}", file=sys.stderr)
    if taken.problem:
        raise Unusable(taken.problem)
    with tempfile.TemporaryDirectory(prefix="pico-gpt-submission-") as private:
        taken.write(Path(private) / "exercises")
        with _working_in(private):  # so that messages say exercises/pico_gpt.py, as the student knows it
            yield Path("exercises"), taken.origin, taken.files


@contextlib.contextmanager
def _working_in(folder: str) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def refused(request: Request, steps: tuple[Step, ...], why: CannotGrade) -> CannotGrade:
    """The reason again, once every report that was asked for lists every test and says it."""
    if request.is_marking:
        kept = {name: path for name, path in request.reports.items() if name not in NO_MARK_WITHOUT_A_RESULT}
        request = replace(request, reports=kept)
    with contextlib.suppress(CannotGrade):
        write_reports(request, _not_judged(request, steps, str(why)))
    return why


def _not_judged(request: Request, steps: tuple[Step, ...], why: str) -> RunResult:
    """A result in which every selected test is listed, and says why it was not judged."""
    from grader.judging.marks import unjudged

    results = unjudged(steps, f"not judged: {why}")
    return RunResult((request.submission or request.impl).as_posix(), {}, request.seed or 0, "none", results)


def _broken(error: Exception) -> str:
    return f"the grader itself failed: {type(error).__name__}: {' '.join(str(error).split())}"


def write_reports(request: Request, result: RunResult, sources: Mapping[str, bytes] | None = None) -> None:
    """Write every report that was asked for.

    Args:
        sources: the student's files, where they are not at `result.impl` here.
    Raises:
        CannotGrade: a file cannot be written; the others are.
    """
    problems = []
    for name, path in request.reports.items():
        try:
            writer(name)(result, path)
        except OSError as error:
            problems.append(f"cannot write {path}: {error.strerror or error}")
        except CannotGrade as error:
            problems.append(str(error))
    if request.github:
        from grader.report.github import write_github

        try:
            write_github(result, sources)
        except OSError as error:
            problems.append(f"cannot write {error.filename or 'for GitHub'}: {error.strerror or error}")
    if problems:
        raise CannotGrade("; ".join(problems))


def exit_status(result: RunResult, request: Request) -> int:
    if request.in_process:
        print("judged in this process: for debugging, never for marks", file=sys.stderr)
    return 0 if result.passed else 1
