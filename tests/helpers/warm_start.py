"""Started by warm.py: imports what every command needs, and forks itself for each command."""

from __future__ import annotations

import argparse  # noqa: F401
import atexit
import gc
import io
import json
import os
import runpy
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path

import numpy  # noqa: F401
import pytest  # noqa: F401
import pytest_timeout  # noqa: F401
import rich.console
import rich.table  # noqa: F401


def serve(connection: socket.socket) -> None:
    """One command after another: its words, folder, variables and files come; its pid and its end go."""
    gc.freeze()
    while True:
        size, handles, _, _ = socket.recv_fds(connection, 8, 3)
        if len(size) < 8:
            return
        asked = b""
        while len(asked) < int.from_bytes(size, "little"):
            asked += connection.recv(1 << 16)
        pid = os.fork()
        if not pid:
            connection.close()
            _become(json.loads(asked), handles)
        for handle in handles:
            os.close(handle)
        connection.sendall(pid.to_bytes(8, "little"))
        _, status = os.waitpid(pid, 0)
        connection.sendall(os.waitstatus_to_exitcode(status).to_bytes(8, "little", signed=True))


def _become(asked: dict[str, object], handles: list[int]) -> None:
    """Be `python -m MODULE WORDS…`, as if it had just been started."""
    code = 1
    try:
        for number, handle in enumerate(handles):
            os.dup2(handle, number)
            os.close(handle)
        sys.stdin = io.TextIOWrapper(open(0, "rb", closefd=False))  # noqa: SIM115
        sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False))  # noqa: SIM115
        sys.stderr = io.TextIOWrapper(
            open(2, "wb", closefd=False), errors="backslashreplace", line_buffering=True  # noqa: SIM115
        )  # fmt: skip
        os.chdir(str(asked["cwd"]))
        os.environ.clear()
        os.environ.update(asked["env"])  # type: ignore[call-overload]
        sys.pycache_prefix = os.environ.get("PYTHONPYCACHEPREFIX") or None
        sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
        sys.path[0] = str(Path.cwd())
        module, *sys.argv[1:] = asked["words"]  # type: ignore[misc]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        if isinstance(end.code, int) or end.code is None:
            code = end.code or 0
        else:
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 120  # as Python ends when nobody reads what it wrote
    os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-c is for the tests
    serve(socket.socket(fileno=int(sys.argv[1])))
