"""`python -m grader run` that has imported what it needs and waits for its words, for the live page."""

from __future__ import annotations

import argparse
import sys

from grader.sandbox.allowed import Limits
from grader.sandbox.base import start_ahead
from grader.sandbox.waiting import words_to_come


def main() -> int:
    start_ahead(Limits())  # it comes up while the rest is imported
    import grader.judging.session  # noqa: F401
    from grader.kata.files import CannotGrade
    from grader.student import run
    from grader.student.early import warm_up

    warm_up()
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    try:
        return run.main(parser.parse_args(words_to_come()))
    except CannotGrade as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
