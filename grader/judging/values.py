"""What came over the wire, read as an array or as a token id."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.judging.failure import Array


def strict_array(value: Any) -> Array | None:
    """A numeric array from an array, a number, or nested lists of plain numbers; else None."""
    return None if _has_parts(value) else as_array(value)


def _has_parts(value: Any) -> bool:
    """Whether a value is a tuple, or a list with arrays or tuples in it."""
    if isinstance(value, list):
        return any(_has_parts(item) or (isinstance(item, np.ndarray) and item.ndim > 0) for item in value)
    return isinstance(value, tuple)


def as_array(value: Any) -> Array | None:
    """A numeric array from an array, a number or a regular nested list; else None."""
    if isinstance(value, (list, tuple)):
        if not _is_of_numbers(value):
            return None
        try:
            value = np.array(value)
        except (ValueError, TypeError, OverflowError):
            return None
    if isinstance(value, (int, float, np.generic)) and not isinstance(value, bool):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        return None
    return value


def _is_of_numbers(value: Any) -> bool:
    """Whether a nested list holds numbers alone; a text in it would be padded into every place."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_of_numbers, value))
    return isinstance(value, (int, float, np.number, np.bool_)) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "fiub"
    )


def as_id(value: Any) -> int | None:
    """A token id from a whole number of any kind; else None."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        return None
    return int(value)
