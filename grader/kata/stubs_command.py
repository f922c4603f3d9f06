"""`python -m grader stubs`: write exercises/, and the copies that `reset` uses, from solutions/; `--check`
only compares."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grader.kata.curriculum import ROOT
from grader.kata.files import CannotGrade, write_text
from grader.kata.stubs import EXERCISES, KEPT, present, stub_files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file differs")
    parser.add_argument("--out", type=Path, default=EXERCISES, metavar="DIR", help="default: exercises")
    parser.add_argument("--force", action="store_true", help="overwrite files that hold somebody's work")


def main(args: argparse.Namespace) -> int:
    if not present():
        raise CannotGrade("there is no solutions/ here to take the stubs from (reset N brings one back)")
    stubs = stub_files()
    differing = [name for name, text in stubs.items() if _read(args.out / name) != text]
    outdated = [name for name, text in stubs.items() if _read(KEPT / f"{name}.txt") != text]
    if args.check:
        for name in differing:
            print(f"{args.out / name} is not what solutions/{name} strips to: run python -m grader stubs")
        for name in outdated:
            print(f"{_kept(name)} is not what solutions/{name} strips to: run python -m grader stubs")
        return 1 if differing or outdated else 0
    worked_on = [name for name in differing if _is_work(args.out / name)]
    if worked_on and not args.force:
        names = ", ".join(str(args.out / name) for name in worked_on)
        raise CannotGrade(
            f"{names} would be overwritten and holds finished functions: add --force, or use reset N"
        )
    args.out.mkdir(parents=True, exist_ok=True)
    for name, text in stubs.items():
        write_text(text, args.out / name)
        print(f"{args.out / name}: {'written' if name in differing else 'as it was'}", file=sys.stdout)
    for name in outdated:
        KEPT.mkdir(exist_ok=True)
        write_text(stubs[name], KEPT / f"{name}.txt")
        print(f"{_kept(name)}: written")
    return 0


def _kept(name: str) -> str:
    return (KEPT / f"{name}.txt").relative_to(ROOT).as_posix()


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return None


def _is_work(path: Path) -> bool:
    """Whether a file holds a function that is not a stub any more."""
    import ast

    text = _read(path)
    if text is None:
        return path.exists()
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return True
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return any(not isinstance(node.body[-1], ast.Raise) for node in functions)
