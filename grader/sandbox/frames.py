"""The frames that the judge sends to a worker (grader/sandbox/wire.py says what a frame is)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.sandbox import wire
from grader.sandbox.encoder import Encoder
from grader.sandbox.wire import Handle

MAX_REQUEST_BYTES = 8 << 30

Call = tuple[tuple[Any, ...], dict[str, Any]]
Frame = list[Any]

_HANDLES: dict[str, tuple[Any, Frame]] = {}  # handle -> (its value, the frame), for all hosts


def boot_frame(boot: dict[str, Any], mark: bytes, beside: Sequence[str]) -> Frame:
    """A worker's first frame: the fields of student_modules.Boot, and what ends its prints."""
    encoder = Encoder(MAX_REQUEST_BYTES, strict=True)
    header = {"kind": "boot", "boot": encoder.encode(boot), "mark": mark.hex(), "beside": beside}
    return _packed(header, encoder)


def handle_frame(handle: Handle) -> Frame:
    """A value that is sent ahead. It is packed once, however many workers get it."""
    kept = _HANDLES.get(handle.name)
    if kept is None or kept[0] is not handle.value:
        encoder = Encoder(MAX_REQUEST_BYTES, strict=True)
        header = {"kind": "put", "name": handle.name, "value": encoder.encode(handle.value)}
        kept = _HANDLES[handle.name] = handle.value, _packed(header, encoder)
    return kept[1]


def calls_frame(
    calls: Sequence[Call], request: int, generators: dict[int, tuple[int, Any]], reply_bytes: int
) -> tuple[Frame, set[str]]:
    """Calls of one function, and the names of the handles that occur in them.

    Args:
        request: the number of the request that they belong to.
        generators: keeps numpy Generators apart over all frames of a request.
        reply_bytes: what the answers may take.
    """
    encoder = Encoder(MAX_REQUEST_BYTES, strict=True, generators=generators)
    nodes = encoder.encode_calls(calls)
    header = {"kind": "calls", "request": request, "reply_bytes": reply_bytes, "calls": nodes}
    return _packed(header, encoder), encoder.handles


def _packed(header: dict[str, Any], encoder: Encoder) -> Frame:
    return wire.pack(header, encoder.buffers, max_header=MAX_REQUEST_BYTES)
