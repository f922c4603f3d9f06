"""Lines for a person: broken between words where a terminal is narrower, whole where they are piped."""

from __future__ import annotations

import shutil
import textwrap
from typing import TextIO


def fitted(line: str, stream: TextIO) -> str:
    """The line as it goes to this stream."""
    if not stream.isatty():
        return line
    columns = max(shutil.get_terminal_size().columns, 20)
    rows = textwrap.wrap(line, columns - 1, break_long_words=False, break_on_hyphens=False)
    return "\n".join(rows)
