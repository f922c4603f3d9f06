"""What a person may type for a number: a step, a seed, a time limit.

argparse makes one line and exit status 2 of an ArgumentTypeError.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from grader.kata.curriculum import STEPS, Step, find_step


def add_impl(parser: Any, what: str = "the folder that holds pico_gpt.py") -> None:
    """Add --impl DIR to a parser, or to a group of one."""
    parser.add_argument(
        "--impl", type=Path, default=Path("exercises"), metavar="DIR", help=f"{what} (default: exercises)"
    )


def step_number(text: str) -> Step:
    """The step that a user means by N.

    Raises:
        argparse.ArgumentTypeError: there is none.
    """
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a step: write a number, 1 to {len(STEPS)}"
        ) from None
    if number == 0:
        raise argparse.ArgumentTypeError(
            f"step 0 has only a verdict and hints: steps 1 to {len(STEPS)} have the rest"
        )
    try:
        return find_step(number)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def seed(text: str) -> int:
    """A seed.

    Raises:
        argparse.ArgumentTypeError: it is not one.
    """
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number < 2**64:
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0, not '{text}'")
    return number


def seconds(text: str) -> float:
    """A time limit.

    Raises:
        argparse.ArgumentTypeError: it is not one.
    """
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0.05 <= number <= 3600:
        raise argparse.ArgumentTypeError(f"a time limit is 0.05 to 3600 seconds, not '{text}'")
    return number
