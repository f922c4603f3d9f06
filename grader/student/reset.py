"""`reset N`: put functions back to their stubs, and leave every other byte of the student's file as it is."""

from __future__ import annotations

import argparse
import codecs
import os
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.arguments import add_impl, step_number
from grader.kata.curriculum import ROOT, Step
from grader.kata.files import CannotGrade, write_bytes
from grader.kata.stubs import pristine, stub_of
from grader.kata.student_source import StudentSource, parse_source, read_source
from grader.report.screen import Screen
from grader.student.state import kata_folder


@dataclass(frozen=True)
class Reset:
    """What a reset would do.

    Attributes:
        path: the student's file.
        functions: what it puts back; empty where the whole file is put back.
        before: the file as it is; None where there is none.
        after: the file as it would be.
        notes: what the student should know besides, a line each.
    """

    path: Path
    functions: tuple[str, ...]
    before: bytes | None
    after: bytes
    notes: tuple[str, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        return self.before == self.after

    @property
    def what(self) -> str:
        return ", ".join(self.functions) or "the whole file"

    def apply(self) -> Path | None:
        """Back the file up, and write it. Returns the backup, None where there was no file.

        Raises:
            CannotGrade: either cannot be done; then the student's file is as it was.
        """
        backup = None
        try:
            if self.before is not None:
                backup = _backup(self.path, self.before)
            if read_source(self.path).data != self.before:
                raise CannotGrade(f"{self.path} has changed in the meantime: nothing was reset")
            write_bytes(self.after, self.path)
        except OSError as error:
            raise CannotGrade(
                f"cannot write {error.filename or self.path}: {error.strerror or error}"
            ) from None
        return backup


def plan_reset(impl: Path, step: Step) -> Reset:
    """What it takes to put a step's functions back.

    Raises:
        CannotGrade: the file is not there or does not parse: then only the whole file can be put back.
    """
    path = impl / step.file
    source = read_source(path)
    whole = f"python -m grader reset {step.number} --file puts the whole file back"
    if source.data is None and os.path.lexists(path):
        raise CannotGrade(source.problem)
    if source.problem:
        raise CannotGrade(f"{source.problem}: so single functions cannot be reset; {whole}")
    before = source.data or b""
    notes: list[str] = []
    for function in step.function_names:
        source = parse_source(path, b"".join(_put_back(source, function, notes)))
        if source.problem:
            raise CannotGrade(f"{path} is written in a way that reset does not understand; {whole}")
    return Reset(path, step.function_names, before, source.data or b"", tuple(notes))


def plan_file_reset(impl: Path, step: Step) -> Reset:
    """What it takes to put a step's whole file back.

    Raises:
        CannotGrade: there is something in its place that is not a file.
    """
    path = impl / step.file
    source = read_source(path)
    if source.data is None and os.path.lexists(path):
        raise CannotGrade(source.problem)
    return Reset(path, (), source.data, pristine(step.file).encode("utf-8"))


def _put_back(source: StudentSource, function: str, notes: list[str]) -> list[bytes]:
    """The file's lines with one function as its stub."""
    rows = _byte_lines(source.data or b"")
    try:
        stub = stub_of(function).encode(source.encoding.removesuffix("-sig"))
    except UnicodeEncodeError:
        raise CannotGrade(
            f"{source.path} is in {source.encoding}, which the stub cannot be written in"
        ) from None
    end = source.newline.encode()
    stub = stub.replace(b"\n", end)
    later = source.other_bindings(function)
    found = source.definitions(function)
    if not found:
        notes.append(f"there was no function {function}: its stub is at the end of the file")
        if rows and not rows[-1].endswith((b"\n", b"\r")):
            rows[-1] += end
        return [*rows, end, end, stub + end] if rows else [stub + end]
    if len(found) > 1:
        notes.append(f"{function} was defined {len(found)} times: one stub takes the place of the first")
    for extra in reversed(found[1:]):
        del rows[extra.first - 1 : extra.last]
    place = slice(found[0].first - 1, found[0].last)
    mark = codecs.BOM_UTF8 if rows[place][0].startswith(codecs.BOM_UTF8) else b""
    last = rows[place][-1]
    rows[place] = [mark + stub + last[len(last.rstrip(b"\r\n")) :]]
    if any(line > found[0].last for line in later):
        notes.append(f"{function} still gets another value further down: take that line out")
    return rows


def _byte_lines(data: bytes) -> list[bytes]:
    """Lines with their ends, as Python counts them."""
    return re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", data)


def _backup(path: Path, data: bytes) -> Path:
    folder = kata_folder() / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now().strftime("%Y-%m-%d_%H%M%S")
    for i in range(1, 1000):
        backup = folder / f"{path.stem}_{stamp}{f'_{i}' if i > 1 else ''}.py"
        try:
            with backup.open("xb") as file:
                file.write(data)
            return backup
        except FileExistsError:
            continue
    raise CannotGrade(f"{folder} is full of backups of this second")


def shown(path: Path) -> str:
    """A path as one types it at the repository's root."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", type=step_number, help="the step, 1 to 14")
    add_impl(parser)
    parser.add_argument("--file", action="store_true", help="put the whole file of the step back")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def main(args: argparse.Namespace) -> int:
    if not args.impl.is_dir():
        raise CannotGrade(f"there is no folder {args.impl}: give --impl the folder that holds pico_gpt.py")
    plan = (plan_file_reset if args.file else plan_reset)(args.impl, args.number)
    screen = Screen()
    if plan.changes_nothing:
        screen.line((f"{plan.path}: {plan.what} {_is(plan.functions)} as at the start: nothing to do", ""))
        return 0
    if not args.yes and not _agrees(f"put {plan.what} in {plan.path} back to the start? [y/N] "):
        screen.line(("nothing was changed", ""))
        return 1
    backup = plan.apply()
    for note in plan.notes:
        screen.line((note, ""))
    screen.line((f"{plan.path}: {plan.what} {_is(plan.functions)} back to the start", "passed"))
    if backup:
        screen.line((f"what was there before: {shown(backup)}", "faint"))
    return 0


def _is(functions: tuple[str, ...]) -> str:
    return "are" if len(functions) > 1 else "is"


def _agrees(question: str) -> bool:
    if not sys.stdin or not sys.stdin.isatty():
        raise CannotGrade(
            "reset asks before it changes a file, and there is no terminal to ask at: "
            "python -m grader reset N --yes does not ask"
        )
    print(question, end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
