"""What is lent to one call, and what of it came back changed.

Arrays are lent in memory that the judge shares with the worker, files in the worker's private folder. The
judge looks at both by itself after the call: what a function did to them does not depend on what its process
says. (Lists and dicts have no such memory. For them, and where nothing can be shared, the worker's own word
counts: that is advice against accidents, and no wall.)
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from grader.sandbox.decoder import Decoder
from grader.sandbox.encoder import Encoder
from grader.sandbox.wire import Node, TempFile, step_of_path

SHARED_BYTES = 32 << 20  # for all calls of one worker; beyond that, copies go through the pipe
ALIGNED = 64
PIECE_BYTES = 1 << 20


class SharedMemory:
    """Memory of one worker's arguments; neither side can change its size."""

    def __init__(self) -> None:
        import fcntl

        self.fd = os.memfd_create("lent", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)  # type: ignore[attr-defined,unused-ignore]
        os.ftruncate(self.fd, SHARED_BYTES)
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)  # type: ignore[attr-defined,unused-ignore]
        self._used = 0

    def put(self, buffers: Sequence[Any]) -> list[int] | None:
        """Where the buffers lie now; None where there is no room for them."""
        places, at = [], self._used
        for raw in buffers:
            places.append(at)
            at += -(-len(raw) // ALIGNED) * ALIGNED
        if at > SHARED_BYTES:
            return None
        for place, raw in zip(places, buffers):
            while len(raw):
                written = os.pwrite(self.fd, raw, place)
                place, raw = place + written, raw[written:]
        self._used = at
        return places

    def holds(self, place: int, raw: Any) -> bool:
        """Whether these bytes are still there."""
        at, left = place, memoryview(raw)
        while len(left):
            now = os.pread(self.fd, min(len(left), PIECE_BYTES), at)
            if not now or bytes(left[: len(now)]) != now:  # views would be compared one byte at a time
                return False
            at, left = at + len(now), left[len(now) :]
        return True

    def close(self) -> None:
        os.close(self.fd)


def shared_memory() -> SharedMemory | None:
    """Memory for a worker, where the system has it."""
    return SharedMemory() if sys.platform == "linux" and hasattr(os, "memfd_create") else None


def memory_of(pieces: Sequence[Any]) -> int | None:
    """The descriptor of memory that holds these bytes, which the caller closes; None where there is none."""
    if sys.platform != "linux" or not hasattr(os, "memfd_create"):
        return None
    fd = os.memfd_create("value", os.MFD_CLOEXEC)
    with os.fdopen(fd, "wb", closefd=False) as file:
        for piece in pieces:
            file.write(memoryview(piece).cast("B"))
    return fd


class Lent:
    """What went with the calls of one frame.

    Args:
        nodes: the arguments of each call.
        spans: which of `encoder.arrays` occur in each call.
        encoder: has encoded them.
        shared: the worker's memory.
    """

    def __init__(
        self,
        nodes: list[tuple[Node, Node]],
        spans: list[range],
        encoder: Encoder,
        shared: SharedMemory | None,
    ):
        self._nodes, self._spans, self._shared = nodes, spans, shared
        self._arrays = encoder.arrays
        self._buffers = [memoryview(raw).cast("B") for raw in encoder.buffers]
        self.places = (shared.put(self._buffers) if shared else None) or []
        # An array that occurs twice would be one and the same there: only what occurs once is lent.
        uses = Counter(self._arrays) if self.places else {}
        self.once = frozenset(k for k, n in uses.items() if n == 1)

    @property
    def lengths(self) -> list[int]:
        return [len(raw) for raw in self._buffers]

    def changed(self, call: int, names: Sequence[str], files: dict[str, bytes]) -> list[str]:
        """The paths of what the call changed.

        Args:
            names: of the function's positional parameters.
            files: path -> the bytes that were put there.
        """
        if not files and not any(self._is_changed(self._arrays[i]) for i in self._spans[call]):
            return []
        args, kwargs = self._nodes[call]
        found = []
        for i, node in enumerate(args[1:]):
            found += self._changed(node, names[i] if i < len(names) else f"argument {i + 1}", files)
        for key, node in zip(kwargs[1][1:], kwargs[2][1:]):
            found += self._changed(node, key, files)
        return found

    def _changed(self, node: Node, path: str, files: dict[str, bytes]) -> list[str]:
        if isinstance(node, list) and node[0] == "f":
            return [] if _is_file_of(node[1], files[node[1]]) else [path]
        return [where for where, k in _arrays(node, path, self._buffers) if self._is_changed(k)]

    def _is_changed(self, k: int) -> bool:
        if k not in self.once or self._shared is None:
            return False
        return not self._shared.holds(self.places[k], self._buffers[k])


def put_file(private: Path, file: TempFile) -> Path:
    """Write a file where a worker's code can read it; the worker must not be running."""
    folder = private / f"given-{os.urandom(4).hex()}"  # the student's code cannot have put anything there
    folder.mkdir()
    path = folder / file.name
    path.write_bytes(file.data)
    return path


def _is_file_of(path: str, data: bytes) -> bool:
    with contextlib.suppress(OSError):
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(fd, "rb") as file:
            return file.read(len(data) + 1) == data
    return False


def _arrays(node: Node, path: str, buffers: Sequence[Any]) -> Iterator[tuple[str, int]]:
    """The path and the buffer of every array in a value."""
    tag = node[0] if isinstance(node, list) else None
    if tag == "a":
        yield path, node[4]
    elif tag in ("l", "t"):
        for i, item in enumerate(node[1:]):
            yield from _arrays(item, f"{path}[{i}]", buffers)
    elif tag == "d" and node[2][0] == "l":
        keys = Decoder(buffers, 1 << 40, trusted=True).decode(node[1])
        for key, item in zip(keys, node[2][1:]):
            yield from _arrays(item, path + step_of_path(key), buffers)
