"""`hint [N]`: the next of a step's three hints, read from its page, `instructions/steps/NN_name.md`:

    ## Hints

    ### Hint 1

    Text until the next heading, as Markdown: a question. Hint 2 narrows it down; hint 3 is almost the line.

Nothing in a code fence (```) is a heading. A page may have any other sections around it.
"""

from __future__ import annotations

import argparse
import re

from grader.arguments import add_impl, step_number
from grader.kata.curriculum import STEPS, Step
from grader.kata.files import CannotGrade
from grader.kata.settings import load_settings
from grader.report.screen import Line, Screen
from grader.report.text import typed
from grader.student.first_hour import STEP as FIRST_HOUR
from grader.student.state import first_not_passed, load_state

LEVELS = 3
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")


def hints_of(step: Step) -> tuple[str, ...]:
    """The texts of a step's hints, the gentlest first.

    Raises:
        CannotGrade: the page is missing or has not exactly three hints.
    """
    try:
        text = step.page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CannotGrade(f"the page of step {step.number} is missing: {step.page}") from None
    found = parse_hints(text)
    if len(found) != LEVELS or not all(found):
        raise CannotGrade(f"{step.page} has not three hints under '## Hints'")
    return found


def parse_hints(text: str) -> tuple[str, ...]:
    """The hints of a page's text: what follows `### Hint 1`, `### Hint 2`, … of its `## Hints`."""
    hints: list[list[str]] = []
    in_hints = in_hint = False
    fence = ""
    for line in text.splitlines():
        mark = re.match(r" {0,3}(```+|~~~+)", line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1][:3]
        heading = None if fence or mark else _HEADING.fullmatch(line)
        if heading and len(heading[1]) <= 2:
            in_hints, in_hint = heading[2].lower() == "hints", False
        elif heading and in_hints:
            in_hint = heading[2].lower() == f"hint {len(hints) + 1}"
            if in_hint:
                hints.append([])
        elif in_hint:
            hints[-1].append(line)
    return tuple("\n".join(lines).strip() for lines in hints)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", nargs="?", type=_step,
                        help="the step, 0 to 14 (default: the first that does not pass yet)")  # fmt: skip
    parser.add_argument("--level", type=_level, metavar="K", help=f"1 asks, {LEVELS} almost says it")
    add_impl(parser, "whose first step that does not pass")


def main(args: argparse.Namespace) -> int:
    step = args.number or first_not_passed(args.impl, load_state(), load_settings().steps or STEPS)
    if step is None:
        raise CannotGrade("every step passes: name one, as in python -m grader hint 5")
    screen = Screen()
    screen.lines(hint_lines(step, screen, args.level))
    return 0


def hint_lines(step: Step, screen: Screen, level: int | None = None, next_key: str = "") -> list[Line]:
    """One hint of a step as lines; which one was shown is kept, so that the next call shows the next.

    Args:
        level: 1 to 3; None is the first that has not been shown yet, or the last.
        next_key: what to press for the next one, where that is not a command.
    Raises:
        CannotGrade: the step's page has no hints.
    """
    hints = hints_of(step)
    state = load_state()
    level = level or min(state.hints.get(step.number, 0) + 1, LEVELS)
    if level > state.hints.get(step.number, 0):
        state.hints[step.number] = level
        state.save()
    lines: list[Line] = [[(f"step {step.number}: {step.name}, hint {level} of {LEVELS}", "title")], []]
    lines += paragraphs(hints[level - 1], screen)
    if level < LEVELS:
        more = f"press {next_key}" if next_key else typed("hint", step.number)
        return [*lines, [], [(f"more: {more}", "faint")]]
    again = typed("hint", step.number, "--level 1")
    return [*lines, [], [(f"that was the last one; to read the others again: {again}", "faint")]]


def paragraphs(text: str, screen: Screen) -> list[Line]:
    """A hint's Markdown as lines that fill the screen; code fences and lists keep their lines."""
    lines: list[Line] = []
    for block in text.split("\n\n"):
        if lines:
            lines.append([])
        verbatim = block.startswith(("```", "    ", "- ", "1. ", "|"))
        for part in block.splitlines() if verbatim else [" ".join(block.split())]:
            lines += [[(part, "")]] if verbatim else screen.wrap(part)
    return lines


def _step(text: str) -> Step:
    return FIRST_HOUR if text == "0" else step_number(text)


def _level(text: str) -> int:
    if text not in [str(level) for level in range(1, LEVELS + 1)]:
        raise argparse.ArgumentTypeError(f"hints go from 1 to {LEVELS}, not '{text}'")
    return int(text)
