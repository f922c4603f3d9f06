"""Submissions as a class finds and reads them, with one reader for all tests of a process."""

from __future__ import annotations

import atexit
from collections.abc import Iterable
from pathlib import Path

from grader.classroom.reader import Reader
from grader.classroom.submissions import Submission, find_submissions, take_all
from grader.classroom.taking import Taken

READER = Reader()
atexit.register(READER.close)


def find(folder: Path, ignore: Iterable[Path] = ()) -> list[Submission]:
    return find_submissions(folder, READER, ignore=ignore)


def taken_from(submission: Submission) -> Taken:
    return take_all(submission, READER)
