"""The files of a submission as they are listed: each with its place, and why it is not looked at."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from grader.kata.curriculum import FILES
from grader.kata.student_file import MAX_FILE_BYTES

MAX_ENTRIES = 20_000
MAX_DEPTH = 12
MAX_NAME_BYTES = 4096
MAX_HIDDEN = 50  # of what is not looked at and only named
SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
LEADS_OUT = "its path leads out of the archive: zip the folder that holds the four files"
# Where no student's own file lies.
SKIPPED = {
    ".git", ".hg", ".svn", ".venv", "venv", ".venv-golden", "env", "node_modules", "__pycache__", "__MACOSX",
    "site-packages", ".kata", ".tox", ".mypy_cache", ".pytest_cache", ".ipynb_checkpoints",
}  # fmt: skip


class Odd(Exception):
    """A submission, or a file in it, that cannot be read; the message says why in one line."""


@dataclass(frozen=True)
class Entry:
    """One file in a submission.

    Attributes:
        path: where it lies, relative to the submission.
        oddity: why it must not be read ("a symbolic link"), or "".
        read: its first bytes, at most as many as asked for.
        on_disk: the file itself, where it is one and not an entry of an archive.
        hidden: why it is not looked at, and what to do; it is listed so that it can be named.
        earlier: the others of the same path that an archive holds in front of it.
    """

    path: PurePosixPath
    oddity: str
    read: Callable[[int], bytes]
    on_disk: Path | None = None
    hidden: str = ""
    earlier: tuple[Entry, ...] = ()

    @property
    def name(self) -> str:
        return self.path.name


def is_there(path: Path) -> bool:
    """Whether a path exists; False where we may not look."""
    try:
        return path.exists()
    except OSError:
        return False


def is_archive(name: str) -> bool:
    """Whether a file is called like an archive that can be read here."""
    return name.lower().endswith(SUFFIXES)


def is_python(name: str) -> bool:
    """Whether a file has a name like Python source, even if a system hid the true ending."""
    return name.lower().rstrip(" .").endswith((".py", ".py.txt"))


def read_file(entry: Entry) -> bytes:
    """The bytes of one of the kata's files.

    Raises:
        Odd: it is not a regular file, or larger than a student's file may be, or damaged.
    """
    if entry.oddity:
        raise Odd(f"it is {entry.oddity}: hand in the file itself")
    data = entry.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise Odd(f"it is larger than {MAX_FILE_BYTES // 1024} KiB")
    return data


# --------------------------------------------------------------------------------------- folders


def folder_entries(folder: Path) -> list[Entry]:
    """Every file under a folder; links are listed, never followed.

    Raises:
        Odd: there are too many, or the folder itself cannot be read.
    """
    found: list[Entry] = []
    hidden: list[Entry] = []

    def locked(error: OSError) -> None:
        if error.filename == str(folder):
            raise Odd(f"it cannot be read: {error.strerror or error}")

    for place, folders, files in os.walk(folder, followlinks=False, onerror=locked):
        here = PurePosixPath(Path(place).relative_to(folder).as_posix())
        links = [name for name in folders if os.path.islink(Path(place) / name)]  # noqa: PTH114  raises nothing
        for name in sorted(set(folders) - set(links)):
            if (name in SKIPPED or len(here.parts) >= MAX_DEPTH) and len(hidden) < MAX_HIDDEN:
                hidden += _not_looked_at(Path(place) / name, here / name)
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED and name not in links and len(here.parts) < MAX_DEPTH
        )
        for name in sorted(files):
            if name.startswith("._"):  # what macOS lays beside a file
                continue
            check_number(len(found) + 1)
            # Windows' archives, unpacked by some tools, leave files that have their folder in their name.
            shown = inside((here / name).as_posix()) if "\\" in name else None
            found.append(on_disk(Path(place) / name, shown or here / name))
    return last_of_each(found) + hidden[:MAX_HIDDEN]


def check_number(number: int) -> None:
    """Whether a submission may hold so many files.

    Raises:
        Odd: it may not.
    """
    if number > MAX_ENTRIES:
        raise Odd(f"it holds more than {MAX_ENTRIES:,} files")


def _not_looked_at(folder: Path, shown: PurePosixPath) -> list[Entry]:
    """The kata's files in a folder where we do not look, so that they can be named; or else the folder."""
    named = [name for name in FILES if os.path.lexists(folder / name)]
    if not named and (shown.name.startswith((".", "__"))):
        return []
    reason = where((shown / "x").as_posix())[1]
    return [not_read(shown / name, reason) for name in named or [""]]


def not_read(path: PurePosixPath, reason: str) -> Entry:
    """An entry that is only named."""
    return Entry(path, reason, lambda limit: b"", hidden=reason)


def on_disk(path: Path, shown: PurePosixPath) -> Entry:
    def read(limit: int) -> bytes:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise Odd(f"it cannot be read: {error.strerror or error}") from None
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Odd("it is not a regular file")
            return file.read(limit)

    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError):
        return Entry(shown, "a file that cannot be read", read)
    return Entry(shown, oddity_of(mode), read, path)


def oddity_of(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    return "" if stat.S_ISREG(mode) or stat.S_IFMT(mode) == 0 else "not a regular file"


def bare_entry(path: Path) -> Entry:
    """One file that is the whole submission."""
    return on_disk(path, PurePosixPath(path.name))


# ---------------------------------------------------------------------------------------- places


def where(name: str) -> tuple[PurePosixPath | None, str]:
    """Where an entry with this name lies, or why we do not look there ("" for what nobody misses)."""
    if len(name) > MAX_NAME_BYTES or "\0" in name:
        return None, ""
    path = PurePosixPath(unicodedata.normalize("NFC", name.replace("\\", "/")))
    parts = [part for part in path.parts if part != "."]
    if not parts or parts[-1].startswith("._"):
        return None, ""
    if path.is_absolute() or ".." in parts or ":" in parts[0]:
        return None, LEADS_OUT
    skipped = next((part for part in parts[:-1] if part in SKIPPED), "")
    if skipped:
        return None, f"a folder called {skipped} is not looked into: move the files out of it"
    if len(parts) > MAX_DEPTH + 1:
        return None, f"folders more than {MAX_DEPTH} deep are not looked into: move the files up"
    return PurePosixPath(*parts), ""


def inside(name: str) -> PurePosixPath | None:
    """An entry's path, or None if it leads out of the archive or to a place where we do not look."""
    return where(name)[0]


def last_of_each(entries: Iterable[Entry]) -> list[Entry]:
    """Of entries with one path only the last, as anyone who unpacks it has it; it knows the others."""
    found: dict[PurePosixPath, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.path, []).append(entry)
    return [replace(same[-1], earlier=tuple(same[:-1])) for same in found.values()]
