"""Where reports are written: how wide it is, which colours and which characters it can show.

Reports are built as lines of (text, style) pairs. A terminal with colours gets them through rich;
pipes, CI logs, NO_COLOR and TERM=dumb get the same lines as plain text, and rich is not imported.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

Span = tuple[str, str]  # text, name of a style below or a style of rich's own
Line = Sequence[Span]

WIDE = 100  # columns where there is no terminal to ask
NARROWEST = 48  # narrower terminals fold the lines themselves

# Okabe and Ito's colours, which people with any kind of colour vision tell apart; the words say the
# same without them.
STYLES = {
    "": "",
    "title": "bold",
    "sentence": "bold",
    "passed": "bold #56b4e9",
    "failed": "bold #d55e00",
    "error": "bold #d55e00",
    "timeout": "bold #d55e00",
    "not_implemented": "#e69f00",
    "not_run": "dim",
    "changed": "#e69f00",
    "next": "bold #009e73",
    "faint": "dim",
}

# Stand-ins for a character that the terminal's encoding does not have (a Windows code page, ASCII).
_STAND_INS = {
    "…": "...", "–": "-", "—": "-", "×": "x", "·": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "→": "->",
    "│": "|", "≤": "<=", "≥": ">=", "±": "+-", "−": "-",
}  # fmt: skip


class Screen:
    """One place to write to.

    Args:
        out: the stream; standard output by default.

    Attributes:
        is_terminal: whether somebody sits before it.
        width: columns to fill.
        height: rows of the terminal; 0 where there is none.
        encoding: what it can write.
        colour: whether it shows colours.
    """

    def __init__(self, out: TextIO | None = None):
        self.out = out or sys.stdout
        try:
            self.is_terminal = self.out.isatty()
        except (AttributeError, ValueError):
            self.is_terminal = False
        size = shutil.get_terminal_size((WIDE, 0 if not self.is_terminal else 24))
        self.width = max(NARROWEST, size.columns)
        self.height = size.lines if self.is_terminal else 0
        self.colour = _wants_colour(self.is_terminal)
        self.encoding = getattr(self.out, "encoding", None) or "utf-8"

    @cached_property
    def _console(self) -> Console:
        from rich.console import Console

        return Console(
            file=self.out, width=self.width, force_terminal=True, highlight=False, markup=False, emoji=False
        )

    @property
    def shades(self) -> bool:
        """Whether it has enough colours for a picture: 256 or more."""
        return self.colour and self._console.color_system in ("256", "truecolor")

    @property
    def has_true_colour(self) -> bool:
        return self.colour and self._console.color_system == "truecolor"

    def line(self, *spans: Span) -> None:
        """Write one line."""
        if not self.colour:
            print("".join(self.fit(text) for text, _ in spans).rstrip(), file=self.out)
            return
        from rich.text import Text

        text = Text()
        for part, style in spans:
            text.append(self.fit(part), STYLES.get(style, style))
        self._console.print(text, soft_wrap=True)

    def lines(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.line(*line)

    def flush(self) -> None:
        self.out.flush()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Collect what is written inside, and write it in one piece: a page that does not flicker."""
        stream, self.out = self.out, io.StringIO()
        try:
            if self.colour:
                self._console.file = self.out
            yield
        finally:
            text, self.out = self.out.getvalue(), stream
            if self.colour:
                self._console.file = stream
            stream.write(text)
            stream.flush()

    def clear(self) -> None:
        """Begin a new page, on a terminal that can; elsewhere an empty line parts the pages."""
        if self.is_terminal and os.environ.get("TERM", "") not in ("dumb", "unknown"):
            if os.name == "nt":
                self._console.clear()
            else:
                self.out.write("\x1b[H\x1b[2J")
        else:
            self.line()

    def wrap(self, text: str, indent: str = "", style: str = "", hanging: str | None = None) -> list[Line]:
        """Text as lines that fit; where there is no terminal a line stays whole, for searching in logs."""
        found: list[Line] = []
        hanging = indent if hanging is None else hanging
        for part in text.splitlines() or [""]:
            if self.is_terminal:
                rows = textwrap.wrap(
                    part, self.width - 1, initial_indent=indent, subsequent_indent=hanging,
                    break_on_hyphens=False, replace_whitespace=False, drop_whitespace=True,
                )  # fmt: skip
            else:
                rows = [indent + part]
            found += [[(row, style)] for row in rows or [""]]
            indent = hanging
        return found

    def fit(self, text: str) -> str:
        """The text in characters that the stream's encoding has."""
        try:
            text.encode(self.encoding)
            return text
        except (UnicodeEncodeError, LookupError):
            return "".join(self._fit_one(character) for character in text)

    def _fit_one(self, character: str) -> str:
        try:
            character.encode(self.encoding)
            return character
        except (UnicodeEncodeError, LookupError):
            return _STAND_INS.get(character, "?")


def _wants_colour(is_terminal: bool) -> bool:
    """NO_COLOR (https://no-color.org) comes first, then FORCE_COLOR, then what the terminal is."""
    if os.environ.get("NO_COLOR") or find_spec("rich") is None:
        return False
    if os.environ.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    if not is_terminal or os.environ.get("TERM", "") in ("dumb", "unknown"):
        return False
    if os.name == "nt":
        from rich.console import detect_legacy_windows

        return not detect_legacy_windows()
    return True


def columns(cells: Sequence[Sequence[str]]) -> list[list[str]]:
    """The cells of a table, padded so that its columns stand straight."""
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))] if cells else []
    return [[cell.ljust(width) for cell, width in zip(row, widths)] for row in cells]
