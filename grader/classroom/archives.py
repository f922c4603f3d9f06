"""What is in a zip or a tar.

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
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from grader.classroom.entries import (
    MAX_HIDDEN,
    MAX_NAME_BYTES,
    Entry,
    Odd,
    check_number,
    is_archive,
    is_python,
    last_of_each,
    not_read,
    oddity_of,
    on_disk,
    where,
)
from grader.classroom.exports import kata_file
from grader.kata.student_file import MAX_FILE_BYTES

MAX_LISTED = 100_000  # of all files in a zip, also of those that are skipped
MAX_LIST_BYTES = 16 * 1024 * 1024
MAX_HEADER_BYTES = 16 * 1024  # of what a tar says about one entry besides its name
_ZIP_TAIL = 66_000  # it holds a zip's last records
MAX_NESTED_BYTES = 32 * 1024 * 1024  # an archive inside a submission
MAX_UNPACKED_BYTES = 512 * 1024 * 1024  # what a compressed tar may come to while it is read


def archive_entries(archive: Path | bytes) -> list[Entry]:
    """Every file in a zip or tar archive, known by its content and not by its name.

    Args:
        archive: where it is, or its bytes.
    Raises:
        Odd: it is damaged, encrypted, no archive at all, or unpacks to more than can be right.
    """
    source: Path | BinaryIO = archive if isinstance(archive, Path) else io.BytesIO(archive)
    oddity = on_disk(source, PurePosixPath(source.name)).oddity if isinstance(source, Path) else ""
    if oddity:
        raise Odd(f"it is {oddity}: hand in the file itself")
    try:
        start = _start(source)
        is_zip = start[:4] in (b"PK\x03\x04", b"PK\x05\x06")
        return last_of_each(_zip_entries(source) if is_zip else _tar_entries(source))
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
        infos = [(info, *where(info.filename)) for info in opened.infolist() if not info.is_dir()]
    check_number(sum(path is not None for _, path, _ in infos))

    def reader(info: zipfile.ZipInfo) -> Callable[[int], bytes]:
        def read(limit: int) -> bytes:
            try:
                with zipfile.ZipFile(source) as opened:
                    return _unpacked(opened, info, limit)
            except RuntimeError as error:
                raise Odd(
                    "it is protected by a password: hand in a zip without one"
                    if info.flag_bits & 1
                    else _one_line(error)
                ) from None
            except _DAMAGE as error:
                raise Odd(f"it is damaged in the archive: {_one_line(error)}") from None

        return read

    found = [
        Entry(path, oddity_of(info.external_attr >> 16), reader(info))
        for info, path, _ in infos
        if path is not None
    ]
    return found + _hidden([(info.filename, reason) for info, path, reason in infos if path is None])


def _hidden(names: Sequence[tuple[str, str]]) -> list[Entry]:
    """Those of an archive's files that are not looked at, and could be the kata's."""
    paths = [(PurePosixPath(name.replace("\\", "/")), reason) for name, reason in names if reason]
    return [not_read(path, reason) for path, reason in paths if kata_file(path.name)][:MAX_HIDDEN]


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
    hidden: list[tuple[str, str]] = []
    held: dict[PurePosixPath, bytes] = {}
    with raw, tarfile.open(fileobj=_decompressed(raw), mode="r|", tarinfo=_Bounded) as opened:
        for member in opened:
            path, reason = where(member.name)
            if path is None and reason and len(hidden) < MAX_LISTED:
                hidden.append((member.name, reason))
            if path is None or member.isdir():
                continue
            check_number(len(found) + 1)
            # A hard link is one more name of a file that comes earlier in the archive.
            target = where(member.linkname)[0] if member.islnk() else None
            data = held.get(target) if target is not None else None
            oddity = "" if data is not None else _tar_oddity(member)
            if not oddity and data is None and (is_python(path.name) or is_archive(path.name)):
                file = opened.extractfile(member)
                limit = MAX_NESTED_BYTES if is_archive(path.name) else MAX_FILE_BYTES
                data = file.read(limit + 1) if file is not None else b""
            if data is not None:
                held[path] = data
            found.append(Entry(path, oddity, lambda limit, data=data or b"": data[:limit]))  # type: ignore[misc]
    return found + _hidden(hidden)


def _tar_oddity(member: tarfile.TarInfo) -> str:
    if member.isreg():
        return ""
    return "a symbolic link" if member.issym() else "a link" if member.islnk() else "not a regular file"


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


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
