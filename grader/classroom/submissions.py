"""Who handed in what: the entries of a folder of submissions, and the kata's files in each of them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from grader.classroom.archives import (
    MAX_NESTED_BYTES,
    SUFFIXES,
    Entry,
    Odd,
    archive_entries,
    bare_entry,
    folder_entries,
    is_archive,
    read_file,
)
from grader.curriculum import FILES
from grader.report.text import first_line
from grader.results import CannotGrade

MAX_ID_BYTES = 160  # of a name that files get; with an ending it has to fit into 255
METADATA = "submission_metadata.yml"  # what Gradescope's export says about its folders
# What lies beside submissions and is none.
_BESIDES = re.compile(
    r"\..*|__MACOSX|.*\.csv|grading\.toml|Thumbs\.db|desktop\.ini|" + re.escape(METADATA), re.I
)
# A file that a platform or a browser renamed: alice_pico_gpt-2.py, "pico_gpt (1).py".
_RENAMED = re.compile(rf"(?:.*[_\- ])?({'|'.join(Path(f).stem for f in FILES)})(?:-\d+| ?\(\d+\))?\.py", re.I)


@dataclass(frozen=True)
class Student:
    """One person to whom a submission belongs, as far as the platform says."""

    name: str
    email: str = ""
    sid: str = ""


@dataclass(frozen=True)
class Submission:
    """One entry of the class's folder.

    Attributes:
        id: unique in its folder, and fit to be a file's name on every system.
        path: the folder, archive or file.
        students: whose it is; one, or a group.
    """

    id: str
    path: Path
    students: tuple[Student, ...]


@dataclass
class Taken:
    """The kata's files of one submission.

    Attributes:
        files: kata file name -> bytes.
        origin: where in the submission they lay.
        notes: what a teacher should know about how they were found.
        problem: why there is nothing to judge, in one line, or "".
    """

    files: dict[str, bytes] = field(default_factory=dict)
    origin: str = "."
    notes: list[str] = field(default_factory=list)
    problem: str = ""

    def digests(self) -> dict[str, str]:
        """File name -> sha256."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}

    def write(self, folder: Path) -> None:
        """Write the files, and nothing else, into a new folder."""
        folder.mkdir(parents=True)
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


# ------------------------------------------------------------------------------ the class's folder


def find_submissions(folder: Path, ignore: Iterable[Path] = ()) -> list[Submission]:
    """Every submission in a folder, in the order of their names.

    Args:
        ignore: what else lies there and is none, such as the results.
    Raises:
        CannotGrade: there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        what = "is a file: unpack it first" if folder.exists() else "does not exist"
        raise CannotGrade(f"{folder} {what}; give the folder that holds one entry for each student")
    home = _export(folder)
    people = _people(home / METADATA)
    ignored = {os.path.realpath(path) for path in ignore}  # which follows links that lead in a circle, too
    found = [
        path
        for path in sorted(home.iterdir(), key=lambda path: path.name)
        if not _BESIDES.fullmatch(path.name) and os.path.realpath(path) not in ignored
    ]
    if not found:
        raise CannotGrade(f"there are no submissions in {home}")
    taken: set[str] = set()
    submissions = []
    for path in found:
        name = _stem(path)
        submissions.append(Submission(_id(name, taken), path, people.get(path.name, (Student(name),))))
    return submissions


def _export(folder: Path) -> Path:
    """Gradescope's export is one folder inside its own archive: go there where it is all there is.

    Beside others it is a student's, whatever that student has put into it.
    """
    entries = [path for path in folder.iterdir() if not _BESIDES.fullmatch(path.name)]
    if len(entries) != 1 or (folder / METADATA).exists():
        return folder
    found = os.path.isfile(entries[0] / METADATA)  # noqa: PTH113  says no where it may not look
    is_export = found and not entries[0].is_symlink()
    return entries[0] if is_export else folder


def _people(metadata: Path) -> dict[str, tuple[Student, ...]]:
    """Folder name -> students, from Gradescope's export; empty without one.

    Raises:
        CannotGrade: the file is there and cannot be read.
    """
    if not metadata.is_file():
        return {}
    import yaml  # type: ignore[import-untyped]

    try:
        data: Any = yaml.safe_load(metadata.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise CannotGrade(f"cannot read {metadata}: {' '.join(str(error).split())[:200]}") from None
    people = {}
    for folder, about in data.items() if isinstance(data, dict) else ():
        listed = about.get(":submitters") if isinstance(about, dict) else None
        students = tuple(
            Student(*(str(one.get(key) or "") for key in (":name", ":email", ":sid")))
            for one in listed or ()
            if isinstance(one, dict)
        )
        if students:
            people[str(folder)] = tuple(
                s if s.name else Student(str(folder), s.email, s.sid) for s in students
            )
    return people


def _stem(path: Path) -> str:
    """An entry's name without an archive's ending."""
    endings = sorted((*SUFFIXES, ".py"), key=len, reverse=True)
    lower = path.name.lower()
    ending = next((end for end in endings if lower.endswith(end) and len(lower) > len(end)), "")
    return path.name if path.is_dir() or not ending else path.name[: -len(ending)]


def _id(name: str, taken: set[str]) -> str:
    """A name for files: readable, short, unique also where upper and lower case are one."""
    text = re.sub(r"[^\w.-]+", "_", name, flags=re.UNICODE).strip("._") or "submission"
    if re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", text):
        text = f"_{text}"
    text = text[:80].encode()[:MAX_ID_BYTES].decode(errors="ignore")
    unique, n = text, 1
    while unique.casefold() in taken:
        n += 1
        unique = f"{text}-{n}"
    taken.add(unique.casefold())
    return unique


# --------------------------------------------------------------------------------- one submission


def take(path: Path) -> Taken:
    """Find the kata's files in a submission and read them, whatever the submission is.

    Never raises for what a student handed in: `problem` says what is wrong with it.
    """
    try:
        taken = _take(path)
    except Odd as error:
        taken = Taken(problem=f"{path.name}: {error}")
    except Exception as error:  # one odd submission must not cost the others their marks
        taken = Taken(problem=f"{path.name} cannot be read: {type(error).__name__}: {error}")
    taken.problem, taken.origin = _line(taken.problem), _line(taken.origin)
    taken.notes = [_line(note) for note in taken.notes]
    return taken


def _line(text: str) -> str:
    """A text with names from a submission in it, as one line that can be shown."""
    return first_line(" ".join(text.split()))


def _take(path: Path) -> Taken:
    if path.is_symlink():
        return Taken(problem=f"{path.name} is a symbolic link: hand in the files themselves")
    if path.is_dir():
        return _choose(folder_entries(path), path.name)
    if path.suffix.lower() == ".py":
        return Taken(files={FILES[0]: read_file(bare_entry(path))})
    return _choose(archive_entries(path), path.name)


def _choose(entries: list[Entry], name: str, nested: bool = False) -> Taken:
    """The folder that holds the kata's files; `exercises/` before others, then the one least deep."""
    folders = {entry.path.parent for entry in entries if entry.name in FILES}
    first = [folder for folder in folders if (folder / FILES[0]) in {entry.path for entry in entries}]
    best = sorted(first or folders, key=_rank)
    if not best:
        return _choose_renamed(entries, name, nested)
    rivals = [folder for folder in best if _rank(folder)[:2] == _rank(best[0])[:2]]
    if len(rivals) > 1:
        places = ", ".join(str(folder / FILES[0]) for folder in rivals[:3])
        return Taken(problem=f"{name} holds more than one {FILES[0]} ({places}): keep one")
    return _read({e.name: e for e in entries if e.path.parent == best[0] and e.name in FILES}, best[0])


def _rank(folder: PurePosixPath) -> tuple[bool, int, str]:
    return folder.name != "exercises", len(folder.parts), str(folder)


def _read(entries: dict[str, Entry], origin: PurePosixPath) -> Taken:
    taken = Taken(origin=str(origin))
    for name in FILES:
        if name in entries:
            try:
                taken.files[name] = read_file(entries[name])
            except Odd as error:
                taken.notes.append(f"{name} was left out: {error}")
    if not taken.files:
        taken.problem, taken.notes = "; ".join(taken.notes), []
    return taken


def _choose_renamed(entries: list[Entry], name: str, nested: bool) -> Taken:
    """No file is called as the kata's are: an archive inside, renamed copies, or the only Python file."""
    archives = [entry for entry in entries if is_archive(entry.name)]
    if len(archives) == 1 and not nested:
        entry = archives[0]
        if entry.oddity:
            return Taken(problem=f"{entry.path} is {entry.oddity}")
        data = entry.read(MAX_NESTED_BYTES + 1)
        if len(data) > MAX_NESTED_BYTES:
            return Taken(problem=f"{entry.path} is larger than {MAX_NESTED_BYTES // 1024**2} MiB")
        taken = _choose(archive_entries(data), entry.name, nested=True)
        taken.notes.insert(0, f"found in {entry.path}")
        return taken
    python = [entry for entry in entries if entry.path.suffix == ".py"]
    renamed: dict[str, list[Entry]] = {}
    for entry in python:
        match = _RENAMED.fullmatch(entry.name)
        if match:
            renamed.setdefault(f"{match[1].lower()}.py", []).append(entry)
    if renamed and all(len(found) == 1 for found in renamed.values()):
        chosen = {file: found[0] for file, found in renamed.items()}
    elif len(python) == 1:
        chosen = {FILES[0]: python[0]}
    else:
        wanted = f"there is no {FILES[0]} in {name}"
        many = next((found for found in renamed.values() if len(found) > 1), [])
        if many:
            wanted = (
                f"{name} holds {' and '.join(str(e.path) for e in many[:3])}: keep one, called {FILES[0]}"
            )
        return Taken(problem=wanted)
    taken = _read(chosen, PurePosixPath("."))
    taken.notes = [f"{e.path} was taken as {f}" for f, e in chosen.items() if f in taken.files] + taken.notes
    return taken
