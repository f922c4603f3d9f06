"""What is in a submission, whatever its wrapping: a folder, a zip, a tar, or one file.

Nothing is ever unpacked to disk under a name that an archive chose: entries are listed, and the few that
the kata knows are read into memory, each with a cap. So links, `..`, device files and bombs have nowhere
to go.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from grader.kata.student_file import MAX_FILE_BYTES

MAX_ENTRIES = 20_000
MAX_LISTED = 100_000  # of all files in a zip, also of those that are skipped
MAX_LIST_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 12
MAX_NAME_BYTES = 4096
MAX_HEADER_BYTES = 16 * 1024  # of what a tar says about one entry besides its name
_ZIP_TAIL = 66_000  # it holds a zip's last records
MAX_NESTED_BYTES = 32 * 1024 * 1024  # an archive inside a submission
MAX_UNPACKED_BYTES = 512 * 1024 * 1024  # what a compressed tar may come to while it is read
SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
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
    """

    path: PurePosixPath
    oddity: str
    read: Callable[[int], bytes]
    on_disk: Path | None = None

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
    return name.lower().endswith((".py", ".py.txt"))


def read_file(entry: Entry) -> bytes:
    """The bytes of one of the kata's files.

    Raises:
        Odd: it is not a regular file, or larger than a student's file may be, or damaged.
    """
    if entry.oddity:
        raise Odd(f"it is {entry.oddity}")
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

    def locked(error: OSError) -> None:
        if error.filename == str(folder):
            raise Odd(f"it cannot be read: {error.strerror or error}")

    for place, folders, files in os.walk(folder, followlinks=False, onerror=locked):
        here = PurePosixPath(Path(place).relative_to(folder).as_posix())
        links = [name for name in folders if os.path.islink(Path(place) / name)]  # noqa: PTH114  raises nothing
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED and name not in links and len(here.parts) < MAX_DEPTH
        )
        for name in sorted(files):
            if name.startswith("._"):  # what macOS lays beside a file
                continue
            if len(found) >= MAX_ENTRIES:
                raise Odd(f"it holds more than {MAX_ENTRIES:,} files")
            found.append(_on_disk(Path(place) / name, here / name))
    return found


def _on_disk(path: Path, shown: PurePosixPath) -> Entry:
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
    return Entry(shown, _oddity(mode), read, path)


def _oddity(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    return "" if stat.S_ISREG(mode) or stat.S_IFMT(mode) == 0 else "not a regular file"


def bare_entry(path: Path) -> Entry:
    """One file that is the whole submission."""
    return _on_disk(path, PurePosixPath(path.name))


# -------------------------------------------------------------------------------------- archives


def archive_entries(archive: Path | bytes) -> list[Entry]:
    """Every file in a zip or tar archive, known by its content and not by its name.

    Args:
        archive: where it is, or its bytes.
    Raises:
        Odd: it is damaged, encrypted, no archive at all, or unpacks to more than can be right.
    """
    source: Path | BinaryIO = archive if isinstance(archive, Path) else io.BytesIO(archive)
    oddity = _on_disk(source, PurePosixPath(source.name)).oddity if isinstance(source, Path) else ""
    if oddity:
        raise Odd(f"it is {oddity}")
    try:
        start = _start(source)
        return _zip_entries(source) if start[:4] in (b"PK\x03\x04", b"PK\x05\x06") else _tar_entries(source)
    except _DAMAGE as error:
        raise Odd(f"it is not a zip or tar archive that can be read ({_one_line(error)})") from None


def _start(source: Path | BinaryIO) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(6)
    start = source.read(6)
    source.seek(0)
    return start


_DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError, ValueError,
    NotImplementedError, RuntimeError, UnicodeError, IndexError, OverflowError,
)  # fmt: skip


def _zip_entries(source: Path | BinaryIO) -> list[Entry]:
    _check_zip_size(source)
    with zipfile.ZipFile(source) as opened:
        infos = [(info, inside(info.filename)) for info in opened.infolist() if not info.is_dir()]
    if sum(path is not None for _, path in infos) > MAX_ENTRIES:
        raise Odd(f"it holds more than {MAX_ENTRIES:,} files")

    def reader(info: zipfile.ZipInfo) -> Callable[[int], bytes]:
        def read(limit: int) -> bytes:
            try:
                with zipfile.ZipFile(source) as opened:
                    return _unpacked(opened, info, limit)
            except RuntimeError as error:
                raise Odd(
                    "it is protected by a password" if info.flag_bits & 1 else _one_line(error)
                ) from None
            except _DAMAGE as error:
                raise Odd(f"it is damaged in the archive: {_one_line(error)}") from None

        return read

    return [
        Entry(path, _oddity(info.external_attr >> 16), reader(info))
        for info, path in infos
        if path is not None
    ]


def _check_zip_size(source: Path | BinaryIO) -> None:
    """How much the list of a zip's entries takes is told by its last record, before the list is read.

    Raises:
        Odd: it is more than any hand-in has.
    """
    with source.open("rb") if isinstance(source, Path) else contextlib.nullcontext(source) as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - _ZIP_TAIL))
        tail = file.read(_ZIP_TAIL)
        file.seek(0)
    at, at64 = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    number, listed = struct.unpack_from("<HI", tail, at + 10) if 0 <= at <= len(tail) - 22 else (0, 0)
    if 0 <= at64 <= len(tail) - 56:
        number64, listed64 = struct.unpack_from("<QQ", tail, at64 + 32)
        number, listed = max(number % 0xFFFF, number64), max(listed % 0xFFFFFFFF, listed64)
    if number > MAX_LISTED or listed > MAX_LIST_BYTES:
        raise Odd(f"it lists more than {MAX_LISTED:,} files")


def _unpacked(opened: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """The first bytes of an entry."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # No system makes such zips by itself, and zipfile unpacks whole blocks of these, however large.
        raise Odd("it is compressed in a way that is not read here: hand in a zip as your system makes it")
    with opened.open(info) as file:
        return file.read(limit)


def _tar_entries(source: Path | BinaryIO) -> list[Entry]:
    """A tar is read once from front to back: what the kata may know is kept, the rest is skipped."""
    raw: BinaryIO = source.open("rb") if isinstance(source, Path) else source
    found: list[Entry] = []
    with raw, tarfile.open(fileobj=_decompressed(raw), mode="r|", tarinfo=_Bounded) as opened:
        for member in opened:
            if len(found) >= MAX_ENTRIES:
                raise Odd(f"it holds more than {MAX_ENTRIES:,} files")
            path = inside(member.name)
            if path is None or member.isdir():
                continue
            oddity = (
                ""
                if member.isreg()
                else "a link"
                if member.islnk() or member.issym()
                else "not a regular file"
            )
            data = b""
            limit = MAX_NESTED_BYTES if is_archive(path.name) else MAX_FILE_BYTES
            if not oddity and (is_python(path.name) or is_archive(path.name)):
                file = opened.extractfile(member)
                data = file.read(limit + 1) if file is not None else b""
            found.append(Entry(path, oddity, lambda limit, data=data: data[:limit]))  # type: ignore[misc]
    return found


class _Bounded(tarfile.TarInfo):
    """A tar's entry whose name and other headers are no longer than names are; tarfile has no such limit."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo | None:
        names = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
        headers = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
        most = MAX_NAME_BYTES if self.type in names else MAX_HEADER_BYTES if self.type in headers else 1 << 62
        if self.size > most:
            raise Odd(f"it holds a file whose name or header has {self.size:,} bytes")
        return super()._proc_member(archive)  # type: ignore[misc, no-any-return]


def _decompressed(raw: BinaryIO) -> IO[bytes]:
    """The tar inside its compression, told by its first bytes, and cut off where it grows beyond reason."""
    start = raw.read(6)
    raw.seek(0)
    for magic, opened in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open)):
        if start.startswith(magic):
            return _Capped(opened(raw, "rb"))  # type: ignore[arg-type, return-value]
    return _Capped(raw)  # type: ignore[return-value]


class _Capped:
    """A stream that ends with a complaint after MAX_UNPACKED_BYTES."""

    def __init__(self, stream: IO[bytes]):
        self._stream = stream
        self._left = MAX_UNPACKED_BYTES

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise Odd(f"it unpacks to more than {MAX_UNPACKED_BYTES // 1024**2} MiB")
        return data


def inside(name: str) -> PurePosixPath | None:
    """An entry's path, or None if it leads out of the archive or to a place where we do not look."""
    if len(name) > MAX_NAME_BYTES:
        return None
    path = PurePosixPath(name.replace("\\", "/"))
    parts = [part for part in path.parts if part != "."]
    if path.is_absolute() or ".." in parts or not parts or ":" in parts[0] or "\0" in name:
        return None
    if len(parts) > MAX_DEPTH + 1 or SKIPPED & set(parts[:-1]) or parts[-1].startswith("._"):
        return None
    return PurePosixPath(*parts)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
