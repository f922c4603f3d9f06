"""Values as bytes: what may cross between the judge and the process that runs a student's code.

A frame is 16 bytes (magic, length of the header, length of the body), a JSON header, and the raw
numbers of all arrays one after the other (those of calls are in shared memory where there is some, see
lent.py). The header describes every value as a node:

    null, true, 3, 0.5, "text"        themselves (integers within 64 bits)
    ["i", "-ff"]                      a longer integer, in hexadecimal
    ["a", dtype, shape, order, k]     an array: C or F order, numbers in buffer k
    ["s", dtype, hex]                 a NumPy scalar
    ["l", ...], ["t", ...]            a list, a tuple
    ["n", dtype, k], ["ly", k, j]     a long list of integers or floats, of bytes (j: their lengths)
    ["d", keys, values]               a dict, as the lists of its keys and of its values
    ["y", k]                          bytes
    ["g", key, name, state]           a numpy.random.Generator, by the name of its bit generator
    ["h", name, path]                 a place in a value that was sent before
    ["w", array]                      an array that counts what is looked up in it (grader/sandbox/counted.py)
    ["f", path]                       a file at that path, which arrives as a pathlib.Path
    ["o", type, note]                 a value that may not cross: only its type does

grader/sandbox/encoder.py makes nodes of values, grader/sandbox/decoder.py values of nodes.

Nothing is ever unpickled. Every length, shape and count is checked against a budget before memory is
taken for it, so that any bytes at all can be read: they give a value or a WireError, nothing else.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MAGIC = b"PGK1"
PREFIX = struct.Struct("<4sIQ")
MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_HEADER_BYTES = 4 << 20  # JSON grows about twentyfold in memory
MAX_INT_BITS = 4096
JOINED_BYTES = 1 << 18  # a frame up to this size goes out as one piece
MAX_LONG_INTEGERS = 1_000  # beyond 64 bits, in one reply: they can be chosen so that all hashes are one
MAX_DIMS = 32  # what NumPy 1.26 can hold
MAX_EMPTY = 1 << 20  # an array without numbers has no bytes to be counted: its other axes' product
MAX_BUFFERS = 50_000  # in one frame

DTYPES = {
    np.dtype(code).str: np.dtype(code)
    for code in ("?", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
}
LIST_DTYPES = {"<i8": np.dtype("<i8"), "<f8": np.dtype("<f8")}
BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")

_JSON = json.JSONEncoder(separators=(",", ":"))

Node = Any  # JSON


class WireError(ValueError):
    """These bytes are not a frame, this frame holds no value, or this value may not cross."""


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


def pack(header: dict[str, Any], buffers: Sequence[Any], max_header: int = MAX_HEADER_BYTES) -> list[Any]:
    """A frame, as the pieces that are to be written one after the other.

    Raises:
        TooLarge: it is more than the other side would read.
    """
    views = [memoryview(raw).cast("B") for raw in buffers]
    lengths = [len(view) for view in views]
    if len(lengths) > MAX_BUFFERS:
        raise TooLarge(f"{len(lengths):,} arrays; {MAX_BUFFERS:,} is the limit")
    text = _JSON.encode({**header, "buffers": lengths}).encode()
    if len(text) > max_header:
        raise TooLarge(f"{in_bytes(len(text))} of lists and text; {in_bytes(max_header)} is the limit")
    pieces: list[Any] = [PREFIX.pack(MAGIC, len(text), sum(lengths)), text, *views]
    return [b"".join(pieces)] if sum(lengths) <= JOINED_BYTES else pieces  # one write wakes the reader once


def frame_lengths(prefix: bytes, max_body: int, max_header: int = MAX_HEADER_BYTES) -> tuple[int, int]:
    """The lengths of header and body that a frame's first 16 bytes announce.

    Raises:
        WireError: these bytes begin no frame, or one that is too large.
    """
    magic, header, body = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise WireError("not a frame")
    if header > max_header or body > max_body:
        raise TooLarge(f"a frame of {in_bytes(header + body)}")
    return header, body


def unpack(header: bytes, body: Any, trusted: bool = False) -> tuple[dict[str, Any], list[Any]]:
    """A frame's header, and its body cut into buffers.

    Args:
        trusted: the judge has sent it.
    Raises:
        WireError: this is not a frame.
    """
    try:
        fields = (_TRUSTED if trusted else _ANY).decode(header.decode("utf-8", "surrogatepass"))
        lengths = fields.pop("buffers")
        view = memoryview(body).cast("B") if len(body) else memoryview(b"")
        if len(lengths) > MAX_BUFFERS:
            raise TooLarge(f"{len(lengths):,} arrays")
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


_TRUSTED, _ANY = json.JSONDecoder(), json.JSONDecoder(parse_int=_short_int)


def type_name(value: Any) -> str:
    """The name of a value's type; a metaclass of the student's has no say in it."""
    return str(_NAME(type(value)))[:100]


_NAME = type.__dict__["__name__"].__get__


def clean(text: str, limit: int) -> str:
    """Text from the other side, fit to be printed: no control characters, no half surrogates."""
    text = text[:limit]
    if text.isprintable():
        return text
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def step_of_path(key: Any) -> str:
    """A dict's key as a step of the path to its value."""
    return f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{key!r}]"


def is_too_empty(shape: Sequence[int]) -> bool:
    """Whether an array holds no number and yet has more rows than anybody should walk over."""
    return 0 in shape and math.prod(n for n in shape if n) > MAX_EMPTY


def in_bytes(size: int) -> str:
    """A size for people."""
    if size < 1 << 20:
        return f"{size:,} bytes"
    for unit, shift in (("TiB", 40), ("GiB", 30)):
        if size >= 1 << shift:
            return f"{size / (1 << shift):.3g} {unit}"
    return f"{size / (1 << 20):.3g} MiB"
