"""The kata's files in one submission, whatever its wrapping, found and read into memory."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from grader.classroom.archives import (
    MAX_NESTED_BYTES,
    Entry,
    Odd,
    archive_entries,
    bare_entry,
    folder_entries,
    is_archive,
    is_python,
    read_file,
)
from grader.classroom.exports import is_platforms, kata_file
from grader.kata.curriculum import FILES
from grader.report.text import first_line

MAX_NESTED = 4  # archives, or other folders, in one submission that are looked into
_UNTOUCHED = re.compile(rb'^    raise NotImplementedError\("step \d+: \w+"\)\s*$', re.M)


@dataclass
class Taken:
    """The kata's files of one submission.

    Attributes:
        files: kata file name -> bytes.
        origin: where in the submission they lay.
        notes: what a teacher should know about how they were found.
        problem: why there is nothing to judge, in one line, or "".
        forms: function -> the shape of it, see `grader.classroom.forms`.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    origin: str = "."
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    forms: dict[str, tuple[str, int]] = field(default_factory=dict)

    def digests(self) -> dict[str, str]:
        """File name -> sha256."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}

    def write(self, folder: Path) -> None:
        """Write the files, and nothing else, into a new folder."""
        folder.mkdir(parents=True)
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


def take(path: Path, parts: Sequence[tuple[Path, str]] = ()) -> Taken:
    """Find the kata's files in a submission and read them, whatever the submission is.

    Never raises for what a student handed in: `problem` says what is wrong with it.

    Args:
        parts: where a platform's export has the submission in pieces: each with its file's own name.
    """
    try:
        taken = _take_parts(parts, path.name) if parts else _take(path)
    except Odd as error:
        taken = Taken(problem=f"{path.name}: {error}")
    except OSError as error:
        taken = Taken(problem=f"{path.name}: it cannot be read: {error.strerror or error}")
    except MemoryError:
        taken = Taken(problem=f"{path.name}: it takes too much memory to read")
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
        return choose(folder_entries(path), path.name)
    if path.suffix.lower() == ".py":
        return Taken(files={kata_file(path.name) or FILES[0]: read_file(bare_entry(path))})
    if path.suffix.lower() == ".ipynb":
        return Taken(problem=f"{path.name} is a notebook: hand in {FILES[0]}")
    return choose(archive_entries(path), path.name)


def _take_parts(parts: Sequence[tuple[Path, str]], name: str) -> Taken:
    return choose([entry for path, file in parts for entry in part_entries(path, file)], name)


def choose(entries: list[Entry], name: str, nested: bool = False) -> Taken:
    """The folder that holds the kata's files; `exercises/` before others, then the one least deep."""
    folders = {entry.path.parent for entry in entries if entry.name in FILES}
    mains = {entry.path.parent: entry for entry in entries if entry.name == FILES[0]}
    best = sorted(mains or folders, key=_rank)
    if not best:
        return _choose_renamed(entries, name, nested)
    chosen, notes = _begun(best, mains)
    rivals = [folder for folder in best if _rank(folder)[:2] == _rank(chosen)[:2]]
    if len(rivals) > 1:
        places = ", ".join(str(folder / FILES[0]) for folder in rivals[:3])
        return Taken(problem=f"{name} holds more than one {FILES[0]} ({places}): keep one")
    here = {entry.name: entry for entry in entries if entry.path.parent == chosen}
    files = {file: here[file] for file in FILES if file in here}
    for copy, entry in sorted(here.items()):
        file = kata_file(copy)
        if file and copy != file and re.match(Path(file).stem, copy, re.I) and _is_plain_copy(copy, file):
            if file in files:
                notes.append(f"{copy} was left aside, because there is {file}")
            else:
                files[file] = entry
                notes.append(f"{copy} was taken as {file}")
    taken = _read(files, chosen)
    taken.notes[:0] = notes
    return taken


def _begun(
    folders: Sequence[PurePosixPath], mains: Mapping[PurePosixPath, Entry]
) -> tuple[PurePosixPath, list[str]]:
    """The first folder; or the only other one with work in it, where the first holds untouched stubs."""
    others = [folder for folder in folders[1:] if folder.name != "solutions"]
    if not 0 < len(others) <= MAX_NESTED or not _is_untouched(mains.get(folders[0])):
        return folders[0], []
    begun = [folder for folder in others if not _is_untouched(mains.get(folder))]
    if len(begun) != 1:
        return folders[0], []
    return begun[0], [f"{folders[0] / FILES[0]} is the untouched stub: {begun[0] / FILES[0]} was judged"]


def _is_untouched(main: Entry | None) -> bool:
    """Whether no function of a main file has been begun."""
    try:
        source = read_file(main) if main is not None else b""
    except Odd:
        return False
    return len(_UNTOUCHED.findall(source)) >= len(re.findall(rb"^def ", source, re.M)) > 0


def _is_plain_copy(name: str, file: str) -> bool:
    """Whether only a number, or upper case, tells a file's name from the kata's own."""
    return re.fullmatch(rf"{Path(file).stem}[-_ ()\d]*\.py", name, re.I) is not None


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
    if archives and not nested:
        return _in_archives(archives[:MAX_NESTED], name)
    python = [entry for entry in entries if is_python(entry.name)]
    renamed: dict[str, list[Entry]] = {}
    for entry in python:
        if kata_file(entry.name):
            renamed.setdefault(kata_file(entry.name), []).append(entry)
    if renamed and all(len(found) == 1 for found in renamed.values()):
        chosen = {file: found[0] for file, found in renamed.items()}
    elif len(python) == 1:
        chosen = {FILES[0]: python[0]}
    else:
        return Taken(problem=_nothing(entries, renamed, name))
    taken = _read(chosen, PurePosixPath("."))
    taken.notes = [f"{e.path} was taken as {f}" for f, e in chosen.items() if f in taken.files] + taken.notes
    return taken


def _in_archives(archives: Sequence[Entry], name: str) -> Taken:
    """What lies in the one archive of a submission that holds the kata's files."""
    opened = [(entry, _in_archive(entry)) for entry in archives]
    usable = [(entry, taken) for entry, taken in opened if not taken.problem]
    if len(usable) > 1:
        places = " and ".join(str(entry.path) for entry, _ in usable[:3])
        return Taken(problem=f"{name} holds {places}: keep one")
    entry, taken = usable[0] if usable else opened[0]
    taken.notes.insert(0, f"found in {entry.path}")
    return taken


def _in_archive(entry: Entry) -> Taken:
    if entry.oddity:
        return Taken(problem=f"{entry.path} is {entry.oddity}")
    try:
        if entry.on_disk is not None:
            return choose(archive_entries(entry.on_disk), entry.name, nested=True)
        data = entry.read(MAX_NESTED_BYTES + 1)
        if len(data) > MAX_NESTED_BYTES:
            return Taken(problem=f"{entry.path} is larger than {MAX_NESTED_BYTES // 1024**2} MiB")
        return choose(archive_entries(data), entry.name, nested=True)
    except Odd as error:
        return Taken(problem=f"{entry.path}: {error}")


def _nothing(entries: Sequence[Entry], renamed: dict[str, list[Entry]], name: str) -> str:
    """Why there is nothing to judge in a submission, in one line."""
    many = next((found for found in renamed.values() if len(found) > 1), [])
    if many:
        return f"{name} holds {' and '.join(str(e.path) for e in many[:3])}: keep one, called {FILES[0]}"
    notebook = next((entry for entry in entries if entry.name.lower().endswith(".ipynb")), None)
    only = f", only the notebook {notebook.path}" if notebook else ""
    return f"there is no {FILES[0]} in {name}{only}"


def part_entries(path: Path, file: str) -> list[Entry]:
    """The files of one part of a submission, under the name that the student gave it."""
    if path.is_dir() and not path.is_symlink():
        return folder_entries(path)
    return [replace(bare_entry(path), path=PurePosixPath(file.replace("/", "_")))]


def holds_several(archive: Path) -> bool:
    """Whether an archive holds the submissions of a whole class."""
    try:
        entries = archive_entries(archive)
    except Odd:
        return False
    tops = {entry.path.parts[0] for entry in entries if len(entry.path.parts) > 1}
    named = any(is_platforms(name) for name in tops | {entry.name for entry in entries})
    homes = {entry.path.parent for entry in entries if entry.name == FILES[0]}
    return named or (len(homes) > 1 and len({home.parts[0] for home in homes if home.parts}) > 2)
