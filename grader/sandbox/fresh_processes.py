"""Worker processes without fork (macOS, Windows): each is a new interpreter."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.sandbox.base import command, environment
from grader.sandbox.channel import Output, PollChannel, ThreadChannel
from grader.sandbox.clearing import remove_soon
from grader.sandbox.lent import SharedMemory
from grader.sandbox.processes import (
    Channel,
    Process,
    new_mark,
    resident_bytes,
    used_cpu,
    write_rules,
)

POLLING = hasattr(select, "poll")  # not on Windows


class FreshStarter:
    """Every worker is a new interpreter; about 0.15 s each, so one is always started ahead.

    Args: see ForkServer.
    """

    def __init__(self, folder: Path, config: dict[str, Any], hidden: list[str], keep: int):
        self._folder, self._config, self._keep = folder, config, keep
        write_rules(folder, config, hidden)
        self._ahead: _Fresh | None = self._start()

    def spawn(self) -> Process:
        process = self._ahead or self._start()
        self._ahead = self._start()
        return process

    def check(self) -> None:
        """Nothing can have happened: every worker is started by the judge itself."""

    def put(self, name: str, frame: Sequence[Any]) -> None:
        """Each worker is sent it by itself."""

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
        mark = new_mark()
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
        self.shared: SharedMemory | None = None
        self.has: set[str] = set()
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

    def wait(self, seconds: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(seconds)

    def freeze(self) -> None:
        """Left running: a stopped worker could not notice that the judge was killed."""

    def thaw(self) -> None:
        """Never stopped."""

    def trace(self) -> None:
        if hasattr(signal, "SIGUSR1") and self._popen.poll() is None:
            self._popen.send_signal(signal.SIGUSR1)

    def resident(self) -> int:
        return resident_bytes(self._popen.pid)

    def cpu_s(self) -> float:
        return used_cpu(self._popen.pid)
