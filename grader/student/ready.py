"""`python -m grader run` that has imported what it needs, and waits for its words.

python -m grader.student.ready      # one line on standard input: the words, as JSON

It judges once and ends; without a line it ends when nobody holds its standard input any more.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

# As grader/__main__.py has it: the matrices are small, and the other core is the worker's.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


def main() -> int:
    from grader.sandbox.allowed import Limits
    from grader.sandbox.base import start_ahead

    start_ahead(Limits())
    from grader.kata.files import CannotGrade
    from grader.student import run
    from grader.student.early import warm_up

    warm_up()
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    line = sys.stdin.buffer.readline()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # the words were for this process, and not for the code that it runs
    os.close(nothing)
    try:
        return run.main(parser.parse_args(json.loads(line))) if line else 0
    except CannotGrade as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
