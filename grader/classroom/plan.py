"""What one run of a class is: whose work is judged, how, and by what a verdict is known again."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from grader.classroom.kept import earlier_manifest
from grader.classroom.reader import Reader
from grader.classroom.submissions import Submission, find_submissions
from grader.kata.curriculum import ROOT, STEPS, Step
from grader.kata.files import CannotGrade
from grader.kata.seeds import NAME as SECRET
from grader.kata.seeds import marks_seed, secret_beside
from grader.kata.settings import Settings

CLASS_SCHEMA = "pico-gpt-kata/class/v1"
# What decides a verdict, besides the submission's files. Points do not: they are put on a verdict afterwards.
JUDGED_ALIKE = (
    "grader", "python", "numpy", "judging", "steps", "seed", "own_stack", "seconds", "submission_seconds",
)  # fmt: skip
SECONDS = 5.0  # one test
SUBMISSION_SECONDS = 120.0  # a whole submission; one that is right takes a few


@dataclass(frozen=True)
class Plan:
    """What one run of a class is.

    Attributes:
        steps: priced as the settings say.
        seed: one number for all; None: a number from each submission's own files and the secret.
        secret: the teacher's, without which nobody knows a seed beforehand.
        own_stack: also judge every step on the student's own earlier functions.
        shard: (i, n): this run takes those whose id falls into the i-th of n parts.
        submissions: those of this shard.
        known: folders of earlier runs, whose verdicts are taken where they fit.
        earlier: the manifest of the run before into the same folder.
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
    known: tuple[Path, ...]
    earlier: Mapping[str, Any]
    secret: bytes | None = field(default=None, repr=False)

    def seed_for(self, files: Mapping[str, str]) -> int:
        """Where a submission's fresh cases come from.

        Args:
            files: file name -> sha256.
        """
        return self.seed if self.seed is not None else marks_seed(files, self.secret)

    def manifest(self) -> dict[str, Any]:
        """What `class.json` says."""
        return {
            "schema": CLASS_SCHEMA,
            "grader": fingerprint(),
            "python": ".".join(platform.python_version_tuple()[:2]),
            "numpy": version("numpy"),
            "judging": self.settings.judging_digest(),
            "settings": self.settings.digest(),
            "steps": [step.number for step in self.steps],
            "seed": self.seed,
            "own_stack": self.own_stack,
            "seconds": self.seconds,
            "submission_seconds": self.submission_seconds,
            "shard": list(self.shard),
            "submissions": [submission.id for submission in self.submissions],
        }


def plan_class(
    folder: Path, out: Path, settings: Settings, *, seed: int | None = None, seconds: float | None = None,
    own_stack: bool = False, shard: tuple[int, int] = (1, 1), known: Sequence[Path] = (),
) -> Plan:  # fmt: skip
    """Find the submissions and decide how they are judged.

    Args:
        seed: from the command line; it overrides the settings.
        seconds: likewise.
        known: folders of earlier runs.
    Raises:
        CannotGrade: the folder holds none, or `out` holds something else than an earlier run.
    """
    earlier = earlier_manifest(out, CLASS_SCHEMA)
    before = earlier.get("shard", list(shard))
    if shard[1] > 1 and before != list(shard):
        raise CannotGrade(f"{out} holds shard {before[0]}/{before[1]}: give each shard a folder of its own")
    for place in known:
        if not (place / "results").is_dir():
            raise CannotGrade(f"--known {place}: there are no results of a class in it")
    with Reader() as reader:
        beside = out.absolute().parent / SECRET
        everyone = find_submissions(folder, reader, ignore=[out, beside, *known])
    one_seed = _seed(seed, settings, shard, earlier)
    return Plan(
        out=out,
        settings=settings,
        steps=settings.priced(settings.steps or STEPS),
        seconds=seconds or settings.time_limit or SECONDS,
        submission_seconds=settings.submission_limit or SUBMISSION_SECONDS,
        seed=one_seed,
        own_stack=own_stack,
        shard=shard,
        submissions=tuple(s for s in everyone if shard_of(s.id, shard[1]) == shard[0]),
        known=tuple(known),
        earlier=earlier,
        secret=secret_beside(out) if one_seed is None else None,
    )


def _seed(
    asked: int | None, settings: Settings, shard: tuple[int, int], earlier: Mapping[str, Any]
) -> int | None:
    if asked is not None:
        return asked
    if isinstance(settings.seed, int):
        return settings.seed
    if settings.seed != "random":
        return None
    if shard[1] > 1:
        raise CannotGrade('shards need one seed: give --seed, or set seed = "submission" in grading.toml')
    before = earlier.get("seed")
    same = earlier.get("judging") == settings.judging_digest()
    return before if same and isinstance(before, int) else marks_seed({}, None)


def shard_of(id: str, shards: int) -> int:
    """In which of this many parts a submission falls, no matter who has handed in."""
    return int(hashlib.sha256(id.encode()).hexdigest(), 16) % shards + 1


def verdict_key(manifest: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """The same exactly where judging again would give the same.

    Args:
        files: file name -> sha256.
    """
    made_of = [dict(files), *(manifest[key] for key in JUDGED_ALIKE)]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


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
