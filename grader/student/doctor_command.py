"""`python -m grader doctor`: what is installed, what is missing, what to type."""

from __future__ import annotations

import argparse
from pathlib import Path

from grader.report.screen import Screen
from grader.student.health import findings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--impl", type=Path, default=Path("exercises"), metavar="DIR",
                        help="the folder that holds pico_gpt.py (default: exercises)")  # fmt: skip


def main(args: argparse.Namespace) -> int:
    screen = Screen()
    missing = []
    for finding in findings(args.impl, screen.encoding):
        word, style = ("OK", "passed") if finding.is_there else ("missing", "failed")
        if not finding.is_there and not finding.is_needed:
            word, style = "note", "not_implemented"
        rows = screen.wrap(f"{finding.what}: {finding.found}", f"{word:9s} ", hanging=" " * 10)
        first = rows[0][0][0]
        screen.line((word, style), (first[len(word) :], ""))
        screen.lines(rows[1:])
        if finding.remedy:
            screen.lines(screen.wrap(finding.remedy, f"{'':10s}-> ", "next", hanging=" " * 13))
        if not finding.is_there and finding.is_needed:
            missing.append(finding.what)
        screen.flush()
    screen.line()
    if missing:
        screen.lines(screen.wrap(f"the kata does not work yet: see {', '.join(missing)}", style="failed"))
        return 1
    screen.line(("the kata works on this machine", "passed"))
    return 0
