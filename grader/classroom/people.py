"""Who handed in, where the names do not say it: Gradescope's list, and the names of clones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.classroom.entries import is_there
from grader.classroom.exports import Student
from grader.kata.files import CannotGrade

METADATA = "submission_metadata.yml"  # what Gradescope's export says about its folders


def gradescope_people(metadata: Path) -> dict[str, tuple[tuple[Student, ...], str]]:
    """Folder name -> students, and when they handed in, from Gradescope's export; empty without one.

    Raises:
        CannotGrade: the file is there and cannot be read.
    """
    if not metadata.is_file():
        return {}
    import yaml  # type: ignore[import-untyped]

    try:
        # Every value as the text in the file: "007" stays what it is, and Ruby's own tags mean nothing.
        data: Any = yaml.load(metadata.read_text(encoding="utf-8-sig"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise CannotGrade(f"cannot read {metadata}: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(data, dict):
        raise CannotGrade(f"cannot read {metadata}: it does not list submissions, as Gradescope's does")
    people = {}
    for folder, about in data.items():
        listed = about.get(":submitters") if isinstance(about, dict) else None
        students = tuple(_submitter(one, folder) for one in listed or () if isinstance(one, dict))
        if students:
            created = about.get(":created_at")
            people[str(folder)] = students, created[:19] if isinstance(created, str) else ""
    return people


def _submitter(about: dict[str, Any], folder: str) -> Student:
    texts = {
        key: value if isinstance(value := about.get(key), str) and value not in ("~", "null") else ""
        for key in (":name", ":email", ":sid")
    }
    return Student(texts[":name"] or folder, texts[":email"], texts[":sid"])


def without_assignment(folder: Path, paths: Sequence[Path]) -> dict[Path, str]:
    """Clone -> its student, of the repositories ASSIGNMENT-STUDENT that GitHub's classrooms make."""
    clones = [path for path in paths if path.is_dir() and is_there(path / ".git")]
    if not clones or (len(clones) == 1) != (len(paths) == 1):
        return {}
    prefix = f"{folder.name.removesuffix('-submissions')}-"
    if prefix == f"{folder.name}-" or not all(path.name.startswith(prefix) for path in clones):
        prefix = _common_words([path.name for path in clones]) if len(clones) > 2 else ""
    return {path: path.name[len(prefix) :] for path in clones if prefix and len(path.name) > len(prefix)}


def _common_words(names: Sequence[str]) -> str:
    """What all names begin with, up to a hyphen: kata-ada, kata-bo -> kata-."""
    first, last = min(names), max(names)
    same = next((i for i, (a, b) in enumerate(zip(first, last)) if a != b), min(len(first), len(last)))
    return first[: first[:same].rfind("-") + 1]
