"""A process that has imported what its work needs, and waits for its words: a save then waits for none of it.

python -m playground.live.ready judge|draw      # one line on standard input: the words, as JSON

It does one piece of work and ends; without a line it ends when nobody holds its standard input any more.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

# As grader/__main__.py has it: the matrices are small, and the other core is the worker's.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


def main(kind: str) -> int:
    work = {"judge": judging, "draw": drawing}[kind]()
    line = sys.stdin.buffer.readline()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # the words were for this process, and not for the code that it runs
    os.close(nothing)
    return work(json.loads(line)) if line else 0


def judging() -> Callable[[list[str]], int]:
    """`python -m grader run`, with the base of its workers up."""
    from grader.sandbox.allowed import Limits
    from grader.sandbox.base import start_ahead

    start_ahead(Limits())
    import grader.judging.session
    import grader.student.run
    from grader.cli import run_command
    from grader.student.early import warm_up

    warm_up()
    return lambda words: run_command("run", grader.student.run, words)


def drawing() -> Callable[[list[str]], int]:
    """`python -m playground.live.picture`, with the model in memory."""
    from playground.live.picture import main as draw
    from reference_activations.models import load_model

    load_model("pico")
    return draw


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
