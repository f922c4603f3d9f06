"""Reading what students handed in, in a process of its own: `python -m grader.classroom.reader`.

An archive or a source file can be made so that reading it takes hours or all memory. So the
process that runs a class opens, decodes and parses no submission: a reader does it, under limits, and is
replaced when it does not come back. It reads one order a line and answers with lines that carry the
order's number:

    {"order": 1, "path": "…", "parts": [["…", "pico_gpt.py"]]}
        -> {"order": 1, "files": {…}, "origin": "…", "notes": […], "problem": ""}, {"order": 1, "forms": {…}}
    {"order": 2, "several": "…"}            -> {"order": 2, "several": true}
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from grader.classroom.forms import forms_in
from grader.classroom.taking import Taken, holds_several, take
from grader.kata.curriculum import ROOT
from grader.kata.files import CannotGrade
from grader.sandbox.ending import end_process

MEMORY_BYTES = 1 << 30
CPU_S = 20  # of one submission; a clone with a hundred thousand files takes two
WAIT_S = 120.0  # by the clock, on a machine that others use as well
FORMS_S = 10.0
TOO_LONG = "it takes too long to read: hand in the four files in a plain zip"


class ReaderFailed(Exception):
    """The reader did not come back, and that is not the submission's doing as far as is known."""


class Reader:
    """One reader process, replaced by a fresh one when it has to be ended. It is for one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._replies: queue.Queue[str | None] = queue.Queue()
        self._order = 0

    def read(self, path: Path, parts: Sequence[tuple[Path, str]] = ()) -> Taken:
        """The kata's files in a submission, and their forms. Never raises for what is in it.

        Raises:
            ReaderFailed: it could not be read here and now.
        """
        order = {"path": str(path.absolute()), "parts": [[str(p.absolute()), name] for p, name in parts]}
        reply = self._ask(order, WAIT_S)
        if reply is None:
            return Taken(problem=f"{' '.join(path.name.split())[:200]}: {TOO_LONG}")
        files = {name: base64.b64decode(text) for name, text in reply["files"].items()}
        taken = Taken(files, reply["origin"], reply["notes"], reply["problem"])
        try:
            forms = self._listen(FORMS_S) if files else None
        except ReaderFailed:
            forms = (
                None  # who writes alike is a note and no mark: without it the submission is judged as well
            )
        taken.forms = {name: (form[0], form[1]) for name, form in ((forms or {}).get("forms") or {}).items()}
        return taken

    def holds_several(self, archive: Path) -> bool:
        """Whether an archive holds the submissions of a whole class."""
        try:
            reply = self._ask({"several": str(archive.absolute())}, WAIT_S)
        except ReaderFailed:
            return False
        return bool(reply and reply["several"])

    def _ask(self, order: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """The first reply; None where the order took more time of the processor than it may."""
        self._order += 1
        for last in (False, True):
            process = self._ready()
            assert process.stdin is not None
            with contextlib.suppress(OSError):  # it has gone: the missing reply says so
                print(json.dumps({"order": self._order, **order}), file=process.stdin, flush=True)
            try:
                return self._listen(seconds)
            except ReaderFailed:
                if last:
                    raise
        raise AssertionError("unreachable")

    def _listen(self, seconds: float) -> dict[str, Any] | None:
        deadline = monotonic() + seconds
        while True:
            try:
                line = self._replies.get(timeout=max(0.0, deadline - monotonic()))
            except queue.Empty:
                self.close()
                raise ReaderFailed(f"it was not read within {seconds:g} s, the machine is busy") from None
            if line is None:
                status = self._process.wait() if self._process else 0
                self.close()
                if hasattr(signal, "SIGXCPU") and status == -signal.SIGXCPU:
                    return None
                raise ReaderFailed(f"the process that reads it ended (status {status})")
            reply: dict[str, Any] = json.loads(line)
            if reply["order"] == self._order:
                return reply

    def _ready(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "grader.classroom.reader"], cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                    encoding="utf-8", errors="replace", start_new_session=os.name == "posix",
                )  # fmt: skip
            except OSError as error:
                raise ReaderFailed(f"no process can be started: {error.strerror or error}") from None
            self._replies = queue.Queue()
            threading.Thread(target=_listen, args=(self._process, self._replies), daemon=True).start()
        return self._process

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            end_process(process)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def read_submission(path: Path) -> Taken:
    """What one student handed in, read in a process of its own.

    Raises:
        CannotGrade: it could not be read here and now.
    """
    with Reader() as reader:
        try:
            return reader.read(path)
        except ReaderFailed as error:
            raise CannotGrade(f"cannot read {path}: {error}") from None


def _listen(process: subprocess.Popen[str], replies: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(OSError, ValueError):
        for line in process.stdout:
            replies.put(line)
    replies.put(None)


# ------------------------------------------------------------------------------- inside the process


def main() -> None:
    _limit()
    for line in sys.stdin:
        order = json.loads(line)
        _allow_time()
        say = {"order": order["order"]}
        if "several" in order:
            print(json.dumps({**say, "several": holds_several(Path(order["several"]))}), flush=True)
            continue
        taken = take(Path(order["path"]), [(Path(path), name) for path, name in order["parts"]])
        files = {name: base64.b64encode(data).decode() for name, data in taken.files.items()}
        about = {"origin": taken.origin, "notes": taken.notes, "problem": taken.problem}
        print(json.dumps({**say, "files": files, **about}), flush=True)
        if files:
            _allow_time()
            print(json.dumps({**say, "forms": forms_in(taken.files)}), flush=True)


def _limit() -> None:
    """Memory, files and dumps of this process; where the system has no such limits, the deadline is all."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        for what, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_FSIZE, 1 << 20),
                           (resource.RLIMIT_CORE, 0)):  # fmt: skip
            hard = resource.getrlimit(what)[1]
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _allow_time() -> None:
    """CPU_S more seconds of the processor from now on; then the system ends this process."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + CPU_S + 1
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == -1 else min(soft, hard), hard))


if __name__ == "__main__":
    main()
