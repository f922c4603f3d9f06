"""The process that workers are forked from, while it comes up: nothing here needs NumPy.

start_ahead(Limits())      # before the judge imports what it needs itself
...
Host(...)                  # takes it
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.kata.files import CannotGrade
from grader.sandbox.allowed import GUESTS, HOME_VARIABLES, KEPT_VARIABLES, ONE_THREAD, Limits
from grader.sandbox.clearing import FOLDER_PREFIX, remove_stale_folders
from grader.sandbox.inside.confine import close_memory
from grader.sandbox.own_side import as_own, need_descriptors

WORKER = Path(__file__).parent / "inside" / "worker.py"
# Bytecode that only the base of a worker writes: none from elsewhere is loaded.
BYTECODE = WORKER.parents[3] / ".kata" / "bytecode"
FORKING = sys.platform == "linux"  # macOS has fork, but its BLAS does not survive it

Config = dict[str, Any]


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


def command(mode: str, argument: str, config: Config) -> list[str]:
    """The worker's command line: isolated from the environment, the site packages and the user's own."""
    # On Windows a virtual environment's python.exe only starts the real one, which would live on.
    python = getattr(sys, "_base_executable", sys.executable) if os.name == "nt" else sys.executable
    flags = ["-I", "-S", "-X", "utf8", "-X", f"pycache_prefix={BYTECODE}"]
    return [python, *flags, str(WORKER), mode, argument, json.dumps(config)]


def new_config(limits: Limits, sandbox: bool) -> Config:
    """What the workers of one host are told; see `grader.sandbox.inside.confine.confine`. Its folder is made.

    Args:
        sandbox: whether they confine themselves.
    Raises:
        WorkerError: this machine has no room for it.
    """
    remove_stale_folders()
    if sandbox:
        close_memory()
    need_descriptors()
    with as_own():
        folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX)).resolve()
        closed = folder / "closed"  # what no worker may open
        closed.touch()
        return {
            "guests": guests(),
            "folder": str(folder),
            "closed": str(closed),
            "judge": os.getpid(),
            "sandbox": sandbox,
            "address_space": limits.address_space,
            "file_bytes": limits.file_bytes,
        }


class Base:
    """A base process that has been started; it removes its folder if the judge is gone.

    Attributes:
        control: where it takes orders.
        log: what it says.
    """

    def __init__(self, config: Config):
        folder = Path(config["folder"])
        folder.mkdir(exist_ok=True)  # an earlier base removed it as its last deed
        self.log = folder / "base.log"
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command("--base", str(theirs.fileno()), config),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=[theirs.fileno()], env=environment(str(folder)), cwd=folder,
                start_new_session=True,
            )  # fmt: skip


_ahead: list[tuple[Config, Base]] = []


def start_ahead(limits: Limits) -> None:
    """Start a base for the next host of this process, which has time to import what it needs meanwhile.

    Where that does not work the host says why. A base that no host takes ends with this process.
    """
    if FORKING:
        with contextlib.suppress(CannotGrade, OSError):
            config = new_config(limits, sandbox=True)
            _ahead[:] = [(config, Base(config))]


def config_for(limits: Limits, sandbox: bool) -> Config:
    """The config of the base that was started ahead, where it has these limits, or a new one."""
    for config, _ in _ahead:
        alike = config["address_space"] == limits.address_space and config["file_bytes"] == limits.file_bytes
        if sandbox and alike and config["judge"] == os.getpid():
            return config
    return new_config(limits, sandbox)


def base_of(config: Config) -> Base:
    """The base that was started ahead with this config, or a new one."""
    for i, (known, base) in enumerate(_ahead):
        if known is config:
            del _ahead[i]
            return base
    return Base(config)
