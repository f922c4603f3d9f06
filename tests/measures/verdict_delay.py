"""Does the search for the line at fault delay the verdict? Pairs of runs that differ in nothing else.

python -m tests.measures.verdict_delay --pairs 15

`step N` judges a wrong function that no known mistake names, once with the search and once with a stub in its
place, in turn and each time in the other order, through a terminal (a pty) and through a pipe. What counts is
the time from the program's start until its line of points, the last one of the verdict, has arrived.
"""

from __future__ import annotations

import argparse
import os
import re
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from grader.kata.curriculum import ROOT, step_of
from grader.kata.stubs import SOLUTIONS
from tests.measures.suspects import marked, without

STUB = """
import sys, types
stub = types.ModuleType("grader.mistakes.suspect")
stub.find_suspects = lambda *args: {}
sys.modules["grader.mistakes.suspect"] = stub
"""
RUN = "import sys; from grader.cli import main; sys.exit(main(sys.argv[1:]))"
VERDICT = re.compile(rb"\d+ of \d+ points")
LINE = re.compile(rb"look at line \d+")
PATIENCE_S = 120.0
WANTED_S = 0.05  # the median of the pairs' differences


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=15, metavar="N", help="for a terminal, and for a pipe")
    parser.add_argument(
        "--sample", default="unseen_marked_lines:15:", metavar="NAME", help="which wrong function (suspects)"
    )
    args = parser.parse_args()
    [sample] = [s for s in marked(args.sample.split(":")[0]) if args.sample in s.name]
    worst = 0.0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for path in sorted(SOLUTIONS.glob("*.py")):
            text = path.read_text(encoding="utf-8")
            if path.name == step_of(sample.function).file:
                text = f"{without(text, sample.function)}\n\n{sample.source}\n"
            (folder / path.name).write_text(text, encoding="utf-8")
        for through in ("pty", "pipe"):
            pairs, lines = [], 0
            for n in range(args.pairs):
                times: dict[bool, float] = {}
                for stubbed in (n % 2 == 0, n % 2 == 1):
                    times[stubbed], said = until_verdict(sample.step, folder, through == "pty", stubbed)
                    lines += said and not stubbed
                pairs.append((times[False], times[True]))
            apart = median(real - stub for real, stub in pairs)
            worst = max(worst, apart)
            print(
                f"{through:4s}: {len(pairs)} pairs of step {sample.step} on {sample.name}: until the verdict "
                f"{median(a for a, _ in pairs):.3f} s with the search, {median(b for _, b in pairs):.3f} s "
                f"without; median of the differences {apart * 1000:+.0f} ms; a line was named {lines} times",
                flush=True,
            )
    return 0 if worst <= WANTED_S else 1


def until_verdict(step: int, folder: Path, terminal: bool, stubbed: bool) -> tuple[float, bool]:
    """Seconds until the verdict has arrived, and whether a line at fault came after it."""
    code = (STUB if stubbed else "") + RUN
    command = [sys.executable, "-c", code, "step", str(step), "--impl", str(folder)]
    ours, theirs = os.openpty() if terminal else os.pipe()
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen, arrived = b"", 0.0
    try:
        while time.perf_counter() - started < PATIENCE_S:
            if not select.select([ours], [], [], 0.5)[0]:
                continue
            try:
                more = os.read(ours, 1 << 16)
            except OSError:  # a terminal whose other end is closed
                break
            if not more:
                break
            seen += more
            if not arrived and VERDICT.search(seen):
                arrived = time.perf_counter() - started
    finally:
        os.close(ours)
        process.kill()
        process.wait()
    if not arrived:
        raise SystemExit(f"no verdict came:\n{seen.decode(errors='replace')}")
    after = seen[VERDICT.search(seen).end() :]  # type: ignore[union-attr]
    return arrived, bool(LINE.search(after))


if __name__ == "__main__":
    sys.exit(main())
