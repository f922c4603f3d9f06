"""What all tests of one run share: the host, the seed, the calls that were made."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.judging.reference import Reference
from grader.judging.shared_models import SharedModels
from grader.kata.curriculum import function_names, step_of
from grader.kata.student_source import StudentSource, parse_source
from grader.sandbox.wire import Handle, Opaque

if TYPE_CHECKING:
    from grader.sandbox.host import Answer, Host

EVERY_FUNCTION = frozenset(function_names())
PLAIN = {int, float, bool, type(None)}
KEPT_BYTES = 64 << 20  # of all answers of one run
SHORT_LIMITS_S = (2.0, 1.0)  # for a function that has already run past its limit once, and more often


@dataclass
class Call:
    """One call of a student's function, kept for the diagnosis."""

    step: int
    test: str
    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    answer: Answer
    expected: Any
    error: float | None = None
    raises: type[BaseException] | None = None
    request: int = 0  # calls of one request share their generators
    evidence: bool = True  # False where right answers differ, so that wrong ones do as well


@dataclass
class Bench:
    """What all tests of one run share."""

    host: Host
    impl: Path
    seed: int
    seconds: float
    reference: Reference | None
    pairs: int | None = None  # see grader.judging.run.Options
    naming_limit_s: float = 8.0  # as pairs
    naming_s: float = 0.0  # what naming mistakes has cost in this run
    calls: list[Call] = field(default_factory=list)
    timeouts: dict[str, int] = field(default_factory=dict)
    handles: dict[str, Any] = field(default_factory=dict)
    models: SharedModels = field(init=False)
    _room: int = KEPT_BYTES
    _sources: dict[str, StudentSource | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.models = SharedModels(self.host)

    def keep(self, call: Call) -> None:
        """Keep a call for the diagnosis; what it returned only while there is room for it."""
        size = _size(call.answer.value)
        if size > self._room:
            left_out = Opaque(call.answer.value_type, "too large to be kept")
            call.answer, size = replace(call.answer, value=left_out), 0
        self._room -= size
        self.calls.append(call)

    def seconds_for(self, function: str) -> float:
        """How long the next test of this function may take."""
        times = self.timeouts.get(function, 0)
        return min(self.seconds, SHORT_LIMITS_S[min(times, 2) - 1]) if times else self.seconds

    def source(self, file: str) -> StudentSource | None:
        """One of the student's files as text and tree, as the host read it; parsed when it is asked for."""
        if file not in self._sources:
            found = getattr(self.host, "files", {}).get(file)
            data = found.data if found is not None else None
            self._sources[file] = parse_source(found.path, data) if found and data is not None else None
        return self._sources[file]

    def source_of(self, function: str) -> StudentSource | None:
        """The file in which a function of the kata is written."""
        return self.source(step_of(function).file)


def holds_lists(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a caller's list or dict is among the arguments, and no Generator, which every call changes."""
    todo, found = [*args, *kwargs.values()], False
    while todo:
        item = todo.pop()
        if isinstance(item, np.random.Generator):
            return False
        found = found or isinstance(item, (list, dict, Handle))
        todo += item if isinstance(item, tuple) else ()
    return found


def _size(value: Any) -> int:
    """About how many bytes a value takes."""
    if isinstance(value, np.ndarray):
        return value.nbytes + 100
    if isinstance(value, dict):
        return 100 + sum(_size(item) + _size(key) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        if set(map(type, value)) <= PLAIN:  # half a million ids are looked at in one go
            return 56 + 40 * len(value)
        return 56 + sum(8 + _size(item) for item in value)
    return 32 + len(value) if isinstance(value, (str, bytes)) else 32


def fresh_rng(seed: int, name: str) -> np.random.Generator:
    """The generator of one test: from the run's seed and the test's own name, nothing else."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
