"""A process that has imported what it needs waits for its words here."""

from __future__ import annotations

import json
import os
import sys


def words_to_come() -> list[str]:
    """The words of a command, from one line of JSON on standard input; waits for them.

    It ends the process where nobody holds its standard input any more. Afterwards that is empty: the words
    were for this process, and not for the code that it runs.
    """
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    words: list[str] = json.loads(line)
    return words
