"""`python -m grader submit`: pack the student's files, and judge what is in the archive.

The archive holds the kata's files and nothing else. It is read back by the reader that `class` uses, and
judged from there. The same files give the same archive, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path

from grader.arguments import add_impl
from grader.classroom.taking import take
from grader.judging.results import RunResult
from grader.judging.run import Options, judge
from grader.kata.curriculum import FILES, STEPS
from grader.kata.files import CannotGrade, packed, write_bytes
from grader.kata.settings import load_settings
from grader.kata.student_file import read_student_file
from grader.mistakes import name_mistakes
from grader.report.screen import Screen
from grader.report.terminal import Terminal
from grader.report.text import typed
from grader.student.reset import shown
from grader.student.state import kata_folder

NAME = "submission.zip"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_impl(parser)
    parser.add_argument("--out", type=Path, metavar="FILE",
                        help=f"the archive, or a folder for {NAME} (default: .kata/{NAME})")  # fmt: skip


def main(args: argparse.Namespace) -> int:
    files = collect(args.impl)
    out = _target(args.out)
    screen = Screen()
    terminal = Terminal()
    with tempfile.TemporaryDirectory(prefix="pico-gpt-submit-") as private:
        archive = Path(private) / out.name
        data = packed(files)
        archive.write_bytes(data)
        result = _judge_archive(archive, files, Path(private) / "exercises", terminal)
    try:
        write_bytes(data, out)
    except OSError as error:
        raise CannotGrade(f"cannot write {out}: {error.strerror or error}") from None
    terminal.summary(result)
    missing = [name for name in FILES if name not in files]
    if missing:
        screen.lines(screen.wrap(f"not in {args.impl}, and so not in the archive: {', '.join(missing)}"))
    screen.line((shown(out), "title"), (f"  {len(data):,} bytes", ""))
    screen.line((f"sha256 {hashlib.sha256(data).hexdigest()}", "faint"))
    if args.out is None:
        screen.lines(screen.wrap(f"to have it in another folder: {typed('submit', option='--out FOLDER')}"))
    return 0


def collect(impl: Path) -> dict[str, bytes]:
    """The kata's files in a student's folder.

    Raises:
        CannotGrade: there is none, or one of them is not an ordinary file.
    """
    if not impl.is_dir():
        raise CannotGrade(f"there is no folder {impl}: give --impl the folder that holds pico_gpt.py")
    files = {}
    for name in FILES:
        found = read_student_file(impl / name)
        if found.problem:
            raise CannotGrade(f"{found.problem}: nothing was packed")
        if found.data is not None:
            files[name] = found.data
    if not files:
        raise CannotGrade(f"there is none of the kata's files in {impl}: {', '.join(FILES)}")
    return files


def _judge_archive(archive: Path, files: dict[str, bytes], folder: Path, terminal: Terminal) -> RunResult:
    """Unpack the archive as a teacher's grader does, and judge what comes out.

    Raises:
        CannotGrade: what comes out is not what went in.
    """
    taken = take(archive)
    if taken.problem or taken.files != files:
        raise CannotGrade(f"the archive cannot be read back: {taken.problem or 'its files differ'}")
    taken.write(folder)
    settings = load_settings()
    steps = settings.priced(settings.steps or STEPS)
    options = Options(seed=settings.seed_at_home(), seconds=settings.time_limit or 10.0)
    return judge(folder, steps, options, terminal.line, name_mistakes=name_mistakes)


def _target(out: Path | None) -> Path:
    """Where the archive goes: a name without .zip is a folder's, and a new one is made.

    Raises:
        CannotGrade: there is no such folder.
    """
    is_folder = out is None or out.is_dir() or (out.suffix.lower() != ".zip" and not out.exists())
    target = (out or kata_folder()) / NAME if is_folder else Path(out or NAME)
    try:
        if is_folder:
            target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotGrade(f"cannot write {target}: {error.strerror or error}") from None
    if not target.parent.is_dir():
        raise CannotGrade(f"cannot write {target}: there is no folder {target.parent}")
    return target
