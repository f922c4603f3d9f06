"""Step numbers on the command line."""

from __future__ import annotations

import argparse

from grader.kata.curriculum import STEPS, Step, find_step


def step_number(text: str) -> Step:
    """The step that a user means by N.

    Raises:
        argparse.ArgumentTypeError: there is none; argparse makes one line and exit status 2 of it.
    """
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a step: write a number, 1 to {len(STEPS)}"
        ) from None
    try:
        return find_step(number)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
