"""`make suspects`: wrong functions whose faulty line is known, and what the grader points at.

The lists: functions in students' style with the faulty line marked (tests/diagnosis/*marked_lines.py), those
of the other files there that have several lines and a mark, and every fourth slip of the register. Most of
the marked ones were measured before any rule was changed for them, as said at the head of their file; samples
50 to 153 of more_marked_lines.py: 23 of 35 right and 4 wrong, 28 of 35 and 4, 28 of 34 and 3; those of
unseen_marked_lines.py: 23 of 35 and 1, 24 of 34 and 1; of round 4: 31 of 34 and 1, 26 of 35 and 4, 26 of 34
and 3, 23 of 34 and 4; of round 5: 34 of 35 and 1, 32 of 35 and 2.

Their names, if they have one, are withheld. A line is pointed at, or nothing is said; a wrong one costs more
than silence.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from grader.judging.bench import Bench
from grader.judging.results import TestResult
from grader.judging.run import Options, judge
from grader.kata.curriculum import ROOT, Step, find_step, step_of
from grader.kata.files import write_json
from grader.kata.stubs import SOLUTIONS
from grader.mistakes import register, right_versions
from grader.mistakes.accusing import Found
from grader.mistakes.suspect import suspect_of
from grader.sandbox.host import Host, Limits
from grader.sandbox.looking import kept_warm

MARK = re.compile(r"\s*# <--.*$", re.MULTILINE)
RIGHT_AT_LEAST, WRONG_AT_MOST = 0.65, 0.04


@dataclass(frozen=True)
class Sample:
    """A wrong function, and the lines of its text (counted from 1) any of which is the faulty one."""

    name: str
    list: str
    function: str
    source: str
    lines: tuple[int, ...]
    step: int


def marked(file: str) -> Iterator[Sample]:
    """The functions of a file of tests/diagnosis in which a line is marked with `# <--`."""
    text = (ROOT / "tests" / "diagnosis" / f"{file}.py").read_text(encoding="utf-8")
    for number, part in enumerate(re.split(r"^# == ", text, flags=re.MULTILINE)[1:], 1):
        head, source = part.split("\n", 1)
        function = head.split()[0]
        lines = tuple(i for i, row in enumerate(source.split("\n"), 1) if MARK.search(row))
        if lines:
            yield Sample(
                f"{file}:{number}:{function}",
                file,
                function,
                MARK.sub("", source),
                lines,
                step_of(function).number,
            )


def slips() -> Iterator[Sample]:
    """Every fourth mistake of the register that is a slip in one place of a longer right function."""
    found = [m for m in register().values() if isinstance(m.written, tuple) and len(m.written) == 1]
    for mistake in found[::4]:
        right, wrong = _text(right_versions()[mistake.function]), mistake.source
        a, b = right.splitlines(), wrong.splitlines()
        lines: set[int] = set()
        for kind, _, _, j1, j2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            if kind != "equal":
                lines |= set(range(j1 + 1, j2 + 1)) or {j1, j1 + 1}
        if len(b) > 2 and lines:
            yield Sample(mistake.id, "register", mistake.function, wrong, tuple(sorted(lines)), mistake.step)


def _text(function: object) -> str:
    import inspect
    import textwrap

    text = "\n" + textwrap.dedent(inspect.getsource(function))  # type: ignore[arg-type]
    return text[text.index("\ndef ") + 1 :]


def samples() -> list[Sample]:
    return [
        s
        for file in (
            "marked_lines",
            "more_marked_lines",
            "unseen_marked_lines",
            "round_4_marked_lines",
            "round_5_marked_lines",
            "other_words",
            "no_known_mistake",
        )
        for s in marked(file)
        if s.list.endswith("marked_lines") or s.source.strip().count("\n") >= 2
    ] + list(slips())


def look(sample: Sample, host: Host) -> tuple[str, int | None, Found, int]:
    """ "right", "wrong", "silent" or "passed", and the line of the sample's text that was pointed at."""
    first = 0
    for path in sorted(SOLUTIONS.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name == step_of(sample.function).file:
            text = without(text, sample.function)
            first = text.count("\n") + 2
            text = f"{text}\n\n{sample.source}\n"
        (host.impl / path.name).write_text(text, encoding="utf-8")
    host.reload()
    benches: list[Bench] = []

    def keep(step: Step, tests: list[TestResult], bench: Bench) -> None:
        benches.append(bench)

    options = Options(seed=5, only=sample.function)
    judge(host.impl, (find_step(sample.step),), options, host=host, name_mistakes=keep)
    if not benches:
        return "passed", None, Found(), first
    source = benches[0].source_of(sample.function)
    assert source is not None
    found = suspect_of(sample.function, source, benches[0].calls, benches[0], host.impl, SOLUTIONS)
    if found.line is None:
        return "silent", None, found, first
    line = found.line - first
    return ("right" if line in sample.lines else "wrong"), line, found, first


def without(text: str, function: str) -> str:
    """A file without a function."""
    node = next(n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name == function)
    rows = text.split("\n")
    return "\n".join(rows[: node.lineno - 1] + rows[node.end_lineno :])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", default="", metavar="TEXT", help="samples whose name has this in it")
    parser.add_argument(
        "--verbose", action="store_true", help="a row for every sample, not only for wrong ones"
    )
    parser.add_argument("--traces", action="store_true", help="also what the lines made")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every row")


def main(args: argparse.Namespace) -> int:
    rows: list[dict[str, object]] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Host(Path(folder), SOLUTIONS, limits=Limits(seconds=10)) as host,
        kept_warm(),
    ):
        for sample in samples():
            if args.only not in sample.name:
                continue
            verdict, line, found, first = look(sample, host)
            rows.append(
                {
                    "name": sample.name,
                    "list": sample.list,
                    "step": sample.step,
                    "verdict": verdict,
                    "line": line,
                    "lines": sample.lines,
                    "strong": found.strong and found.strong - first,
                    "repairs": {n - first: cost for n, cost in found.repairs.items()},
                    "tried": found.tried,
                    "cpu_s": round(found.cpu_s, 3),
                }
            )
            if args.verbose or verdict in ("wrong", "passed"):
                _show(rows[-1])
            for one in found.made[:20] if args.traces else ():
                print(f"            {one.line - first:4d} {one.name:12s} {one.shape} {one.words}")
    rows = [row for row in rows if row["verdict"] != "passed"]
    _table(rows)
    if args.json:
        write_json({"suspects": rows}, args.json)
    right, wrong = (sum(row["verdict"] == v for row in rows) for v in ("right", "wrong"))
    return 0 if right >= RIGHT_AT_LEAST * len(rows) and wrong <= WRONG_AT_MOST * len(rows) else 1


def _show(row: dict[str, object]) -> None:
    print(
        f"{row['verdict']!s:7s} {row['name']!s:40s} said {row['line']}, marked {row['lines']}; trace "
        f"{row['strong']}; repairs {row['repairs']}; {row['tried']} tried, {row['cpu_s']} s",
        flush=True,
    )


def _table(rows: list[dict[str, object]]) -> None:
    for what in ("list", "step"):
        print(f"\n{what:18s} {'functions':>9s} {'right':>6s} {'wrong':>6s} {'silent':>6s}")
        for key in sorted({row[what] for row in rows}, key=str):
            _row(str(key), [row for row in rows if row[what] == key])
    _row("all", rows)
    times = sorted(float(str(row["cpu_s"])) for row in rows)
    if len(times) > 1:
        late = quantiles(times, n=20)[-1]
        print(f"\nCPU a function: median {median(times):.2f} s, 95th percentile {late:.2f} s")


def _row(name: str, rows: list[dict[str, object]]) -> None:
    counts = [sum(row["verdict"] == v for row in rows) for v in ("right", "wrong", "silent")]
    print(f"{name:18s} {len(rows):9d} {counts[0]:6d} {counts[1]:6d} {counts[2]:6d}")


if __name__ == "__main__":
    from grader.cli import run_command

    sys.exit(run_command("suspects", sys.modules[__name__], sys.argv[1:]))
