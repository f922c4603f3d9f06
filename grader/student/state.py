"""What the last runs found out, in one small file: `.kata/state.json`.

Everything in it can be found out again, so the file may be deleted at any time, and one that cannot be
read counts as empty. A result holds for the functions that were judged: it is kept with the sha256 of
their source, and a function that has changed since shows as changed. It is beside the student's work,
not in it, and git ignores it: an update of the repository leaves it alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, get_args

from grader.judging.results import RunResult, Status, StepResult
from grader.kata.curriculum import ROOT, STEPS, Step, find_step, stack_of, step_of
from grader.kata.files import write_json
from grader.kata.student_source import StudentSource, sources_of

SCHEMA = "pico-gpt-kata/state/v1"


@dataclass(frozen=True)
class Record:
    """The last verdict on one step, and on what it was.

    Attributes:
        functions: function -> sha256 of its source, as judged.
        stack: one sha256 of all functions of earlier steps that the step's own stack builds on.
        message: the first line of the first problem, or "".
        problem_in: the function that it is about, or "".
    """

    status: Status
    own_stack: Status
    score: float
    max_score: float
    duration_s: float
    functions: dict[str, str]
    stack: str = ""
    message: str = ""
    problem_in: str = ""
    own_stack_message: str = ""


@dataclass
class State:
    """The state file's content.

    Attributes:
        records: folder of an implementation -> step number -> the last verdict.
        hints: step number -> how many of its hints have been shown.
        is_kept: whether it could be written.
    """

    records: dict[str, dict[int, Record]] = field(default_factory=dict)
    hints: dict[int, int] = field(default_factory=dict)
    is_kept: bool = True

    def of(self, impl: Path, step: Step) -> Record | None:
        return self.records.get(_key(impl), {}).get(step.number)

    def remember(self, impl: Path, result: RunResult) -> None:
        """Keep a run's verdicts, if the files are still those that it judged."""
        steps = tuple(find_step(r.number) for r in result.steps)
        sources = sources_of(impl, tuple(below for step in steps for below in (step, *stack_of(step))))
        for step, verdict in zip(steps, result.steps):
            about = {below.file for below in (step, *stack_of(step))}
            if any(sources[file].digest != result.files.get(file, "") for file in about):
                continue
            self.records.setdefault(_key(impl), {})[step.number] = Record(
                verdict.status,
                verdict.own_stack,
                verdict.score,
                verdict.max_score,
                round(verdict.duration_s, 4),
                fingerprints(step, sources),
                stack_fingerprint(step, sources),
                *_first_problem(verdict),
                verdict.own_stack_message,
            )

    def save(self) -> None:
        """Write the file; where that is not possible, the state is simply not kept."""
        data = {
            "schema": SCHEMA,
            "hints": {str(number): shown for number, shown in sorted(self.hints.items())},
            "results": {
                folder: {str(number): asdict(record) for number, record in sorted(records.items())}
                for folder, records in sorted(self.records.items())
                if (ROOT / folder).is_dir()
            },
        }
        try:
            kata_folder().mkdir(parents=True, exist_ok=True)
            write_json(data, kata_folder() / "state.json")
            self.is_kept = True
        except OSError:
            self.is_kept = False


def kata_folder() -> Path:
    """Where the state, the backups and the archives are: `.kata/`, or what PICO_GPT_KATA_STATE says."""
    return Path(os.environ.get("PICO_GPT_KATA_STATE") or ROOT / ".kata")


def load_state() -> State:
    """The state; empty where there is no file or it is broken, and without what in it is broken."""
    try:
        data = json.loads((kata_folder() / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return State()
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        return State()
    state = State()
    for folder, records in _items(data.get("results")):
        for number, record in _items(records):
            found = _record(record)
            if found is not None and _is_step(number):
                state.records.setdefault(folder, {})[int(number)] = found
    for number, shown in _items(data.get("hints")):
        if (number == "0" or _is_step(number)) and type(shown) is int and shown >= 0:
            state.hints[int(number)] = shown
    return state


def remember(impl: Path, result: RunResult) -> None:
    """Keep a run's verdicts in the state file."""
    state = load_state()
    state.remember(impl, result)
    state.save()


def fingerprints(step: Step, sources: Mapping[str, StudentSource]) -> dict[str, str]:
    """Function -> sha256 of its source, for all functions that the step judges."""
    return {f.name: sources[step_of(f.name).file].fingerprint(f.name) for f in step.functions}


def stack_fingerprint(step: Step, sources: Mapping[str, StudentSource]) -> str:
    """One sha256 of all functions of earlier steps that this one builds on."""
    below = {name: digest for s in stack_of(step) for name, digest in fingerprints(s, sources).items()}
    return hashlib.sha256(json.dumps(below, sort_keys=True).encode()).hexdigest()


def is_current(record: Record, step: Step, sources: Mapping[str, StudentSource]) -> bool:
    """Whether the record is about the functions as they stand now."""
    return record.functions == fingerprints(step, sources)


def first_not_passed(impl: Path, state: State, steps: tuple[Step, ...] = STEPS) -> Step | None:
    """The student's current step: the first one that is not known to pass as it stands now."""
    sources = sources_of(impl, STEPS)
    for step in steps:
        record = state.of(impl, step)
        if record is None or record.status != "passed" or not is_current(record, step, sources):
            return step
    return None


def _first_problem(step: StepResult) -> tuple[str, str]:
    problem = step.first_problem
    return (problem.message.split("\n")[0][:300], problem.function) if problem else ("", "")


def _key(impl: Path) -> str:
    """The folder as the file calls it: relative to the repository where it is inside."""
    path = impl.resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _is_step(number: str) -> bool:
    return number.isdecimal() and 1 <= int(number) <= len(STEPS)


def _record(data: Any) -> Record | None:
    """A record as an earlier version may have written it: what it does not have keeps its default."""
    if not isinstance(data, dict):
        return None
    known = {f.name: data[f.name] for f in fields(Record) if f.name in data}
    needed = {f.name for f in fields(Record) if f.default is MISSING}
    if not needed <= set(known) or not all(_fits(name, value) for name, value in known.items()):
        return None
    return Record(**known)


def _fits(name: str, value: Any) -> bool:
    if name in ("status", "own_stack"):
        return value in get_args(Status)
    if name == "functions":
        return isinstance(value, dict) and all(isinstance(digest, str) for digest in value.values())
    if name in ("score", "max_score", "duration_s"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, str)
