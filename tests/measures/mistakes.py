"""`python -m grader mistakes`: run the whole register of known mistakes through the real grader.

Each mistake is put into a student's file and judged like one: in a worker, by its function's tests. Nothing
else is written there; with `--whole` everything else is, and right, so that a wrong function is also judged
among the student's own helpers. That takes longer, says the same, and is done by night. A mistake is caught
if one of the tests does not pass, and named right if the result carries its id. (That all other functions
still pass is tested elsewhere: tests/judging/test_fault_independence.py.)
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING

from grader.kata.curriculum import FILES, STEPS, find_step, parse_steps, step_of
from grader.kata.files import CannotGrade, write_json
from grader.kata.stubs import SOLUTIONS, present, pristine
from grader.mistakes import Mistake, forms, name_mistakes, register
from grader.sandbox.host import Host, Limits

if TYPE_CHECKING:
    from grader.judging.session import SuiteSession

NAMED_AT_LEAST = 0.97
SECONDS = 10.0
BATCH = 24
Task = tuple[str, int, int, bool]  # id, form, seed, whether everything else is written


@dataclass(frozen=True)
class Tried:
    """What came of one mistake, in one of its forms."""

    id: str
    form: int
    caught: bool
    diagnosis: str | None
    first_line: str

    @property
    def named(self) -> bool:
        return self.diagnosis == self.id


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="mistakes whose id starts so")
    parser.add_argument(
        "--steps", default=f"1-{len(STEPS)}", metavar="1-11", help="which steps (default: all)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="where the fresh cases come from")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="default: all cores"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every row")
    parser.add_argument("--whole", action="store_true", help="each in a file in which all else is written")
    parser.add_argument("--verbose", action="store_true", help="a row for every mistake, not only for misses")


def main(args: argparse.Namespace) -> int:
    if not present():
        raise CannotGrade("there is no solutions/ here: mistakes are tried in the reference's files")
    try:
        numbers = {step.number for step in parse_steps(args.steps)}
    except ValueError as error:
        raise CannotGrade(str(error)) from None
    chosen = [
        m
        for m in register().values()
        if m.step in numbers and (not args.only or m.id.startswith(tuple(args.only)))
    ]
    ways = [(m.id, form) for m in chosen for form in range(len(forms(m.id)))]
    if not chosen:
        raise CannotGrade(f"no mistake is called {' or '.join(args.only)}")
    tried: list[Tried] = []
    with ProcessPoolExecutor(max(1, args.jobs)) as pool:
        tasks = [(*way, args.seed, args.whole) for way in ways]
        for row in chain.from_iterable(pool.map(try_mistakes, batches(tasks, BATCH))):
            tried.append(row)
            if args.verbose or not (row.caught and row.named):
                verdict = "caught" if row.caught else "MISSED"
                name = "named" if row.named else f"called {row.diagnosis}"
                id = f"{row.id} (form {row.form + 1})" if row.form else row.id
                print(f"{id:45s} {verdict}  {name:30s} {row.first_line[:90]}", flush=True)
    if args.json:
        write_json({"mistakes": [vars(row) | {"named": row.named} for row in tried]}, args.json)
    _table(chosen, tried)
    caught, named = sum(row.caught for row in tried), sum(row.named for row in tried)
    print(f"caught {caught}/{len(tried)} by the owning step, named {named}/{len(tried)} right")
    return 0 if caught == len(tried) and named >= NAMED_AT_LEAST * len(tried) else 1


def _table(chosen: list[Mistake], tried: list[Tried]) -> None:
    """One line a function."""
    functions = dict.fromkeys(m.function for m in chosen)
    print(f"\n{'function':26s} {'mistakes':>8s} {'caught':>8s} {'named':>8s}")
    for function in functions:
        rows = [row for row in tried if row.id.split(".")[0] == function]
        caught, named = sum(row.caught for row in rows), sum(row.named for row in rows)
        print(f"{function:26s} {len(rows):8d} {caught:8d} {named:8d}")
    print()


@lru_cache(maxsize=1)
def _place() -> tuple[Path, Host]:
    """One folder and one warm host for all that this process tries; they end with it."""
    until_end = ExitStack()
    folder = Path(until_end.enter_context(tempfile.TemporaryDirectory()))
    host = until_end.enter_context(Host(folder, SOLUTIONS, limits=Limits(seconds=SECONDS)))
    Finalize(host, until_end.close, exitpriority=1)
    return folder, host


def batches(tasks: Sequence[Task], size: int) -> list[Sequence[Task]]:
    return [tasks[at : at + size] for at in range(0, len(tasks), size)]


def try_mistakes(tasks: Sequence[Task]) -> list[Tried]:
    """Judge some mistakes, each as a student's file, in one session of pytest."""
    from grader.judging.session import with_suites

    tried: list[Tried] = []
    steps = tuple(dict.fromkeys(find_step(forms(id)[form].step) for id, form, *_ in tasks))
    while len(tried) < len(tasks):  # a session that is broken is followed by another one

        def go_on(session: SuiteSession) -> None:
            while len(tried) < len(tasks) and not session.is_broken:
                tried.append(try_mistake(tasks[len(tried)], session))

        with_suites(steps, SECONDS, go_on)
    return tried


def try_mistake(task: Task, session: SuiteSession | None = None) -> Tried:
    """Judge one mistake as a student's file."""
    from grader.judging.run import Options, judge

    id, form, seed, whole = task
    mistake = forms(id)[form]
    folder, host = _place()
    write_student(folder, mistake, alone=not whole)
    host.reload()
    options = Options(seed=seed, seconds=SECONDS, only=mistake.function)
    [step] = judge(
        folder, (find_step(mistake.step),), options, host=host, name_mistakes=name_mistakes, session=session
    ).steps
    wrong = [t for t in step.tests if t.status in ("failed", "error", "timeout")]
    diagnosis = next((t.diagnosis for t in wrong if t.diagnosis), None)
    first = wrong[0].message.splitlines()[0] if wrong else ""
    return Tried(id, form, bool(wrong), diagnosis, first)


def write_student(folder: Path, *mistakes: Mistake, alone: bool = False) -> None:
    """The files of a student who made these mistakes and no others.

    Args:
        alone: whether nothing else is written; otherwise everything else is, and right.
    """
    for name in FILES:
        text = pristine(name) if alone else (SOLUTIONS / name).read_text(encoding="utf-8")
        for mistake in mistakes:
            if name == step_of(mistake.function).file:
                text += f"\n\n{mistake.source}\n"
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    from grader.cli import run_command

    sys.exit(run_command("mistakes", sys.modules[__name__], sys.argv[1:]))
