"""Starting and ending worker processes: by fork from a base that has NumPy, or anew without fork."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from time import time
from typing import Any, Protocol

from grader.sandbox.allowed import GUESTS, HOME_VARIABLES, KEPT_VARIABLES, ONE_THREAD
from grader.sandbox.channel import Output, PollChannel, ThreadChannel
from grader.sandbox.clearing import remove_soon, remove_tree

WORKER = Path(__file__).parent / "inside" / "worker.py"
# Bytecode that only the base of a worker writes: none that lies about elsewhere is loaded.
BYTECODE = WORKER.parent.parent / ".kata" / "bytecode"
READY_S = 60.0  # a cold disk can take this long to import NumPy
FOLDER_PREFIX = "pico-gpt-kata-"  # of a host's folder, in the system's folder for temporary files
STALE_S = 24 * 3600.0
PIPE_BYTES = 1 << 20  # as much as Linux gives everybody
FORKING = sys.platform == "linux"  # macOS has fork, but its BLAS does not survive it
POLLING = hasattr(select, "poll")  # not on Windows

Channel = PollChannel | ThreadChannel


class WorkerError(RuntimeError):
    """No worker can be started on this machine."""


def guests() -> dict[str, str]:
    """The folders of the packages that a student's code may import."""
    places = {}
    for name in GUESTS:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            places[name] = str(Path(spec.origin).resolve().parent)
    return places


def environment(home: str) -> dict[str, str]:
    """A worker's environment: an allow-list, so that no secret is in it."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return {**kept, **ONE_THREAD, "LC_ALL": "C.UTF-8", **dict.fromkeys(HOME_VARIABLES, home)}


def command(mode: str, argument: str, config: dict[str, Any]) -> list[str]:
    """The worker's command line: isolated from the environment, the site packages and the user's own."""
    # On Windows a virtual environment's python.exe only starts the real one, which would live on.
    python = getattr(sys, "_base_executable", sys.executable) if os.name == "nt" else sys.executable
    flags = ["-I", "-S", "-X", "utf8", "-X", f"pycache_prefix={BYTECODE}"]
    return [python, *flags, str(WORKER), mode, argument, json.dumps(config)]


class Process(Protocol):
    """One worker: its pipes, its private folder, and its end."""

    channel: Channel
    private: Path
    mark: bytes  # what it writes after the prints of each call
    works: str | None  # what confines it, once it has said so

    def end(self) -> int | None:
        """Kill it with all of its kind, wait for it, and clear up. Its wait status, where known."""

    def freeze(self) -> None:
        """Stop it where that can be undone: nothing left in it runs while another worker is asked."""

    def thaw(self) -> None:
        """Let it go on."""

    def trace(self) -> None:
        """Make it write where it is to the reply's pipe, where it can."""

    def resident(self) -> int:
        """Bytes of memory it holds; 0 where that need not be watched."""


class Starter(Protocol):
    """Starts workers."""

    def spawn(self) -> Process:
        """A worker, which may still be coming up."""

    def check(self) -> None:
        """Raise WorkerError where it can start no more workers."""

    def reason(self) -> str:
        """What the system said when a worker did not start."""

    def close(self) -> None:
        """End what was started ahead."""


# ------------------------------------------------------------------------------------------ by fork


class ForkServer:
    """A base process with NumPy that forks workers; 5 ms each.

    Args:
        folder: where everything of this host lies; the base removes it if the judge is killed.
        config: what the worker is told; see `grader.sandbox.inside.confine.confine`.
        keep: bytes of a call's prints that are kept.
    """

    def __init__(self, folder: Path, config: dict[str, Any], keep: int):
        self._folder, self._keep = folder, keep
        self._count = 0
        self._inbox: dict[tuple[str, int], tuple[dict[str, Any], list[int]]] = {}
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, (folder / "base.log").open("wb") as log:
            self._base = subprocess.Popen(
                command("--base", str(theirs.fileno()), config),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=[theirs.fileno()], env=environment(str(folder)), cwd=folder,
                start_new_session=True,
            )  # fmt: skip

    def spawn(self) -> Process:
        self._count += 1
        private = Path(tempfile.mkdtemp(dir=self._folder))
        pipes = [os.pipe() for _ in range(3)]
        _widen(pipes[0][1])
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        order = {"spawn": self._count, "private": str(private)}
        mark = _mark()
        channel = PollChannel(pipes[0][1], pipes[1][0], pipes[2][0], Output(self._keep, mark))
        try:
            socket.send_fds(self._control, [json.dumps(order).encode()], theirs)
        except OSError:
            channel.close()
            raise WorkerError(f"no worker process can be started: {self.reason()}") from None
        finally:
            for fd in theirs:
                os.close(fd)
        return _Forked(channel, private, mark, self, self._count)

    def expect(self, kind: str, token: int) -> tuple[dict[str, Any], list[int]]:
        """What the base says of one worker; what it says of others is kept."""
        while (kind, token) not in self._inbox:
            if not select.select([self._control], [], [], READY_S)[0]:
                raise WorkerError(f"the worker process does not answer: {self.reason()}")
            try:
                message, fds, _, _ = socket.recv_fds(self._control, 4096, 1)
            except OSError:
                message, fds = b"", []
            if not message:
                raise WorkerError(f"the worker process has gone: {self.reason()}")
            fields = json.loads(message)
            which = "born" if "born" in fields else "dead"
            self._inbox[which, fields[which]] = fields, fds
        return self._inbox.pop((kind, token))

    def end_worker(self, token: int) -> int | None:
        try:
            self._control.send(json.dumps({"kill": token}).encode())
            return int(self.expect("dead", token)[0]["status"])
        except (OSError, WorkerError):
            return None  # the base has gone, and the kernel has killed its workers with it
        finally:
            for fd in self._inbox.pop(("born", token), ({}, []))[1]:
                os.close(fd)

    def check(self) -> None:
        if self._base.poll() is not None:
            raise WorkerError(f"the worker process has gone: {self.reason()}")

    def reason(self) -> str:
        return _last_line((self._folder / "base.log").read_text("utf-8", "replace"))

    def close(self) -> None:
        self._control.close()
        try:
            self._base.wait(5)
        except subprocess.TimeoutExpired:
            self._base.kill()
            self._base.wait()


class _Forked:
    def __init__(self, channel: PollChannel, private: Path, mark: bytes, server: ForkServer, token: int):
        self.channel: Channel = channel
        self.private, self.mark = private, mark
        self.works: str | None = None
        self._server, self._token = server, token
        self._pidfd: int | None = None

    def end(self) -> int | None:
        if self._pidfd is not None and self._pidfd >= 0:
            os.close(self._pidfd)
        status = self._server.end_worker(self._token)
        self.channel.close()
        remove_soon(self.private)
        return status

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def trace(self) -> None:
        self._signal(signal.SIGUSR1)

    def resident(self) -> int:
        return 0  # RLIMIT_AS holds here

    def _signal(self, number: int) -> None:
        """Through a pidfd, which can never mean another process."""
        if self._pidfd is None:
            self._pidfd = next(iter(self._server.expect("born", self._token)[1]), -1)
        if self._pidfd >= 0:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._pidfd, number)


# --------------------------------------------------------------------------------------------- anew


class FreshStarter:
    """Every worker is a new interpreter; about 0.15 s each, so one is always started ahead.

    Args: as ForkServer's.
    """

    def __init__(self, folder: Path, config: dict[str, Any], keep: int):
        self._folder, self._config, self._keep = folder, config, keep
        self._ahead: _Fresh | None = self._start()

    def spawn(self) -> Process:
        process = self._ahead or self._start()
        self._ahead = self._start()
        return process

    def check(self) -> None:
        """Nothing can have happened: every worker is started by the judge itself."""

    def reason(self) -> str:
        return "its interpreter ends at once"

    def _start(self) -> _Fresh:
        private = Path(tempfile.mkdtemp(dir=self._folder))
        popen = subprocess.Popen(
            command("--alone", str(private), self._config),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            env=environment(str(private)), cwd=private, start_new_session=os.name == "posix",
        )  # fmt: skip
        pipes = [pipe for pipe in (popen.stdin, popen.stdout, popen.stderr) if pipe]
        ends = [os.dup(pipe.fileno()) for pipe in pipes]
        for pipe in pipes:
            pipe.close()
        mark = _mark()
        kind = PollChannel if POLLING else ThreadChannel
        channel = kind(ends[0], ends[1], ends[2], Output(self._keep, mark))
        return _Fresh(channel, private, mark, popen)

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.end()
            self._ahead = None


class _Fresh:
    def __init__(
        self,
        channel: Channel,
        private: Path,
        mark: bytes,
        popen: subprocess.Popen[bytes],
    ):
        self.channel = channel
        self.private, self.mark = private, mark
        self.works: str | None = None
        self._popen = popen

    def end(self) -> int | None:
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.kill()
        code = self._popen.wait()
        self.channel.close()
        remove_soon(self.private)
        return code << 8 if code >= 0 else -code

    def freeze(self) -> None:
        """Left running: a stopped worker could not notice that the judge was killed."""

    def thaw(self) -> None:
        """Never stopped."""

    def trace(self) -> None:
        if hasattr(signal, "SIGUSR1") and self._popen.poll() is None:
            self._popen.send_signal(signal.SIGUSR1)

    def resident(self) -> int:
        return resident_bytes(self._popen.pid)


def resident_bytes(pid: int) -> int:
    """Memory that a process holds; 0 where the system does not say it cheaply (all but Linux)."""
    with contextlib.suppress(OSError, ValueError, IndexError, AttributeError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def remove_stale_folders() -> None:
    """Folders of hosts whose whole family of processes was killed, the base included."""
    old = time() - STALE_S
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.name.startswith(FOLDER_PREFIX) and entry.is_dir(follow_symlinks=False):
                    found = entry.stat(follow_symlinks=False)
                    if found.st_mtime < old and (os.name == "nt" or found.st_uid == os.getuid()):
                        remove_tree(Path(entry.path))


def _widen(pipe: int) -> None:
    """Let a whole model's weights pass in a few pieces, where the system lets a pipe grow."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _mark() -> bytes:
    return b"\0" + secrets.token_hex(12).encode() + b"\0\n"


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:300] if lines else "no reason is known"
