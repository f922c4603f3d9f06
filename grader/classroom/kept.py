"""What a class keeps in its folder, so that a run that was stopped can continue.

    OUT/class.json           what was run: seed, steps, grader, shard, and the marks of the last whole run
    OUT/results/ID.json      one result; written last, so that its presence means done
    OUT/reports/ID.md, .html the same for the student to read
    OUT/grades.csv, class.html, changes.csv

Nothing here is trusted: what is not whole is judged again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from grader.judging.results import SCHEMA
from grader.judging.suite import suite_tests
from grader.kata.curriculum import Step
from grader.kata.files import CannotGrade, unfinished, write_json

FOLDERS = {"results": (".json",), "reports": (".md", ".html")}
OURS = {
    *FOLDERS,
    "class.json",
    "grades.csv",
    "class.html",
    "changes.csv",
    "feedback.zip",
    "similarity",
    ".lock",
}
_STATUSES = {"passed", "failed", "not_implemented", "error", "timeout", "not_run"}


def earlier_manifest(out: Path, schema: str) -> dict[str, Any]:
    """The manifest of an earlier run into the same folder, or nothing where none can be read.

    Raises:
        CannotGrade: the folder holds something else.
    """
    try:
        with contextlib.suppress(CannotGrade):
            manifest = read_json(out / "class.json")
            if manifest.get("schema") == schema and _is_shard(manifest.get("shard")):
                return manifest
        used = out.exists() and (not out.is_dir() or any(not _is_ours(path, out) for path in out.iterdir()))
    except OSError as error:
        raise CannotGrade(f"cannot read {out}: {error.strerror or error}") from None
    if used:
        raise CannotGrade(f"{out} holds something else than the results of a class: give a new folder")
    return {}


def _is_shard(found: Any) -> bool:
    return isinstance(found, list) and len(found) == 2 and all(isinstance(n, int) for n in found)


def _is_ours(path: Path, out: Path) -> bool:
    """Whether a class may have left this; a file alone could be anybody's, so a folder must be there too."""
    return (path.name in OURS or unfinished(path) in OURS) and (out / "results").is_dir()


@contextlib.contextmanager
def locked(out: Path) -> Iterator[None]:
    """No other run writes into the same folder meanwhile.

    Raises:
        CannotGrade: another one does, or the folder cannot be written.
    """
    try:
        for name in FOLDERS:
            (out / name).mkdir(parents=True, exist_ok=True)
        file = (out / ".lock").open("a+b")
    except OSError as error:
        raise CannotGrade(f"cannot write {out}: {error.strerror or error}") from None
    with file:
        if not _lock(file):
            raise CannotGrade(f"another run writes into {out}: wait until it is done, or give another --out")
        _remove_unfinished(out)
        yield


def _remove_unfinished(out: Path) -> None:
    """Remove what a run that was killed had begun to write."""
    for path in (*out.iterdir(), *(path for name in FOLDERS for path in (out / name).iterdir())):
        name = unfinished(path)
        ours = name in OURS if path.parent == out else name.endswith(FOLDERS[path.parent.name])
        if name and ours and path.is_file():
            with contextlib.suppress(OSError):
                path.unlink()


def _lock(file: IO[bytes]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return os.name != "nt"  # a file system without locks: as it was before there were any
    return True


def write_manifest(manifest: Mapping[str, Any], out: Path) -> None:
    """Write `class.json`.

    Raises:
        OSError: it cannot be written.
    """
    write_json(dict(manifest), out / "class.json")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        CannotGrade: the file is not one.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CannotGrade(f"cannot read {path}: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(data, dict):
        raise CannotGrade(f"cannot read {path}: it does not hold one JSON object")
    return data


def kept_result(folder: Path, id: str, steps: Sequence[Step]) -> dict[str, Any] | None:
    """One result of an earlier run, if there is a whole one."""
    path = folder / "results" / f"{id}.json"
    if not path.is_file():
        return None
    try:
        result = read_json(path)
    except CannotGrade:
        return None
    return result if _is_whole(result, steps) else None


def _is_whole(result: Mapping[str, Any], steps: Sequence[Step]) -> bool:
    """Whether everything that is read of a result is there and is what it should be."""
    try:
        about = result["submission"]
        return (
            result["schema"] == SCHEMA
            and isinstance(result["seed"], int)
            and isinstance(result["sandbox"], str)
            and isinstance(result["duration_s"], (int, float))
            and all(isinstance(file["sha256"], str) for file in result["files"].values())
            and all(isinstance(about[key], str) for key in ("id", "entry", "key", "origin", "problem"))
            and [step["number"] for step in result["steps"]] == [step.number for step in steps]
            and all(_is_whole_step(found, step.number) for found, step in zip(result["steps"], steps))
        )
    except (KeyError, TypeError, AttributeError):
        return False


def _is_whole_step(step: Mapping[str, Any], number: int) -> bool:
    tests = {(test["function"], test["name"]) for test in step["tests"]}
    return (
        all(isinstance(step[key], str) for key in ("name", "status", "own_stack", "own_stack_message"))
        and isinstance(step["duration_s"], (int, float))
        and tests == {(test.function, test.name) for test in suite_tests(number)}
        and all(
            test["status"] in _STATUSES
            and all(isinstance(test[key], str) for key in ("name", "function", "message"))
            and (test["diagnosis"] is None or isinstance(test["diagnosis"], str))
            for test in step["tests"]
        )
    )


def remove(out: Path, id: str) -> None:
    """Remove what an earlier run said of a submission that has no mark now."""
    for name, endings in FOLDERS.items():
        for ending in endings:
            (out / name / f"{id}{ending}").unlink(missing_ok=True)


def remove_others(out: Path, ids: set[str]) -> None:
    """Remove results and reports that are not of these: withdrawn, handed in again, or of another list."""
    for name, endings in FOLDERS.items():
        for path in (out / name).iterdir():
            if path.suffix in endings and path.stem not in ids and path.is_file():
                path.unlink()
