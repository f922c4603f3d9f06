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
from dataclasses import replace
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
from grader.sandbox.allowed import HOME_VARIABLES, OUTPUT, REPLY, REQUEST, RULES, SHARED
from grader.sandbox.clearing import remove_tree
from grader.sandbox.inside import confine as sandbox
from grader.sandbox.inside import imports as gate
from grader.sandbox.inside import landlock, seccomp
from grader.sandbox.inside.server import Server, Wire, put

HIGH = 64  # descriptors from here on are in nobody's way
BROKEN = 70  # exit status of a worker that could not go on (EX_SOFTWARE)
# What student code is likely to import: once here, instead of once in every worker.
LIKELY = (
    "regex", "mmap", "numpy.random", "typing", "dataclasses", "random", "copy", "string",
)  # fmt: skip


def be_worker(
    request: int, reply: int, output: int, config: dict[str, Any], private: str, shared: memoryview
) -> None:
    """Settle in the private folder, confine this process, and serve."""
    os.chdir(private)
    for name in HOME_VARIABLES:
        os.environ[name] = private
    sys.dont_write_bytecode, sys.pycache_prefix = True, None
    if "tempfile" in sys.modules:
        vars(sys.modules["tempfile"])["tempdir"] = None
    _make_streams()
    # Where it was when it hung (the judge asks by SIGUSR1) or crashed: text on the reply's pipe.
    faulthandler.enable(reply, all_threads=False)
    if hasattr(faulthandler, "register"):
        import signal

        faulthandler.register(signal.SIGUSR1, reply, all_threads=False)
    wire_ = Wire(request, reply)
    works = sandbox.confine(config, private)
    wire_.write({"kind": "armed", "sandbox": works}, [])
    places, handles = config["places"], config["handles"]
    config.clear()  # a student's code must not learn where things are
    Server(wire_, output, Path(private), places, shared, handles).serve()


def _make_streams() -> None:
    """Standard streams as a Python has them that is started with these descriptors."""
    for name, fd, mode, errors in (
        ("stdin", 0, "r", "surrogateescape"),
        ("stdout", 1, "w", "surrogateescape"),
        ("stderr", 2, "w", "backslashreplace"),
    ):
        raw = io.FileIO(fd, mode, closefd=False)
        raw.name = f"<{name}>"
        buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
        stream = io.TextIOWrapper(buffer, "utf-8", errors, line_buffering=name == "stderr")
        stream.mode = mode  # type: ignore[misc]
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


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
            message, fds, _, _ = socket.recv_fds(control, 1 << 16, 4)
        except OSError:
            message, fds = b"", []
        order = json.loads(message) if message else {}
        if "rules" in order:
            _read_rules(config)
            config["shared"] = _shared(config)
            seccomp.prepare()
        elif "put" in order:
            _put(fds.pop(), config["handles"])
        elif "spawn" in order:
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
                socket.send_fds(control, [json.dumps({"born": order["spawn"], "pid": pid}).encode()], pidfd)
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
            os._exit(0)  # the judge waits for the end: no more than is needed


def _become(
    config: dict[str, Any], private: str, request: int, reply: int, output: int, shared: int = -1
) -> None:
    """In the child: only the three pipes, and the shared memory, are left of what the base had."""
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
        memory = [shared] if shared >= 0 else []
        wanted = (null, output, output, request, reply, output, *memory)
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, HIGH) for fd in wanted]
        for target, fd in enumerate(high):
            os.dup2(fd, target, inheritable=False)
        lent = _mapped(SHARED) if memory else memoryview(b"")
        kept = config["shared"].ruleset if config["shared"] else OUTPUT
        for fd in _open_descriptors():  # also the copy that mmap keeps, which only resizing would need
            if fd > OUTPUT and fd != kept:
                with contextlib.suppress(OSError):
                    os.close(fd)
        be_worker(REQUEST, REPLY, OUTPUT, config, private, lent)
    except BaseException:  # the student's code broke what the worker relies on
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
    watcher = threading.Thread(
        target=_end_when_orphaned, args=(config["judge"], config["folder"]), daemon=True
    )
    if os.name == "posix":
        watcher.start()
    _prepare(config)
    try:
        _read_rules(config)
        be_worker(request, reply, output, config, private, memoryview(b""))
        if os.name == "posix":
            watcher.join(2)  # the pipe has closed: has the judge been killed?
    except BaseException:
        os._exit(BROKEN)
    finally:
        os._exit(0)


def _end_when_orphaned(judge: int, folder: str) -> None:
    """A judge that was killed cannot end its workers: they look for themselves, once a second."""
    import time

    while os.getppid() == judge:
        time.sleep(1)
    remove_tree(Path(folder))
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
    config["handles"] = {}  # values that were sent ahead
    config["places"] = [Path(place).resolve() for place in places]  # from where modules may come


def _put(fd: int, handles: dict[str, Any]) -> None:
    """Keep a value for all workers to come: a frame, in a file of memory."""
    with os.fdopen(fd, "rb") as file:
        file.seek(0)
        frame = memoryview(file.read())
    start = wire.PREFIX.size
    header, _ = wire.frame_lengths(bytes(frame[:start]), 1 << 40, 1 << 30)
    put(*wire.unpack(bytes(frame[start : start + header]), frame[start + header :]), handles)


def _read_rules(config: dict[str, Any]) -> None:
    config["rules"] = json.loads(Path(config["folder"], RULES).read_text("utf-8"))


def _shared(config: dict[str, Any]) -> landlock.Shared | None:
    """What all workers have of Landlock's rules; its descriptor is out of the way of theirs."""
    import fcntl

    shared = landlock.share(config["rules"], config["folder"]) if config["sandbox"] else None
    if shared is None:
        return None
    high = fcntl.fcntl(shared.ruleset, fcntl.F_DUPFD_CLOEXEC, HIGH)
    os.close(shared.ruleset)
    return replace(shared, ruleset=high)


def _mapped(fd: int) -> memoryview:
    """Memory that the judge shares with this process."""
    import mmap

    return memoryview(mmap.mmap(fd, 0))


def _import_likely(name: str) -> None:
    import importlib

    if name == "tqdm":  # it would look for its version among the packages, and find none from here
        version: Any = types.ModuleType("tqdm.version")
        version.__version__ = "UNKNOWN"
        sys.modules["tqdm.version"] = version
    with contextlib.suppress(ImportError):
        module = importlib.import_module(name)
        if name == "tqdm":  # its own lock would be one for all processes, in /dev/shm
            module.tqdm.set_lock(threading.RLock())
            gate.plain_bars()


def _end(pid: int, signal_number: int) -> int:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(pid, signal_number)
    return os.waitpid(pid, 0)[1]


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
