"""What platforms write into the names of what they export, and beside it.

Moodle       Ada Lovelace_12345_assignsubmission_file_            a folder, or the start of a file's name
Canvas       lovelaceada_LATE_12345_67890_pico_gpt-1.py           one file after another, all in one folder
Blackboard   PicoGPT_ada1_attempt_2026-11-02-10-00-00_bpe.py      the same, with a .txt that says who it was
Brightspace  123-456 - Ada Lovelace - Nov 2, 2026 1000 AM         a folder for each attempt
by hand      ada_pico_gpt.py, Ada Lovelace - bpe.py, kv_cache_ada.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.kata.curriculum import FILES

MAX_NAME = 255  # letters of a file's name; an archive may claim more

_STEMS = "|".join(Path(file).stem for file in FILES)
# How browsers, systems, clouds and platforms number and mark a name they have already.
_COPY = (
    r"(?:[-_]\d+| ?\(\d+\)|(?: -| –|_| )? ?(?:copy|copie|copia|kopie|kopia|kopi)(?: ?\(?\d+\)?)?"
    r"| ?\([^()]*(?:conflict|copy|konflikt|conflit)[^()]*\)|-[A-Z][A-Z0-9]*-[A-Z0-9]{3,})"
)
_SEPARATORS = " _.-"
_END = r"\.py(?:\.txt)?[ .]*"  # dots and spaces at the end: Windows drops them, others keep them
_FRONT = r"(?:copy of |kopie von |copie de |copia de )?"
_PLAIN = re.compile(rf"{_FRONT}(?P<stem>{_STEMS}){_COPY}{{0,4}}{_END}", re.I)
_RENAMED = re.compile(rf"(?:(?P<before>.*)[ _.-])?(?P<stem>{_STEMS}){_COPY}{{0,4}}{_END}", re.I)
_RENAMED_BEHIND = re.compile(rf"(?P<stem>{_STEMS})[ _-](?P<behind>.+?){_COPY}?{_END}", re.I)
# Words for what is not the version to judge.
_OTHER = re.compile(
    r"(?:^|[ _.-])(?:test|tests|old|backup|bak|alt|orig|original|stub|stubs|wrong|broken)(?:[ _.-]|$)", re.I
)

_MOODLE = re.compile(
    r"(?P<name>.+?)_(?:(?P<sid>\d+)_)?assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<file>.*))?"
)
_CANVAS = re.compile(
    r"(?P<name>.+?)_(?P<late>LATE_)?(?P<sid>\d+)_(?:(?P<attempt>\d{3,})_(?P<file>.+)|(?P<text>(?:text|link)\.html))"
)
_CANVAS_ANONYMOUS = re.compile(
    r"(?P<late1>LATE_)?anon_(?P<late2>LATE_)?(?P<sid>[A-Za-z0-9]+)_(?P<late>LATE_)?"
    r"(?:(?P<attempt>\d+)_(?P<file>.+)|(?P<text>(?:text|link)\.html))"
)
_BLACKBOARD = re.compile(
    r"(?P<whose>.+?)_attempt_(?P<attempt>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<receipt>\.txt))"
)
_BRIGHTSPACE = re.compile(
    r"(?P<sid>\d+)-\d+ - (?P<name>.+?) - "
    r"(?P<when>(?=[^-]*\b20\d\d\b)[\w.,: \u202f\u00a0]+?)(?: - (?P<file>.+))?"
)
_RECEIPT = re.compile(r"^Name: (.+) \(([^()\n]+)\)\s*$", re.M)
# Beginnings of month names in the languages that Brightspace speaks most.
_MONTHS = (
    "jan|ene|gen|sty", "feb|fév|fev|lut", "mar|mär|mrt", "apr|avr|abr|kwi", "may|mai|maj|mei|mag",
    "jun|juin|giu|cze", "jul|juil|lug|lip", "aug|aoû|aou|ago|sie", "sep|set|wrz", "oct|okt|ott|out|paź",
    "nov|lis", "dec|dez|déc|dic|gru",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
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
        handed_in: when; "" where the platform does not say.
        late: whether; None where the platform does not say.
    """

    owner: str
    student: Student
    file: str = ""
    attempt: tuple[int, ...] = ()
    slot: str = ""
    is_receipt: bool = False
    handed_in: str = ""
    late: bool | None = None


def kata_file(name: str) -> str:
    """Which of the kata's files a renamed file is: "ada_pico_gpt (1).py" -> "pico_gpt.py"; "" for none."""
    if len(name) > MAX_NAME:
        return ""
    match = _RENAMED.fullmatch(name) or _RENAMED_BEHIND.fullmatch(name)
    return f"{match['stem'].lower()}.py" if match else ""


def closeness(name: str, file: str) -> int | None:
    """How near a name is to a kata file's own: 0 the same, 1 a copy of it, 2 it holds it; None: not it."""
    if name == file:
        return 0
    if kata_file(name) != file:
        return None
    if _PLAIN.fullmatch(name):
        return 1
    return None if _OTHER.search(Path(name).stem) else 2


def is_platforms(name: str) -> bool:
    """Whether a platform gave this name to something in its export."""
    return len(name) <= MAX_NAME and any(pattern.fullmatch(name) for pattern in _PATTERNS.values())


_PATTERNS = {
    "Moodle": _MOODLE, "anonymous Canvas": _CANVAS_ANONYMOUS, "Canvas": _CANVAS, "Blackboard": _BLACKBOARD,
    "Brightspace": _BRIGHTSPACE,
}  # fmt: skip


def platform_of(names: Sequence[str]) -> str:
    """Which platform exported a folder, "" where none did: the one that explains most of its names.

    Decided once for all, so that no student's own file name is read as another platform's. Between two that
    explain as many, the one whose name for the student is shorter: the rest is what the student wrote.
    """
    found: dict[str, tuple[int, int]] = {}
    for platform, pattern in _PATTERNS.items():
        matches = [match for name in names if len(name) <= MAX_NAME and (match := pattern.fullmatch(name))]
        if matches:
            found[platform] = len(matches), -sum(match.end(1) for match in matches)
    return max(found, key=lambda platform: found[platform]) if found else ""


def labels_of(paths: Sequence[Path], otherwise: str) -> dict[Path, Label]:
    """What the entries of a class's folder say in their names, where they say whose they are.

    Args:
        otherwise: whose it is where a file is called just as the kata's are.
    """
    platform = platform_of([path.name for path in paths])
    labels: dict[Path, Label] = {}
    for path in paths:
        label = _READERS[platform](path) if platform and len(path.name) <= MAX_NAME else None
        label = label or (None if path.is_dir() else _by_hand(path, otherwise))
        if label is not None:
            labels[path] = label
    return _without_the_assignment(labels) if platform == "Blackboard" else labels


def _by_hand(path: Path, otherwise: str) -> Label | None:
    match = _RENAMED.fullmatch(path.name) if len(path.name) <= MAX_NAME else None
    if match is not None:
        name = (match["before"] or "").strip(_SEPARATORS) or otherwise
    else:
        match = _RENAMED_BEHIND.fullmatch(path.name) if len(path.name) <= MAX_NAME else None
        if match is None:
            return None
        name = match["behind"].strip(_SEPARATORS) or otherwise
    return Label(f"{name}/", Student(name), file=path.name)


def _moodle(path: Path) -> Label | None:
    match = _MOODLE.fullmatch(path.name)
    if match is None:
        return None
    file = "" if path.is_dir() else match["file"] or path.name
    online = match["kind"] == "onlinetext" or (not path.is_dir() and path.suffix.lower() in (".html", ".htm"))
    sid = match["sid"] or ""
    return Label(f"{match['name']}/{sid}", Student(match["name"], sid=sid), file, is_receipt=online)


def _canvas(path: Path) -> Label | None:
    match = None if path.is_dir() else _CANVAS.fullmatch(path.name)
    return _canvas_label(match, match["name"], bool(match["late"])) if match else None


def _canvas_anonymous(path: Path) -> Label | None:
    match = None if path.is_dir() else _CANVAS_ANONYMOUS.fullmatch(path.name)
    late = match is not None and any(match[group] for group in ("late", "late1", "late2"))
    return _canvas_label(match, f"anon_{match['sid']}", late) if match else None


def _canvas_label(match: re.Match[str], name: str, late: bool) -> Label:
    owner, student = f"{name}/{match['sid']}", Student(name, sid=match["sid"])
    if match["text"]:
        return Label(owner, student, match["text"], is_receipt=True, late=late)
    file = re.sub(r"-\d+(?=\.|$)", "", match["file"])  # Canvas numbers what it has already
    # Only a file of the same name is a newer version of it; the others are chosen from by their names.
    return Label(owner, student, file, (int(match["attempt"]),), file, late=late)


def _blackboard(path: Path) -> Label | None:
    match = _BLACKBOARD.fullmatch(path.name)
    if match is None:
        return None
    name = match["whose"].rpartition("_")[2]
    student, is_receipt = Student(name, sid=name), bool(match["receipt"]) and not path.is_dir()
    if is_receipt:
        student = _from_receipt(path) or student
    attempt = tuple(int(part) for part in match["attempt"].split("-"))
    when = "{}-{}-{} {}:{}".format(*match["attempt"].split("-"))
    return Label(
        match["whose"], student, match["file"] or path.name, attempt, is_receipt=is_receipt, handed_in=when
    )


def _without_the_assignment(labels: dict[Path, Label]) -> dict[Path, Label]:
    """Blackboard's names without what all begin with, where no receipt says the user name."""
    told = {label.owner for label in labels.values() if label.student.name != label.student.sid}
    users = [label.student.sid for label in labels.values() if label.owner in told and label.is_receipt]
    starts = [
        label.owner.removesuffix(label.student.sid)
        for label in labels.values()
        if label.owner in told and label.is_receipt and label.owner.endswith(label.student.sid)
    ]
    owners = sorted({label.owner for label in labels.values()})
    start = starts[0] if starts else _common_start(owners) if len(owners) > 1 else ""
    if not start and not users:
        return labels
    found = {}
    for path, label in labels.items():
        if (
            label.owner not in told
            and start
            and label.owner.startswith(start)
            and len(label.owner) > len(start)
        ):
            user = label.owner[len(start) :]
            label = replace(label, student=Student(user, sid=user))
        found[path] = label
    return found


def _common_start(names: Sequence[str]) -> str:
    """What all names begin with, up to an underscore."""
    first, last = min(names), max(names)
    same = next((first[:i] for i, (a, b) in enumerate(zip(first, last)) if a != b), first)
    return same[: same.rfind("_") + 1]


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
    student = Student(match["name"], sid=match["sid"])
    attempt = _moment(match["when"])
    when = "{:04d}-{:02d}-{:02d} {:02d}:{:02d}".format(*attempt) if attempt else match["when"]
    owner = f"{match['sid']}/{match['name']}"
    return Label(owner, student, match["file"] or "", attempt, handed_in=when)


def _moment(text: str) -> tuple[int, ...]:
    """A date and time as Brightspace writes it, in whichever language; () where it cannot be told."""
    year = re.search(r"\b(20\d\d)\b", text)
    words = re.findall(r"[^\W\d_]{3,}", text.lower())
    month = next((n for n, start in enumerate(_MONTHS, 1) for word in words if re.match(start, word)), 0)
    rest = text.replace(year[1], " ", 1) if year else text
    time = re.search(r"\b(\d{1,2})[:.h ]?(\d\d)(?::\d\d)?\s*([AaPp]\.?[Mm]\.?)?\s*$", rest.strip())
    day = re.search(r"\b(\d{1,2})\b", rest[: time.start()] if time else rest)
    if not year or not month or not day or not time:
        return ()
    hour = int(time[1])
    if time[3]:
        hour = hour % 12 + (12 if time[3].lower().startswith("p") else 0)
    return int(year[1]), month, int(day[1]), hour, int(time[2])


_READERS: dict[str, Callable[[Path], Label | None]] = {
    "Moodle": _moodle, "anonymous Canvas": _canvas_anonymous, "Canvas": _canvas, "Blackboard": _blackboard,
    "Brightspace": _brightspace,
}  # fmt: skip


def last_attempts(labels: Sequence[Label]) -> list[int]:
    """The places of those that count: in each slot the last attempt, and no receipts."""
    last: dict[str, tuple[int, ...]] = {}
    for label in labels:
        last[label.slot] = max(last.get(label.slot, ()), label.attempt)
    return [i for i, label in enumerate(labels) if label.attempt == last[label.slot] and not label.is_receipt]
