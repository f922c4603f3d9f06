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
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from grader import wire
from grader.channel import Closed, DeadlinePassed
from grader.curriculum import FILES, function_names, step_of
from grader.impl_files import StudentFile, read_student_file
from grader.processes import FORKING, READY_S, ForkServer, FreshStarter, Process, guests
from grader.reference_source import Cut, read_reference
from grader.wire import Handle, Opaque, TempFile

__all__ = ["Answer", "Handle", "Host", "Limits", "Opaque", "TempFile"]

MAX_WORKERS = 3
CALLS_A_FRAME = 256
STATUSES = ("returned", "raised", "not_implemented", "missing", "refused", "load_error", "too_large")


@dataclass(frozen=True)
class Limits:
    """What a student's code may use.

    Attributes:
        seconds: for one request, the loading of the file included.
        address_space: bytes of memory.
        file_bytes: bytes of one file that it writes.
        temp_bytes: bytes of all files in its private folder.
        output_bytes: bytes of what it prints that are kept, of each call.
        reply_bytes: bytes of what it returns, in one request.
    """

    seconds: float = 10.0
    address_space: int = 2 << 30
    file_bytes: int = 16 << 20
    temp_bytes: int = 256 << 20
    output_bytes: int = 8 << 10
    reply_bytes: int = 64 << 20


@dataclass(frozen=True)
class Answer:
    """What one call came to.

    Attributes:
        status: "returned"; "raised" (an exception); "not_implemented"; "missing" (no such function, or
            no file); "crashed" (the process ended); "timeout"; "refused" (an import that is not available,
            or an odd file); "load_error" (the file does not compile, or raises when it is loaded);
            "too_large" (it returned more than fits).
        value: what was returned; an `Opaque` where only its type is known.
        value_type: the name of its type, as the student returned it.
        error_type: the exception's name.
        error: one line that says what happened; for an exception it begins with the exception's name.
            Never empty unless the call returned.
        file, line, source_line: the deepest line in the student's file that is known.
        mutated: arguments, or places in them, that the call changed: "x", "params.blocks[0].ln_1.g".
        printed: what it printed.
        duration_s: seconds from the request to the reply.
    """

    status: str
    value: Any = None
    value_type: str = ""
    error_type: str = ""
    error: str = ""
    file: str = ""
    line: int | None = None
    source_line: str = ""
    mutated: tuple[str, ...] = ()
    printed: str = ""
    duration_s: float = 0.0


Call = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass
class _Worker:
    process: Process
    sent: set[str]
    used: int = 0


class Host:
    """Runs a student's functions in worker processes.

    Args:
        impl: the folder with the student's files. They are read once, now.
        reference: the folder of the solutions, whose functions stand in for all that is not under
            judgement; None: every function is the student's own.
        limits: time, memory and the like.
        in_process: run everything in this process, for a debugger: no deadline, nothing captured.
        sandbox: False switches the confinement off. For the tests of the confinement alone.
        forking: False starts every worker anew, as where there is no fork.
    """

    def __init__(
        self,
        impl: Path,
        reference: Path | None,
        *,
        limits: Limits = Limits(),
        in_process: bool = False,
        sandbox: bool = True,
        forking: bool = FORKING,
    ):
        self.impl = impl
        self.limits = limits
        self.files: dict[str, StudentFile] = {name: read_student_file(impl / name) for name in FILES}
        self._reference = read_reference(reference.resolve()) if reference else None
        self._handles: dict[str, list[Any]] = {}
        self._workers: dict[tuple[str, frozenset[str]], _Worker] = {}
        self._requests = 0
        self._sandbox = "in-process" if in_process else ""
        self._folder: Path | None = None
        self._starter: ForkServer | FreshStarter | None = None
        self._spare: Process | None = None
        if not in_process:
            self._folder = Path(tempfile.mkdtemp(prefix="pico-gpt-kata-")).resolve()
            config = {"guests": guests(), "sandbox": sandbox, "address_space": limits.address_space,
                      "file_bytes": limits.file_bytes}  # fmt: skip
            starter = ForkServer if forking else FreshStarter
            self._starter = starter(self._folder, config, limits.output_bytes)

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
            return [Answer("refused", error=found.problem) for _ in calls]
        if found.data is None:
            return [Answer("missing", error=f"there is no {file} in {self.impl}") for _ in calls]
        seconds = self.limits.seconds if timeout is None else timeout
        answers: list[Answer] = []
        for answer in self._answers(function, calls, own, monotonic() + seconds, seconds):
            answers.append(answer)
        return answers

    def put(self, name: str, value: Any) -> Handle:
        """Keep a value that many calls take; it is sent to each worker once."""
        encoder = wire.Encoder(1 << 34, strict=True)
        node = encoder.encode(value)
        self._handles[name] = wire.pack(
            {"kind": "put", "name": name, "value": node}, encoder.buffers, max_header=1 << 30
        )
        return Handle(name, value)

    @property
    def sandbox(self) -> str:
        """What confines the workers: "landlock7+seccomp", "seccomp", "none", "in-process"."""
        if not self._sandbox:
            self._spare = self._ready()
        return self._sandbox

    def close(self) -> None:
        """End every process, and remove every file."""
        for worker in self._workers.values():
            worker.process.end()
        self._workers.clear()
        if self._spare is not None:
            self._spare.end()
            self._spare = None
        if self._starter is not None:
            self._starter.close()
            self._starter = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ---------------------------------------------------------------------------------------- inside

    def _answers(
        self, function: str, calls: Sequence[Call], own: frozenset[str], deadline: float, seconds: float
    ) -> Iterator[Answer]:
        self._requests += 1
        generators: dict[int, tuple[int, Any]] = {}
        left, done = self.limits.reply_bytes, 0
        while done < len(calls):
            batch = calls[done : done + CALLS_A_FRAME]
            encoder = wire.Encoder(1 << 34, strict=True, generators=generators)
            nodes = [(encoder.encode(args), encoder.encode(kwargs)) for args, kwargs in batch]
            used = {item.name for call in batch for item in _handles_in(call)}
            frame = wire.pack(
                {"kind": "calls", "request": self._requests, "reply_bytes": left, "calls": nodes},
                encoder.buffers,
                max_header=1 << 30,
            )
            key = (function, own)
            worker = self._worker(key)
            worker.used = self._requests
            for name in sorted(used - worker.sent):
                worker.process.channel.send(self._handles[name])
                worker.sent.add(name)
            worker.process.channel.send(frame)
            for _ in batch:
                answer, size = self._receive(worker, deadline, seconds, left)
                left -= size
                done += 1
                yield answer
                if answer.status in ("timeout", "crashed"):
                    del self._workers[key]
                    rest = replace(answer, error="not called: an earlier call of this test did not return",
                                   printed="", line=None, source_line="", duration_s=0.0)  # fmt: skip
                    yield from [rest] * (len(calls) - done)
                    return

    def _receive(self, worker: _Worker, deadline: float, seconds: float, left: int) -> tuple[Answer, int]:
        started = perf_counter()
        channel = worker.process.channel
        problem: Answer
        try:
            header, body = channel.receive(deadline, left)
            fields, buffers = wire.unpack(header, body)
            answer = _answer_of(fields, buffers, left)
            return replace(answer, printed=channel.settle(), duration_s=perf_counter() - started), len(body)
        except DeadlinePassed:
            problem = Answer("timeout", error=f"no answer within {seconds:g} s: is there a loop that never ends?")
        except wire.TooLarge as error:
            problem = Answer("crashed", error=f"the worker's reply is too large: {error}")
        except wire.WireError as error:
            problem = Answer("crashed", error=f"the worker's reply cannot be read ({error})"[:300])
        except Closed:
            problem = Answer("crashed", error="")
        printed = channel.settle()
        status = worker.process.end()
        if not problem.error:
            problem = replace(problem, error=_ended_by(status))
        return replace(problem, printed=printed, duration_s=perf_counter() - started), 0

    def _worker(self, key: tuple[str, frozenset[str]]) -> _Worker:
        if key in self._workers:
            return self._workers[key]
        if len(self._workers) >= MAX_WORKERS:
            oldest = min(self._workers, key=lambda k: self._workers[k].used)
            self._workers.pop(oldest).process.end()
        process = self._ready()
        worker = self._workers[key] = _Worker(process, set())
        process.channel.send(self._boot_frame(*key, process.mark))
        if self._starter is not None:
            self._spare = self._starter.spawn()
            self._spare_armed = False
        return worker

    _spare_armed = False

    def _ready(self) -> Process:
        """A worker that has said what confines it, and has seen nothing of the student's yet."""
        assert self._starter is not None, "the host is closed"
        process = self._spare or self._starter.spawn()
        if self._spare is None or not self._spare_armed:
            header, body = process.channel.receive(monotonic() + READY_S, 0)
            self._sandbox = str(wire.unpack(header, body)[0]["sandbox"])[:40]
        self._spare, self._spare_armed = process, True
        self._spare = None
        return process

    def _boot_frame(self, function: str, own: frozenset[str], mark: bytes) -> list[Any]:
        boot = self._boot(function, own)
        encoder = wire.Encoder(1 << 30, strict=True)
        return wire.pack(
            {"kind": "boot", "boot": encoder.encode(boot), "marker": mark.hex()}, encoder.buffers, 1 << 30
        )

    def _boot(self, function: str, own: frozenset[str]) -> dict[str, Any]:
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
            "links": cut.links,
            "provided": cut.provided,
            "parameters": source.parameters(function) if source else [],
        }


def _answer_of(fields: dict[str, Any], buffers: Sequence[Any], left: int) -> Answer:
    """A reply as an Answer; nothing in it is believed before it was checked.

    Raises:
        WireError: it is no reply.
    """
    status, line = fields.get("status"), fields.get("line")
    if fields.get("kind") != "reply" or status not in STATUSES:
        raise wire.WireError("not a reply")
    texts = {name: fields.get(name) for name in ("value_type", "error_type", "error", "file", "source_line")}
    paths = fields.get("mutated")
    if not all(isinstance(text, str) for text in texts.values()) or not isinstance(paths, list):
        raise wire.WireError("not a reply")
    value = wire.Decoder(buffers, max(left, 1 << 20)).decode(fields.get("value"))
    words = {name: wire.clean(str(text), 300).replace("\n", " ") for name, text in texts.items()}
    return Answer(
        status=str(status),
        value=value,
        line=line if type(line) is int and 0 < line < 1 << 31 else None,
        mutated=tuple(wire.clean(str(path), 100) for path in paths[:20]),
        **words,
    )


def _ended_by(status: int | None) -> str:
    """Why a process is gone, from its wait status."""
    if status is None:
        return "the code ended the process that it runs in"
    if os.name == "posix" and os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with contextlib.suppress(ValueError):
            return f"the code crashed the process that it runs in ({signal.Signals(number).name})"
        return f"the code crashed the process that it runs in (signal {number})"
    return f"the code ended the process that it runs in (exit status {status >> 8})"


def _handles_in(value: Any) -> Iterator[Handle]:
    if isinstance(value, Handle):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _handles_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            if not isinstance(item, (int, float, str)):
                yield from _handles_in(item)
