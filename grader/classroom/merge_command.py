"""`python -m grader merge OUT1 OUT2 … --out OUT`: put the shards of a class together.

What comes of it is the folder that one run without shards would have written.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.classroom.class_command import write_class
from grader.classroom.entries import is_there
from grader.classroom.kept import FOLDERS, kept_result, read_json, write_manifest
from grader.classroom.plan import CLASS_SCHEMA, JUDGED_ALIKE, shard_of, verdict_key
from grader.classroom.rows import Row, row_of
from grader.kata.curriculum import find_step
from grader.kata.files import CannotGrade

# What all shards of one class agree on.
_SHARED = (*JUDGED_ALIKE, "settings")
_WORDS = {
    "grader": "another version of the grader",
    "python": "another Python",
    "numpy": "another NumPy",
    "settings": "another grading.toml",
    "judging": "another grading.toml",
    "seed": "another seed",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shards", type=Path, nargs="+", metavar="OUT", help="what class --shard I/N wrote")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="OUT", help="a new folder for the whole class"
    )


def main(args: argparse.Namespace) -> int:
    manifest, rows = merge_shards(args.shards, args.out)
    return write_class(manifest, rows, args.out, sum(row.seconds for row in rows))


def merge_shards(shards: Sequence[Path], out: Path) -> tuple[dict[str, Any], list[Row]]:
    """Copy every shard's results into one folder, one after another.

    Returns:
        The class's manifest, and all rows in order.
    Raises:
        CannotGrade: a shard is missing, unfinished, or of another class.
    """
    for n, shard in enumerate(shards):
        if shard.resolve() in [other.resolve() for other in shards[:n]]:
            raise CannotGrade(f"{shard} is there twice: give each shard once")
    manifests = {shard: _manifest(shard) for shard in shards}
    first_shard, first = next(iter(manifests.items()))
    for shard, manifest in manifests.items():
        for key in _SHARED:
            if manifest[key] != first[key]:
                what = _WORDS.get(key, f"other {key}")
                raise CannotGrade(
                    f"{shard} was judged with {what} than {first_shard}: judge them alike first"
                )
    owners = _owners(manifests, first["shard"][1])
    try:
        used = out.exists() and (not out.is_dir() or any(out.iterdir()))
    except OSError as error:
        raise CannotGrade(f"cannot read {out}: {error.strerror or error}") from None
    if used:
        raise CannotGrade(f"{out} is not empty: give a new folder")
    rows = sorted((_row(shard, id, manifests[shard]) for id, shard in owners.items()), key=lambda r: r.entry)
    try:
        for name, endings in FOLDERS.items():
            (out / name).mkdir(parents=True, exist_ok=True)
            for id, shard in owners.items():
                for ending in endings:
                    shutil.copyfile(shard / name / f"{id}{ending}", out / name / f"{id}{ending}")
        whole = {**first, "shard": [1, 1], "submissions": [row.id for row in rows]}
        write_manifest(whole, out)
    except OSError as error:
        for name in FOLDERS:  # it was empty before, and the next try finds it so
            shutil.rmtree(out / name, ignore_errors=True)
        raise CannotGrade(f"cannot put the shards together: {error.filename}: {error.strerror}") from None
    return whole, rows


def _row(shard: Path, id: str, manifest: dict[str, Any]) -> Row:
    """One submission's row.

    Raises:
        CannotGrade: there is none, or another run than the shard's last one left it, or a report is missing.
    """
    again = "run it again, and it continues"
    if not (shard / "results" / f"{id}.json").is_file():
        raise CannotGrade(f"{shard} is not finished, {id} is not judged yet: {again}")
    result = kept_result(shard, id, [find_step(number) for number in manifest["steps"]])
    if result is None or result["submission"]["id"] != id:
        raise CannotGrade(f"{shard / 'results' / f'{id}.json'} is not the result of {id}: {again}")
    about = result["submission"]
    files = {name: file["sha256"] for name, file in result["files"].items()}
    if not about["problem"] and about["key"] != verdict_key(manifest, files):
        raise CannotGrade(f"{shard} is not finished, an earlier run judged {id} with other settings: {again}")
    if about.get("settings") != manifest["settings"]:
        raise CannotGrade(f"{shard} is not finished, an earlier run judged {id} with other settings: {again}")
    if not all((shard / "reports" / f"{id}{ending}").is_file() for ending in FOLDERS["reports"]):
        raise CannotGrade(f"{shard} lacks the report of {id}: {again}")
    return row_of(result)


def _manifest(shard: Path) -> dict[str, Any]:
    path = shard / "class.json"
    if not is_there(path):
        raise CannotGrade(f"{shard} holds no results of a class (there is no class.json in it)")
    manifest = read_json(path)
    lists = [manifest.get(key) for key in ("steps", "shard", "submissions")]
    if (
        manifest.get("schema") != CLASS_SCHEMA
        or not set(_SHARED) <= set(manifest)
        or not all(isinstance(found, list) for found in lists)
    ):
        raise CannotGrade(f"{path} is not of schema {CLASS_SCHEMA}")
    return manifest


def _owners(manifests: dict[Path, dict[str, Any]], shards: int) -> dict[str, Path]:
    """Submission -> its shard. Each shard knows its own part; a late hand-in changes only one of them.

    Raises:
        CannotGrade: a shard is missing, or they do not fit together.
    """
    numbers: dict[int, Path] = {}
    for shard, manifest in manifests.items():
        number, of = manifest["shard"]
        if of != shards:
            raise CannotGrade(
                f"{shard} is one of {of} shards, the others of {shards}: judge them alike first"
            )
        if number in numbers:
            raise CannotGrade(
                f"{shard} and {numbers[number]} are both shard {number}/{of}: give each shard once"
            )
        numbers[number] = shard
    missing = [f"{n}/{shards}" for n in range(1, shards + 1) if n not in numbers]
    if missing:
        raise CannotGrade(f"shards are missing: give shard {', '.join(missing)} as well")
    owners: dict[str, Path] = {}
    for number, shard in numbers.items():
        for id in manifests[shard]["submissions"]:
            if shard_of(id, shards) != number:
                raise CannotGrade(f"{id} does not belong into {shard}: run that shard again")
            owners[id] = shard
    return owners
