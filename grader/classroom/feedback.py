"""What goes back to students by way of a platform, and what looks for copies elsewhere."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.classroom.reader import Reader, ReaderFailed
from grader.classroom.rows import Row
from grader.classroom.submissions import Submission, take_all
from grader.kata.files import CannotGrade
from grader.kata.stubs import stub_files

_EPOCH = (1980, 1, 1, 0, 0, 0)


def moodle_feedback(rows: Sequence[Row], reports: Path, path: Path) -> list[str]:
    """Write the zip for "Upload multiple feedback files in a zip" of a Moodle assignment.

    Moodle splits a folder's name at `_` and takes the second part as the participant's number.

    Returns:
        Who has no participant's number, and so is not in it.
    Raises:
        OSError: it cannot be written.
    """
    left = []
    part = path.with_name(f".{path.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as opened:
        for row in rows:
            if row.score is None:
                continue
            data = (reports / f"{row.id}.html").read_bytes()
            for student in row.students:
                if not student.sid.isdecimal():
                    left.append(student.name)
                    continue
                name = re.sub(r"[_/\\]+", " ", student.name).strip().lstrip(".~") or "participant"
                info = zipfile.ZipInfo(f"{name}_{student.sid}_assignsubmission_file_/report.html", _EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                opened.writestr(info, data)
    part.replace(path)
    return left


def export_similarity(submissions: Iterable[Submission], folder: Path) -> int:
    """Lay down every submission's files as Dolos and JPlag read them, with the stubs as the base.

    Returns:
        How many submissions are there.
    Raises:
        CannotGrade: the folder cannot be written.
    """
    number = 0
    try:
        _lay(folder / "base", {name: text.encode() for name, text in stub_files().items()})
        with Reader() as reader:
            for submission in submissions:
                try:
                    taken = take_all(submission, reader)
                except ReaderFailed:
                    continue
                if taken.files:
                    _lay(folder / "submissions" / submission.id, taken.files)
                    number += 1
    except OSError as error:
        raise CannotGrade(f"cannot write {error.filename or folder}: {error.strerror or error}") from None
    return number


def _lay(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
