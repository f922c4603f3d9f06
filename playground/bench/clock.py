"""The clock of `python -m playground bench`, the same for everybody who is measured. It needs no package.

Whatever else a machine does only ever makes a program slower: so the best of several tries counts.
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable
from typing import Any


def without_bars() -> contextlib.AbstractContextManager[object]:
    """A bar of progress takes time, and a terminal full of bars hides what was measured."""
    return contextlib.redirect_stderr(io.StringIO())


def best(call: Callable[[], Any], repeats: int) -> float:
    """Seconds that the fastest of several calls takes."""
    times = []
    with without_bars():
        for _ in range(repeats):
            started = time.perf_counter()
            call()
            times.append(time.perf_counter() - started)
    return min(times)


def time_writing(
    write: Callable[[list[int], int], list[int]],
    prompt: list[int],
    long: list[int],
    n_new: int,
    repeats: int,
    every_row: Callable[[list[int]], Any],
) -> dict[str, Any]:
    """The ids that somebody writes, and how long that takes.

    Args:
        write: of ids and a number, the ids with so many more.
        long: a prompt that leaves room for one token; empty: it is not measured.
        every_row: of ids, the logits after each of them.
    Returns:
        `ids`; seconds: `first_token_s` and `prefill_s` from either prompt to its first token, `whole_s`
        from `prompt` to n_new tokens after that, `rows_s` for the logits after every token of `long`.
    """
    with without_bars():
        ids = write(prompt, n_new + 1)
    return {
        "ids": ids,
        "first_token_s": best(lambda: write(prompt, 1), repeats),
        "whole_s": best(lambda: write(prompt, n_new + 1), repeats),
        "prefill_s": best(lambda: write(long, 1), repeats) if long else None,
        "rows_s": best(lambda: every_row(long), repeats) if long else None,
    }
