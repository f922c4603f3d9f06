"""`python -m MODULE WORDS…` from a Python that has NumPy, pytest and rich imported already.

Most of what a short command costs is importing these three. So one process imports them, and forks itself for
each command: the kata's own modules are imported each time. Where a variable would change how Python starts,
or there is no fork, a new interpreter is started. (That commands start is held by tests/documents/
test_shell.py, which types each line of the pages, and by tests/student/test_cold_step.py.)
"""

from __future__ import annotations

import atexit
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

# Read when Python, NumPy or the C library start; what Python compiles can be told later, too.
AT_START = re.compile(
    r"PYTHON(?!PYCACHEPREFIX|DONTWRITEBYTECODE)|LC_|LANG|LD_|OMP_|OPENBLAS_|MKL_|NPY_|MALLOC_"
)
STARTER = Path(__file__).with_name("warm_start.py")


class _Warm:
    """The process that forks, and the connection to it."""

    def __init__(self) -> None:
        self.connection, theirs = socket.socketpair()
        self.env = _at_start(os.environ)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, str(STARTER), str(theirs.fileno())], pass_fds=[theirs.fileno()],
                start_new_session=True,
            )  # fmt: skip
        atexit.register(self.close)

    def run(self, asked: Mapping[str, object], handles: list[int], timeout: float) -> int:
        """The exit status of one command.

        Raises:
            TimeoutError: it took longer; it is gone.
        """
        self.connection.settimeout(60.0)
        message = json.dumps(asked).encode()
        socket.send_fds(self.connection, [len(message).to_bytes(8, "little")], handles)
        self.connection.sendall(message)
        pid = int.from_bytes(self._receive(), "little")
        self.connection.settimeout(timeout)
        try:
            return int.from_bytes(self._receive(), "little", signed=True)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            self.connection.settimeout(60.0)
            self._receive()
            raise

    def _receive(self) -> bytes:
        got = self.connection.recv(8, socket.MSG_WAITALL)
        if len(got) < 8:
            raise RuntimeError(f"{STARTER.name} has ended")
        return got

    def close(self) -> None:
        self.connection.close()
        self.process.wait(10)


_warm: _Warm | None = None


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if AT_START.match(name)}


def run(
    *words: str | Path, cwd: Path, env: Mapping[str, str], timeout: float = 300.0
) -> subprocess.CompletedProcess[str]:
    """`python -m WORDS…` without a terminal: its exit status, and what it printed.

    Args:
        words: the module, and what follows it.
        env: all variables that it has.
    Raises:
        subprocess.TimeoutExpired: it did not end.
    """
    global _warm
    line = [sys.executable, "-m", *map(str, words)]
    if not hasattr(socket, "send_fds") or _at_start(env) != (_warm.env if _warm else _at_start(os.environ)):
        return subprocess.run(
            line, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", timeout=timeout
        )
    _warm = _warm or _Warm()
    asked = {"words": line[2:], "cwd": str(cwd), "env": dict(env)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, Path(os.devnull).open() as nothing:
        handles = [file.fileno() for file in (nothing, out, err)]
        try:
            code = _warm.run(asked, handles, timeout)
        except TimeoutError:
            raise subprocess.TimeoutExpired(line, timeout) from None
        return subprocess.CompletedProcess(line, code, _text(out), _text(err))


def _text(file: object) -> str:
    file.seek(0)  # type: ignore[attr-defined]
    return file.read().decode("utf-8").replace("\r\n", "\n")  # type: ignore[attr-defined, no-any-return]
