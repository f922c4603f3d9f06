"""Messages between the web page and the process that runs the student's functions: JSON and arrays.

A message is eight bytes (the length of the text), the text as JSON, and the arrays one after the other. In
the text an array is `{"array": [dtype, shape]}`. Nothing in a message is code.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

import numpy as np

LENGTH = struct.Struct("<Q")
MOST_TEXT = 64 << 20
MOST_ARRAY = 1 << 30


class Broken(Exception):
    """The other side has ended, or sent something else than a message."""


def send(pipe: BinaryIO, message: Any) -> None:
    arrays: list[np.ndarray[Any, Any]] = []

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            array = np.ascontiguousarray(value)
            if array.dtype.kind not in "biuf":
                raise TypeError(f"an array of {array.dtype} is not sent")
            arrays.append(array)
            return {"array": [array.dtype.str, list(value.shape)]}
        if isinstance(value, np.generic):
            return value.item()
        raise TypeError(f"{type(value).__name__} is not sent")

    text = json.dumps(message, default=plain).encode()
    pipe.write(b"".join([LENGTH.pack(len(text)), text, *(array.tobytes() for array in arrays)]))
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:
    """The next message.

    Raises:
        Broken: there is none.
    """

    def read(n: int) -> bytes:
        data = pipe.read(n)
        if len(data) < n:
            raise Broken("the other side has ended")
        return data

    (length,) = LENGTH.unpack(read(LENGTH.size))
    if length > MOST_TEXT:
        raise Broken("no message")

    # A dict is read when its last key is: in the order in which the arrays were met.
    def array(found: dict[str, Any]) -> Any:
        if list(found) != ["array"]:
            return found
        dtype, shape = np.dtype(found["array"][0]), found["array"][1]
        size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        if dtype.kind not in "biuf" or not 0 <= size <= MOST_ARRAY:
            raise Broken("no message")
        return np.frombuffer(read(size), dtype).reshape(shape)

    try:
        return json.loads(read(length), object_hook=array)
    except (ValueError, TypeError, IndexError) as error:
        raise Broken(f"no message: {error}") from None
