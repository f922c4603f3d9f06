"""An array that counts how many of its rows were looked up.

A generation with a cache looks up the embedding of every token once; one that computes the past
again looks up all of them at every step. So the judge hands out a watched `wte`, and knows what was
computed without looking at a clock. An implementation that turns it into a plain array first is
not counted, and not failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.sandbox.trees import map_tree


@dataclass(frozen=True)
class Watched:
    """On the judge's side: this array [n_rows, n_columns] shall arrive watched."""

    array: np.ndarray[Any, Any]


class WatchedArray(np.ndarray):
    """On the student's side: an array like any other; results of arithmetic are plain arrays."""

    looked_up = 0  # rows, in this process since it was last set to 0
    whole: tuple[int, ...] = ()

    @classmethod
    def of(cls, array: np.ndarray[Any, Any]) -> WatchedArray:
        watched = array.view(cls)
        watched.whole = array.shape
        return watched

    def __array_finalize__(self, source: Any) -> None:
        self.whole = ()  # a view of a watched array is not watched itself

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is not None:
            kwargs["out"] = tuple(_plain(item) for item in out)
        return getattr(ufunc, method)(*map(_plain, inputs), **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.take and args and args[0] is self:
            return self.take(*args[1:], **kwargs)
        return function(*_plain(args), **_plain(kwargs))

    def __getitem__(self, key: Any) -> Any:
        found = _plain(self)[key]
        if not isinstance(key, (slice, tuple)):
            self._count(found)
        return found

    def take(self, *args: Any, **kwargs: Any) -> Any:
        found = _plain(self).take(*args, **kwargs)
        self._count(found)
        return found

    def _count(self, found: Any) -> None:
        if self.whole and getattr(found, "shape", ())[-1:] == self.whole[-1:]:
            WatchedArray.looked_up += found.size // self.whole[-1]


def _plain(value: Any) -> Any:
    return map_tree(lambda leaf: leaf.view(np.ndarray) if isinstance(leaf, WatchedArray) else leaf, value)
