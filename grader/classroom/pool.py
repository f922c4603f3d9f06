"""Marker processes, one a core, and a submission for each of them at a time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO, Any, Protocol

from grader.classroom.room import Watch
from grader.kata.curriculum import ROOT, Step
from grader.kata.files import CannotGrade
from grader.kata.settings import Settings
from grader.report.text import first_line
from grader.sandbox.clearing import FOLDER_PREFIX
from grader.sandbox.ending import GRACE_S, end_process

MARKED_BY_ONE = 100  # submissions; then a fresh process takes over, whatever this one has gathered
LOOK_S = 0.25  # between two looks at what the machine has left


@dataclass
class Outcome:
    """What a marker said about one submission.

    Attributes:
        result: the whole result, or None where the marker did not come to its end.
        steps: the steps that it finished, as dictionaries.
        why: why there is no mark, in one line; "" where there is one.
        late: the reason is the clock.
    """

    result: dict[str, Any] | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""
    late: bool = False


class NoSandboxHere(CannotGrade):
    """No marker can confine student code on this machine."""


class Stopped(Exception):
    """The marker was ended from outside while it marked; there is no outcome."""


class Marks(Protocol):
    """Whatever marks one submission after another: a process here, or a worker of a cluster."""

    def mark(self, files: Mapping[str, bytes], seed: int, seconds: float) -> Outcome:
        """Mark one submission; see `Marker.mark`."""


class Marker:
    """One marker process, replaced by a fresh one when it dies or has to be ended."""

    def __init__(self, about: dict[str, Any]):
        self._about = about
        self._process: subprocess.Popen[str] | None = None
        self._replies: queue.Queue[str | None] = queue.Queue()
        self._order = 0
        self._marked = 0
        self._stopped = False
        self._log: IO[bytes] | None = None
        self._scratch: Path | None = None  # holds every submission's folder

    def mark(self, files: Mapping[str, bytes], seed: int, seconds: float) -> Outcome:
        """Mark one submission. What fails on this side of the sandbox is an outcome without a result.

        Args:
            files: the kata's files that were handed in.
            seed: where the fresh cases come from.
            seconds: how long it may take in all.
        Raises:
            NoSandboxHere: it must be confined, and cannot be.
            Stopped: `stop` was called.
        """
        try:
            outcome = self._mark(files, seed, seconds)
        except OSError as error:
            place = error.filename or tempfile.gettempdir()
            outcome = Outcome(
                why=f"{place}: {error.strerror or error}: set TMPDIR to a folder with more room"
            )
        if self._stopped:
            raise Stopped
        self._marked += 1
        if outcome.result is None or self._marked >= MARKED_BY_ONE:
            self.close()  # it may still owe an answer, which must not be taken for the next one's
        return outcome

    def _mark(self, files: Mapping[str, bytes], seed: int, seconds: float) -> Outcome:
        process = self._ready()
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        try:
            (folder / "exercises").mkdir()
            for name, data in files.items():
                (folder / "exercises" / name).write_bytes(data)
            self._order += 1
            assert process.stdin is not None
            with contextlib.suppress(OSError):  # it has gone: the missing reply will say so
                order = {"order": self._order, "folder": str(folder), "seed": seed}
                print(json.dumps(order), file=process.stdin, flush=True)
            return self._listen(monotonic() + seconds, seconds)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _listen(self, deadline: float, seconds: float) -> Outcome:
        outcome, watch = Outcome(), Watch()
        while True:
            try:
                line = self._replies.get(timeout=max(0.0, min(LOOK_S, deadline - monotonic())))
            except queue.Empty:
                watch.look()
                if monotonic() < deadline:
                    continue
                outcome.why, outcome.late = f"the submission was stopped after {seconds:g} s in all", True
                break
            if line is None:
                outcome.why = f"the grader's process ended while it judged this{self._last_words()}"
                break
            reply = json.loads(line)
            if reply.get("order") != self._order:
                continue  # what an earlier submission was owed is nothing to this one
            if "step" in reply:
                outcome.steps.append(reply["step"])
            elif "done" in reply:
                outcome.result = reply["done"]
                break
            elif "refused" in reply:
                outcome.why = reply["refused"] or "the grader itself failed"
                break
            elif "no_sandbox" in reply:
                raise NoSandboxHere(reply["no_sandbox"])
        trouble = watch.trouble()
        return Outcome(why=trouble) if trouble else outcome

    def _last_words(self) -> str:
        """What the process said last on its standard error, as ": …"."""
        if self._log is None:
            return ""
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return f": {first_line(lines[-1])}" if lines else ""

    def _ready(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._log = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the process
            self._scratch = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}class-"))
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
            environment |= {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "grader.classroom.marker"],
                cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=self._log, text=True, encoding="utf-8", errors="replace",
                start_new_session=os.name == "posix",
            )  # fmt: skip
            self._replies, self._marked = queue.Queue(), 0
            threading.Thread(target=_listen, args=(self._process, self._replies), daemon=True).start()
            assert self._process.stdin is not None
            about = {**self._about, "scratch": str(self._scratch)}
            with contextlib.suppress(OSError):  # it has gone: the missing reply will say so
                print(json.dumps(about), file=self._process.stdin, flush=True)
        return self._process

    def stop(self) -> None:
        """End what is being marked; its `mark` raises."""
        self._stopped = True
        self.close()

    def close(self) -> None:
        """End the process; the host that it started, and that host's workers, end with it."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                if process.stdin is not None:
                    process.stdin.close()
                process.wait(GRACE_S + 1)
            end_process(process, group=True)
        log, self._log = self._log, None
        if log is not None:
            log.close()
        scratch, self._scratch = self._scratch, None
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def _listen(process: subprocess.Popen[str], replies: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(OSError, ValueError):
        for line in process.stdout:
            replies.put(line)
    replies.put(None)


def about(
    steps: tuple[Step, ...], settings: Settings, seconds: float, own_stack: bool = False
) -> dict[str, Any]:
    """What every marker is told before its first submission."""
    return {
        "steps": [step.number for step in steps],
        "seconds": seconds,
        "own_stack": own_stack,
        "needs_sandbox": not settings.allow_unsandboxed,
    }


def mark_all(
    work: Iterable[Any], jobs: int, about_all: dict[str, Any], mark: Callable[[Marks, Any], None]
) -> None:
    """Give every piece of work to the next free marker.

    Another engine can take its place, see `grader.classroom.marking.judge_class`.

    Args:
        mark: marks one piece and keeps what came of it; called from as many threads as there are jobs.
    Raises:
        whatever `mark` raised first; the others finish what they are at, and start nothing more.
    """
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for piece in work:
        waiting.put(piece)
    stop = threading.Event()
    failures: list[BaseException] = []
    markers: list[Marker] = []

    def take_turns() -> None:
        marker = Marker(about_all)
        markers.append(marker)
        try:
            while not stop.is_set():
                mark(marker, waiting.get_nowait())
        except (queue.Empty, Stopped):
            return
        except BaseException as error:
            failures.append(error)
            stop.set()
        finally:
            marker.close()

    threads = [threading.Thread(target=take_turns) for _ in range(max(1, min(jobs, waiting.qsize())))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        stop.set()
        for marker in markers:
            marker.stop()
        raise
    finally:
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
