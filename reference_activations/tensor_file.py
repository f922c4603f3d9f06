"""Read a `.safetensors` file as NumPy arrays that use the file's own memory, without a copy.

The format is eight bytes of header length, a JSON header, and raw little-endian numbers. Reading it
here, and not through the safetensors library, keeps opening a file of goldens at about a
millisecond, and gives arrays over one memory map, which several processes share.
"""

from __future__ import annotations

import contextlib
import json
import math
import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# safetensors' names for number types. BF16 is missing in NumPy and is widened to float32.
DTYPES: dict[str, str] = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
    "BF16": "<u2",
}
HEADER_LIMIT = 100_000_000  # bytes; the limit of the safetensors library


class TensorFile(Mapping[str, Array]):
    """A `.safetensors` file as a read-only mapping from name to array.

    Arrays are read-only views of a memory map of the file. Only where the file does not align a
    tensor to its item size (OpenAI's own GPT-2 files do not) is that tensor read into memory, because
    NumPy would otherwise copy it again in every matrix product.

    Args:
        path: the file.
        check_all: look at every tensor's entry in the header now, and not when the tensor is asked for.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not a whole safetensors file; the message is one line.
    Source:
        https://github.com/huggingface/safetensors (Format).
    """

    def __init__(self, path: Path, check_all: bool = True) -> None:
        self.path = path
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < 8:
                raise ValueError(f"{path} is not a safetensors file: it has only {size} bytes")
            # Closed by the garbage collector, once no array looks into it any more.
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self._read_header(size)
            if check_all:
                for name in self._header:
                    self._entry(name)
        except ValueError:
            self._map.close()  # else the file stays open for as long as the exception lives
            raise

    def _read_header(self, size: int) -> None:
        length = int.from_bytes(self._map[:8], "little")
        if length > min(HEADER_LIMIT, size - 8):
            raise ValueError(f"{self.path} is not a whole safetensors file: its header claims {length} bytes")
        with self._in_one_line():
            self._header: dict[str, Any] = json.loads(self._map[8 : 8 + length])
            self.metadata: dict[str, str] = self._header.pop("__metadata__", {})
        self._entries: dict[str, tuple[str, tuple[int, ...], int]] = {}  # those that were looked at
        self._data, self._size = 8 + length, size

    def _entry(self, name: str) -> tuple[str, tuple[int, ...], int]:
        """A tensor's type, shape and place in the file."""
        if name not in self._entries:
            entry = self._header[name]
            with self._in_one_line():
                self._entries[name] = self._checked(name, entry, self._data, self._size)
        return self._entries[name]

    @contextlib.contextmanager
    def _in_one_line(self) -> Iterator[None]:
        try:
            yield
        except (
            KeyError,
            TypeError,
            AttributeError,
            UnicodeDecodeError,
            json.JSONDecodeError,
            RecursionError,
        ) as error:
            raise ValueError(
                f"{self.path} is not a safetensors file: its header is broken ({error})"
            ) from None

    def _checked(
        self, name: str, entry: dict[str, Any], data: int, size: int
    ) -> tuple[str, tuple[int, ...], int]:
        """The tensor's type, shape and place in the file, checked to be inside the file."""
        kind, shape, offsets = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        if len(offsets) != 2 or not all(type(number) is int for number in (*shape, *offsets)):
            raise TypeError(f"{name} has no whole numbers for its shape and place")
        begin, end = offsets
        if kind not in DTYPES:
            raise ValueError(f"{self.path}: {name} has the type {kind}, which NumPy does not have")
        wanted = math.prod(shape) * np.dtype(DTYPES[kind]).itemsize
        if not (0 <= begin <= end <= size - data and end - begin == wanted):
            raise ValueError(
                f"{self.path} is cut short or damaged: {name} should take {wanted} bytes, "
                f"{begin} to {end} of {size - data}"
            )
        return kind, shape, data + begin

    def __getitem__(self, name: str) -> Array:
        kind, shape, offset = self._entry(name)
        flat = np.frombuffer(self._map, DTYPES[kind], math.prod(shape), offset)
        if kind == "BF16":  # the upper half of a float32
            flat = (flat.astype("<u4") << 16).view("<f4")
        elif not flat.flags.aligned:  # reading is faster than copying out of the map, page by page
            flat = np.fromfile(self.path, DTYPES[kind], math.prod(shape), offset=offset)
        array = flat.reshape(shape)
        array.flags.writeable = False
        return array

    def __contains__(self, name: object) -> bool:
        return name in self._header

    def __iter__(self) -> Iterator[str]:
        return iter(self._header)

    def __len__(self) -> int:
        return len(self._header)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of one tensor, from the header alone."""
        return self._entry(name)[1]
