"""A student's files, taken as bytes before anything else is done with them."""

from __future__ import annotations

import codecs
import contextlib
import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.kata.curriculum import ROOT

MAX_FILE_BYTES = 256 * 1024
SLOW_CODECS = ("punycode", "idna")  # to decode a large file with one of these takes minutes


@dataclass(frozen=True)
class StudentFile:
    """One file of the student's.

    Attributes:
        path: as shown.
        data: its bytes; None where there is no such file or it cannot be judged.
        problem: one line, where it cannot be judged; empty where it can or is not there.
    """

    path: Path
    data: bytes | None = None
    problem: str = ""

    @property
    def digest(self) -> str:
        """The sha256 of its bytes; "" where there are none."""
        return hashlib.sha256(self.data).hexdigest() if self.data is not None else ""


def read_student_file(path: Path) -> StudentFile:
    """Read a file of at most 256 KiB, if it is a regular one; links are not followed."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        before = os.lstat(path)
        if not stat.S_ISREG(before.st_mode):
            return StudentFile(path, problem=f"{path} is {_kind(before.st_mode)}, not a file")
        fd = os.open(path, flags)
    except FileNotFoundError:
        return StudentFile(path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return StudentFile(path, problem=f"{path} is a symbolic link, not a file")
        return StudentFile(path, problem=f"{path} cannot be read: {error.strerror}")
    with os.fdopen(fd, "rb") as file:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            return StudentFile(path, problem=f"{path} is {_kind(found.st_mode)}, not a file")
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        size = max(found.st_size, len(data))
        return StudentFile(path, problem=f"{path} has {size:,} bytes: {MAX_FILE_BYTES:,} is the limit")
    if codec := slow_codec(data):
        return StudentFile(path, problem=f"{path} is written in {codec}: save it as UTF-8")
    return StudentFile(path, data)


def slow_codec(data: bytes) -> str:
    """The codec that a file's first lines name, where reading it would take too long; else ""."""
    named = re.match(rb"(?:[^\n]*\n)?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", data[:1000])
    with contextlib.suppress(LookupError, UnicodeError, ValueError):
        name = codecs.lookup(named[1].decode("ascii")).name if named else ""
        return name if name in SLOW_CODECS else ""
    return ""


def _kind(mode: int) -> str:
    for test, words in (
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a pipe (FIFO)"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return words
    return "something else"


def names_beside(impl: Path, judged: Iterable[str]) -> list[str]:
    """What else is in the student's folder, for a word about importing it."""
    with contextlib.suppress(OSError), os.scandir(impl) as entries:
        names = {entry.name.removesuffix(".py") for _, entry in zip(range(1000), entries)}
        return sorted(names - {Path(file).stem for file in judged})[:100]
    return []


def hidden_folders(impl: Path, reference: Path | None) -> list[str]:
    """Folders that a student's code must not see, even if they are in a place that it may read."""
    weights = os.environ.get("PICO_GPT_WEIGHTS")
    places = [ROOT, impl, *([reference] if reference else []), *([Path(weights)] if weights else [])]
    with contextlib.suppress(RuntimeError):  # a user without a home has nothing there to hide
        places.append(Path.home())
    return [str(place.resolve()) for place in places]
