"""Write the x-ray behind the live page; a process of its own, which the page ends where it does not.

The student's functions may do here what any program of theirs may: read and write files, use the network. It
is their own code on their own machine, and no mark comes of it (the verdicts do come from the sandbox). What
it may use is bounded: the memory of one test, ten seconds of work, a minute by the clock; then it is ended,
with everything that it started.

python -m playground.live.picture DIR OUT.json --without gelu,softmax
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from grader.sandbox.allowed import Limits
from playground.run.implementation import Implementation, ImplementationError
from playground.xray.command import DEFAULT_PROMPT, by_interest, kata_of
from playground.xray.data import xray
from playground.xray.pack import page_data
from reference_activations.models import load_model

MOST_MEMORY = Limits().address_space  # what a test refuses is not filled here, either: that takes seconds
MOST_WORK_S = 10  # seconds of work, not of waiting


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("out", type=Path)
    parser.add_argument("--without", default="", help="functions that the reference stands in for")
    args = parser.parse_args(words)
    keep_small()
    without = frozenset(filter(None, args.without.split(",")))
    try:
        run = xray(kata_of(Implementation(args.folder, without=without)), load_model("pico"), DEFAULT_PROMPT)
    except (ImplementationError, ValueError) as error:
        print(f"live: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    data = page_data(run, by_interest(run), "steps")
    args.out.write_text(json.dumps(data, allow_nan=False, separators=(",", ":")), encoding="utf-8")
    return 0


def keep_small() -> None:
    """Give this process bounds on its memory and its work, where the system knows such bounds."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_WORK_S)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard < 0 else min(most, hard), hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
