"""`python -m grader step N`: judge one step and show the verdict."""

from __future__ import annotations

import argparse

from grader.judging.bench import Bench
from grader.judging.results import RunResult
from grader.kata.curriculum import find_step
from grader.kata.files import CannotGrade
from grader.report.terminal import Terminal
from grader.report.text import typed
from grader.student import judging
from grader.student.first_hour import judge_first_hour
from grader.student.joy import joy
from grader.student.live_page import live_page
from grader.student.pointing import later, point
from grader.student.state import load_state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", help="the step, 1 to 14 (0: the first hour)")
    judging.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    request = judging.requested(args)
    if args.number == "0":
        if request.reports or request.submission or request.github:
            raise CannotGrade("step 0 has no points, so there is no report of it")
        return judge_first_hour(request.impl)
    try:
        step = find_step(int(args.number))
    except ValueError as error:
        words = (
            str(error) if args.number.isdigit() else f"'{args.number}' is not a step: write a number, 1 to 14"
        )
        raise CannotGrade(words) from None
    terminal = Terminal()
    before = load_state()
    shown: list[RunResult] = []
    live = live_page()

    def show(result: RunResult, bench: Bench) -> None:
        """A wrong answer is on the screen before the line at fault is looked for."""
        if result.steps[0].status != "passed":
            shown.append(result)
            terminal.step(result.steps[0], result, later=later(result.steps[0]) + bool(live))
            point(result.steps[0], bench, terminal.screen)
            if live:
                terminal.screen.line((f"live page: {live}", "faint"))

    result = judging.run(request, (step,), lambda step: None, show)
    passed = result.steps[0].status == "passed" and not (request.in_process or request.submission)
    words = joy(step, before, load_state(), request.impl, typed("generate")) if passed else ""
    if not shown:
        terminal.step(result.steps[0], result, joy=words)
    return judging.exit_status(result, request)
