"""Why a call failed, and the words for it: places, numbers, shapes, kinds of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.sandbox.wire import Opaque

Array = npt.NDArray[Any]


MAX_LINE, MAX_TEXT = 400, 20_000


def cut(line: str) -> str:
    """A line that may quote what a student's code returned, as long as anybody reads."""
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…"


@dataclass
class Failure:
    """Why one call failed: a first line that stands alone, the evidence, one next action.

    Attributes:
        first: the sentence to read first.
        evidence: facts, a line each.
        action: what to do next, or "".
        yours, expected: the arrays, where both have one shape and a picture of them says something.
        axes: what a place along each axis is called.
        away: the largest error, where numbers were compared.
        printed: what the student's code printed during the call.
        file, line, source_line: the student's own line that raised, where one did.
        from_code: the first line comes from the code itself, so that no name of a mistake says it better.
    """

    first: str
    evidence: list[str] = field(default_factory=list)
    action: str = ""
    function: str = ""
    case: str = ""
    yours: Array | None = None
    expected: Array | None = None
    axes: tuple[str, ...] = ()
    shapes: list[tuple[str, str, str]] = field(default_factory=list)  # (what, yours, expected)
    away: float | None = None
    printed: str = ""
    file: str = ""
    line: int | None = None
    source_line: str = ""
    from_code: bool = False

    def text(self) -> str:
        """The whole failure as plain text, as reports carry it."""
        lines = [self.first, *(f"  {line}" for line in self.evidence)]
        if self.printed:
            lines += ["  your code printed:", *(f"    {line}" for line in self.printed.splitlines())]
        if self.action:
            lines.append(f"  next: {self.action}")
        return "\n".join(map(cut, lines))[:MAX_TEXT]

    def lead(self, first: str, action: str = "") -> None:
        """Put another sentence first, and keep what was first as evidence."""
        self.evidence.insert(0, self.first)
        self.first, self.action = first, action or self.action


def place(index: Sequence[int], axes: Sequence[str]) -> str:
    """An index in words: "head 2, query 0, key 3"."""
    return ", ".join(f"{axis} {i}" for axis, i in zip(axes, index)) or "the one number"


def number(value: Any) -> str:
    """A number as people read it: four digits."""
    return f"{float(value):.4g}"


def both_numbers(yours: Any, expected: Any) -> tuple[str, str]:
    """Two different numbers with as many digits as it takes to tell them apart."""
    for digits in (4, 6, 8, 10, 13, 17):
        texts = f"{float(yours):.{digits}g}", f"{float(expected):.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def yours_and_expected(yours: Any, expected: Any) -> str:
    mine, right = both_numbers(yours, expected)
    return f"yours {mine}, expected {right}"


def shape_text(shape: Sequence[int]) -> str:
    return "[" + ", ".join(str(n) for n in shape) + "]"


def article(type_name: str) -> str:
    return f"{'an' if type_name[:1].lower() in 'aeiou' else 'a'} {type_name}"


def not_an_array(name: str, value: Any, value_type: str) -> str:
    """What came instead of an array."""
    if value is None:
        return f"{name} returned None: does it end with a return?"
    if isinstance(value, tuple) and len(value) == 1:
        return f"{name} returned a tuple: is there a comma at the end of its return line?"
    if isinstance(value, tuple):
        return f"{name} returned a tuple of {len(value)} values; one array is expected"
    if isinstance(value, list) and any(isinstance(part, np.ndarray) and part.ndim for part in value):
        return f"{name} returned a list of {len(value)} arrays; one array is expected"
    if isinstance(value, list):
        return f"{name} returned a list that is not a regular array of numbers"
    if isinstance(value, np.ndarray):
        return f"{name} returned an array of {value.dtype}; numbers (float32) are expected"
    note = f" ({value.note})" if isinstance(value, Opaque) and value.note else ""
    return f"{name} returned {article(value_type)}{note}; an array is expected"


def ranges(numbers: Sequence[int]) -> str:
    """[0, 1, 2, 5] as "0-2, 5"; long lists are cut."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    words = [str(a) if a == b else f"{a}-{b}" for a, b in runs]
    return ", ".join(words[:6]) + (", …" if len(words) > 6 else "")


def some_ids(ids: Sequence[int | None]) -> str:
    text = " ".join(str(i) for i in ids[:24])
    return text + (f" … ({len(ids)} ids)" if len(ids) > 24 else "")
