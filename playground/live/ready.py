"""The picture that has imported what it needs, and waits for its words: `-m playground.live.ready`."""

from __future__ import annotations

import sys

from grader.sandbox.waiting import words_to_come
from playground.live.picture import main
from reference_activations.models import load_model

if __name__ == "__main__":
    load_model("pico")
    sys.exit(main(words_to_come()))
