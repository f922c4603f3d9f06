"""Shards of one class put together: the same folder that one run without shards would have written."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.classroom.archives import is_there
from grader.classroom.marking import CLASS_SCHEMA, JUDGED_ALIKE, read_json, run_digest
from grader.judging.results import SCHEMA
from grader.kata.files import CannotGrade, write_json

# What all shards of one class agree on.
_SHARED = (*JUDGED_ALIKE, "everyone")
_WORDS = {
    "grader": "another version of the grader",
    "settings": "another grading.toml",
    "everyone": "another list of submissions",
    "seed": "another seed",
}


def merge_shards(shards: Sequence[Path], out: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Copy every shard's results into one folder.

    Returns:
        The class's manifest, and all results in order.
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
    _check_complete(manifests, first)
    try:
        used = out.exists() and (not out.is_dir() or any(out.iterdir()))
    except OSError as error:
        raise CannotGrade(f"cannot read {out}: {error.strerror or error}") from None
    if used:
        raise CannotGrade(f"{out} is not empty: give a new folder")
    owners = {id: shard for shard, manifest in manifests.items() for id in manifest["submissions"]}
    results = {id: _result(owners[id], id, run_digest(first)) for id in first["everyone"]}
    whole = {**first, "shard": [1, 1], "submissions": first["everyone"]}
    try:
        for name, ending in (("results", "json"), ("reports", "md")):
            (out / name).mkdir(parents=True, exist_ok=True)
            for id, shard in owners.items():
                shutil.copyfile(shard / name / f"{id}.{ending}", out / name / f"{id}.{ending}")
        write_json(whole, out / "class.json")
    except OSError as error:
        for name in ("results", "reports"):  # it was empty before, and the next try finds it so
            shutil.rmtree(out / name, ignore_errors=True)
        raise CannotGrade(f"cannot put the shards together: {error.filename}: {error.strerror}") from None
    return whole, list(results.values())


def _result(shard: Path, id: str, run: str) -> dict[str, Any]:
    """One submission's result.

    Raises:
        CannotGrade: it is none, or another run than the shard's last one left it, or its report is missing.
    """
    again = "run it again, it goes on where it stopped"
    path = shard / "results" / f"{id}.json"
    result = read_json(path)
    about = result.get("submission")
    if result.get("schema") != SCHEMA or not isinstance(about, dict) or about.get("id") != id:
        raise CannotGrade(f"{path} is not the result of {id}: remove it, and run {shard} again")
    if about.get("run") != run:
        raise CannotGrade(f"{shard} is not finished, an earlier run judged {id} with other settings: {again}")
    if not (shard / "reports" / f"{id}.md").is_file():
        raise CannotGrade(f"{shard} lacks the report of {id}: {again}")
    return result


def _manifest(shard: Path) -> dict[str, Any]:
    path = shard / "class.json"
    if not is_there(path):
        raise CannotGrade(f"{shard} holds no results of a class (there is no class.json in it)")
    manifest = read_json(path)
    lists = [manifest.get(key) for key in ("steps", "shard", "submissions", "everyone")]
    if (
        manifest.get("schema") != CLASS_SCHEMA
        or not set(_SHARED) <= set(manifest)
        or not all(isinstance(found, list) for found in lists)
    ):
        raise CannotGrade(f"{path} is not of schema {CLASS_SCHEMA}")
    return manifest


def _check_complete(manifests: dict[Path, dict[str, Any]], first: dict[str, Any]) -> None:
    """Every submission was judged, by exactly one shard.

    Raises:
        CannotGrade: one was not; or by two.
    """
    owner: dict[str, Path] = {}
    for shard, manifest in manifests.items():
        missing = [id for id in manifest["submissions"] if not is_there(shard / "results" / f"{id}.json")]
        if missing:
            raise CannotGrade(
                f"{shard} is not finished, {len(missing)} are not judged yet ({missing[0]} …): run it again, "
                "it goes on where it stopped"
            )
        for id in manifest["submissions"]:
            if id in owner:
                raise CannotGrade(f"{id} is in both {owner[id]} and {shard}: give each shard once")
            owner[id] = shard
    absent = [id for id in first["everyone"] if id not in owner]
    if absent:
        n = first["shard"][1]
        here = {manifest["shard"][0] for manifest in manifests.values()}
        gone = ", ".join(f"{i}/{n}" for i in range(1, n + 1) if i not in here) or "some"
        are = "submission is" if len(absent) == 1 else "submissions are"
        raise CannotGrade(f"{len(absent)} {are} missing: give shard {gone} as well")
