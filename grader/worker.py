"""The process that runs a student's code. Started by path, as `python -I -S …/worker.py`, never imported
by the judge.

As a base (`--base FD`, where there is fork) it imports NumPy once, never runs student code, and forks a
worker whenever the judge asks for one. Without fork (`--alone`) it is itself the worker, with the wire on
its standard input and output. A worker reads frames (grader/wire.py) and answers each call with one.
"""

from __future__ import annotations

import json
import os
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # -I keeps this folder off sys.path: its siblings are imported by name alone
    _package = types.ModuleType("grader")
    _package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules["grader"] = _package


def add_guests(places: Mapping[str, str]) -> None:
    """Make the guest packages importable, and nothing beside them.

    Args:
        places: package name -> its folder.
    """
    from importlib.machinery import PathFinder
    from importlib.util import spec_from_file_location

    class GuestFinder(PathFinder):
        @classmethod
        def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> Any:
            place = places.get(fullname)
            if place is None or path is not None:
                return None
            return spec_from_file_location(
                fullname, os.path.join(place, "__init__.py"), submodule_search_locations=[place]
            )

    sys.meta_path.append(GuestFinder)


class Wire:
    """Frames in, frames out."""

    def __init__(self, request: int, reply: int):
        self._request = open(request, "rb", buffering=0, closefd=False)
        self._reply = reply

    def read(self) -> tuple[dict[str, Any], list[Any]] | None:
        """The next frame; None when the judge has gone."""
        from grader import wire

        prefix = self._exactly(wire.PREFIX.size)
        if prefix is None:
            return None
        header, body = wire.frame_lengths(bytes(prefix), 1 << 40, 1 << 30)
        head, rest = self._exactly(header), self._exactly(body)
        return None if head is None or rest is None else wire.unpack(bytes(head), rest)

    def _exactly(self, size: int) -> bytearray | None:
        data = bytearray(size)
        view = memoryview(data)
        while len(view):
            count = self._request.readinto(view)
            if not count:
                return None
            view = view[count:]
        return data

    def write(self, pieces: list[Any]) -> None:
        for piece in pieces:
            view = memoryview(piece)
            while len(view):
                view = view[os.write(self._reply, view) :]


def serve(wire_: Wire, output: int, sandbox: str) -> None:
    """Answer calls until the judge goes away."""
    from dataclasses import asdict

    from grader import wire
    from grader.purity import Purity
    from grader.session import Boot, Reply, Session

    wire_.write(wire.pack({"kind": "armed", "sandbox": sandbox}, []))
    session: Session | None = None
    marker, handles, generators, request, budget = b"", {}, {}, None, 0
    private = Path.cwd()

    def make_file(name: str, data: Any) -> Path:
        path = private / name
        path.write_bytes(data)
        return path

    while True:
        frame = wire_.read()
        if frame is None:
            return
        header, buffers = frame
        if header["kind"] == "boot":
            fields = wire.Decoder(buffers, 1 << 30, trusted=True).decode(header["boot"])
            session, marker = Session(Boot(**fields)), bytes.fromhex(header["marker"])
            sys.meta_path.insert(0, session.finder)
        elif header["kind"] == "put":
            handles[header["name"]] = (header["value"], buffers)
        elif header["kind"] == "calls" and session is not None:
            if header["request"] != request:
                request, budget, generators = header["request"], header["reply_bytes"], {}
            for args, kwargs in header["calls"]:
                decoder = wire.Decoder(
                    buffers, 1 << 40, trusted=True, handles=handles, generators=generators, make_file=make_file
                )
                encoder = wire.Encoder(budget, strict=False)
                reply = session.call((args, kwargs), decoder, Purity(buffers, handles), encoder)
                budget -= sum(memoryview(raw).nbytes for raw in encoder.buffers)
                for stream in (sys.stdout, sys.stderr):
                    try:
                        stream.flush()
                    except BaseException:  # closed or replaced by the student's code
                        continue
                try:
                    pieces = wire.pack({"kind": "reply", **asdict(reply)}, encoder.buffers)
                except wire.TooLarge as error:
                    reply = Reply("too_large", error=f"{session.boot.function} returned too much: {error}")
                    pieces = wire.pack({"kind": "reply", **asdict(reply)}, [])
                view = memoryview(marker)
                while len(view):
                    view = view[os.write(output, view) :]
                wire_.write(pieces)


def be_worker(request: int, reply: int, output: int, config: dict[str, Any], private: str) -> None:
    """Settle in the private folder, confine this process, and serve."""
    os.chdir(private)
    for name in ("TMPDIR", "TEMP", "TMP", "HOME"):
        os.environ[name] = private
    from grader import sandbox

    serve(Wire(request, reply), output, sandbox.confine(config, private))


def be_base(control_fd: int) -> None:
    """Fork workers on demand; end with all of them when the judge goes away."""
    import signal
    import socket

    import numpy  # noqa: F401

    from grader import purity, sandbox, session, wire  # noqa: F401

    control = socket.socket(fileno=control_fd)
    workers: dict[int, int] = {}
    while True:
        try:
            message, fds, _, _ = socket.recv_fds(control, 1 << 16, 3)
        except OSError:
            message, fds = b"", []
        order = json.loads(message) if message else {"end": True}
        if "spawn" in order:
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                control.close()
                _become(order, *fds)
            workers[order["spawn"]] = pid
            for fd in fds:
                os.close(fd)
            pidfd = [os.pidfd_open(pid)] if hasattr(os, "pidfd_open") else []
            socket.send_fds(control, [json.dumps({"born": order["spawn"], "pid": pid}).encode()], pidfd)
            for fd in pidfd:
                os.close(fd)
        elif "kill" in order:
            status = _end(workers.pop(order["kill"]), signal.SIGKILL)
            control.send(json.dumps({"dead": order["kill"], "status": status}).encode())
        else:
            for pid in workers.values():
                _end(pid, signal.SIGKILL)
            return


def _become(order: dict[str, Any], request: int, reply: int, output: int) -> None:
    """In the child: only the three pipes are left of what the base had."""
    import fcntl

    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        # First out of the way, then into place: no place may be overwritten before it was copied.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in (null, output, output, request, reply, output)]
        for target, fd in enumerate(high):
            os.dup2(fd, target, inheritable=False)
        os.closerange(6, os.sysconf("SC_OPEN_MAX"))
        be_worker(3, 4, 5, order["config"], order["private"])
    finally:
        os._exit(0)


def _end(pid: int, sig: int) -> int:
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, sig)
        except OSError:
            continue
    return os.waitpid(pid, 0)[1]


def be_alone(config: dict[str, Any], private: str) -> None:
    """Without fork: the wire is on standard input and output, what is printed goes to standard error."""
    request, reply, output = os.dup(0), os.dup(1), os.dup(2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        for fd in (request, reply, output, 1, 2):
            msvcrt.setmode(fd, os.O_BINARY)
    import numpy  # noqa: F401

    be_worker(request, reply, output, config, private)
    os._exit(0)


def main() -> None:
    mode, argument = sys.argv[1:3]
    config = json.loads(sys.argv[3])
    add_guests(config["guests"])
    sys.argv = [""]
    if mode == "--base":
        be_base(int(argument))
    else:
        be_alone(config, argument)


if __name__ == "__main__":
    main()
