"""Text for reports: what came out of a student's program made fit to show, and what to type next."""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from pathlib import Path

# A status in words, in every report for people.
MARKS = {
    "passed": "ok",
    "failed": "wrong",
    "not_implemented": "to do",
    "error": "error",
    "timeout": "too slow",
    "not_run": "not run",
}
# The same in a sentence about somebody's work: "3 right, 1 too slow".
WORDS = {**MARKS, "passed": "right", "not_run": "not judged"}
MAX_MESSAGE = 8_000


def readable(text: str, limit: int = MAX_MESSAGE) -> str:
    """The same text with what cannot be shown as U+FFFD, cut to `limit` characters.

    The cut is said in the text itself; the result is never longer than `limit`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.replace("\n", "").isprintable():
        text = _unspeakable().sub("\ufffd", text)
    if len(text) <= limit:
        return text
    note = f"\n… (cut: {len(text):,} characters in all)"
    return text[: max(0, limit - len(note))] + note[:limit]


@lru_cache(maxsize=1)
def _unspeakable() -> re.Pattern[str]:
    """What neither XML 1.0 nor a terminal should be given; it takes a while to compile.

    Control codes, half surrogate pairs, non-characters, and marks that make a line read in another order.
    """
    reordering = "\u200e\u200f\u202a-\u202e\u2066-\u2069"
    allowed = "\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
    return re.compile(f"[^{allowed}]|[{reordering}]")


def first_line(text: str, limit: int = 300) -> str:
    """The line that stands alone, for places that show only one."""
    lines = readable(text, MAX_MESSAGE).strip().splitlines()
    line = lines[0] if lines else ""
    return line if len(line) <= limit else line[: limit - 1] + "…"


def fence(text: str) -> str:
    """The text as a Markdown code block that nothing inside it can close."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}text\n{text}\n{marks}"


def inline(text: str) -> str:
    """The text as Markdown that shows it literally, on one line (in tables too)."""
    line = " ".join(readable(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~&!$])", r"\\\1", line).replace("@", "@\u200b")


def typed(command: str, number: int | None = None, option: str = "") -> str:
    """The command line of one of the grader's commands.

    Args:
        command: its name.
        number: the step it takes.
        option: further words, in the form of python -m grader.
    """
    if command == "generate":
        return 'make generate PROMPT="ROMEO:"' if _in_make() else 'python -m playground "ROMEO:"'
    if _in_make() and option.startswith("--out "):
        return f"make {command} OUT={option.removeprefix('--out ')}"
    if _in_make() and option.startswith("--level "):
        return f"make {command} N={number} LEVEL={option.removeprefix('--level ')}"
    if _in_make() and not option:
        if command == "step":
            return f"make test-step-{number}"
        return f"make {'grade' if command == 'run' else command}" + (
            f" N={number}" if number is not None else ""
        )
    words = [f"{_python()} -m grader", command, "" if number is None else str(number), option]
    return " ".join(word for word in words if word)


def _in_make() -> bool:
    return bool(os.environ.get("MAKELEVEL"))


def _python() -> str:
    """What to type for the Python that runs: it is `python` where that is the one, or the kata's own."""
    ours = Path(".venv") / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    is_ours = Path(sys.prefix).resolve() == Path(".venv").resolve() and not os.environ.get("VIRTUAL_ENV")
    return str(ours) if is_ours else "python"
