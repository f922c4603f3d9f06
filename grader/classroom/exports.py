"""What platforms write into the names of what they export, and beside it.

Moodle       Ada Lovelace_12345_assignsubmission_file_            a folder, or the start of a file's name
Canvas       lovelaceada_LATE_12345_67890_pico_gpt-1.py           one file after another, all in one folder
Blackboard   PicoGPT_ada1_attempt_2026-11-02-10-00-00_bpe.py      the same, with a .txt that says who it was
Brightspace  123-456 - Ada Lovelace - Nov 2, 2026 1000 AM         a folder for each attempt
by hand      ada_pico_gpt.py, Ada Lovelace - bpe.py, kv_cache_ada.py
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.classroom.archives import is_there
from grader.kata.curriculum import FILES
from grader.kata.files import CannotGrade

METADATA = "submission_metadata.yml"  # what Gradescope's export says about its folders

MAX_NAME = 255  # letters of a file's name; an archive may claim more

_STEMS = "|".join(Path(file).stem for file in FILES)
_COPY = r"(?:[-_]\d+| ?\(\d+\)| - Copy(?: \(\d+\))?)?"  # how browsers and platforms number a name they have
_SEPARATORS = " _.-"
_END = r"\.py(?:\.txt)?"
_RENAMED = re.compile(rf"(?:(?P<before>.*)[ _.-])?(?P<stem>{_STEMS}){_COPY}{_END}", re.I)
_RENAMED_BEHIND = re.compile(rf"(?P<stem>{_STEMS})[ _-](?P<behind>.+?){_COPY}{_END}", re.I)

_MOODLE = re.compile(r"(?P<name>.+?)_(?P<sid>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?")
_CANVAS = re.compile(
    r"(?P<name>.+?)_(?:LATE_)?(?P<sid>\d+)_(?:(?P<attempt>\d{3,})_(?P<file>.+)|(?P<text>text\.html))"
)
_BLACKBOARD = re.compile(
    r"(?P<whose>.+?)_attempt_(?P<attempt>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))"
)
_BRIGHTSPACE = re.compile(
    r"(?P<sid>\d+)-\d+ - (?P<name>.+?) - "
    r"(?P<month>\w+) (?P<day>\d+), (?P<year>\d{4}) (?P<time>\d{1,2}:?\d\d) (?P<half>[AP]M)"
    r"(?: - (?P<file>.+))?"
)
_RECEIPT = re.compile(r"^Name: (.+) \(([^()\n]+)\)\s*$", re.M)


@dataclass(frozen=True)
class Student:
    """One person to whom a submission belongs, as far as the platform says."""

    name: str
    email: str = ""
    sid: str = ""


@dataclass(frozen=True)
class Label:
    """What the name of one entry says.

    Attributes:
        owner: the same for everything that one student handed in.
        student: who that is.
        file: how the student called the file; "" for a folder.
        attempt: a later one is greater.
        slot: of entries in the same slot, those of the last attempt count.
        is_receipt: it only tells about the submission.
    """

    owner: str
    student: Student
    file: str = ""
    attempt: tuple[int, ...] = ()
    slot: str = ""
    is_receipt: bool = False


def kata_file(name: str) -> str:
    """Which of the kata's files a renamed file is: "ada_pico_gpt (1).py" -> "pico_gpt.py"; "" for none."""
    if len(name) > MAX_NAME:
        return ""
    match = _RENAMED.fullmatch(name) or _RENAMED_BEHIND.fullmatch(name)
    return f"{match['stem'].lower()}.py" if match else ""


def is_platforms(name: str) -> bool:
    """Whether a platform gave this name to something in its export."""
    patterns = (_MOODLE, _CANVAS, _BLACKBOARD, _BRIGHTSPACE)
    return len(name) <= MAX_NAME and any(pattern.fullmatch(name) for pattern in patterns)


def platform_label(path: Path) -> Label | None:
    """What a platform wrote into an entry's name, or None where none did."""
    return _moodle(path) or _canvas(path) or _blackboard(path) or _brightspace(path)


def label_of(path: Path, otherwise: str) -> Label | None:
    """What an entry's name says, also where somebody renamed the kata's files by hand.

    Args:
        otherwise: whose it is where a file is called just as the kata's are.
    """
    found = platform_label(path)
    if found is not None or path.is_dir():
        return found
    match = _RENAMED.fullmatch(path.name)
    if match is not None:
        name = (match["before"] or "").strip(_SEPARATORS) or otherwise
    else:
        match = _RENAMED_BEHIND.fullmatch(path.name)
        if match is None:
            return None
        name = match["behind"].strip(_SEPARATORS) or otherwise
    return Label(f"{name.casefold()}/", Student(name), file=path.name)


def _moodle(path: Path) -> Label | None:
    match = _MOODLE.fullmatch(path.name)
    if match is None:
        return None
    file = "" if path.is_dir() else match["file"] or path.name
    online = not path.is_dir() and path.suffix.lower() in (".html", ".htm")
    return Label(
        f"{match['name']}/{match['sid']}", Student(match["name"], sid=match["sid"]), file, is_receipt=online
    )


def _canvas(path: Path) -> Label | None:
    match = None if path.is_dir() else _CANVAS.fullmatch(path.name)
    if match is None:
        return None
    owner, student = f"{match['name']}/{match['sid']}", Student(match["name"], sid=match["sid"])
    if match["text"]:
        return Label(owner, student, match["text"], is_receipt=True)
    file = re.sub(r"-\d+(?=\.|$)", "", match["file"])  # Canvas numbers what it has already
    slot = kata_file(file) or file
    return Label(owner, student, file, (int(match["attempt"]),), slot)


def _blackboard(path: Path) -> Label | None:
    match = _BLACKBOARD.fullmatch(path.name)
    if match is None:
        return None
    name = match["whose"].rpartition("_")[2]
    student, is_receipt = Student(name, sid=name), bool(match["receipt"]) and not path.is_dir()
    if is_receipt:
        student = _from_receipt(path) or student
    attempt = tuple(int(part) for part in match["attempt"].split("-"))
    return Label(match["whose"], student, match["file"] or path.name, attempt, is_receipt=is_receipt)


def _from_receipt(path: Path) -> Student | None:
    try:
        with path.open("rb") as file:
            match = _RECEIPT.search(file.read(4096).decode("utf-8-sig", "replace").replace("\r\n", "\n"))
    except OSError:
        return None
    return Student(match[1].strip(), sid=match[2].strip()) if match else None


def _brightspace(path: Path) -> Label | None:
    match = _BRIGHTSPACE.fullmatch(path.name)
    if match is None:
        return None
    time = match["time"].replace(":", "").zfill(4)
    text = f"{match['month'][:3]} {match['day']} {match['year']} {time} {match['half']}"
    try:
        at = datetime.strptime(text, "%b %d %Y %I%M %p")
    except ValueError:
        return None
    student = Student(match["name"], sid=match["sid"])
    attempt = (at.year, at.month, at.day, at.hour, at.minute)
    return Label(f"{match['sid']}/{match['name']}", student, match["file"] or "", attempt)


def last_attempts(labels: Sequence[Label]) -> list[int]:
    """The places of those that count: in each slot the last attempt, and no receipts."""
    last: dict[str, tuple[int, ...]] = {}
    for label in labels:
        last[label.slot] = max(last.get(label.slot, ()), label.attempt)
    return [i for i, label in enumerate(labels) if label.attempt == last[label.slot] and not label.is_receipt]


# --------------------------------------------------------------------------- who, beside the names


def gradescope_people(metadata: Path) -> dict[str, tuple[Student, ...]]:
    """Folder name -> students, from Gradescope's export; empty without one.

    Raises:
        CannotGrade: the file is there and cannot be read.
    """
    if not metadata.is_file():
        return {}
    import yaml  # type: ignore[import-untyped]

    try:
        # Every value as the text that stands there: "007" stays what it is, and Ruby's own tags mean nothing.
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
            people[str(folder)] = students
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
    if len(clones) != len(paths):
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
