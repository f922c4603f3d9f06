"""`grading.toml`: what a teacher may change without touching the grader.

    steps = "1-11"
    seed = "submission"
    time_limit = 5

    [points]
    5 = 20                  # a whole step
    gelu = 4                # one function
    11.generate = 3         # one function as that step judges it
    softmax = { core = 6, fresh = 3, edges = 1 }
    12.extra = true         # its points count above the others

    [late]
    due = 2027-03-01T23:59:00
    per_day = 10            # per cent of the points there are

`grader/classroom/templates/grading.toml` explains every key.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.kata.curriculum import STEPS, Step, parse_steps
from grader.kata.files import CannotGrade
from grader.kata.late import LateRule, read_late
from grader.kata.prices import Prices, hint, priced, read_extra, read_prices, shown
from grader.kata.seeds import marks_seed, random_seed

FILE = Path("grading.toml")
KEYS = (
    "steps",
    "seed",
    "time_limit",
    "submission_limit",
    "allow_unsandboxed",
    "show_solutions",
    "points",
    "late",
)
SEEDS = ("random", "submission")


@dataclass(frozen=True)
class Settings:
    """What `grading.toml` says; what it does not say is None, and the command's own default holds.

    Attributes:
        steps: which steps are judged.
        seed: a number; "random" (another one every run); "submission" (from the submitted files and a secret
            of the teacher's).
        time_limit: seconds that one test may take.
        submission_limit: seconds that a whole submission may take.
        allow_unsandboxed: whether a run without a sandbox may give marks.
        show_solutions: whether `diff` shows the solution of a step that has passed.
        prices: points that differ from the curriculum's.
        extra: the steps whose points count above the others.
        late: what is taken off a class's late work; None: nothing.
    """

    steps: tuple[Step, ...] | None = None
    seed: int | str | None = None
    time_limit: float | None = None
    submission_limit: float | None = None
    allow_unsandboxed: bool = False
    show_solutions: bool = True
    prices: Prices = field(default_factory=dict)
    extra: frozenset[int] = frozenset()
    late: LateRule | None = None

    def priced(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The same steps, worth what this file says."""
        return priced(steps, self.prices, self.extra)

    def seed_of_marks(self, files: Mapping[str, str], secret: bytes | None) -> int:
        """The seed of a run that gives marks.

        Args:
            files: file name -> sha256, of what was handed in.
            secret: the teacher's; None where there is none, and the seed is random.
        """
        if isinstance(self.seed, int):
            return self.seed
        return marks_seed(files, None if self.seed == "random" else secret)

    def seed_at_home(self) -> int:
        """The seed of a run that gives none."""
        return self.seed if isinstance(self.seed, int) else random_seed()

    def judging_digest(self) -> str:
        """The same for two files exactly if they lead to the same verdicts, whatever these are worth."""
        return _digest(self._judging())

    def digest(self) -> str:
        """The same for two files exactly if they mean the same."""
        prices = sorted([list(key), sorted(value.items())] for key, value in self.prices.items())
        marks = {"prices": prices, "extra": sorted(self.extra), "late": self.late and self.late.meaning()}
        return _digest({**self._judging(), **marks})

    def _judging(self) -> dict[str, Any]:
        return {
            "steps": [step.number for step in self.steps or STEPS],
            "seed": self.seed,
            "limits": [self.time_limit, self.submission_limit, self.allow_unsandboxed],
        }


def load_settings(path: Path | None = None) -> Settings:
    """Read a settings file; without one, `./grading.toml` where it exists, else all defaults.

    Raises:
        CannotGrade: the file cannot be read, or says something that has no meaning; the message is one
            line that names the file and the key.
    """
    if path is None:
        if not FILE.is_file():
            return Settings()
        path = FILE
    if sys.version_info >= (3, 11):  # not imported where there is no such file
        import tomllib
    else:
        import tomli as tomllib
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as error:
        raise CannotGrade(f"cannot read {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise CannotGrade(f"cannot read {path}: it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise CannotGrade(f"{path} is not TOML: {' '.join(str(error).split())}") from None
    try:
        return _settings(data)
    except ValueError as error:
        raise CannotGrade(f"{path}: {error}") from None


def _settings(data: Mapping[str, Any]) -> Settings:
    for key in data:
        if key not in KEYS:
            raise ValueError(f"there is no setting '{key}'{hint(key, KEYS)}")
    steps = _steps(data["steps"]) if "steps" in data else None
    limits = {
        name: _seconds(name, data[name], longest) if name in data else None
        for name, longest in (("time_limit", 3600), ("submission_limit", 86_400))
    }
    points, extra = read_extra(data.get("points", {}))
    settings = Settings(
        steps=steps,
        seed=_seed(data["seed"]) if "seed" in data else None,
        allow_unsandboxed=_truth("allow_unsandboxed", data.get("allow_unsandboxed", False)),
        show_solutions=_truth("show_solutions", data.get("show_solutions", True)),
        prices=dict(read_prices(points)),
        extra=extra,
        late=read_late(data["late"]) if "late" in data else None,
        **limits,
    )
    if not sum(step.points for step in settings.priced(steps or STEPS) if not step.extra):
        raise ValueError("points: every step that is judged is worth 0")
    return settings


def _digest(meaning: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()


def _steps(value: Any) -> tuple[Step, ...]:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, list) and all(isinstance(n, int) and not isinstance(n, bool) for n in value):
        value = ",".join(map(str, value))
    if not isinstance(value, str):
        raise ValueError(f'steps is a text such as "1-11" or a list of numbers, not {shown(value)}')
    return parse_steps(value)


def _seed(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    if value in SEEDS:
        return str(value)
    raise ValueError(f'seed is a whole number from 0, "random" or "submission", not {shown(value)}')


def _seconds(name: str, value: Any, longest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.05 <= value <= longest:
        raise ValueError(f"{name} is a number of seconds from 0.05 to {longest:g}, not {shown(value)}")
    return float(value)


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is true or false, not {shown(value)}")
    return value
