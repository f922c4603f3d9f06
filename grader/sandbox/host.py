"""Calls of a student's functions, each in a worker process that is the judge's to end.

    host = Host(Path("exercises"), Path("solutions"))
    answer = host.call("gelu", x, own=frozenset({"gelu"}))
    answer.status, answer.value      # "returned", array(...)
    host.close()

The worker gets inputs and gives back numbers; what is expected never reaches it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from grader.kata.curriculum import FILES, function_names, step_of
from grader.kata.student_file import StudentFile, hidden_folders, names_beside, read_student_file
from grader.sandbox import wire
from grader.sandbox.answer import Answer, Limits, answer_of, ended_by, place_of
from grader.sandbox.channel import Closed, DeadlinePassed
from grader.sandbox.clearing import remove_tree, too_much, wait_for_removals
from grader.sandbox.frames import Call, boot_frame, calls_frame, handle_frame
from grader.sandbox.in_process import InProcess
from grader.sandbox.inside.confine import close_memory
from grader.sandbox.processes import (
    FOLDER_PREFIX,
    FORKING,
    READY_S,
    ForkServer,
    FreshStarter,
    Process,
    Starter,
    WorkerError,
    guests,
    remove_stale_folders,
)
from grader.sandbox.reference_source import Cut, read_reference
from grader.sandbox.wire import Handle, Opaque, TempFile

__all__ = ["Answer", "Handle", "Host", "Limits", "Opaque", "TempFile", "WorkerError"]

DEFAULT_LIMITS = Limits()
MAX_WORKERS = 4  # no step has more functions
MAX_HUNG = 2
CALLS_A_FRAME = 256
LINGER_S = 0.1  # for a hung or crashed worker to say where it was
PATIENCE_S = 1.0  # for all of those of one host together


@dataclass
class _Worker:
    """A worker process that has a student's file in it."""

    process: Process
    loaded: bool = False
    sent: set[str] = field(default_factory=set)  # handles
    used: int = 0  # the last request that it served


class _Overuse(Exception):
    """The worker takes more of the machine than it may; the message says what."""


class Host:
    """Runs a student's functions in worker processes. It is for one thread at a time.

    Args:
        impl: the folder with the student's files. They are read once, now.
        reference: the folder of the solutions, whose functions stand in for all that is not under
            judgement; None: every function is the student's own.
        limits: time, memory and the like.
        in_process: run everything in this process, for a debugger: no deadline, nothing captured.
        sandbox: False switches the confinement off. For the tests of the confinement alone.
        forking: False starts every worker anew, as where there is no fork.
    Raises:
        WorkerError: (from the first call, too) no worker process can be started.
    """

    def __init__(
        self,
        impl: Path,
        reference: Path | None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        in_process: bool = False,
        sandbox: bool = True,
        forking: bool = FORKING,
    ):
        self.impl = impl
        self.limits = limits
        self.files: dict[str, StudentFile] = {name: read_student_file(impl / name) for name in FILES}
        self._reference = read_reference(reference.resolve()) if reference else None
        self._workers: dict[tuple[str, frozenset[str]], _Worker] = {}
        self._running: _Worker | None = None
        self._handles: dict[str, Handle] = {}
        self._hung: dict[str, int] = {}  # file -> how often it did not finish loading
        self._patience = PATIENCE_S  # left for asking ended workers where they were
        self._requests = 0
        self._starter: Starter | None = None
        self._spare: Process | None = None
        self._folder: Path | None = None
        self._beside = names_beside(impl, FILES)
        self._in_process = InProcess(self._beside) if in_process else None
        self._sandbox = "in-process" if in_process else ""
        if not in_process:
            remove_stale_folders()
            if sandbox:
                close_memory()
            self._guests = guests()
            self._folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX)).resolve()
            config = {
                "guests": self._guests,
                "hidden": hidden_folders(impl, reference),
                "folder": str(self._folder),
                "judge": os.getpid(),
                "sandbox": sandbox,
                "address_space": limits.address_space,
                "file_bytes": limits.file_bytes,
            }
            kind: type[ForkServer] | type[FreshStarter] = ForkServer if forking else FreshStarter
            self._start: Callable[[], Starter] = partial(kind, self._folder, config, limits.output_bytes)
            self._starter = self._start()
            self._spare = self._starter.spawn()

    # -------------------------------------------------------------------------------- what others use

    def call(
        self, function: str, /, *args: Any, own: frozenset[str], timeout: float | None = None, **kwargs: Any
    ) -> Answer:
        """Call a student's function once, with fresh copies of the arguments.

        Args:
            function: its name.
            own: the functions that the student's code serves; all others are the reference's.
            timeout: seconds, instead of the host's limit.
        """
        return self.call_many(function, [(args, kwargs)], own=own, timeout=timeout)[0]

    def call_many(
        self, function: str, calls: Sequence[Call], *, own: frozenset[str], timeout: float | None = None
    ) -> list[Answer]:
        """Call a student's function many times in one request, within one time limit.

        A numpy Generator that occurs in several calls is one generator there too. After a call that
        ran out of time or ended the process, the calls behind it are not made; their answers say so.
        """
        file = step_of(function).file
        found = self.files[file]
        if found.problem:
            return [Answer("refused", error=found.problem[:300]) for _ in calls]
        if found.data is None:
            return [Answer("missing", error=f"there is no {file} in {self.impl}") for _ in calls]
        if self._in_process is not None:
            replies = self._in_process.calls(self._boot(function, own), calls, self._handles)
            return [answer_of(*reply) for reply in replies]
        seconds = self.limits.seconds if timeout is None else timeout
        if self._hung.get(file, 0) >= MAX_HUNG:
            problem = f"{file} does not finish loading: it was tried {MAX_HUNG} times, and is not tried again"
            return [Answer("timeout", error=problem) for _ in calls]
        try:
            return list(self._answers(_Request(function, own, file, seconds), calls))
        except BaseException:  # Ctrl-C, say: a reply may be under way, which nobody will read
            if (function, own) in self._workers:
                self._forget((function, own)).process.end()
            raise

    def put(self, name: str, value: Any) -> Handle:
        """Keep a value that many calls take; it is sent to each worker once.

        The value must not be changed afterwards. A name that is put again means the new value.
        """
        for worker in self._workers.values():
            worker.sent.discard(name)
        handle = self._handles[name] = Handle(name, value)
        return handle

    @property
    def sandbox(self) -> str:
        """What confines the workers: "landlock7+seccomp", "seccomp", "none"; "in-process"."""
        if not self._sandbox:
            self._spare = self._armed()
        return self._sandbox

    def digests(self) -> dict[str, str]:
        """File name -> sha256 of the bytes that this host has read, and judges."""
        return {name: file.digest for name, file in self.files.items() if file.data is not None}

    def turn_to(self, impl: Path) -> None:
        """Go on with another student's files. Nothing of the last one's stays but the warm base process,
        which never runs student code. The folder must lie in one that was hidden at the beginning."""
        self.impl = impl
        self._patience = PATIENCE_S
        self.reload()

    def reload(self) -> None:
        """Read the student's files again. The base process stays warm; workers of the old files end."""
        workers, self._workers, self._running = self._workers, {}, None
        for worker in workers.values():
            worker.process.end()
        if self._in_process is not None:
            self._in_process.close()
        self.files = {name: read_student_file(self.impl / name) for name in FILES}
        self._beside = names_beside(self.impl, FILES)
        self._hung.clear()

    def close(self) -> None:
        """End every process, and remove every file."""
        workers, self._workers, self._running = self._workers, {}, None
        spare, self._spare = self._spare, None
        starter, self._starter = self._starter, None
        for process in [*(worker.process for worker in workers.values()), *([spare] if spare else [])]:
            process.end()
        if starter is not None:
            starter.close()
        if self._folder is not None:
            wait_for_removals()
            remove_tree(self._folder)
            self._folder = None
        if self._in_process is not None:
            self._in_process.close()

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()

    # ---------------------------------------------------------------------------------------- inside

    def _answers(self, request: _Request, calls: Sequence[Call]) -> Iterator[Answer]:
        self._requests += 1
        generators: dict[int, tuple[int, Any]] = {}
        key = (request.function, request.own)
        done, left = 0, self.limits.reply_bytes
        while done < len(calls):
            batch = calls[done : done + CALLS_A_FRAME]
            frame, used = calls_frame(batch, self._requests, generators, left)
            worker = self._worker(key)
            worker.used = self._requests
            self._turn_to(worker)
            for name in sorted(used - worker.sent):
                worker.process.channel.send(handle_frame(self._handles[name]))
                worker.sent.add(name)
            worker.process.channel.send(frame)
            for _ in batch:
                answer, size = self._receive(worker, request, left)
                done, left = done + 1, left - size
                yield answer
                if answer.status in ("timeout", "crashed"):
                    self._forget(key)
                    rest = Answer(answer.status, error="not called: an earlier call did not return")
                    yield from [rest] * (len(calls) - done)
                    return

    def _turn_to(self, worker: _Worker | None) -> None:
        """Only one worker runs at a time: what a thread left in another does is no sign to this one."""
        if self._running is not worker and self._running is not None:
            self._running.process.freeze()
        if self._running is not worker and worker is not None:
            worker.process.thaw()
        self._running = worker

    def _receive(self, worker: _Worker, request: _Request, left: int) -> tuple[Answer, int]:
        """The next call's answer, and how many bytes it took. After a bad end the process is gone."""
        started = perf_counter()
        process, channel = worker.process, worker.process.channel
        watch = partial(self._watch, process)
        try:
            if not worker.loaded:
                fields, _ = wire.unpack(*channel.receive(request.deadline, 0, watch))
                if fields.get("kind") != "loaded":
                    raise wire.WireError("not a frame")
                worker.loaded = True
            header, body = channel.receive(request.deadline, left, watch)
            fields, buffers = wire.unpack(header, body)
            answer = answer_of(fields, buffers, left, channel.settle(), started)
            return answer, len(body)
        except DeadlinePassed:
            process.trace()
            problem = self._timeout(worker, request)
        except _Overuse as error:
            problem = Answer("crashed", error=f"the code was stopped: {error}")
        except wire.WireError as error:
            problem = Answer("crashed", error=f"the code broke the line to the grader: {error}"[:300])
        except Closed:
            problem = Answer("crashed")
        lingered = monotonic()
        said = channel.linger(min(LINGER_S, self._patience))
        self._patience -= monotonic() - lingered
        printed = channel.settle()
        status = process.end()
        if problem.status == "crashed" and (not problem.error or b"Fatal Python error" in said):
            problem = replace(problem, error=ended_by(status))
        place = place_of(said.decode("utf-8", "replace"), self.files.values())
        return replace(problem, **place, printed=printed, duration_s=perf_counter() - started), 0

    def _timeout(self, worker: _Worker, request: _Request) -> Answer:
        if worker.loaded:
            problem = f"{request.function} did not return within {request.seconds:g} s"
            return Answer("timeout", error=f"{problem}: is there a loop that never ends?")
        self._hung[request.file] = self._hung.get(request.file, 0) + 1
        problem = f"{request.file} did not finish loading within {request.seconds:g} s"
        return Answer("timeout", error=f"{problem}: is there a loop outside of all functions?")

    def _watch(self, process: Process) -> None:
        """What the system's own limits do not cover."""
        what = too_much(process.private, self.limits.temp_bytes, self.limits.temp_files)
        if what:
            raise _Overuse(what)
        if process.resident() > self.limits.address_space:
            raise _Overuse(f"it took more than {self.limits.address_space >> 20} MiB of memory")

    def _forget(self, key: tuple[str, frozenset[str]]) -> _Worker:
        worker = self._workers.pop(key)
        if self._running is worker:
            self._running = None
        return worker

    def _worker(self, key: tuple[str, frozenset[str]]) -> _Worker:
        if key in self._workers:
            return self._workers[key]
        if len(self._workers) >= MAX_WORKERS:
            oldest = min(self._workers, key=lambda k: self._workers[k].used)
            self._forget(oldest).process.end()
        process = self._armed()
        self._spare = None
        self._turn_to(None)
        worker = self._workers[key] = _Worker(process)
        process.channel.send(boot_frame(self._boot(*key), process.mark, self._beside))
        with contextlib.suppress(WorkerError):
            self._spare = self._starter.spawn() if self._starter else None  # comes up while this one works
        return worker

    def _armed(self) -> Process:
        """The spare worker, once it has said what confines it; it has seen nothing of the student's."""
        if self._starter is None:
            raise WorkerError("this host is closed")
        try:
            self._starter.check()
            process, self._spare = self._spare or self._starter.spawn(), None
            self._spare = self._arm(process)
        except WorkerError:  # something ended the base (a system short of memory, say): once more
            if self._spare is not None:
                self._spare.end()
            self._starter.close()
            self._starter = self._start()
            self._spare = self._arm(self._starter.spawn())
        return self._spare

    def _arm(self, process: Process) -> Process:
        if process.works is None:
            try:
                fields, _ = wire.unpack(*process.channel.receive(monotonic() + READY_S, 0))
                process.works = self._sandbox = str(fields["sandbox"])
            except (Closed, DeadlinePassed, wire.WireError, KeyError):
                said = process.channel.settle().strip().splitlines()
                process.end()
                reason = said[-1] if said or self._starter is None else self._starter.reason()
                raise WorkerError(f"the worker process does not start: {reason}"[:300]) from None
        return process

    def _boot(self, function: str, own: frozenset[str]) -> dict[str, Any]:
        """The fields of grader.sandbox.inside.student_modules.Boot."""
        source = self._reference
        cut = source.cut(function, own) if source else Cut()
        files = {
            name.removesuffix(".py"): (file.path.as_posix(), file.data)
            for name, file in self.files.items()
            if file.data is not None
        }
        return {
            "function": function,
            "module": step_of(function).file.removesuffix(".py"),
            "files": files,
            "own": {name: step_of(name).file.removesuffix(".py") for name in function_names() if name in own},
            "reference": cut.reference,
            "compiled": cut.compiled,
            "links": cut.links,
            "provided": cut.provided,
            "parameters": source.parameters(function) if source else [],
        }


class _Request:
    """One test's call or calls: what is called, and until when it may take."""

    def __init__(self, function: str, own: frozenset[str], file: str, seconds: float):
        self.function, self.own, self.file, self.seconds = function, own, file, seconds
        # A little early, so that ending the process and starting the next one fit into the limit too.
        self.deadline = monotonic() + seconds - min(0.02, 0.02 * seconds)
