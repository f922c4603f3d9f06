"""`python -m grader release OUT`: write the student's edition, without the solutions, and try it out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

SHOWN = 5  # names in one line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    parser.add_argument("--zip", action="store_true", help="also write OUT.zip")
    parser.add_argument("--prove", action="store_true",
                        help="then try out, in a fresh copy, every command of its pages")  # fmt: skip
    parser.add_argument("--repository", default="", metavar="OWNER/REPO",
                        help="where the students' edition will be on GitHub, for links to it")  # fmt: skip
    parser.add_argument("--workflow", default="", metavar="OWNER/REPO@COMMIT",
                        help="add a workflow that calls the teacher's at this commit")  # fmt: skip
    parser.add_argument("--without-reference", action="store_true",
                        help="leave out even the sealed reference: checks that need it are not judged, and "
                             "a mistake also costs the steps that build on it")  # fmt: skip


def main(args: argparse.Namespace) -> int:
    from grader.classroom.edition import left_behind, write_edition, write_zip

    files = write_edition(
        args.out,
        with_reference=not args.without_reference,
        workflow=args.workflow,
        repository=args.repository,
    )
    points = ", with your grading.toml" if "grading.toml" in files else ""
    print(f"{args.out}: {len(files)} files, without solutions{points}")
    if strangers := left_behind():
        more = f" and {len(strangers) - SHOWN} more" if len(strangers) > SHOWN else ""
        print(f"left out, because git does not keep them (git add): {', '.join(strangers[:SHOWN])}{more}")
    if args.zip:
        archive = args.out.with_name(args.out.name + ".zip")
        write_zip(args.out, archive, args.out.name)
        print(f"{archive}: the same, {archive.stat().st_size / 1e6:.1f} MB")
    return _proof(args.out) if args.prove else 0


def _proof(edition: Path) -> int:
    """Try the edition out; 1 where something in it does not work."""
    from grader.classroom.proof import prove

    print("trying it out, in a fresh copy: make setup, then every command of every page …", flush=True)
    broken = []
    tried = 0
    for found in prove(edition):
        tried += 1
        if found.problem:
            broken.append(found)
            print(f"{found.page}:{found.line}: {found.script}\n    {found.problem}", flush=True)
    if broken:
        print(f"{len(broken)} of {tried} do not work: do not hand this edition out yet", file=sys.stderr)
        return 1
    print(f"all {tried} work")
    return 0
