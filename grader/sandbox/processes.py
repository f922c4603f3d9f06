"""Starting and ending worker processes by fork from a base that has NumPy (Linux); see fresh_processes.py
for other systems."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from grader.sandbox.allowed import RULES
from grader.sandbox.base import base_of
from grader.sandbox.channel import Output, PollChannel, ThreadChannel
from grader.sandbox.clearing import remove_soon
from grader.sandbox.inside import landlock
from grader.sandbox.lent import SharedMemory, memory_of, shared_memory
from grader.sandbox.own_side import WorkerError

READY_S = 60.0  # a cold disk can take this long to import NumPy
MAX_PUT_BYTES = 64 << 20  # a larger value is sent to those workers alone that take it
PIPE_BYTES = 1 << 20  # as much as Linux gives everybody

Channel = PollChannel | ThreadChannel


class Process(Protocol):
    """One worker: its pipes, its private folder, and its end."""

    channel: Channel
    private: Path
    mark: bytes  # what it writes after the prints of each call
    works: str | None  # what confines it, once it has said so
    shared: SharedMemory | None  # where its arguments lie
    has: set[str]  # names of values that were sent ahead, and that it has from its base

    def end(self) -> int | None:
        """Kill it and its process group, wait for it, and clear up. Its wait status, where known."""

    def wait(self, seconds: float) -> None:
        """Give it this long to end by itself."""

    def freeze(self) -> None:
        """Stop it where that can be undone: nothing left in it runs while another worker is asked."""

    def thaw(self) -> None:
        """Let it go on."""

    def trace(self) -> None:
        """Make it write where it is to the reply's pipe, where it can."""

    def resident(self) -> int:
        """Bytes of memory it holds; 0 where the system does not say."""

    def cpu_s(self) -> float:
        """Seconds of CPU that it has used, as the system counts them; 0 where it does not say."""


class Starter(Protocol):
    """Starts workers."""

    def spawn(self) -> Process:
        """A worker, which may still be coming up."""

    def check(self) -> None:
        """Raise WorkerError where it can start no more workers."""

    def put(self, name: str, frame: Sequence[Any]) -> None:
        """Give a value to all workers to come, where they can have it before they start."""

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
        hidden: folders that stay out of sight. No worker is told of them, but what it may read.
        keep: bytes of a call's prints that are kept.
    """

    def __init__(self, folder: Path, config: dict[str, Any], hidden: list[str], keep: int):
        self._folder, self._keep = folder, keep
        self._count = 0
        self._has: set[str] = set()
        self._inbox: dict[tuple[str, int], tuple[dict[str, Any], list[int]]] = {}
        base = base_of(config)
        self._base, self._control = base.process, base.control
        write_rules(folder, config, hidden)  # while the base comes up
        with contextlib.suppress(OSError):  # it has gone: the first worker will say so
            self._control.send(json.dumps({"rules": True}).encode())

    def spawn(self) -> Process:
        self._count += 1
        private = Path(tempfile.mkdtemp(dir=self._folder))
        pipes = [os.pipe() for _ in range(3)]
        _widen(pipes[0][1])
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        order = {"spawn": self._count, "private": str(private)}
        mark = new_mark()
        channel = PollChannel(pipes[0][1], pipes[1][0], pipes[2][0], Output(self._keep, mark))
        shared = shared_memory()
        try:
            passed = [*theirs, shared.fd] if shared else theirs
            socket.send_fds(self._control, [json.dumps(order).encode()], passed)
        except OSError:
            channel.close()
            if shared is not None:
                shared.close()
            raise WorkerError(f"no worker process can be started: {self.reason()}") from None
        finally:
            for fd in theirs:
                os.close(fd)
        return _Forked(channel, private, mark, shared, self, self._count, set(self._has))

    def put(self, name: str, frame: Sequence[Any]) -> None:
        self._has.discard(name)
        fd = memory_of(frame) if sum(memoryview(part).nbytes for part in frame) <= MAX_PUT_BYTES else None
        if fd is None:
            return
        with contextlib.suppress(OSError):  # it has gone: the next worker will say so
            socket.send_fds(self._control, [json.dumps({"put": name}).encode()], [fd])
            self._has.add(name)
        os.close(fd)

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
    def __init__(
        self,
        channel: PollChannel,
        private: Path,
        mark: bytes,
        shared: SharedMemory | None,
        server: ForkServer,
        token: int,
        has: set[str],
    ):
        self.channel: Channel = channel
        self.private, self.mark, self.shared, self.has = private, mark, shared, has
        self.works: str | None = None
        self._server, self._token = server, token
        self._pid = 0
        self._pidfd: int | None = None

    def end(self) -> int | None:
        if self._pidfd is not None and self._pidfd >= 0:
            os.close(self._pidfd)
        status = self._server.end_worker(self._token)
        self.channel.close()
        if self.shared is not None:
            self.shared.close()
        remove_soon(self.private)
        return status

    def wait(self, seconds: float) -> None:
        self._meet()
        if self._pidfd is not None and self._pidfd >= 0:
            ended = select.poll()
            ended.register(self._pidfd, select.POLLIN)
            ended.poll(seconds * 1000)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def trace(self) -> None:
        self._signal(signal.SIGUSR1)

    def resident(self) -> int:
        self._meet()
        return resident_bytes(self._pid)

    def cpu_s(self) -> float:
        self._meet()
        return used_cpu(self._pid)

    def _meet(self) -> None:
        """Its number, and a pidfd, which can never mean another process."""
        if self._pidfd is None:
            fields, fds = self._server.expect("born", self._token)
            self._pid, self._pidfd = int(fields["pid"]), next(iter(fds), -1)

    def _signal(self, number: int) -> None:
        self._meet()
        if self._pidfd is not None and self._pidfd >= 0:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._pidfd, number)


def used_cpu(pid: int) -> float:
    """Seconds of CPU that a process has used; 0 where the system does not say it cheaply (all but Linux)."""
    with contextlib.suppress(OSError):
        if sys.platform == "linux":
            return time.clock_gettime(((~pid) << 3) | 2)  # clock_getcpuclockid(3)
    return 0.0


def resident_bytes(pid: int) -> int:
    """Memory that a process holds; 0 where the system does not say it cheaply (all but Linux)."""
    with contextlib.suppress(OSError, ValueError, IndexError, AttributeError):
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def write_rules(folder: Path, config: dict[str, Any], hidden: list[str]) -> None:
    """What workers may read, for Landlock; the file itself is not among it."""
    confined = config["sandbox"] and landlock.version()
    rules = landlock.readable(config["guests"].values(), hidden) if confined else []
    (folder / RULES).write_text(json.dumps(rules), encoding="utf-8")


def _widen(pipe: int) -> None:
    """Let a whole model's weights pass in a few pieces, where the system lets a pipe grow."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def new_mark() -> bytes:
    return b"\0" + os.urandom(12).hex().encode() + b"\0\n"


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:300] if lines else "no reason is known"
