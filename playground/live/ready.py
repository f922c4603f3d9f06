"""`python -m playground.live.picture` that has imported what it needs, and waits for its words.

python -m playground.live.ready      # one line on standard input: the words, as JSON

It draws once and ends; without a line it ends when nobody holds its standard input any more.
"""

from __future__ import annotations

import json
import os
import sys

# As grader/__main__.py has it: the matrices are small, and the other core is the judge's.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


def main() -> int:
    from playground.live.picture import main as draw
    from reference_activations.models import load_model

    load_model("pico")
    line = sys.stdin.buffer.readline()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # the words were for this process, and not for the code that it runs
    os.close(nothing)
    return draw(json.loads(line)) if line else 0


if __name__ == "__main__":
    sys.exit(main())
