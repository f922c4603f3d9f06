"""Who handed in what: the entries of a folder of submissions."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.classroom.entries import SUFFIXES, is_archive, is_there
from grader.classroom.exports import (
    Label,
    Student,
    is_platforms,
    kata_file,
    labels_of,
    last_attempts,
)
from grader.classroom.people import METADATA, gradescope_people, without_assignment
from grader.classroom.reader import Reader, ReaderFailed
from grader.classroom.taking import Taken
from grader.kata.curriculum import FILES
from grader.kata.files import CannotGrade

# Files beside submissions that are not submissions.
_BESIDES = re.compile(
    r"\..*|__MACOSX|.*\.(csv|xlsx?|ods)|grading\.toml|Thumbs\.db|desktop\.ini|index\.html?"
    r"|readme(\.(md|txt|rst))?|" + re.escape(METADATA),
    re.I,
)
MAX_ID_BYTES = 120  # a file's name may have 255, and more than one thing is put around an id


@dataclass(frozen=True)
class Submission:
    """One student's work, or one group's.

    Attributes:
        id: unique in its folder, and fit to be a file's name on every system.
        path: the folder, archive or file; the main one of several.
        students: whose it is; one, or a group.
        parts: where a platform laid down files one by one: each, and how the student called it.
        notes: what a teacher should know about how it was found.
        handed_in: when, as the platform writes it; "" where it does not say.
        late: whether, as the platform says; None where it does not.
        attempt: which attempt this is; 0 where the platform counts none.
    """

    id: str
    path: Path
    students: tuple[Student, ...]
    parts: tuple[tuple[Path, str], ...] = ()
    notes: tuple[str, ...] = ()
    handed_in: str = ""
    late: bool | None = None
    attempt: int = 0


# ------------------------------------------------------------------------------ the class's folder


def find_submissions(folder: Path, reader: Reader, ignore: Iterable[Path] = ()) -> list[Submission]:
    """Every submission in a folder, in the order of their names.

    Args:
        reader: looks into what was handed in.
        ignore: other things there that are not submissions, such as the results.
    Raises:
        CannotGrade: there is no such folder, it cannot be read, or there is nothing in it.
    """
    try:
        # realpath, not resolve: a student's link may lead in a circle.
        return _found(folder, reader, {os.path.realpath(path) for path in ignore})
    except OSError as error:
        raise CannotGrade(f"cannot read {error.filename or folder}: {error.strerror or error}") from None


def _found(folder: Path, reader: Reader, ignored: set[str]) -> list[Submission]:
    if not folder.is_dir():
        what = "is a file: unpack it first" if folder.exists() else "does not exist"
        raise CannotGrade(f"{folder} {what}; give the folder that holds one entry for each student")
    home = _home(folder, reader, ignored)
    paths = _entries(home, ignored)
    if not paths:
        raise CannotGrade(f"there are no submissions in {home}")
    people = gradescope_people(home / METADATA)
    clones = without_assignment(home, paths)
    labels = labels_of([path for path in paths if path.name not in people], home.resolve().name)
    alone: list[Submission] = []
    labelled: dict[str, list[tuple[Path, Label]]] = {}
    for path in paths:
        label = labels.get(path)
        if label is None:
            name = unicodedata.normalize("NFC", clones.get(path) or _stem(path))
            students, when = people.get(path.name, ((Student(name),), ""))
            alone.append(Submission("", path, students, handed_in=when))
        else:
            labelled.setdefault(label.owner, []).append((path, label))
    found = alone + [_gathered(entries) for entries in labelled.values()]
    return _identified(sorted(found, key=lambda submission: submission.path.name))


def _home(folder: Path, reader: Reader, ignored: set[str]) -> Path:
    """Where the submissions are: inside a folder that is all there is, when that one is nobody's."""
    for _ in range(3):
        inner = _unpacked(_entries(folder, ignored))
        if len(inner) != 1 or inner[0].is_symlink() or is_platforms(inner[0].name):
            return folder
        if inner[0].is_dir() and is_there(inner[0] / METADATA):
            return folder if is_there(folder / METADATA) else inner[0]
        if inner[0].is_dir():
            if not _is_class(_entries(inner[0], ignored), reader):
                return folder
            folder = inner[0]
        elif is_archive(inner[0].name) and reader.holds_several(inner[0]):
            raise CannotGrade(f"{inner[0]} holds several submissions: unpack it first")
        else:
            return folder
    return folder


def _unpacked(entries: Sequence[Path]) -> Sequence[Path]:
    """The folder alone, where it is beside the archive that it came from."""
    folders = [entry for entry in entries if entry.is_dir()]
    twins = (
        [entry for entry in entries if is_archive(entry.name) and _stem(entry) == folders[0].name]
        if folders
        else []
    )
    return folders if len(entries) == 2 and len(folders) == len(twins) == 1 else entries


def _is_class(entries: Sequence[Path], reader: Reader) -> bool:
    """Whether these belong to several students, and are not the contents of one student's folder."""
    if any(is_platforms(entry.name) for entry in entries):
        return True
    if any(entry.name in (*FILES, "exercises", "solutions", ".git") for entry in entries):
        return False
    wrapped = [entry for entry in entries if entry.is_dir() or is_archive(entry.name)]
    return sum(_has_main(entry, reader) for entry in wrapped) > 1


def _has_main(entry: Path, reader: Reader) -> bool:
    try:
        return FILES[0] in reader.read(entry).files
    except ReaderFailed:
        return False


def _entries(folder: Path, ignored: set[str]) -> list[Path]:
    """What may be a submission, without the other files there."""
    return [
        path
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
        if not _BESIDES.fullmatch(path.name) and os.path.realpath(path) not in ignored
    ]


def _gathered(entries: Sequence[tuple[Path, Label]]) -> Submission:
    """One student's entries, of which only those of the last attempt count."""
    labels = [label for _, label in entries]
    last = last_attempts(labels)
    student = next((label.student for label in labels if label.is_receipt), labels[0].student)
    student = replace(student, name=unicodedata.normalize("NFC", student.name))
    counted = [labels[i] for i in last]
    handed_in = max((label.handed_in for label in counted), default="")
    told = [label.late for label in counted if label.late is not None]
    late = any(told) if told else None
    if not last:  # nothing but a receipt, or a text that was typed into a page
        typed = "a text or a link was handed in, and no file"
        return Submission("", entries[0][0], (student,), (), (typed,), handed_in, late)
    parts = tuple((entries[i][0], labels[i].file) for i in last)
    main = next((path for path, file in parts if kata_file(file) == FILES[0]), parts[0][0])
    times = max(len({other.attempt for other in labels if other.slot == label.slot}) for label in counted)
    notes = (f"handed in {times} times; the last one was judged",) if times > 1 else ()
    if len(parts) == 1 and not (main.suffix.lower() == ".py" and kata_file(parts[0][1])):
        parts = ()
    attempt = times if times > 1 else 0
    return Submission("", main, (student,), parts, notes, handed_in, late, attempt)


def _identified(submissions: Sequence[Submission]) -> list[Submission]:
    """The same, each with an id of its own, and with a note where two may be taken for one person."""
    taken: set[str] = set()
    looks: dict[tuple[str, ...], list[str]] = {}
    numbers: dict[str, list[str]] = {}
    for submission in submissions:
        looks.setdefault(_looks(submission), []).append(submission.path.name)
        for student in submission.students:
            if student.sid:
                numbers.setdefault(student.sid, []).append(submission.path.name)
    found = []
    for submission in submissions:
        notes, name = submission.notes, submission.path.name
        others = list(looks[_looks(submission)])
        others.remove(name)
        if others:
            notes += (f"the same name as {', '.join(others[:3])}",)
        for student in submission.students:
            also = [other for other in numbers.get(student.sid, ()) if other != name]
            if also:
                notes += (f"the number {student.sid} is also that of {', '.join(also[:3])}",)
        found.append(replace(submission, id=_id(_whose(submission), taken), notes=notes))
    return found


def _looks(submission: Submission) -> tuple[str, ...]:
    """Names as they look, with their numbers: two that are the same cannot be told apart by eye."""
    shown = []
    for student in submission.students:
        text = unicodedata.normalize("NFKC", student.name).casefold()
        kept = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cf", "Mn"))
        shown.append(f"{' '.join(kept.split())}/{student.sid}/{student.email}")
    return tuple(shown)


def _whose(submission: Submission) -> str:
    """What a submission's id is made of: the person where a platform says who, so that it stays theirs."""
    if len(submission.students) == 1 and submission.students[0].sid and not submission.students[0].email:
        student = submission.students[0]
        return student.name if student.name == student.sid else f"{student.name} {student.sid}"
    if submission.parts and len(submission.students) == 1:
        return submission.students[0].name
    return _stem(submission.path)


def _stem(path: Path) -> str:
    """An entry's name without an archive's ending."""
    endings = sorted((*SUFFIXES, ".py"), key=len, reverse=True)
    lower = path.name.lower()
    ending = next((end for end in endings if lower.endswith(end) and len(lower) > len(end)), "")
    return path.name if path.is_dir() or not ending else path.name[: -len(ending)]


def _id(name: str, taken: set[str]) -> str:
    """A name for files: readable, short, and unique even if upper and lower case count as the same."""
    name = unicodedata.normalize("NFC", name)
    text = re.sub(r"[^\w.-]+", "_", name, flags=re.UNICODE).strip("._") or "submission"
    if re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", text):
        text = f"_{text}"
    text = text[:80].encode()[:MAX_ID_BYTES].decode(errors="ignore")
    unique, n = text, 1
    while (folded := unicodedata.normalize("NFKC", unique).casefold()) in taken:
        n += 1
        unique = f"{text}-{n}"
    taken.add(folded)
    return unique


def take_all(submission: Submission, reader: Reader) -> Taken:
    """Find and read the kata's files of one submission of a class.

    Raises:
        ReaderFailed: it could not be read here and now.
    """
    taken = reader.read(submission.path, submission.parts)
    taken.notes[:0] = submission.notes
    return taken
