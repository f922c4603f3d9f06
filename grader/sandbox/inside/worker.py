"""The process that runs a student's code. Started by path, as `python -I -S …/worker.py`, never imported
by the judge.

As a base (`--base FD`, where there is fork) it imports NumPy once, never runs student code, and forks a
worker whenever the judge asks for one. Without fork (`--alone`) it is itself the worker, with the wire on
its standard input and output. A worker confines itself, and only then reads the student's file; after that
it answers every call with one frame (sandbox/wire.py). The judge ends it by SIGKILL, nothing else does.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import io
import json
import os
import sys
import threading
import types
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # -I keeps the kata off sys.path: these rooms are found, and their doors stay shut
    _inside = Path(__file__).resolve().parent
    for _name, _folder in (
        ("grader", _inside.parents[1]),
        ("grader.sandbox", _inside.parent),
        ("grader.sandbox.inside", _inside),
    ):
        _package = types.ModuleType(_name)
        _package.__path__ = [str(_folder)]
        sys.modules[_name] = _package
    from grader.sandbox.inside import imports as gate

    sys.meta_path.append(gate.GuestFinder(json.loads(sys.argv[3])["guests"]))

from grader.sandbox import wire
from grader.sandbox.allowed import HOME_VARIABLES, OUTPUT, REPLY, REQUEST
from grader.sandbox.clearing import remove_tree
from grader.sandbox.decoder import Decoder
from grader.sandbox.encoder import Encoder
from grader.sandbox.inside import confine as sandbox
from grader.sandbox.inside import imports as gate
from grader.sandbox.inside import landlock
from grader.sandbox.inside.purity import Purity
from grader.sandbox.inside.student_modules import Boot, Reply, Session

BROKEN = 70  # exit status of a worker that could not go on (EX_SOFTWARE)
# What student code is likely to import: once here, instead of once in every worker.
LIKELY = (
    "regex", "numpy.random", "typing", "dataclasses", "random", "copy", "string",
)  # fmt: skip


class Wire:
    """Frames in, frames out."""

    def __init__(self, request: int, reply: int):
        self._request = io.FileIO(request, "rb", closefd=False)
        self._reply = reply

    def read(self) -> tuple[dict[str, Any], list[Any]] | None:
        """The next frame; None when the judge has gone."""
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

    def write(self, header: dict[str, Any], buffers: list[Any]) -> None:
        for piece in wire.pack(header, buffers):
            _write_all(self._reply, piece)


class Server:
    """Answers the judge's frames until it goes away."""

    def __init__(self, wire_: Wire, output: int, private: Path, places: list[Path]):
        self._wire, self._output, self._private, self._places = wire_, output, private, places
        self._session: Session | None = None
        self._mark = b""
        self._handles: dict[str, tuple[Any, list[Any]]] = {}
        self._request = 0
        self._budget = 0
        self._generators: dict[int, Any] = {}
        self._files = 0

    def serve(self) -> None:
        while (frame := self._wire.read()) is not None:
            header, buffers = frame
            if header["kind"] == "boot":
                self._boot(header, buffers)
            elif header["kind"] == "put":
                self._handles[header["name"]] = (header["value"], buffers)
            else:
                self._answer(header, buffers)

    def _boot(self, header: dict[str, Any], buffers: list[Any]) -> None:
        fields = Decoder(buffers, 1 << 30, trusted=True).decode(header["boot"])
        self._mark = bytes.fromhex(header["mark"])
        self._session = session = Session(Boot(**fields))
        located = gate.LocatedFinder([*self._places, self._private])
        for i, finder in enumerate(sys.meta_path):
            if getattr(finder, "__name__", "") == "PathFinder":
                sys.meta_path[i] = located
        sys.meta_path.insert(0, session.finder)
        sys.meta_path.append(gate.LastFinder(header["beside"]))
        for name in [name for name in sys.modules if name.partition(".")[0] == "grader"]:
            del sys.modules[name]  # a student's `import grader` is to find nothing
        session.load()
        self._wire.write({"kind": "loaded"}, [])

    def _answer(self, header: dict[str, Any], buffers: list[Any]) -> None:
        assert self._session is not None
        if header["request"] != self._request:
            self._request, self._budget, self._generators = header["request"], header["reply_bytes"], {}
        reply = Reply("")
        for number, (args, kwargs) in enumerate(header["calls"], 1):
            encoder = Encoder(self._budget, strict=False)
            if reply.status != "not_implemented":  # else the calls that came with it end in the same way
                decoder = Decoder(buffers, 1 << 40, True, self._handles, self._generators, self._make_file)
                purity = Purity(buffers, self._handles, more=number < len(header["calls"]))
                reply = self._session.call((args, kwargs), decoder, purity, encoder)
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

    def _make_file(self, name: str, data: Any) -> Path:
        folder = self._private / f"given{self._files}"  # a fresh one: an old file may have become anything
        self._files += 1
        folder.mkdir()
        path = folder / name
        path.write_bytes(data)
        return path


def be_worker(request: int, reply: int, output: int, config: dict[str, Any], private: str) -> None:
    """Settle in the private folder, confine this process, and serve."""
    os.chdir(private)
    for name in HOME_VARIABLES:
        os.environ[name] = private
    sys.dont_write_bytecode, sys.pycache_prefix = True, None
    if "tempfile" in sys.modules:
        vars(sys.modules["tempfile"])["tempdir"] = None
    # Where it was when it hung (the judge asks by SIGUSR1) or crashed: text on the reply's pipe.
    faulthandler.enable(reply, all_threads=False)
    if hasattr(faulthandler, "register"):
        import signal

        faulthandler.register(signal.SIGUSR1, reply, all_threads=False)
    wire_ = Wire(request, reply)
    works = sandbox.confine(config, private)
    wire_.write({"kind": "armed", "sandbox": works}, [])
    Server(wire_, output, Path(private), config["places"]).serve()


def be_base(control_fd: int, config: dict[str, Any]) -> None:
    """Fork workers on demand; end with all of them, and their folders, when the judge goes away."""
    import select
    import signal
    import socket

    control = socket.socket(fileno=control_fd)
    workers: dict[int, int] = {}
    _prepare(config)
    likely = list(LIKELY)
    while True:
        while likely and not select.select([control], [], [], 0)[0]:
            _import_likely(likely.pop(0))  # in the time that the judge leaves
        try:
            message, fds, _, _ = socket.recv_fds(control, 1 << 16, 3)
        except OSError:
            message, fds = b"", []
        order = json.loads(message) if message else {}
        if "spawn" in order:
            gc.freeze()  # a worker's garbage collector need not look at what all of them have
            pid = os.fork()
            if pid == 0:
                control.close()
                _become(config, order["private"], *fds)
            workers[order["spawn"]] = pid
            for fd in fds:
                os.close(fd)
            pidfd = []
            with contextlib.suppress(OSError, AttributeError):  # kernels and Pythons without it
                pidfd = [os.pidfd_open(pid)]
            with contextlib.suppress(OSError):
                socket.send_fds(control, [json.dumps({"born": order["spawn"]}).encode()], pidfd)
            for fd in pidfd:
                os.close(fd)
        elif "kill" in order:
            status = _end(workers.pop(order["kill"]), signal.SIGKILL)
            with contextlib.suppress(OSError):
                control.send(json.dumps({"dead": order["kill"], "status": status}).encode())
        else:
            for pid in workers.values():
                _end(pid, signal.SIGKILL)
            remove_tree(Path(config["folder"]))
            return


def _become(config: dict[str, Any], private: str, request: int, reply: int, output: int) -> None:
    """In the child: only the three pipes are left of what the base had."""
    import fcntl
    import signal

    try:
        base = os.getppid()
        os.setsid()
        sandbox.prctl(sandbox.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != base:
            return
        null = os.open(os.devnull, os.O_RDONLY)
        # First out of the way, then into place: no place may be overwritten before it was copied.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in (null, output, output, request, reply, output)]
        for target, fd in enumerate(high):
            os.dup2(fd, target, inheritable=False)
        for fd in _open_descriptors():
            if fd > OUTPUT:
                with contextlib.suppress(OSError):
                    os.close(fd)
        be_worker(REQUEST, REPLY, OUTPUT, config, private)
    except BaseException:  # the student's code broke what the worker stands on
        os._exit(BROKEN)
    finally:
        os._exit(0)


def _open_descriptors() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(path.name) for path in Path("/proc/self/fd").iterdir()]
    return list(range(4096))


def be_alone(config: dict[str, Any], private: str) -> None:
    """Without fork: the wire is on standard input and output, what is printed goes to standard error."""
    request, reply, output = os.dup(0), os.dup(1), os.dup(2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        for fd in (request, reply, output, 1, 2):
            msvcrt.setmode(fd, os.O_BINARY)
    watcher = threading.Thread(target=_end_when_orphaned, args=(config,), daemon=True)
    if os.name == "posix":
        watcher.start()
    _prepare(config)
    try:
        be_worker(request, reply, output, config, private)
        if os.name == "posix":
            watcher.join(2)  # the pipe has closed: has the judge been killed?
    except BaseException:
        os._exit(BROKEN)
    finally:
        os._exit(0)


def _end_when_orphaned(config: dict[str, Any]) -> None:
    """A judge that was killed cannot end its workers: they look for themselves, once a second."""
    import time

    while os.getppid() == config["judge"]:
        time.sleep(1)
    remove_tree(Path(config["folder"]))
    os._exit(1)


def _prepare(config: dict[str, Any]) -> None:
    """What all workers of a host have in common: NumPy, and the list of what they may read."""
    import site

    import numpy  # noqa: F401

    site.setquit()  # -S leaves out exit(), quit() and help()
    site.sethelper()
    for name in ("tqdm", "fcntl", "resource"):  # what nearly every student's file and every worker needs
        _import_likely(name)
    places = [*gate.standard_places(), *config["guests"].values()]
    config["places"] = [Path(place).resolve() for place in places]  # from where modules may come
    confined = config["sandbox"] and landlock.version()
    config["rules"] = landlock.readable(config["guests"].values(), config["hidden"]) if confined else []


def _import_likely(name: str) -> None:
    import importlib

    with contextlib.suppress(ImportError):
        module = importlib.import_module(name)
        if name == "tqdm":  # its own lock would be one for all processes, in /dev/shm
            module.tqdm.set_lock(threading.RLock())


def _end(pid: int, signal_number: int) -> int:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(pid, signal_number)
    return os.waitpid(pid, 0)[1]


def _write_all(fd: int, data: Any) -> None:
    view = memoryview(data).cast("B")
    while len(view):
        view = view[os.write(fd, view) :]


def main() -> None:
    mode, argument = sys.argv[1:3]
    config = json.loads(sys.argv[3])
    sys.argv[:], sys.orig_argv[:] = [""], []
    if mode == "--base":
        be_base(int(argument), config)
    else:
        be_alone(config, argument)


if __name__ == "__main__":
    main()
