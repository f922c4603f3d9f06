"""Long lists of samples: by day the first of each kind, by night the others (`pytest -m nightly`)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

import pytest

Sample = TypeVar("Sample")


def one_of_each(
    samples: Iterable[Sample], kind: Callable[[Sample], Hashable], name: Callable[[Sample], str] = str
) -> list[Any]:
    """The samples as parameters; who is of a kind that came before is left to the night."""
    seen: set[Hashable] = set()
    made: list[Any] = []
    for sample in samples:
        repeats = (this := kind(sample)) in seen
        seen.add(this)
        made.append(pytest.param(sample, id=name(sample), marks=[pytest.mark.nightly] if repeats else []))
    return made
