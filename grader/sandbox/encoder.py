"""Values into nodes (see wire.py): what the judge sends, and what a student's function returned."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from grader.sandbox.counted import Watched
from grader.sandbox.wire import (
    BIT_GENERATORS,
    DTYPES,
    MAX_DEPTH,
    MAX_DIMS,
    MAX_INT_BITS,
    MAX_LONG_INTEGERS,
    MAX_NODES,
    Handle,
    Node,
    Opaque,
    TempFile,
    TooLarge,
    WireError,
    in_bytes,
    is_too_empty,
    type_name,
)

LONG_LIST = 16  # from here on a list of plain numbers travels as one buffer
INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1

# What to say of a value that may not cross: by the kind of its dtype, or by the name of its type.
_NOTES = {
    "c": ": GPT-2 has real numbers only",
    "O": ": are all rows of the same length?",
    "generator": "did you mean return instead of yield?",
    "coroutine": "is it written with async def?",
    "function": "the function itself, not what it returns?",
    "method": "the method itself, not what it returns?",
    "builtin_function_or_method": "the function itself, not what it returns?",
    "type": "a class, not a value",
    "set": "a set has no order",
    "map": "put list(...) around it",
    "zip": "put list(...) around it",
    "filter": "put list(...) around it",
    "range": "put list(...) around it",
    "ellipsis": "the ... of a stub?",
}


def _plain(kind: type) -> type:
    """In a student's long lists NumPy's numbers count as Python's: half a million would not fit otherwise."""
    return float if issubclass(kind, np.floating) else int if issubclass(kind, np.integer) else kind


class Encoder:
    """Turns values into nodes, and collects their raw numbers in `buffers`.

    Args:
        budget: bytes that all values together may take.
        strict: raise WireError for what may not cross (the judge's side); otherwise it becomes an
            Opaque (the student's side).
        generators: keeps numpy Generators apart, so that one object stays one object.
        make_file: puts a file where the other side can read it, and says where.
    """

    def __init__(
        self,
        budget: int,
        strict: bool,
        generators: dict[int, tuple[int, Any]] | None = None,
        make_file: Callable[[TempFile], str] | None = None,
    ):
        self.buffers: list[Any] = []
        self.handles: set[str] = set()  # names of the handles that occurred
        self.arrays: list[int] = []  # the buffer of every array, as often as it occurs
        self._left = budget
        self._budget = budget
        self._nodes = MAX_NODES
        self._long = MAX_LONG_INTEGERS
        self._strict = strict
        self._make_file = make_file
        self._known: dict[int, tuple[int, Any]] = {}  # id -> (buffer, the object, kept so that ids stay true)
        self._generators = {} if generators is None else generators

    def encode(self, value: Any, depth: int = 0) -> Node:
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return self._integer(value)
        if kind is float:
            return value
        if kind is str:
            self._take(len(value), "text")
            return value
        self._count(1)
        if depth > MAX_DEPTH:
            return self._refuse(type_name(value), f"nested more than {MAX_DEPTH} deep")
        if issubclass(kind, (np.ndarray, np.generic)):
            return self._numbers(value)
        return self._other(value, kind, depth)

    def encode_calls(self, calls: Sequence[tuple[Any, Any]]) -> tuple[list[tuple[Node, Node]], list[range]]:
        """The arguments of many calls, and which of `arrays` occur in each.

        A call that is often in the list is encoded twice at most.
        """
        nodes: list[tuple[Node, Node]] = []
        spans: list[range] = []
        seen: set[int] = set()
        known: dict[int, tuple[Node, Node]] = {}  # the states of their generators went with the first
        for call in calls:
            before = len(self.arrays)
            node = known.get(id(call)) or (self.encode(call[0]), self.encode(call[1]))
            if id(call) in seen:
                known[id(call)] = node
            seen.add(id(call))
            nodes.append(node)
            spans.append(range(before, len(self.arrays)))
        return nodes, spans

    def _other(self, value: Any, kind: type, depth: int) -> Node:
        if issubclass(kind, (bytes, bytearray)):
            return ["y", self._add(bytes(value), len(value), "bytes")]
        if issubclass(kind, (list, tuple)):
            return self._sequence(list(value), "l" if issubclass(kind, list) else "t", depth)
        if issubclass(kind, dict):
            for key in value:
                if type(key) not in (str, bytes, int):
                    return self._refuse(type_name(value), f"a dict with keys of type {type_name(key)}")
            return ["d", *(self._sequence(list(part), "l", depth) for part in (value, value.values()))]
        if issubclass(kind, int):  # from here on a subclass: the plain value in it
            return self._integer(int.__int__(value))
        if issubclass(kind, float):
            return float.__float__(value)
        if issubclass(kind, str):
            return self.encode(str.__str__(value), depth)
        if issubclass(kind, np.random.Generator):
            return self._generator(value)
        if issubclass(kind, Handle):
            self.handles.add(value.name)
            return ["h", value.name, list(value.path)]
        if issubclass(kind, Watched):
            node = self._numbers(value.array)
            self.arrays.pop()  # nobody may write to it
            return ["w", node]
        if issubclass(kind, TempFile) and self._make_file:
            return ["f", self._make_file(value)]
        if issubclass(kind, Opaque):
            return ["o", value.type_name[:100], value.note[:200]]
        return self._refuse(type_name(value), _NOTES.get(type_name(value), ""))

    def _integer(self, value: int) -> Node:
        if INT64_MIN <= value <= INT64_MAX:
            return value
        if value.bit_length() > MAX_INT_BITS:
            return self._refuse("int", f"an integer of {value.bit_length()} bits")
        self._long -= 1
        if self._long < 0 and not self._strict:
            raise TooLarge(f"more than {MAX_LONG_INTEGERS:,} integers beyond 64 bits")
        return ["i", format(value, "x")]

    def _sequence(self, items: list[Any], tag: str, depth: int) -> Node:
        if len(items) >= LONG_LIST and tag == "l":
            kinds = set(map(type, items))
            if not self._strict:
                kinds = {_plain(kind) for kind in kinds}
            whole = kinds == {int} and min(items) >= INT64_MIN and max(items) <= INT64_MAX
            if whole or kinds == {float}:
                code = "<i8" if whole else "<f8"
                return ["n", code, self._add(np.array(items, code), 8 * len(items), "list")]
            if kinds == {bytes}:
                lengths = np.array([len(item) for item in items], "<i8")
                data = self._add(b"".join(items), int(lengths.sum()), "list")
                return ["ly", data, self._add(lengths, lengths.nbytes, "list")]
        self._count(len(items))
        return [tag, *(self.encode(item, depth + 1) for item in items)]

    def _numbers(self, value: Any) -> Node:
        kind = type(value)
        if issubclass(kind, np.ndarray) and kind is not np.ndarray:
            if any(base.__name__ == "MaskedArray" for base in type.mro(kind)):
                return self._refuse("MaskedArray", "a masked array: some numbers would be missing")
            value = np.ndarray.view(value, np.ndarray)
        dtype = value.dtype
        size = math.prod(value.shape) * dtype.itemsize
        if dtype.kind == "f" and dtype.itemsize > 8:
            dtype = np.dtype("<f8")
        plain = DTYPES.get(dtype.newbyteorder("<").str)
        if plain is None:
            return self._refuse(type_name(value), f"{dtype.name[:40]}{_NOTES.get(dtype.kind, '')}")
        if issubclass(kind, np.generic):
            return ["s", plain.str, np.asarray(value).astype(plain).tobytes().hex()]
        if len(value.shape) > MAX_DIMS:
            return self._refuse("ndarray", f"{len(value.shape)} dimensions")
        order: Literal["C", "F"] = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        shape = list(value.shape)
        if id(value) in self._known:
            self.arrays.append(self._known[id(value)][0])
            return ["a", plain.str, shape, order, self._known[id(value)][0]]
        self._check(size, f"an array of shape {tuple(shape)}")
        if is_too_empty(shape):
            raise TooLarge(f"an array of shape {tuple(shape)} has too many empty rows")
        raw = np.asarray(value, plain, order=order).ravel(order)
        index = self._add(raw, raw.nbytes, f"an array of shape {tuple(shape)}")
        self._known[id(value)] = (index, value)
        self.arrays.append(index)
        return ["a", plain.str, shape, order, index]

    def _generator(self, value: np.random.Generator) -> Node:
        name = type(value.bit_generator).__name__
        if not self._strict or name not in BIT_GENERATORS:
            return self._refuse("Generator", name)
        first = id(value) not in self._generators
        if first:
            self._generators[id(value)] = (len(self._generators), value)
        key = self._generators[id(value)][0]
        return ["g", key, name, self.encode(value.bit_generator.state) if first else None]

    def _add(self, raw: Any, size: int, what: str) -> int:
        self._take(size, what)
        self.buffers.append(raw)
        return len(self.buffers) - 1

    def _check(self, size: int, what: str) -> None:
        if size > self._left:
            raise TooLarge(f"{what} takes {in_bytes(size)}; {in_bytes(self._budget)} is the limit")

    def _take(self, size: int, what: str) -> None:
        self._check(size, what)
        self._left -= size

    def _count(self, nodes: int) -> None:
        self._nodes -= nodes
        if self._nodes < 0:
            raise TooLarge(f"more than {MAX_NODES:,} values in lists or dicts")

    def _refuse(self, type_name: str, note: str) -> Node:
        if self._strict:
            raise WireError(f"a {type_name} cannot be sent to the worker {note}".rstrip())
        return ["o", type_name[:100], note]
