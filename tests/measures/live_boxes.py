"""How often the live page's first wrong box is the function that holds the mistake.

python -m tests.measures.live_boxes --each 10

Each registered mistake is saved as a student's file, judged by the code behind the page, and the function
that the page would show first is compared with the mistake's own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader.kata.curriculum import STEPS
from grader.mistakes import Mistake, register
from playground.live.runner import Ready, Runner
from playground.live.verdicts import Verdicts
from tests.measures.mistakes import write_student


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--each", type=int, default=10, help="mistakes of a step (default: 10)")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args(words)
    by_step: dict[int, list[Mistake]] = defaultdict(list)
    for mistake in register().values():
        step = next(s.number for s in STEPS if mistake.function in s.function_names)
        if len(by_step[step]) < args.each:
            by_step[step].append(mistake)
    chosen = [(step, mistake) for step in sorted(by_step) for mistake in by_step[step]]
    with ThreadPoolExecutor(args.jobs) as pool:
        shown = list(pool.map(lambda one: first_box(*one), chosen))
    right = 0
    for (step, mistake), found in zip(chosen, shown):
        right += found == mistake.function
        if found != mistake.function:
            print(f"step {step}, {mistake.id}: the page shows {found or 'nothing'}, not {mistake.function}")
    print(f"{right} of {len(chosen)} first wrong boxes are the mistake's function: {right / len(chosen):.1%}")
    return 0


def first_box(step: int, mistake: Mistake) -> str | None:
    """The function that the live page would show first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "student"
        folder.mkdir()
        write_student(folder, mistake)
        verdicts = Verdicts(folder)
        verdicts.judge(step, Runner(Ready("grader.student.ready")))
        first = verdicts.first_wrong()
        return None if first is None else first.function


if __name__ == "__main__":
    sys.exit(main())
