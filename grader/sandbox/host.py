"""Calls of a student's functions, each in a worker process that is the judge's to end.

    host = Host(Path("exercises"), Path("solutions"))
    answer = host.call("gelu", x, own=frozenset({"gelu"}))
    answer.status, answer.value      # "returned", array(...)
    host.close()

The worker gets inputs and gives back numbers; what is expected never reaches it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from grader.kata.student_file import StudentFile, hidden_folders
from grader.sandbox import wire
from grader.sandbox.allowed import Limits
from grader.sandbox.base import FORKING, config_for, new_config
from grader.sandbox.channel import Closed, DeadlinePassed
from grader.sandbox.clearing import remove_tree, wait_for_removals
from grader.sandbox.messages import (
    Answer,
    Call,
    Frame,
    Hung,
    Request,
    Sent,
    again_frame,
    answer_of,
    boot_frame,
    calls_frame,
    ended_by,
    handle_frame,
    place_of,
    unusable,
)
from grader.sandbox.own_side import WorkerError, as_own
from grader.sandbox.reference_source import read_reference
from grader.sandbox.student_folder import StudentFolder
from grader.sandbox.wire import Handle, Opaque, TempFile
from grader.sandbox.workers import Worker, Workers, starter

if TYPE_CHECKING:
    from grader.sandbox.in_process import InProcess

__all__ = ["Answer", "Handle", "Host", "Limits", "Opaque", "TempFile", "WorkerError"]

Asked = TypeVar("Asked")
DEFAULT_LIMITS = Limits()
CALLS_A_FRAME = 256
LINGER_S = 0.4  # for a hung or crashed worker to say where it was; on a busy machine it has to wait its turn
PATIENCE_S = 1.0  # for all of those of one host together


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
        forking: False starts every worker from nothing, as on a system without fork.
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
        self._reference = read_reference(reference.resolve()) if reference else None
        self._student = StudentFolder(impl, self._reference, real_paths=in_process)
        self._workers: Workers | None = None
        self._is_cancelled = False
        self._handles: dict[str, tuple[Handle, Frame]] = {}  # with what is sent for them
        self._hung = Hung()
        self._patience = PATIENCE_S  # left for asking ended workers where they were
        self._requests = 0
        self._last: tuple[Worker, Sent] | None = None  # who answered last, and what was asked
        self._folder: Path | None = None
        self._in_process: InProcess | None = None
        if in_process:
            from grader.sandbox.in_process import InProcess

            self._in_process = InProcess(self._student.beside)
        self._sandbox = "in-process" if in_process else ""  # what confines the workers, once it is known
        if not in_process:
            with as_own():
                config = config_for(limits, sandbox) if forking else new_config(limits, sandbox)
                self._folder = Path(config["folder"])
                hidden = hidden_folders(impl, reference)
                start = partial(starter, forking, self._folder, config, hidden, limits.output_bytes)
                self._workers = Workers(start, self._folder, limits)

    # -------------------------------------------------------------------------------- what others use

    def call(
        self, function: str, /, *args: Any, own: frozenset[str], timeout: float | None = None, **kwargs: Any
    ) -> Answer:
        """Call a student's function once, with fresh copies of the arguments.

        Args:
            function: its name.
            own: the functions that the student's code serves; all others come from the reference.
            timeout: seconds, instead of the host's limit.
        """
        return self.call_many(function, [(args, kwargs)], own=own, timeout=timeout)[0]

    def call_many(
        self, function: str, calls: Sequence[Call], *, own: frozenset[str], timeout: float | None = None
    ) -> list[Answer]:
        """Call a student's function many times in one request, within one time limit.

        A numpy Generator that occurs in several calls stays one and the same there. After a call that
        ran out of time or ended the process, the later calls are not made; their answers say so.

        Raises:
            KeyboardInterrupt: `cancel` was called; also by every call until the files are read again.
        """
        self._go_on()
        request = Request(function, own, self.limits.seconds if timeout is None else timeout)
        if found := unusable(self._student.files[request.file]) or self._hung.given_up(request.file):
            return [found for _ in calls]
        if self._in_process is not None:
            handles = {name: handle for name, (handle, _) in self._handles.items()}
            replies = self._in_process.calls(self._student.boot(function, own), calls, handles)
            return [answer_of(*reply) for reply in replies]
        return self._within(request, lambda: list(self._answers(request, calls)))

    def call_again(self, function: str, *, own: frozenset[str], timeout: float) -> Answer | None:
        """Call a function once more, with the very objects of the call that was just answered.

        What it did to its caller's lists and dicts shows in this answer, whatever its process says of them.
        None where that call's process is not there any more.
        """
        self._go_on()
        request = Request(function, own, timeout)
        if self._last is None or self._live.known(request.key) is not self._last[0]:
            return None
        return self._within(request, partial(self._again, *self._last, request))

    def put(self, name: str, value: Any) -> Handle:
        """Keep a value that many calls take; it is sent to each worker once.

        The value must not be changed afterwards. A name that is put again means the new value.
        """
        if name not in self._handles or self._handles[name][0].value is not value:
            handle = Handle(name, value)
            self._handles[name] = handle, [] if self._in_process else handle_frame(handle)
            if self._workers is not None:
                self._workers.put(name, self._handles[name][1])
        return self._handles[name][0]

    @property
    def sandbox(self) -> str:
        """What confines the workers: "landlock7+seccomp", "seccomp", "none"; "in-process"."""
        if not self._sandbox:
            self._sandbox = self._live.works()
        return self._sandbox

    @property
    def files(self) -> dict[str, StudentFile]:
        """The student's files, as they were when they were read."""
        return self._student.files

    def digests(self) -> dict[str, str]:
        """File name -> sha256 of the bytes that this host has read, and judges."""
        return {name: file.digest for name, file in self.files.items() if file.data is not None}

    def turn_to(self, impl: Path) -> None:
        """Go on with another student's files. The last one leaves only the warm base process,
        which never runs student code. The folder must be inside one that was hidden at the beginning."""
        self.impl = impl
        self._patience = PATIENCE_S
        self.reload()

    def cancel(self) -> None:
        """From another thread: nobody wants what is being judged any more."""
        self._is_cancelled = True

    @property
    def is_cancelled(self) -> bool:
        return self._is_cancelled

    def reload(self) -> None:
        """Read the student's files again. The base process stays warm; workers of the old files end."""
        self._is_cancelled = False
        if self._workers is not None:
            self._workers.end_all()
        if self._in_process is not None:
            self._in_process.close()
        self._student = StudentFolder(self.impl, self._reference, real_paths=self._in_process is not None)
        self._hung, self._last = Hung(), None

    def close(self) -> None:
        """End every process, and remove every file."""
        if self._workers is not None:
            self._workers.close()
        self._workers = None
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

    @property
    def _live(self) -> Workers:
        if self._workers is None:
            raise RuntimeError("this host is closed")
        return self._workers

    def _answers(self, request: Request, calls: Sequence[Call]) -> Iterator[Answer]:
        self._requests += 1
        generators: dict[int, tuple[int, Any]] = {}
        names = self._student.parameters(request.function)
        done, left = 0, self.limits.reply_bytes
        while done < len(calls):
            batch = calls[done : done + CALLS_A_FRAME]
            worker = self._worker(request)
            process = worker.process
            sent = calls_frame(batch, self._requests, generators, left, process.private, process.shared)
            self._live.run(worker)
            for name in sorted(sent.handles - process.has):
                process.channel.send(self._handles[name][1])
                process.has.add(name)
            process.channel.send(sent.frame)
            for number in range(len(batch)):
                answer, size = self._receive(worker, request, left)
                answer = sent.seen(answer, number, names)
                self._last = (worker, sent) if answer.status == "returned" and len(calls) == 1 else None
                done, left = done + 1, left - size
                yield answer
                if answer.status in ("timeout", "crashed"):
                    rest = Answer(answer.status, error="not called: an earlier call did not return")
                    yield from [rest] * (len(calls) - done)
                    return

    def _within(self, request: Request, ask: Callable[[], Asked]) -> Asked:
        try:
            with as_own():
                answers = ask()
                self._live.rest()
            return answers
        except BaseException:  # Ctrl-C, say: a reply may be under way, which nobody will read
            if self._workers is not None:
                self._workers.end(request.key)
            raise

    def _again(self, worker: Worker, sent: Sent, request: Request) -> Answer:
        self._requests, left = self._requests + 1, self.limits.reply_bytes
        self._live.run(worker)
        worker.process.channel.send(again_frame(self._requests, left))
        answer, _ = self._receive(worker, request, left)
        return sent.seen(answer, 0, self._student.parameters(request.function))

    def _go_on(self) -> None:
        if self._is_cancelled:
            raise KeyboardInterrupt

    def _worker(self, request: Request) -> Worker:
        """The worker that serves this request. None runs until it is told to."""
        workers = self._live
        worker, is_new = workers.get(request.key)
        workers.rest()
        if is_new:
            self._student.put_into(worker.process.private)
            boot = self._student.boot(request.function, request.own)
            worker.process.channel.send(boot_frame(boot, worker.process.mark, self._student.beside))
            self._sandbox = worker.process.works or ""
            workers.start_ahead()
        return worker

    def _receive(self, worker: Worker, request: Request, left: int) -> tuple[Answer, int]:
        """The next call's answer, and how many bytes it took. After a bad end the process is gone."""
        started = perf_counter()
        process, channel = worker.process, worker.process.channel
        watch = partial(self._watch, worker)
        before, patience = process.cpu_s(), min(LINGER_S, self._patience)
        try:
            if not worker.loaded:
                fields, _ = wire.unpack(*channel.receive(request.deadline, 0, watch))
                if fields.get("kind") != "loaded":
                    raise wire.WireError("not a frame")
                worker.loaded = True
            header, body = channel.receive(request.deadline, left, watch)
            fields, buffers = wire.unpack(header, body)
            used = max(0.0, process.cpu_s() - before)
            printed, files = channel.settle(), self._student.shown
            return answer_of(fields, buffers, left, printed, started, files, used), len(body)
        except DeadlinePassed:
            process.trace()
            problem = self._hung.timeout(request, worker.loaded)
        except _Overuse as error:
            patience = 0.0  # it must not take still more meanwhile
            problem = Answer("crashed", error=f"the code was stopped: {error}")
        except wire.WireError as error:
            problem = Answer("crashed", error=f"the code broke the line to the grader: {error}"[:300])
        except Closed:
            problem = Answer("crashed")
        lingered = monotonic()
        said = channel.linger(patience)
        if problem.status == "crashed" and not problem.error:  # its line closed: how does it end?
            process.wait(max(0.0, self._patience))
        self._patience -= monotonic() - lingered
        printed = channel.settle()
        status = self._live.end(request.key)
        if problem.status == "crashed" and (not problem.error or b"Fatal Python error" in said):
            problem = replace(problem, error=ended_by(status))
        place = place_of(said.decode("utf-8", "replace"), self._student.shown)
        return replace(problem, **place, printed=printed, duration_s=perf_counter() - started), 0

    def _watch(self, worker: Worker) -> None:
        """What the system's own limits do not cover, and whether anybody still wants the answer."""
        self._go_on()
        if what := self._live.overuse(worker):
            raise _Overuse(what)
