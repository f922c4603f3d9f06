"""One class: every submission of a folder judged once, its result on disk as soon as it is known.

    OUT/class.json           what was run: seed, steps, grader, shard
    OUT/results/ID.json      one result; written last, so that its presence means done
    OUT/reports/ID.md        the same for the student to read
    OUT/grades.csv, class.html

A run that was killed goes on where it stopped: a result is kept if the files, the grader and the settings
that made it are still the same.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from grader.classroom import pool
from grader.classroom.exports import Student
from grader.classroom.readable import student_report
from grader.classroom.submissions import Submission, find_submissions, take_all
from grader.classroom.taking import Taken
from grader.judging.marks import unjudged
from grader.judging.results import SCHEMA, RunResult
from grader.kata.curriculum import ROOT, STEPS, Step
from grader.kata.files import CannotGrade, write_json, write_text
from grader.kata.settings import Settings, seed_of

CLASS_SCHEMA = "pico-gpt-kata/class/v1"
# What decides how a submission is judged, besides its files.
JUDGED_ALIKE = ("grader", "settings", "steps", "seed", "own_stack", "seconds", "submission_seconds")
SECONDS = 5.0  # one test
SUBMISSION_SECONDS = 120.0  # a whole submission; one that is right takes a few


@dataclass(frozen=True)
class Plan:
    """What one run of a class is.

    Attributes:
        seed: one number for all; None: a number from each submission's own files.
        own_stack: also judge every step on the student's own earlier functions.
        shard: (i, n): this run takes every n-th submission, from the i-th on.
        submissions: those of this shard.
        everyone: the ids of all shards together, in order.
    """

    out: Path
    settings: Settings
    steps: tuple[Step, ...]
    seconds: float
    submission_seconds: float
    seed: int | None
    own_stack: bool
    shard: tuple[int, int]
    submissions: tuple[Submission, ...]
    everyone: tuple[str, ...]

    def result_path(self, id: str) -> Path:
        return self.out / "results" / f"{id}.json"

    def manifest(self) -> dict[str, Any]:
        return {
            "schema": CLASS_SCHEMA,
            "grader": fingerprint(),
            "settings": self.settings.digest(),
            "steps": [step.number for step in self.steps],
            "seed": self.seed,
            "own_stack": self.own_stack,
            "seconds": self.seconds,
            "submission_seconds": self.submission_seconds,
            "shard": list(self.shard),
            "submissions": [submission.id for submission in self.submissions],
            "everyone": list(self.everyone),
        }


def plan_class(
    folder: Path, out: Path, settings: Settings, *, seed: int | None = None, seconds: float | None = None,
    own_stack: bool = False, shard: tuple[int, int] = (1, 1),
) -> Plan:  # fmt: skip
    """Find the submissions and decide how they are judged.

    Args:
        seed: from the command line; it goes before the settings' own.
        seconds: as seed.
    Raises:
        CannotGrade: the folder holds none, or `out` holds something else than an earlier run.
    """
    earlier = _earlier(out)
    everyone = find_submissions(folder, ignore=[out])
    mine = tuple(s for n, s in enumerate(everyone) if n % shard[1] == shard[0] - 1)
    chosen: int | None = seed
    if chosen is None and settings.seed == "random":
        if shard[1] > 1:
            raise CannotGrade('shards need one seed: give --seed, or set seed = "submission" in grading.toml')
        before = earlier.get("seed") if earlier.get("settings") == settings.digest() else None
        chosen = before if isinstance(before, int) else random.SystemRandom().randrange(1_000_000)
    elif chosen is None and isinstance(settings.seed, int):
        chosen = settings.seed
    return Plan(
        out=out,
        settings=settings,
        steps=settings.priced(settings.steps or STEPS),
        seconds=seconds or settings.time_limit or SECONDS,
        submission_seconds=settings.submission_limit or SUBMISSION_SECONDS,
        seed=chosen,
        own_stack=own_stack,
        shard=shard,
        submissions=mine,
        everyone=tuple(s.id for s in everyone),
    )


def _earlier(out: Path) -> dict[str, Any]:
    """The manifest of an earlier run into the same folder, or nothing.

    Raises:
        CannotGrade: the folder holds something else.
    """
    try:
        if (out / "class.json").is_file():
            manifest = read_json(out / "class.json")
            if manifest.get("schema") == CLASS_SCHEMA:
                return manifest
        used = out.exists() and (not out.is_dir() or any(out.iterdir()))
    except OSError as error:
        raise CannotGrade(f"cannot read {out}: {error.strerror or error}") from None
    if used:
        raise CannotGrade(f"{out} holds something else than the results of a class: give a new folder")
    return {}


def judge_class(
    plan: Plan, jobs: int, on_result: Callable[[dict[str, Any], bool], None]
) -> list[dict[str, Any]]:
    """Judge what is not judged yet; every result is on disk before `on_result` hears of it.

    Args:
        on_result: called with each result, and whether it was there already.
    Returns:
        All results of this shard, in the order of the submissions.
    Raises:
        CannotGrade: no marks may be given on this machine, or `out` cannot be written.
    """
    try:
        for name in ("results", "reports"):
            (plan.out / name).mkdir(parents=True, exist_ok=True)
        write_json(plan.manifest(), plan.out / "class.json")
    except OSError as error:
        raise CannotGrade(f"cannot write {plan.out}: {error.strerror or error}") from None
    found: dict[str, dict[str, Any]] = {}

    def keep(submission: Submission, result: dict[str, Any], was_there: bool) -> None:
        found[submission.id] = result
        on_result(result, was_there)

    left: list[tuple[Submission, Taken]] = []
    for submission in plan.submissions:
        taken = take_all(submission)
        before = _known(plan, submission, taken)
        if before is not None:
            keep(submission, before, True)
        elif taken.problem:
            keep(submission, _write(plan, submission, taken, _odd(plan, taken), {}), False)
        else:
            left.append((submission, taken))

    def mark(marker: pool.Marker, piece: tuple[Submission, Taken]) -> None:
        submission, taken = piece
        seed = _seed(plan, taken)
        outcome = marker.mark(taken.write, seed, plan.submission_seconds)
        result = outcome.result or _cut_short(plan, taken, seed, outcome)
        keep(submission, _write(plan, submission, taken, result, outcome.forms), False)

    about = pool.about(plan.steps, plan.settings, plan.seconds, plan.own_stack)
    try:
        pool.mark_all(left, jobs, about, mark)
    except OSError as error:
        raise CannotGrade(f"cannot write {plan.out}: {error.strerror or error}") from None
    return [found[submission.id] for submission in plan.submissions]


def _seed(plan: Plan, taken: Taken) -> int:
    return plan.seed if plan.seed is not None else seed_of(taken.digests())


# ------------------------------------------------------------------------------------ one result


def _known(plan: Plan, submission: Submission, taken: Taken) -> dict[str, Any] | None:
    """The result of an earlier run, if everything that made it is as it was."""
    path = plan.result_path(submission.id)
    if not path.is_file():
        return None
    try:
        result = read_json(path)
    except CannotGrade:
        return None
    about = result.get("submission")
    same = isinstance(about, dict) and about.get("key") == _key(plan, submission, taken)
    return result if same and (plan.out / "reports" / f"{submission.id}.md").is_file() else None


def _key(plan: Plan, submission: Submission, taken: Taken) -> str:
    """The same exactly where judging again would give the same."""
    made_of = {
        "files": taken.digests(),
        "found": [taken.problem, taken.origin, taken.notes],
        "whose": [submission.path.name, *(asdict(student) for student in submission.students)],
        "grader": fingerprint(),
        "settings": plan.settings.digest(),
        "seed": plan.seed,
        "own_stack": plan.own_stack,
        "seconds": [plan.seconds, plan.submission_seconds],
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _odd(plan: Plan, taken: Taken) -> dict[str, Any]:
    """The result of a submission in which there is nothing to judge."""
    steps = unjudged(plan.steps, f"not judged: {taken.problem}")
    return RunResult("exercises", {}, plan.seed or 0, "not needed", steps).to_dict()


def _cut_short(plan: Plan, taken: Taken, seed: int, outcome: pool.Outcome) -> dict[str, Any]:
    """What was judged before the end, and for all other tests why they were not."""
    status: Any = "timeout" if outcome.late else "error"
    rest = unjudged(plan.steps, f"not judged: {outcome.why}", status)
    result = RunResult("exercises", taken.digests(), seed, "", rest).to_dict()
    judged = {step["number"]: step for step in outcome.steps}
    result["steps"] = [judged.get(step["number"], step) for step in result["steps"]]
    result["score"] = _whole(sum(step["score"] for step in result["steps"]))
    result["sandbox"] = "unknown"
    result["duration_s"] = round(sum(step["duration_s"] for step in result["steps"]), 3)
    return result


def _whole(points: float) -> float:
    rounded = round(points, 2)
    return int(rounded) if float(rounded).is_integer() else rounded


def _write(
    plan: Plan, submission: Submission, taken: Taken, result: Mapping[str, Any],
    forms: Mapping[str, tuple[str, int]],
) -> dict[str, Any]:  # fmt: skip
    """Put a result on disk: the report first, then the JSON, whose presence says that both are there."""
    whole = {
        **result,
        "submission": {
            "id": submission.id,
            "entry": submission.path.name,
            "students": [asdict(student) for student in submission.students],
            "origin": taken.origin,
            "notes": list(taken.notes),
            "problem": taken.problem,
            "forms": {name: list(form) for name, form in forms.items()},
            "key": _key(plan, submission, taken),
            "run": run_digest(plan.manifest()),
        },
    }
    assert whole["schema"] == SCHEMA
    write_text(student_report(whole), plan.out / "reports" / f"{submission.id}.md")
    write_json(whole, plan.result_path(submission.id))
    return whole


def run_digest(manifest: Mapping[str, Any]) -> str:
    """The same for two runs exactly where they judge alike; merge knows by it what an earlier run left."""
    alike = [manifest[key] for key in JUDGED_ALIKE]
    return hashlib.sha256(json.dumps(alike).encode()).hexdigest()[:16]


def students_of(result: Mapping[str, Any]) -> list[Student]:
    """To whom a result belongs."""
    return [Student(**student) for student in result["submission"]["students"]]


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        CannotGrade: the file is not one.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CannotGrade(f"cannot read {path}: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(data, dict):
        raise CannotGrade(f"cannot read {path}: it does not hold one JSON object")
    return data


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """What this grader is: a digest of everything in it that can change a verdict."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _sources() -> list[Path]:
    found = [
        path for path in (ROOT / "grader").rglob("*") if path.suffix in (".py", ".json", ".ini", ".sealed")
    ]
    found += (ROOT / "solutions").glob("*.py")
    found += (ROOT / "reference_activations").rglob("*.json")
    found += (ROOT / "reference_activations").rglob("*.py")
    return [path for path in found if "templates" not in path.parts and "__pycache__" not in path.parts]
