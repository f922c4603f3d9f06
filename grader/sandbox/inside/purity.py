"""Whether a function left its arguments as they were: bit for bit, and NaN equals NaN."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

import numpy as np

from grader.sandbox.counted import WatchedArray
from grader.sandbox.decoder import Decoder
from grader.sandbox.handles import Handles, place
from grader.sandbox.lent_table import LentTable
from grader.sandbox.wire import DTYPES, Node, WireError, step_of_path

MAX_PATHS = 20
_WIDEST = {8: np.uint64, 4: np.uint32, 2: np.uint16, 1: np.uint8}


class Purity:
    """Compares live values with the frame that they came from.

    Args:
        buffers: the frame's raw numbers; nobody can have changed those.
        handles: the values that were sent ahead, as for the Decoder.
        lent: as for the Decoder; at the numbers in these the judge looks itself.
        more: calls that came together with this one follow: what is in a large table is looked at after
            the last of them.
    """

    def __init__(
        self,
        buffers: Sequence[Any],
        handles: Handles,
        lent: Collection[int] = (),
        more: bool = False,
    ):
        self._buffers = buffers
        self._handles = handles
        self._lent = lent
        self._more = more
        self.changed: list[str] = []

    def check(self, node: Node, value: Any, path: str) -> None:
        """Add to `changed` the path of everything below `value` that differs from the node."""
        try:
            self._check(node, value, path, self._buffers)
        except (WireError, TypeError, ValueError, IndexError, AttributeError, OSError):
            self._note(path)

    def _check(self, node: Node, value: Any, path: str, buffers: Sequence[Any]) -> None:
        tag = node[0] if isinstance(node, list) else None
        if tag == "g" or len(self.changed) >= MAX_PATHS:
            return  # drawing from a generator is what it is for
        if tag == "h":
            self._check_lent(place(self._handles, node[1], node[2]), value, path)
        elif tag == "a":
            if node[4] in self._lent:
                if not _is_kind(node, value):
                    self._note(path)
            elif not _same_array(node, buffers[node[4]], value):
                self._note(path)
        elif tag in ("l", "t"):
            if type(value) is not (list if tag == "l" else tuple) or len(value) != len(node) - 1:
                self._note(path)
            else:
                for i, (item, now) in enumerate(zip(node[1:], value)):
                    self._check(item, now, f"{path}[{i}]", buffers)
        elif tag == "d":
            keys = Decoder(buffers, 1 << 40).decode(node[1])
            if type(value) is not dict or list(value) != keys:
                self._note(path)
            elif node[2][0] == "l":
                for key, item in zip(keys, node[2][1:]):
                    self._check(item, value[key], path + step_of_path(key), buffers)
            else:
                self._plain(node[2], list(value.values()), path, buffers)
        elif tag == "w":
            if not isinstance(value, WatchedArray) or not _same_array(
                node[1], buffers[node[1][4]], value.view(np.ndarray)
            ):
                self._note(path)
        elif tag != "f":  # at files the judge looks itself
            self._plain(node, value, path, buffers)

    def _check_lent(self, before: Any, value: Any, path: str) -> None:
        """Compare with a value that was sent ahead."""
        table = LentTable.of(before)
        if table is not None:
            if not table.takes_back(value, thorough=not self._more):
                self._note(path)
        elif isinstance(before, np.ndarray):
            if not _is_as_before(before, value):
                self._note(path)
        elif type(value) is not type(before):
            self._note(path)
        elif isinstance(before, dict):
            if list(value) != list(before):
                self._note(path)
            else:
                for key, item in before.items():
                    self._check_lent(item, value[key], path + step_of_path(key))
        elif isinstance(before, (list, tuple)):
            if len(value) != len(before):
                self._note(path)
            else:
                for i, (item, now) in enumerate(zip(before, value)):
                    self._check_lent(item, now, f"{path}[{i}]")
        elif repr(before) != repr(value):
            self._note(path)

    def _plain(self, node: Node, value: Any, path: str, buffers: Sequence[Any]) -> None:
        before = Decoder(buffers, 1 << 40).decode(node)
        if type(before) is not type(value) or repr(before) != repr(value):
            self._note(path)

    def _note(self, path: str) -> None:
        if len(self.changed) < MAX_PATHS:
            self.changed.append(path)


def _is_as_before(before: np.ndarray[Any, Any], value: Any) -> bool:
    if type(value) is not np.ndarray or value.dtype != before.dtype or value.shape != before.shape:
        return False
    wide = _WIDEST[before.dtype.itemsize]
    order: Literal["C", "F"] = "C" if before.flags.c_contiguous else "F"
    return bool(np.array_equal(value.ravel(order).view(wide), before.ravel(order).view(wide)))


def _is_kind(node: Node, value: Any) -> bool:
    """Whether this is still an array of that dtype and shape."""
    return type(value) is np.ndarray and value.dtype == DTYPES[node[1]] and list(value.shape) == node[2]


def _same_array(node: Node, raw: Any, value: Any) -> bool:
    _, code, _, order, _ = node
    if not _is_kind(node, value):
        return False
    now = value.ravel(order)  # no copy where the layout is still the one that was sent
    wide = _WIDEST[DTYPES[code].itemsize]
    return bool(np.array_equal(now.view(wide), np.frombuffer(raw, wide)))
