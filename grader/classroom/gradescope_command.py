"""`python -m grader gradescope`: write the autograder zip that Gradescope asks for."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

OUT = Path("gradescope_autograder.zip")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=OUT, metavar="FILE", help=f"default: {OUT}")
    parser.add_argument("--config", type=Path, metavar="FILE",
                        help="the grading.toml to build in (default: ./grading.toml if there)")  # fmt: skip
    parser.add_argument("--without-reference", action="store_true",
                        help="leave solutions and mistakes out, for machines without a sandbox")  # fmt: skip


def main(args: argparse.Namespace) -> int:
    from grader.classroom.edition import shipped_files, write_zip
    from grader.kata.curriculum import ROOT
    from grader.kata.files import CannotGrade
    from grader.kata.settings import FILE, load_settings
    from grader.kata.stubs import SOLUTIONS, present

    load_settings(args.config)  # a mistake in it is better seen now than by the first student
    if not args.out.absolute().parent.is_dir():
        raise CannotGrade(f"cannot write {args.out}: there is no folder {args.out.parent}")
    config = args.config or (
        FILE if FILE.is_file() else ROOT / "grader" / "classroom" / "templates" / "grading.toml"
    )
    with tempfile.TemporaryDirectory() as scratch:
        kata = Path(scratch) / "kata"
        try:
            for path in shipped_files(everything=not args.without_reference):
                (kata / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / path, kata / path)
            if present() and not args.without_reference:
                shutil.copytree(SOLUTIONS, kata / "solutions", ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copyfile(config, kata / "grading.toml")
            for script in ("setup.sh", "run_autograder"):
                source = ROOT / "grader" / "classroom" / "templates" / "gradescope" / script
                (Path(scratch) / script).write_bytes(source.read_bytes().replace(b"\r\n", b"\n"))
        except OSError as error:
            raise CannotGrade(f"cannot build {args.out}: {error.strerror or error}") from None
        write_zip(Path(scratch), args.out)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB; upload it as the assignment's autograder")
    return 0
