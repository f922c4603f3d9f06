"""Files that the grader writes: whole or not at all, and archives that are the same every time."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_UNFINISHED = re.compile(r"\.(.+)\.[a-z0-9_]{8}")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


class CannotGrade(Exception):
    """The grader could not do its work; the message says why in one line (exit status 2)."""


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file so that it is either whole or not there, even if the power fails.

    A file that is replaced keeps its permissions.

    Raises:
        OSError: the folder is missing or not writable, or is full; nothing is left behind.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):
            Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def unfinished(path: Path) -> str:
    """The name of the file that `write_bytes` was killed over, if it left this; "" if it did not."""
    found = _UNFINISHED.fullmatch(path.name)
    return found[1] if found else ""


def write_text(text: str, path: Path) -> None:
    """The same for text: UTF-8, with "\\n" at the end of every line on every system."""
    write_bytes(text.encode("utf-8", errors="replace"), path)


def write_json(data: Mapping[str, Any], path: Path) -> None:
    """The same for a report."""
    write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", path)


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip archive without times or owners: the same files give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            executable = name.endswith(".sh") or data.startswith(b"#!")
            info.create_system, info.compress_type = 3, zipfile.ZIP_DEFLATED
            info.external_attr = (0o100755 if executable else 0o100644) << 16
            archive.writestr(info, data)
    return made.getvalue()
