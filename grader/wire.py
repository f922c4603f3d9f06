"""Values as bytes: what may cross between the judge and the process that runs a student's code.

A frame is 16 bytes (magic, length of the header, length of the body), a JSON header, and the raw
numbers of all arrays one after the other. The header describes every value as a node:

    null, true, 3, 0.5, "text"        themselves (integers within 64 bits)
    ["i", "-ff"]                      a longer integer, in hexadecimal
    ["a", dtype, shape, order, k]     an array: C or F order, numbers in buffer k
    ["s", dtype, hex]                 a NumPy scalar
    ["l", ...], ["t", ...]            a list, a tuple
    ["li", k], ["lf", k], ["ly", k, j]  a long list of integers, floats, bytes (j: their lengths)
    ["d", keys, values]               a dict, as the lists of its keys and of its values
    ["y", hex], ["y", k]              bytes, short and long
    ["g", key, name, state]           a numpy.random.Generator, by the name of its bit generator
    ["h", name, path]                 a place in a value that was sent before
    ["f", name, k]                    a file with these bytes, which arrives as a pathlib.Path
    ["o", type, note]                 a value that may not cross: only its type does

Nothing is ever unpickled. Every length, shape and count is checked against a budget before memory is
taken for it, so that any bytes at all can be read: they give a value or a WireError, nothing else.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = b"PGK1"
PREFIX = struct.Struct("<4sIQ")
MAX_DEPTH = 64
MAX_NODES = 500_000
MAX_HEADER_BYTES = 4 << 20  # JSON grows about twentyfold in memory
MAX_INT_BITS = 4096
MAX_DIMS = 32  # what NumPy 1.26 can hold
LONG_LIST = 16  # from here on a list of plain numbers travels as one buffer

DTYPES = {
    np.dtype(code).str: np.dtype(code)
    for code in ("?", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
}
BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")

Node = Any  # JSON


class WireError(ValueError):
    """These bytes are no frame, this frame holds no value, or this value may not cross."""


class TooLarge(WireError):
    """The value is larger than the budget."""


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that may not cross: its type's name, and a plain word about it."""

    type_name: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.type_name} ({self.note})" if self.note else self.type_name


@dataclass(frozen=True)
class TempFile:
    """A file that the other side shall find in its private folder; there it is a pathlib.Path."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Handle:
    """A value that was sent ahead with `Host.put`, or a place in it: `params["blocks"][0]["ln_1"]`.

    It can be unpacked like the dict it stands for: `host.call("gpt2", ids, **params, n_head=4)`.
    """

    name: str
    value: Any
    path: tuple[Any, ...] = ()

    def __getitem__(self, key: Any) -> Handle:
        return Handle(self.name, self.value[key], (*self.path, key))

    def __len__(self) -> int:
        return len(self.value)

    def keys(self) -> Any:
        return self.value.keys()


class Encoder:
    """Turns values into nodes, and collects their raw numbers in `buffers`.

    Args:
        budget: bytes that all values together may take.
        strict: raise WireError for what may not cross (the judge's side); otherwise it becomes an
            Opaque (the student's side).
        generators: keeps numpy Generators apart, so that one object stays one object.
    """

    def __init__(self, budget: int, strict: bool, generators: dict[int, tuple[int, Any]] | None = None):
        self.buffers: list[Any] = []
        self.handles: set[str] = set()  # names of the handles that occurred
        self._left = budget
        self._budget = budget
        self._nodes = MAX_NODES
        self._strict = strict
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
            return self._refuse(kind.__name__, f"nested more than {MAX_DEPTH} deep")
        if isinstance(value, (np.ndarray, np.generic)):
            return self._numbers(value)
        return self._other(value, kind, depth)

    def _other(self, value: Any, kind: type, depth: int) -> Node:
        if isinstance(value, (bytes, bytearray)):
            data = bytes(value)
            if len(data) > 64:
                return ["y", self._add(data, len(data), "bytes")]
            self._take(len(data), "bytes")
            return ["y", data.hex()]
        if isinstance(value, (list, tuple)):
            base = list if isinstance(value, list) else tuple
            return self._sequence(list(base.__iter__(value)), "l" if base is list else "t", depth)
        if isinstance(value, dict):
            items = list(dict.items(value))
            for key, _ in items[: self._nodes]:
                if type(key) not in (str, bytes, int):
                    return self._refuse(kind.__name__, f"a dict with keys of type {type(key).__name__}")
            return [
                "d",
                self._sequence([key for key, _ in items], "l", depth),
                self._sequence([item for _, item in items], "l", depth),
            ]
        if isinstance(value, int):  # from here on a subclass: the plain value in it
            return self._integer(int.__int__(value))
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, str):
            return self.encode(str.__str__(value), depth)
        if isinstance(value, np.random.Generator):
            return self._generator(value)
        if isinstance(value, Handle):
            self.handles.add(value.name)
            return ["h", value.name, list(value.path)]
        if isinstance(value, TempFile):
            return ["f", value.name, self._add(value.data, len(value.data), "file")]
        if isinstance(value, Opaque):
            return ["o", value.type_name[:100], value.note[:200]]
        return self._refuse(kind.__name__, _NOTES.get(kind.__name__, ""))

    def _integer(self, value: int) -> Node:
        if -(1 << 63) <= value < 1 << 63:
            return value
        if value.bit_length() > MAX_INT_BITS:
            return self._refuse("int", f"an integer of {value.bit_length()} bits")
        return ["i", format(value, "x")]

    def _sequence(self, items: list[Any], tag: str, depth: int) -> Node:
        if len(items) >= LONG_LIST and tag == "l":
            kinds = set(map(type, items))
            if kinds == {int} and -(1 << 63) <= min(items) and max(items) < 1 << 63:
                return ["li", self._add(np.array(items, "<i8"), 8 * len(items), "list")]
            if kinds == {float}:
                return ["lf", self._add(np.array(items, "<f8"), 8 * len(items), "list")]
            if kinds == {bytes}:
                lengths = np.array([len(item) for item in items], "<i8")
                data = self._add(b"".join(items), int(lengths.sum()), "list")
                return ["ly", data, self._add(lengths, lengths.nbytes, "list")]
        self._count(len(items))
        return [tag, *(self.encode(item, depth + 1) for item in items)]

    def _numbers(self, value: Any) -> Node:
        if isinstance(value, np.ndarray) and type(value) is not np.ndarray:
            if any(base.__name__ == "MaskedArray" for base in type(value).__mro__):
                return self._refuse("MaskedArray", "a masked array: some numbers would be missing")
            value = np.ndarray.view(value, np.ndarray)
        dtype = value.dtype
        size = math.prod(value.shape) * dtype.itemsize
        if dtype.kind == "f" and dtype.itemsize > 8:
            dtype = np.dtype("<f8")
        plain = DTYPES.get(dtype.newbyteorder("<").str)
        if plain is None:
            return self._refuse(type(value).__name__, f"{dtype.name[:40]}{_NOTES.get(dtype.kind, '')}")
        if isinstance(value, np.generic):
            return ["s", plain.str, np.asarray(value).astype(plain).tobytes().hex()]
        if len(value.shape) > MAX_DIMS:
            return self._refuse("ndarray", f"{len(value.shape)} dimensions")
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        shape = list(value.shape)
        if id(value) in self._known:
            return ["a", plain.str, shape, order, self._known[id(value)][0]]
        self._check(size, f"an array of shape {tuple(shape)}")
        raw = np.asarray(value, plain, order=order).ravel(order)
        index = self._add(raw, raw.nbytes, f"an array of shape {tuple(shape)}")
        self._known[id(value)] = (index, value)
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
            raise TooLarge(f"{what} takes {_bytes(size)}; {_bytes(self._budget)} is the limit")

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


class Decoder:
    """Turns nodes back into values; every array is a fresh copy.

    Args:
        buffers: the raw numbers.
        budget: bytes that all decoded values together may take.
        trusted: the judge sent this: generators, handles and files may occur.
        handles: name -> the value's own (node, buffers).
        generators: key -> generator, kept between frames where one generator lives in several calls.
        make_file: writes a file and says where.
    """

    def __init__(
        self,
        buffers: Sequence[Any],
        budget: int,
        trusted: bool = False,
        handles: Mapping[str, tuple[Node, Sequence[Any]]] | None = None,
        generators: dict[int, np.random.Generator] | None = None,
        make_file: Callable[[str, Any], Path] | None = None,
    ):
        self._buffers = buffers
        self._left = budget
        self._trusted = trusted
        self._handles = handles or {}
        self._generators = {} if generators is None else generators
        self._make_file = make_file

    def decode(self, node: Node) -> Any:
        """The value of a node.

        Raises:
            WireError: it has none.
        """
        try:
            return self._decode(node, 0)
        except WireError:
            raise
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
            raise WireError(f"no value can be read: {type(error).__name__}: {str(error)[:200]}") from None

    def _decode(self, node: Node, depth: int) -> Any:
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
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
            if len(keys) != len(values) or not all(type(key) in (str, bytes, int) for key in keys):
                raise WireError("keys and values do not match")
            return dict(zip(keys, values))
        if tag == "h" and self._trusted:
            return self._handle(node, depth)
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
            return int(digits, 16)
        if tag == "y":
            _, digits = node
            if isinstance(digits, str):
                return bytes.fromhex(digits)
            self._take(len(self._raw(digits)))
            return bytes(self._raw(digits))
        if tag in ("li", "lf"):
            _, index = node
            self._take(4 * len(self._raw(index)))
            return np.frombuffer(self._raw(index), "<i8" if tag == "li" else "<f8").tolist()
        if tag == "ly":
            _, index, lengths = node
            return self._bytes_list(self._raw(index), np.frombuffer(self._raw(lengths), "<i8"))
        if tag == "o":
            _, type_name, note = node
            return Opaque(clean(str(type_name), 100), clean(str(note), 200))
        if tag == "g" and self._trusted:
            return self._generator(node)
        if tag == "f" and self._trusted and self._make_file:
            _, name, index = node
            return self._make_file(name, self._raw(index))
        raise WireError(f"no such kind of value: {str(tag)[:20]}")

    def _array(self, node: list[Any]) -> np.ndarray[Any, Any]:
        _, code, shape, order, index = node
        dtype, raw = DTYPES[code], self._raw(index)
        if not isinstance(shape, list) or len(shape) > MAX_DIMS or order not in ("C", "F"):
            raise WireError("no shape")
        if not all(type(n) is int and 0 <= n < 1 << 62 for n in shape):
            raise WireError("no shape")
        if math.prod(shape) * dtype.itemsize != len(raw):
            raise WireError("an array whose bytes do not fill its shape")
        self._take(len(raw))
        numbers = np.frombuffer(raw, "u1") != 0 if dtype.kind == "b" else np.frombuffer(raw, dtype)
        return numbers.reshape(shape, order=order).copy(order)

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

    def _handle(self, node: list[Any], depth: int) -> Any:
        place, buffers = resolve(node, self._handles)
        return Decoder(buffers, self._left, trusted=True, handles=self._handles)._decode(place, depth)

    def _raw(self, index: Any) -> Any:
        if type(index) is not int or not 0 <= index < len(self._buffers):
            raise WireError("no such buffer")
        return self._buffers[index]

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise TooLarge("more than the limit")


def resolve(node: Node, handles: Mapping[str, tuple[Node, Sequence[Any]]]) -> tuple[Node, Sequence[Any]]:
    """Follow a handle's path to the node that it means."""
    _, name, path = node
    place, buffers = handles[name]
    for key in path:
        if place[0] == "d":
            key, place = Decoder(buffers, 1 << 30).decode(place[1]).index(key), place[2]
        if place[0] in ("l", "t"):
            place = place[1 + key]
        else:  # a long list of plain numbers or bytes
            item = Decoder(buffers, 1 << 30).decode(place)[key]
            place = ["y", item.hex()] if isinstance(item, bytes) else item
    return place, buffers


def pack(header: dict[str, Any], buffers: Sequence[Any], max_header: int = MAX_HEADER_BYTES) -> list[Any]:
    """A frame, as the pieces that are to be written one after the other.

    Raises:
        TooLarge: the header is longer than the other side would read.
    """
    views = [memoryview(raw).cast("B") for raw in buffers]
    lengths = [len(view) for view in views]
    text = json.dumps({**header, "buffers": lengths}, separators=(",", ":")).encode()
    if len(text) > max_header:
        raise TooLarge(f"{_bytes(len(text))} of lists and text; {_bytes(max_header)} is the limit")
    return [PREFIX.pack(MAGIC, len(text), sum(lengths)) + text, *views]


def frame_lengths(prefix: bytes, max_body: int, max_header: int = MAX_HEADER_BYTES) -> tuple[int, int]:
    """The lengths of header and body that a frame's first 16 bytes announce.

    Raises:
        WireError: these bytes begin no frame, or one that is too large.
    """
    magic, header, body = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise WireError("not a frame")
    if header > max_header or body > max_body:
        raise TooLarge(f"a frame of {_bytes(header + body)}")
    return header, body


def unpack(header: bytes, body: Any) -> tuple[dict[str, Any], list[Any]]:
    """A frame's header, and its body cut into buffers.

    Raises:
        WireError: this is no frame.
    """
    try:
        fields = json.loads(header, parse_int=_short_int)
        lengths = fields.pop("buffers")
        view = memoryview(body).cast("B") if len(body) else memoryview(b"")
        if not all(type(n) is int and n >= 0 for n in lengths) or sum(lengths) != len(body):
            raise WireError("the buffers do not fill the body")
        buffers, at = [], 0
        for length in lengths:
            buffers.append(view[at : at + length])
            at += length
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WireError(f"no header: {type(error).__name__}") from None
    return fields, buffers


def _short_int(digits: str) -> int:
    if len(digits) > 24:
        raise ValueError("an integer too long")
    return int(digits)


def clean(text: str, limit: int) -> str:
    """Text from the other side, fit to be printed: no control characters, no half surrogates."""
    text = text[:limit].encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _bytes(size: int) -> str:
    if size < 1 << 20:
        return f"{size:,} bytes"
    for unit, shift in (("TiB", 40), ("GiB", 30)):
        if size >= 1 << shift:
            return f"{size / (1 << shift):.3g} {unit}"
    return f"{size / (1 << 20):.3g} MiB"
