"""Values that were sent ahead, and of which every call gets its own copy.

A base decodes them once: its workers have them from their birth, and copy only what a call takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.sandbox.lent_table import LentTable
from grader.sandbox.trees import map_tree

Handles = Mapping[str, Any]  # name -> the value, whose arrays nobody can write to


def kept(value: Any) -> Any:
    """A value that was decoded for good: its arrays are closed, its tables made ready."""

    def close(leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray):
            leaf.flags.writeable = False
        return leaf

    if (table := LentTable.of(value)) is not None:
        table.make_ready()
        return value
    return map_tree(close, value, sharing=True)


def place(handles: Handles, name: str, path: list[Any]) -> Any:
    """What a handle means."""
    value = handles[name]
    for key in path:
        value = value[key]
    return value


def lend(value: Any) -> Any:
    """A copy for one call."""
    table = LentTable.of(value)
    return table.lend() if table else map_tree(_copy, value)


def _copy(leaf: Any) -> Any:
    return leaf.copy("K") if isinstance(leaf, np.ndarray) else leaf
