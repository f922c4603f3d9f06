"""Nodes into values (see wire.py). Any bytes at all can be read: they give a value or a WireError."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from grader.sandbox.counted import WatchedArray
from grader.sandbox.handles import Handles, lend, place
from grader.sandbox.wire import (
    BIT_GENERATORS,
    DTYPES,
    LIST_DTYPES,
    MAX_DEPTH,
    MAX_DIMS,
    MAX_INT_BITS,
    MAX_LONG_INTEGERS,
    Node,
    Opaque,
    TooLarge,
    WireError,
    clean,
    is_too_empty,
)


class Decoder:
    """Turns nodes back into values; every array is a fresh copy, or memory that is lent to it alone.

    Args:
        buffers: the raw numbers.
        budget: bytes that all decoded values together may take.
        trusted: the judge sent this: generators, handles and files may occur.
        handles: what was sent ahead (handles.py).
        generators: key -> generator, kept between frames where one generator lives in several calls.
        lent: the buffers whose arrays are not copied: they are in memory that the judge looks at.
    """

    def __init__(
        self,
        buffers: Sequence[Any],
        budget: int,
        trusted: bool = False,
        handles: Handles | None = None,
        generators: dict[int, np.random.Generator] | None = None,
        lent: Collection[int] = (),
    ):
        self._buffers = buffers
        self._left = budget
        self._long = MAX_LONG_INTEGERS
        self._trusted = trusted
        self._handles = handles or {}
        self._generators = {} if generators is None else generators
        self._lent = lent

    def decode(self, node: Node) -> Any:
        """The value of a node.

        Raises:
            WireError: it has none.
        """
        try:
            return self._decode(node, 0)
        except WireError:
            raise
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
                RecursionError) as error:  # fmt: skip
            raise WireError(f"no value can be read: {type(error).__name__}: {str(error)[:200]}") from None

    def _decode(self, node: Node, depth: int) -> Any:
        if node is None or isinstance(node, (bool, int, float, str)):
            return self._long_integer(node) if type(node) is int and node.bit_length() > 64 else node
        if depth > MAX_DEPTH + 4:
            raise WireError("nested too deep")
        if not isinstance(node, list) or not node:
            raise WireError("neither a value nor a node")
        tag = node[0]
        if tag in ("l", "t"):
            self._take(16 * len(node))
            items = [self._decode(item, depth + 1) for item in node[1:]]
            return items if tag == "l" else tuple(items)
        if tag == "d":
            _, keys, values = node
            keys, values = self._decode(keys, depth + 1), self._decode(values, depth + 1)
            plain = self._trusted or all(type(key) in (str, bytes, int) for key in keys)
            if len(keys) != len(values) or not plain:
                raise WireError("keys and values do not match")
            return dict(zip(keys, values))
        if tag == "h" and self._trusted:
            return lend(place(self._handles, node[1], node[2]))
        return self._leaf(tag, node)

    def _leaf(self, tag: Any, node: list[Any]) -> Any:
        if tag == "a":
            return self._array(node)
        if tag == "s":
            _, code, digits = node
            return np.frombuffer(bytes.fromhex(digits), DTYPES[code])[0]
        if tag == "i":
            _, digits = node
            if len(digits) > MAX_INT_BITS // 4 + 1:
                raise WireError("an integer too long")
            return self._long_integer(int(digits, 16))
        if tag == "y":
            _, index = node
            self._take(len(self._raw(index)))
            return bytes(self._raw(index))
        if tag == "n":
            _, code, index = node
            self._take(4 * len(self._raw(index)))
            return np.frombuffer(self._raw(index), LIST_DTYPES[code]).tolist()
        if tag == "ly":
            _, index, lengths = node
            return self._bytes_list(self._raw(index), np.frombuffer(self._raw(lengths), "<i8"))
        if tag == "o":
            _, type_name, note = node
            return Opaque(clean(str(type_name), 100), clean(str(note), 200))
        if tag == "g" and self._trusted:
            return self._generator(node)
        if tag == "w" and self._trusted:
            return WatchedArray.of(self._array(node[1]))
        if tag == "f" and self._trusted:
            return Path(node[1])
        raise WireError(f"no such kind of value: {str(tag)[:20]}")

    def _long_integer(self, value: int) -> int:
        self._long -= 1
        if self._long < 0 and not self._trusted:
            raise TooLarge("too many integers that are too long")
        return value

    def _array(self, node: list[Any]) -> np.ndarray[Any, Any]:
        _, code, shape, order, index = node
        dtype, raw = DTYPES[code], self._raw(index)
        if not isinstance(shape, list) or len(shape) > MAX_DIMS or order not in ("C", "F"):
            raise WireError("no shape")
        if not all(type(n) is int and 0 <= n < 1 << 62 for n in shape):
            raise WireError("no shape")
        if math.prod(shape) * dtype.itemsize != len(raw):
            raise WireError("an array whose bytes do not fill its shape")
        if is_too_empty(shape):
            raise TooLarge("an array without numbers has too many rows")
        self._take(len(raw))
        if index in self._lent:
            return np.frombuffer(raw, dtype).reshape(shape, order=order)
        numbers = np.frombuffer(raw, "u1") != 0 if dtype.kind == "b" else np.frombuffer(raw, dtype)
        array: np.ndarray[Any, Any] = numbers.reshape(shape, order=order).copy(order)
        return array

    def _bytes_list(self, raw: Any, lengths: np.ndarray[Any, Any]) -> list[bytes]:
        self._take(len(raw) + 64 * len(lengths))
        if (lengths < 0).any() or (lengths > len(raw)).any() or int(lengths.sum()) != len(raw):
            raise WireError("a list of bytes that does not fill its buffer")
        ends = np.cumsum(lengths)
        data = bytes(raw)
        return [data[end - n : end] for end, n in zip(ends.tolist(), lengths.tolist())]

    def _generator(self, node: list[Any]) -> np.random.Generator:
        _, key, name, state = node
        if key not in self._generators:
            if name not in BIT_GENERATORS:
                raise WireError("no such bit generator")
            bits = getattr(np.random, name)()
            bits.state = self._decode(state, 0)
            self._generators[key] = np.random.Generator(bits)
        return self._generators[key]

    def _raw(self, index: Any) -> Any:
        if type(index) is not int or not 0 <= index < len(self._buffers):
            raise WireError("no such buffer")
        return self._buffers[index]

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise TooLarge("more than the limit")
