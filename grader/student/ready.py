"""`python -m grader run` that has imported what it needs and waits for its words, for the live page.

One word is its own: --first FILE, which gets the step as far as it is known when a test fails for the first
time. The name of the mistake, which may take a second or two, is in the result.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grader.judging.results import WRONG, StepResult, TestResult
from grader.kata.files import CannotGrade, write_json
from grader.sandbox.allowed import Limits
from grader.sandbox.base import start_ahead
from grader.sandbox.waiting import words_to_come


def main() -> int:
    start_ahead(Limits())  # it comes up while the rest is imported
    import grader.judging.session  # noqa: F401
    from grader.student import run
    from grader.student.early import warm_up

    warm_up()
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=Path)
    run.add_arguments(parser)
    args = parser.parse_args(words_to_come())

    def note(step: StepResult, test: TestResult) -> None:
        if test.status in WRONG and args.first and not args.first.exists():
            write_json({"steps": [step.to_dict()]}, args.first)

    try:
        return run.main(args, note)
    except CannotGrade as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
