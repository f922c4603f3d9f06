"""What the judge sends to a worker, and what comes back (grader/sandbox/wire.py says how it travels)."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from grader.kata.curriculum import step_of
from grader.kata.student_file import StudentFile
from grader.sandbox import wire
from grader.sandbox.decoder import Decoder
from grader.sandbox.encoder import Encoder
from grader.sandbox.lent import Lent, SharedMemory, put_file
from grader.sandbox.wire import Handle, TempFile, WireError, clean

MAX_REQUEST_BYTES = 8 << 30
MAX_HUNG = 2
MAX_PATHS = 20  # of changed arguments, that one answer names

Call = tuple[tuple[Any, ...], dict[str, Any]]
Frame = list[Any]


def boot_frame(boot: dict[str, Any], mark: bytes, beside: Sequence[str]) -> Frame:
    """A worker's first frame: the fields of student_modules.Boot, and what ends its prints."""
    encoder = Encoder(MAX_REQUEST_BYTES, strict=True)
    header = {"kind": "boot", "boot": encoder.encode(boot), "mark": mark.hex(), "beside": beside}
    return _packed(header, encoder)


def handle_frame(handle: Handle) -> Frame:
    """A value that is sent ahead."""
    encoder = Encoder(MAX_REQUEST_BYTES, strict=True)
    return _packed({"kind": "put", "name": handle.name, "value": encoder.encode(handle.value)}, encoder)


class Request:
    """One test's call or calls: what is called, and until when it may take."""

    def __init__(self, function: str, own: frozenset[str], seconds: float):
        self.function, self.own, self.seconds = function, own, seconds
        self.file = step_of(function).file
        self.key = function, own  # of the worker that serves it
        # A little early, so that ending the process and starting the next one fit into the limit too.
        self.deadline = monotonic() + seconds - min(0.02, 0.02 * seconds)


def unusable(file: StudentFile) -> Answer | None:
    """The answer of all functions of a file that cannot be used."""
    if file.problem:
        return Answer("refused", error=file.problem[:300])
    missing = f"there is no {file.path.name} in {file.path.parent}"
    return Answer("missing", error=missing) if file.data is None else None


class Hung:
    """Which of a student's files do not finish loading."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}

    def timeout(self, request: Request, loaded: bool) -> Answer:
        """What is said of a call that did not answer in time; whose file was or was not loaded before."""
        if loaded:
            problem = f"{request.function} did not return within {request.seconds:g} s"
            return Answer("timeout", error=f"{problem}: is there a loop that never ends?")
        self._times[request.file] = self._times.get(request.file, 0) + 1
        problem = f"{request.file} did not finish loading within {request.seconds:g} s"
        return Answer("timeout", error=f"{problem}: is there a loop outside of all functions?")

    def given_up(self, file: str) -> Answer | None:
        """The answer of a file that is not loaded any more."""
        if self._times.get(file, 0) < MAX_HUNG:
            return None
        problem = f"{file} does not finish loading: it was tried {MAX_HUNG} times, and is not tried again"
        return Answer("timeout", error=problem)


@dataclass(frozen=True)
class Sent:
    """A frame of calls, and what the judge keeps of it.

    Attributes:
        handles: names of the handles that occur in the calls.
        lent: the arrays that the calls may change.
        files: path -> bytes, of the files that were put into the private folder.
    """

    frame: Frame
    handles: set[str]
    lent: Lent
    files: dict[str, bytes]

    def seen(self, answer: Answer, number: int, names: Sequence[str]) -> Answer:
        """An answer with what the judge itself sees of changed arguments.

        Args:
            number: of the call, in its frame.
            names: of the function's parameters.
        """
        changed = self.lent.changed(number, names, self.files) if answer.status == "returned" else []
        return with_changed(answer, changed, names) if changed else answer


def calls_frame(
    calls: Sequence[Call],
    request: int,
    generators: dict[int, tuple[int, Any]],
    reply_bytes: int,
    private: Path,
    shared: SharedMemory | None,
) -> Sent:
    """Calls of one function, on their way to a worker that does not run.

    Args:
        request: the number of the request that they belong to.
        generators: keeps numpy Generators apart over all frames of a request.
        reply_bytes: what the answers may take.
        private: the worker's folder, for files that occur in the calls.
        shared: the worker's memory.
    """
    files: dict[str, bytes] = {}

    def make_file(file: TempFile) -> str:
        path = str(put_file(private, file))
        files[path] = file.data
        return path

    encoder = Encoder(MAX_REQUEST_BYTES, strict=True, generators=generators, make_file=make_file)
    nodes, spans = encoder.encode_calls(calls)
    lent = Lent(nodes, spans, encoder, shared)
    header = {"kind": "calls", "request": request, "reply_bytes": reply_bytes, "calls": nodes}
    if lent.places:
        header |= {"places": lent.places, "lengths": lent.lengths, "lent": sorted(lent.once)}
        return Sent(wire.pack(header, [], MAX_REQUEST_BYTES), encoder.handles, lent, files)
    return Sent(_packed(header, encoder), encoder.handles, lent, files)


def again_frame(request: int, reply_bytes: int) -> Frame:
    """The last call once more, with the very objects that it had."""
    return wire.pack({"kind": "again", "request": request, "reply_bytes": reply_bytes}, [])


def _packed(header: dict[str, Any], encoder: Encoder) -> Frame:
    return wire.pack(header, encoder.buffers, max_header=MAX_REQUEST_BYTES)


# ------------------------------------------------------------------------------- what a worker answers

BROKEN = 70  # as in grader/sandbox/inside/worker.py
STATUSES = ("returned", "raised", "not_implemented", "missing", "refused", "load_error", "too_large")


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
        error_base: the built-in exception that it is: ValueError for a student's own kind of it.
        error: one line that says what happened; for an exception it begins with the exception's name.
            Never empty unless the call returned.
        file, line, source_line: the deepest line in the student's file that is known.
        mutated: arguments, or places in them, that the call changed: "x", "params.blocks[0].ln_1.g".
        printed: what it printed.
        looked_up: rows of a watched array that it looked up.
        duration_s: seconds from the request to the reply.
        cpu_s: seconds of CPU that its process took for it, as the system counts them; 0: not known.
    """

    status: str
    value: Any = None
    value_type: str = ""
    error_type: str = ""
    error_base: str = ""
    error: str = ""
    file: str = ""
    line: int | None = None
    source_line: str = ""
    mutated: tuple[str, ...] = ()
    printed: str = ""
    looked_up: int = 0
    duration_s: float = 0.0
    cpu_s: float = 0.0

    def is_a(self, *kinds: str) -> bool:
        """Whether what it raised is one of these exceptions, by its own name or by what it is made of."""
        return self.error_type in kinds or (self.error_base != "" and self.error_base in kinds)


def answer_of(
    fields: dict[str, Any],
    buffers: Sequence[Any],
    budget: int,
    printed: str = "",
    started: float = 0.0,
    files: Mapping[str, StudentFile] | None = None,
    cpu_s: float = 0.0,
) -> Answer:
    """A worker's reply as an Answer; nothing in it is believed before it was checked.

    Args:
        printed: what the code wrote meanwhile.
        started: when the call went out, on the clock of time.perf_counter; 0: nobody asked.
        files: the path that the code sees -> the file; None: it sees where the files really lie.
        cpu_s: what its process has used.
    Raises:
        WireError: it is not a reply.
    """
    status, line, paths = fields.get("status"), fields.get("line"), fields.get("mutated")
    looked_up = fields.get("looked_up")
    texts = {name: fields.get(name) for name in ("value_type", "error_type", "error", "file", "source_line")}
    texts["error_base"] = fields.get("error_base", "")
    if fields.get("kind") != "reply" or status not in STATUSES or not isinstance(paths, list):
        raise WireError("not a reply")
    if not all(isinstance(text, str) for text in texts.values()):
        raise WireError("not a reply")
    if not all(isinstance(path, str) for path in paths[:MAX_PATHS]):
        raise WireError("not a reply")
    words = {name: clean(str(text), 300).replace("\n", " ") for name, text in texts.items()}
    if status != "returned" and not words["error"].strip():
        words["error"] = "no reason is known"
    if files is not None:
        known = files.get(words["file"])
        words["file"] = known.path.as_posix() if known else ""
    return Answer(
        status=str(status),
        value=Decoder(buffers, max(budget, 1 << 20)).decode(fields.get("value")),
        line=line if type(line) is int and 0 < line < 1 << 31 else None,
        looked_up=looked_up if type(looked_up) is int and looked_up >= 0 else 0,
        mutated=tuple(clean(path, 100) for path in paths[:MAX_PATHS]),
        value_type=words["value_type"],
        error_type=words["error_type"],
        error_base=words["error_base"],
        error=words["error"],
        file=words["file"],
        source_line=words["source_line"],
        printed=printed,
        duration_s=perf_counter() - started if started else 0.0,
        cpu_s=cpu_s,
    )


def with_changed(answer: Answer, seen: Sequence[str], names: Sequence[str]) -> Answer:
    """An answer with what the judge itself saw of changed arguments, besides what the worker said.

    Args:
        names: of the function's parameters, in their order.
    """
    order = {name: i for i, name in enumerate(names)}
    paths = dict.fromkeys((*answer.mutated, *seen))
    mutated = sorted(paths, key=lambda path: order.get(re.split(r"[.\[]", path)[0], len(order)))
    return replace(answer, mutated=tuple(mutated[:MAX_PATHS]))


def ended_by(status: int | None) -> str:
    """Why a process is gone, from its wait status."""
    if status is None:
        return "the code ended the process that it runs in"
    if os.name == "posix" and os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = next((s.name for s in signal.Signals if s == number), f"signal {number}")
        return f"the code crashed the process that it runs in ({name})"
    if status >> 8 == BROKEN:
        return "the code broke the process that it runs in: it changed what Python itself needs"
    return f"the code ended the process that it runs in (exit status {status >> 8})"


def place_of(said: str, files: Mapping[str, StudentFile]) -> dict[str, Any]:
    """The student's line in what Python's faulthandler wrote (the deepest comes first), as Answer has it.

    Args:
        files: the path that the code sees -> the file.
    """
    for shown, number in re.findall(r'^  File "([^"\n]+)", line (\d{1,7}) in ', said, re.MULTILINE):
        if shown in files:
            lines = (files[shown].data or b"").decode("utf-8", "replace").splitlines()
            text = lines[int(number) - 1] if 0 < int(number) <= len(lines) else ""
            path = files[shown].path.as_posix()
            return {"file": path, "line": int(number), "source_line": clean(text, 240)}
    return {}
