"""`python -m grader progress`: the board. It judges nothing: it reads the code and the last results."""

from __future__ import annotations

import argparse
from pathlib import Path

from grader.judging.run import check_folder
from grader.kata.curriculum import STEPS
from grader.kata.settings import load_settings
from grader.report.screen import Screen
from grader.student.board import board, rows_of
from grader.student.state import load_state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--impl", type=Path, default=Path("exercises"), metavar="DIR",
                        help="the folder that holds pico_gpt.py (default: exercises)")  # fmt: skip


def main(args: argparse.Namespace) -> int:
    check_folder(args.impl, STEPS)
    settings = load_settings()
    screen = Screen()
    steps = settings.priced(settings.steps or STEPS)
    screen.lines(board(rows_of(args.impl, load_state(), steps), screen))
    return 0
