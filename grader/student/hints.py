"""The three hints of a step, read from its page, `instructions/steps/NN_name.md`:

    ## Hints

    ### Hint 1

    Text until the next heading, as Markdown: a question.

    ### Hint 2

    Narrows it down.

    ### Hint 3

    Almost the line, never the whole line.

What stands in a code fence (```) is never a heading. A page may have any other sections around it.
"""

from __future__ import annotations

import re

from grader.kata.curriculum import Step
from grader.kata.files import CannotGrade

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
    """The hints of a page's text: what stands below `### Hint 1`, `### Hint 2`, … of its `## Hints`."""
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
