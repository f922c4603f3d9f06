"""What to type next, as this user types it: with make where make runs us, else python -m grader."""

from __future__ import annotations

import os


def typed(command: str, number: int | None = None, option: str = "") -> str:
    """The command line of one of the grader's commands.

    Args:
        command: its name.
        number: the step it takes.
        option: further words, in the form of python -m grader.
    """
    if os.environ.get("MAKELEVEL") and not option:
        if command == "step":
            return f"make test-step-{number}"
        return f"make {'grade' if command == 'run' else command}" + (f" N={number}" if number else "")
    words = ["python -m grader", command, str(number or ""), option]
    return " ".join(word for word in words if word)
