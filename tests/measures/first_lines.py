"""`make first-lines`: what a beginner reads first, held against the words that a teacher would use.

`tests/diagnosis/beginners/` holds wrong functions as beginners write them, a file a step, each below a line
with the words that the first line of the message must have: `# == function | word, one word|or another,
!a word that it must not have`. A first line *says what to change* if it has all of these words; it is *false*
if it names a mistake (the result has a diagnosis) without having them.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.util import Finalize
from pathlib import Path

from grader.kata.curriculum import ROOT, find_step, step_of
from grader.kata.stubs import SOLUTIONS
from grader.mistakes import name_mistakes
from grader.sandbox.host import Host, Limits

SAYS_AT_LEAST = 0.85
BEGINNERS = ROOT / "tests" / "diagnosis" / "beginners"
SECONDS = 20.0


@dataclass(frozen=True)
class Beginner:
    """One wrong function, and the words that a teacher would use."""

    number: int
    function: str
    step: int
    words: tuple[str, ...]
    source: str

    def missing(self, line: str) -> list[str]:
        """What the line should say and does not, or says and should not."""
        line = line.lower()

        def is_missing(word: str) -> bool:
            if word.startswith("!"):
                return word[1:].lower() in line
            return not any(one.lower() in line for one in word.split("|"))

        return [word for word in self.words if is_missing(word)]


@dataclass(frozen=True)
class Read:
    """What one of them reads."""

    beginner: Beginner
    first_line: str
    diagnosis: str | None

    @property
    def says(self) -> bool:
        return not self.beginner.missing(self.first_line)

    @property
    def is_false(self) -> bool:
        return self.diagnosis is not None and not self.says


def beginners(folder: Path = BEGINNERS) -> Iterator[Beginner]:
    """All of them, step by step."""
    number = 0
    for path in sorted(folder.glob("step_*.py")):
        for part in re.split(r"^# == ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            number += 1
            head, source = part.split("\n", 1)
            function, _, words = head.partition(" | ")
            wanted = tuple(word.strip() for word in words.split(", "))
            yield Beginner(number, function, int(path.stem[5:7]), wanted, source)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=[], metavar="FUNCTION", help="or numbers")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--verbose", action="store_true", help="every first line, not only those that miss")
    args = parser.parse_args()
    chosen = [b for b in beginners() if not args.only or {b.function, str(b.number)} & {*args.only}]
    with ProcessPoolExecutor(args.jobs) as pool:
        rows = []
        for row in pool.map(read, chosen, chunksize=4):
            rows.append(row)
            if args.verbose or not row.says:
                mark = "false" if row.is_false else "says" if row.says else "misses"
                print(f"{row.beginner.number:4d} {row.beginner.function:24s} {mark:7s} {row.first_line}")
                if not row.says:
                    print(f"{'':37s} wanted: {', '.join(row.beginner.missing(row.first_line))}", flush=True)
    return report(rows)


def report(rows: list[Read]) -> int:
    """A line a step, and the sum."""
    print(f"\n{'step':>4s} {'':20s} {'beginners':>9s} {'say it':>7s} {'false':>6s}")
    for number in sorted({row.beginner.step for row in rows}):
        mine = [row for row in rows if row.beginner.step == number]
        says, false = sum(row.says for row in mine), sum(row.is_false for row in mine)
        print(f"{number:4d} {find_step(number).name:20s} {len(mine):9d} {says:7d} {false:6d}")
    says, false = sum(row.says for row in rows), sum(row.is_false for row in rows)
    print(
        f"\n{says} of {len(rows)} first lines say what to change ({says / len(rows):.0%}), {false} are false"
    )
    return 0 if says >= SAYS_AT_LEAST * len(rows) and not false else 1


@lru_cache(maxsize=1)
def _place() -> tuple[Path, Host]:
    """One folder and one warm host for all that this process tries; they end with it."""
    until_end = ExitStack()
    folder = Path(until_end.enter_context(tempfile.TemporaryDirectory()))
    host = until_end.enter_context(Host(folder, SOLUTIONS, limits=Limits(seconds=SECONDS)))
    Finalize(host, until_end.close, exitpriority=1)
    return folder, host


def read(beginner: Beginner) -> Read:
    """Judge one of them, as `step` does, and return what the screen shows first."""
    from grader.judging.run import Options, judge

    folder, host = _place()
    for path in sorted(SOLUTIONS.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name == step_of(beginner.function).file:
            text = _with_function(text, beginner.function, beginner.source)
        (folder / path.name).write_text(text, encoding="utf-8")
    host.reload()
    options = Options(seed=1, seconds=SECONDS, only=beginner.function, own_stack=False)
    [step] = judge(folder, (find_step(beginner.step),), options, host=host, name_mistakes=name_mistakes).steps
    problem = step.first_problem
    if problem is None:
        return Read(beginner, "it passes", None)
    return Read(beginner, problem.message.split("\n")[0], problem.diagnosis)


def _with_function(text: str, function: str, source: str) -> str:
    """A solution file with another text for this function."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            lines[node.lineno - 1 : node.end_lineno] = source.rstrip().splitlines()
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
