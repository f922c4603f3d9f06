"""The result model: what a run found out. Every report is a view of it."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from grader import __version__

if TYPE_CHECKING:
    from grader.judging.compare import Failure

SCHEMA = "pico-gpt-kata/result/v1"

Status = Literal["passed", "failed", "not_implemented", "error", "timeout", "not_run"]
WRONG: tuple[Status, ...] = ("failed", "error", "timeout")


# The status of several tests together is the first of these that occurs among them.
_WORST_FIRST: tuple[Status, ...] = ("failed", "error", "timeout", "not_implemented", "passed", "not_run")


def together(statuses: list[Status]) -> Status:
    """One status for several tests: passed only if all passed that could be judged here."""
    return next((status for status in _WORST_FIRST if status in statuses), "not_run")


@dataclass(frozen=True)
class Suspect:
    """The line of the student's file that is at fault, and what says so."""

    file: str
    line: int
    by: Literal["raised", "trace", "edit"]


@dataclass
class TestResult:
    """The verdict of one test. `message` is empty, or a first line that stands alone and then evidence."""

    __test__ = False  # pytest must not collect this class

    name: str
    function: str
    status: Status = "not_run"
    score: float = 0
    max_score: float = 0
    message: str = ""
    diagnosis: str | None = None
    duration_s: float = 0.0
    group: str = field(default="core", repr=False)
    suspect: Suspect | None = None
    # Known only while the run lasts; the JSON result does not carry these.
    failure: Failure | None = field(default=None, repr=False)
    printed: str = field(default="", repr=False)  # what the student's code printed, even if it passed
    suspect_words: str = field(default="", repr=False)  # what a report says of the suspect

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "function": self.function,
            "group": self.group,
            "status": self.status,
            "score": _number(self.score),
            "max_score": _number(self.max_score),
            "message": self.message,
            "diagnosis": self.diagnosis,
            "suspect": asdict(self.suspect) if self.suspect else None,
            "duration_s": round(self.duration_s, 4),
        }


@dataclass
class StepResult:
    """The verdict of one step: on its own, and on the student's own stack.

    `own_stack_message` says which step to fix first where only the own stack fails.
    """

    number: int
    name: str
    tests: list[TestResult]
    own_stack: Status = "not_run"
    own_stack_message: str = ""
    duration_s: float = 0.0
    extra: bool = False  # its points count above the others

    @property
    def status(self) -> Status:
        return together([test.status for test in self.tests])

    @property
    def first_problem(self) -> TestResult | None:
        """The test to show: the first core test that is wrong or raised; otherwise the first of the
        others; a missing function only where nothing is wrong."""
        wrong = [test for test in self.tests if test.status in WRONG]
        core = [test for test in wrong if test.group == "core"]
        missing = [test for test in self.tests if test.status == "not_implemented"]
        return next(iter([*core, *wrong, *missing]), None)

    @property
    def score(self) -> float:
        return round(sum(test.score for test in self.tests), 2)

    @property
    def max_score(self) -> float:
        return round(sum(test.max_score for test in self.tests), 2)

    def to_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "name": self.name,
            "status": self.status,
            "own_stack": self.own_stack,
            "own_stack_message": self.own_stack_message,
            "score": _number(self.score),
            "max_score": _number(self.max_score),
            **({"extra": True} if self.extra else {}),
            "duration_s": round(self.duration_s, 4),
            "tests": [test.to_dict() for test in self.tests],
        }


@dataclass
class RunResult:
    """Everything that one run found out about one implementation."""

    impl: str
    files: dict[str, str]  # file name -> sha256
    seed: int
    sandbox: str
    steps: list[StepResult]
    duration_s: float = 0.0
    python: str = field(default_factory=platform.python_version)
    numpy: str = field(default_factory=lambda: _numpy_version())
    grader: str = __version__

    @property
    def score(self) -> float:
        return round(sum(step.score for step in self.steps), 2)

    @property
    def max_score(self) -> float:
        return round(sum(step.max_score for step in self.steps if not step.extra), 2)

    @property
    def passed(self) -> bool:
        return bool(self.steps) and all(step.status == "passed" for step in self.steps)

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "impl": self.impl,
            "files": {name: {"sha256": digest} for name, digest in self.files.items()},
            "seed": self.seed,
            "sandbox": self.sandbox,
            "python": self.python,
            "numpy": self.numpy,
            "grader": self.grader,
            "score": _number(self.score),
            "max_score": _number(self.max_score),
            "duration_s": round(self.duration_s, 3),
            "steps": [step.to_dict() for step in self.steps],
        }


def _numpy_version() -> str:
    import numpy as np  # not where a command only reads results

    return str(np.__version__)


def _number(value: float) -> int | float:
    """Whole points as int, so that 10 does not read 10.0."""
    return int(value) if float(value).is_integer() else round(value, 2)
