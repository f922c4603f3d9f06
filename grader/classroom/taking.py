"""The kata's files in one submission, whatever its wrapping, found and read into memory."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from grader.classroom.archives import MAX_NESTED_BYTES, archive_entries
from grader.classroom.choosing import MAX_NESTED, Chosen, choose
from grader.classroom.entries import Entry, Odd, bare_entry, folder_entries, read_file
from grader.classroom.exports import is_platforms, kata_file
from grader.kata.curriculum import FILES
from grader.report.text import first_line


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
        return _taken_of(folder_entries(path), path.name)
    if path.suffix.lower() == ".py":
        return _read(Chosen(), {kata_file(path.name) or FILES[0]: bare_entry(path)})
    if path.suffix.lower() == ".ipynb":
        return Taken(problem=f"{path.name} is a notebook: hand in {FILES[0]}")
    return _taken_of(archive_entries(path), path.name)


def _take_parts(parts: Sequence[tuple[Path, str]], name: str) -> Taken:
    return _taken_of([entry for path, file in parts for entry in part_entries(path, file)], name)


def _taken_of(entries: Sequence[Entry], name: str) -> Taken:
    chosen = choose(entries, name, _unpacked)
    if chosen.problem:
        return Taken(problem=chosen.problem)
    return _read(chosen, chosen.entries)


def _unpacked(entry: Entry) -> list[Entry]:
    """What is in an archive inside a submission.

    Raises:
        Odd: it cannot be read, or is too large.
    """
    if entry.oddity:
        raise Odd(f"it is {entry.oddity}: hand in the file itself")
    if entry.on_disk is not None:
        return archive_entries(entry.on_disk)
    data = entry.read(MAX_NESTED_BYTES + 1)
    if len(data) > MAX_NESTED_BYTES:
        raise Odd(f"it is larger than {MAX_NESTED_BYTES // 1024**2} MiB")
    return archive_entries(data)


def _read(chosen: Chosen, entries: Mapping[str, Entry]) -> Taken:
    taken = Taken(origin=str(chosen.origin), notes=list(chosen.notes))
    left: list[str] = []
    for name in FILES:
        if name in entries:
            try:
                data = read_file(entries[name])
                _check_source(data)
                taken.files[name] = data
                taken.notes += _about_earlier(entries[name], data) + _about_source(name, data)
            except Odd as error:
                left.append(f"{name} was left out: {error}")
    taken.notes += left
    if not taken.files:
        taken.problem, taken.notes = "; ".join(left or taken.notes), []
    return taken


def _about_earlier(entry: Entry, data: bytes) -> list[str]:
    """What an archive holds under the same path as a file that is judged."""
    number = len(entry.earlier)
    if not number or (number <= MAX_NESTED and all(_is(other, data) for other in entry.earlier)):
        return []
    times = "twice" if number == 1 else f"{number + 1} times"
    return [f"{entry.path} is there {times}, and not the same each time: the last one was judged"]


def _is(entry: Entry, data: bytes) -> bool:
    try:
        return read_file(entry) == data
    except Odd:
        return False


# Codecs that take time in proportion to a text; others can be made to take hours (punycode), or are not text.
_CODECS = {
    "utf-8", "utf-8-sig", "ascii", "cp1252", "cp1250", "cp1251", "cp1254", "mac-roman", "koi8-r", "gbk",
    "gb2312", "gb18030", "big5", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949",
}  # fmt: skip
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_MAGIC = re.compile(rb"^\s*(?:[!%]\w|get_ipython\(\))", re.M)


def _check_source(data: bytes) -> None:
    """Refuse what must not be decoded, or is not Python at all.

    Raises:
        Odd: it is that.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Odd("it is UTF-16: save it as UTF-8")
    for line in data.split(b"\n", 2)[:2]:
        match = _CODING.match(line)
        if match:
            try:
                codec = codecs.lookup(match[1].decode("ascii")).name
            except (LookupError, ValueError):
                return  # Python says so itself, with the line
            if codec not in _CODECS and not codec.startswith("iso8859-"):
                raise Odd(f"it says that it is encoded as {codec}: save it as UTF-8")
    start = data.lstrip()[:1]
    if start == b"{" and b'"cells"' in data and b'"cell_type"' in data:
        raise Odd("it is a notebook under another name: save it as a Python script, and hand that in")
    if data[:4] in (b"PK\x03\x04", b"%PDF"):
        raise Odd("it is not a Python file, whatever its name says: hand in the .py file itself")


def _about_source(name: str, data: bytes) -> list[str]:
    if not data.strip():
        return [f"{name} is empty"]
    match = _MAGIC.search(data)
    if match:
        line = data.count(b"\n", 0, match.end()) + 1
        return [f"{name} comes from a notebook: line {line} is not Python, take it out"]
    return []


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
