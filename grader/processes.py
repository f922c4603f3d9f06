"""Starting and ending worker processes: by fork from a base that has NumPy, or anew where there is no fork."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.channel import Output, PollChannel, ThreadChannel
from grader.gate import GUESTS

WORKER = Path(__file__).with_name("worker.py")
READY_S = 60.0  # a cold disk can take this long to import NumPy
FORKING = sys.platform == "linux"  # macOS has fork, but its BLAS does not survive it


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
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "WINDIR") if name in os.environ}
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}
    return {**kept, **threads, "LC_ALL": "C.UTF-8", "HOME": home, "TMPDIR": home, "TEMP": home, "TMP": home}


def command(mode: str, argument: str, config: dict[str, Any]) -> list[str]:
    return [
        sys.executable, "-I", "-S", "-B", "-X", "utf8", str(WORKER), mode, argument, json.dumps(config),
    ]  # fmt: skip


class Process:
    """One worker: its pipes, its private folder, and its end."""

    def __init__(self, channel: PollChannel | ThreadChannel, private: Path):
        self.channel = channel
        self.private = private
        self.mark = b""

    def end(self) -> int | None:
        """Kill it with all of its kind, wait for it, and clear up. Its wait status, where known."""
        raise NotImplementedError


class ForkServer:
    """A base process with NumPy that forks workers; 5 ms each."""

    def __init__(self, folder: Path, config: dict[str, Any], keep: int):
        self._folder, self._config, self._keep = folder, config, keep
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._count = 0
        with theirs, open(folder / "base.log", "wb") as log:
            self._base = subprocess.Popen(
                command("--base", str(theirs.fileno()), config),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=[theirs.fileno()], env=environment(str(folder)), cwd=folder,
                start_new_session=True,
            )  # fmt: skip

    def spawn(self) -> Process:
        """Ask for a worker; it comes up while the judge goes on."""
        self._count += 1
        private = Path(tempfile.mkdtemp(dir=self._folder))
        pipes = [os.pipe() for _ in range(3)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        order = {"spawn": self._count, "private": str(private), "config": self._config}
        try:
            socket.send_fds(self._control, [json.dumps(order).encode()], theirs)
        except OSError:
            raise self._broken() from None
        finally:
            for fd in theirs:
                os.close(fd)
        mark = b"\0" + secrets.token_hex(12).encode() + b"\0\n"
        channel = PollChannel(pipes[0][1], pipes[1][0], pipes[2][0], Output(self._keep, mark))
        return _Forked(channel, private, mark, self, self._count)

    def expect(self, kind: str, token: int, seconds: float) -> tuple[dict[str, Any], list[int]]:
        """The base's next message of this kind; earlier ones about other workers are done with."""
        while True:
            if not select.select([self._control], [], [], seconds)[0]:
                raise self._broken()
            try:
                message, fds, _, _ = socket.recv_fds(self._control, 4096, 1)
            except OSError:
                message, fds = b"", []
            if not message:
                raise self._broken()
            fields = json.loads(message)
            if fields.get(kind) == token:
                return fields, fds
            for fd in fds:
                os.close(fd)

    def end_worker(self, token: int) -> int | None:
        try:
            self._control.send(json.dumps({"kill": token}).encode())
            return int(self.expect("dead", token, 5.0)[0]["status"])
        except (OSError, WorkerError):
            return None  # the base has gone, and its workers with it

    def _broken(self) -> WorkerError:
        lines = (self._folder / "base.log").read_text("utf-8", "replace").strip().splitlines()
        return WorkerError(f"the worker process does not start: {lines[-1] if lines else 'no reason known'}")

    def close(self) -> None:
        self._control.close()
        try:
            self._base.wait(5)
        except subprocess.TimeoutExpired:
            self._base.kill()
            self._base.wait()


class _Forked(Process):
    def __init__(self, channel: PollChannel, private: Path, mark: bytes, server: ForkServer, token: int):
        super().__init__(channel, private)
        self.mark, self._server, self._token = mark, server, token

    def end(self) -> int | None:
        status = self._server.end_worker(self._token)
        self.channel.close()
        shutil.rmtree(self.private, ignore_errors=True)
        return status


class FreshStarter:
    """Every worker is a new interpreter; about 0.15 s each, so one is always started ahead."""

    def __init__(self, folder: Path, config: dict[str, Any], keep: int):
        self._folder, self._config, self._keep = folder, config, keep
        self._ahead: Process | None = self._start()

    def spawn(self) -> Process:
        process, self._ahead = self._ahead or self._start(), None
        self._ahead = self._start()
        return process

    def _start(self) -> Process:
        private = Path(tempfile.mkdtemp(dir=self._folder))
        popen = subprocess.Popen(
            command("--alone", str(private), self._config),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            env=environment(str(private)), cwd=private,
            **({"start_new_session": True} if os.name == "posix" else {}),
        )  # fmt: skip
        mark = b"\0" + secrets.token_hex(12).encode() + b"\0\n"
        ends = [os.dup(pipe.fileno()) for pipe in (popen.stdin, popen.stdout, popen.stderr) if pipe]
        for pipe in (popen.stdin, popen.stdout, popen.stderr):
            if pipe:
                pipe.close()
        kind = PollChannel if hasattr(select, "poll") else ThreadChannel
        return _Fresh(kind(*ends, Output(self._keep, mark)), private, mark, popen)

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.end()
            self._ahead = None


class _Fresh(Process):
    def __init__(
        self,
        channel: PollChannel | ThreadChannel,
        private: Path,
        mark: bytes,
        popen: subprocess.Popen[bytes],
    ):
        super().__init__(channel, private)
        self.mark, self._popen = mark, popen

    def end(self) -> int | None:
        if os.name == "posix":
            try:
                os.killpg(self._popen.pid, signal.SIGKILL)
            except OSError:
                self._popen.kill()
        else:
            self._popen.kill()
        code = self._popen.wait()
        self.channel.close()
        shutil.rmtree(self.private, ignore_errors=True)
        return code << 8 if code >= 0 else -code
