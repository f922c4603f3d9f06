"""A platform's own gradebook, as its CSV: the roster, and where marks go back to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Roster:
    """The class's list beside what was handed in.

    Attributes:
        missing: who handed in nothing.
        unknown: who handed in and is not on the list.
    """

    missing: tuple[str, ...]
    unknown: tuple[str, ...]
