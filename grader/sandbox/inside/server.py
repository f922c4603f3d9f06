"""What a worker does all its life: it reads the judge's frames, and answers every call with one frame."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import Any

from grader.sandbox import wire
from grader.sandbox.decoder import Decoder
from grader.sandbox.encoder import Encoder
from grader.sandbox.handles import kept
from grader.sandbox.inside import imports as gate
from grader.sandbox.inside.purity import Purity
from grader.sandbox.inside.student_modules import Boot, Reply, Session


class Wire:
    """Frames in, frames out."""

    def __init__(self, request: int, reply: int):
        self._request = io.BufferedReader(io.FileIO(request, "rb", closefd=False), 1 << 16)
        self._reply = reply

    def read(self) -> tuple[dict[str, Any], list[Any]] | None:
        """The next frame; None when the judge has gone."""
        prefix = self._request.read(wire.PREFIX.size)
        if len(prefix) < wire.PREFIX.size:
            return None
        header, body = wire.frame_lengths(prefix, 1 << 40, 1 << 30)
        head, rest = self._request.read(header), self._request.read(body)
        return wire.unpack(head, rest, trusted=True) if len(head) + len(rest) == header + body else None

    def write(self, header: dict[str, Any], buffers: list[Any]) -> None:
        for piece in wire.pack(header, buffers):
            _write_all(self._reply, piece)


class Server:
    """Answers the judge's frames until it goes away."""

    def __init__(self, wire_: Wire, output: int, private: Path, places: list[Path], shared: memoryview,
                 handles: dict[str, Any]):  # fmt: skip
        self._wire, self._output, self._private, self._places = wire_, output, private, places
        self._shared = shared
        self._session: Session | None = None
        self._mark = b""
        self._handles = handles
        self._request = 0
        self._budget = 0
        self._generators: dict[int, Any] = {}
        self._last: tuple[list[Any], list[Any], frozenset[int]] = [], [], frozenset()

    def serve(self) -> None:
        while (frame := self._wire.read()) is not None:
            header, buffers = frame
            if header["kind"] == "boot":
                self._boot(header, buffers)
            elif header["kind"] == "put":
                put(header, buffers, self._handles)
            else:
                self._answer(header, buffers)

    def _boot(self, header: dict[str, Any], buffers: list[Any]) -> None:
        fields = Decoder(buffers, 1 << 30, trusted=True).decode(header["boot"])
        self._mark = bytes.fromhex(header["mark"])
        self._session = session = Session(Boot(**fields), private=self._private)
        located = gate.LocatedFinder([*self._places, self._private])
        for i, finder in enumerate(sys.meta_path):
            if getattr(finder, "__name__", "") == "PathFinder":
                sys.meta_path[i] = located
        sys.meta_path.insert(0, session.finder)
        sys.meta_path.append(gate.LastFinder(header["beside"]))
        for name in [name for name in sys.modules if name == "grader" or name.startswith("grader.")]:
            del sys.modules[name]  # a student's `import grader` is to find nothing
        session.load()
        self._wire.write({"kind": "loaded"}, [])

    def _answer(self, header: dict[str, Any], buffers: list[Any]) -> None:
        assert self._session is not None
        again = header["kind"] == "again"  # the last call, with the very objects that it had
        lent = frozenset(header.get("lent", ()))
        if header["request"] != self._request:
            self._request, self._budget, self._generators = header["request"], header["reply_bytes"], {}
        if "places" in header:
            places = zip(header["places"], header["lengths"])
            buffers = [self._shared[at : at + length] for at, length in places]
        calls, buffers, lent = self._last if again else (header["calls"], buffers, lent)
        self._last = calls[-1:], buffers, lent
        reply = Reply("")
        for number, (args, kwargs) in enumerate(calls, 1):
            encoder = Encoder(self._budget, strict=False)
            if reply.status != "not_implemented":  # else the calls that came with it end in the same way
                decoder = Decoder(buffers, 1 << 40, True, self._handles, self._generators, lent)
                purity = Purity(buffers, self._handles, lent, more=number < len(calls))
                reply = self._session.call((args, kwargs), decoder, purity, encoder, again)
            self._budget -= sum(memoryview(raw).nbytes for raw in encoder.buffers)
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(BaseException):  # closed or replaced by the student's code
                    stream.flush()
            with contextlib.suppress(OSError):
                _write_all(self._output, self._mark)
            try:
                self._wire.write({"kind": "reply", **vars(reply)}, encoder.buffers)
            except wire.TooLarge as error:
                reply = Reply("too_large", error=f"{self._session.boot.function} returned too much: {error}")
                self._wire.write({"kind": "reply", **vars(reply)}, [])


def put(header: dict[str, Any], buffers: list[Any], handles: dict[str, Any]) -> None:
    """Keep a value that is sent ahead."""
    handles[header["name"]] = kept(Decoder(buffers, 1 << 40, trusted=True).decode(header["value"]))


def _write_all(fd: int, data: Any) -> None:
    view = memoryview(data).cast("B")
    while len(view):
        view = view[os.write(fd, view) :]
