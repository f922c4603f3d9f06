"""Three pictures side by side: your numbers, the expected ones, and where they differ.

Shades, no digits: it shows what kind of mistake it is without giving the numbers away. In colour each
number is a cell from dark blue (low) to yellow (high), a scale that rises in brightness for every kind of
colour vision; without colour it is one of ten characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from grader.judging.compare import Array, errors, number, place
from grader.report.screen import Line, Span

RAMP = " .:-=+*#%@"
LEVELS = len(RAMP)
TITLES = ("yours", "expected", "|difference|")
MOST_ROWS = 16
DECADES = 3
MARKED = {"<": "below the scale", ">": "above the scale", "?": "not a number"}
FEWEST_PLACES = 6  # a smaller array says everything in its first wrong place
# Cividis (Nuñez, Anderton and Renslow 2018), at equal steps.
CIVIDIS = (
    "#00224e",
    "#123570",
    "#3b496c",
    "#575d6d",
    "#707173",
    "#8a8678",
    "#a59c74",
    "#c3b369",
    "#e1cc55",
    "#fee838",
)
# The nearest of these in a terminal's 256 colours would be a teal that catches the eye; these rise evenly.
OF_256 = tuple(f"color({n})" for n in (17, 236, 238, 240, 242, 101, 143, 179, 221, 227))


@dataclass(frozen=True)
class Picture:
    """Two matrices and their difference, reduced to as many cells as fit.

    Attributes:
        levels: for each of the three, [rows, columns] of 0 … LEVELS - 1.
        marks: for each of the three, characters that stand over a cell: ? NaN, < and > beyond the scale.
        caption: which matrix of a larger array it is, or "".
        axes: what a row and what a column is called.
        shape: the matrix's own.
        block: numbers in one cell: (rows, columns).
        low, high: the scale of the values.
        most: the largest finite difference.
    """

    levels: tuple[Array, Array, Array]
    marks: tuple[Array, Array, Array]
    caption: str
    axes: tuple[str, str]
    shape: tuple[int, int]
    block: tuple[int, int]
    low: float
    high: float
    most: float


def picture(
    yours: Array, expected: Array, axes: Sequence[str], limit: float, most_rows: int, most_columns: int
) -> Picture | None:
    """Reduce two arrays of one shape to pictures; None where they do not deserve one.

    Args:
        yours, expected: [..., rows, columns]. Of more than two axes the worst matrix is taken.
        axes: what a place along each axis is called.
        limit: the error up to which a number counts as right.
        most_rows, most_columns: how many cells there is room for.
    """
    if yours.ndim < 2 or yours.shape != expected.shape or min(yours.shape[-2:]) < 2:
        return None
    if yours.shape[-2] * yours.shape[-1] < FEWEST_PLACES or most_rows < 2 or most_columns < 4:
        return None
    yours64, expected64 = yours.astype(np.float64), expected.astype(np.float64)
    off = np.nan_to_num(errors(yours64, expected64), nan=np.inf)
    head = np.unravel_index(int(off.max(axis=(-2, -1)).argmax()), off.shape[:-2]) if off.ndim > 2 else ()
    mine, truth, wrong = yours64[head], expected64[head], off[head]
    real = truth[np.isfinite(truth)]
    low, high = (float(real.min()), float(real.max())) if real.size else (0.0, 1.0)
    block = (ceil(mine.shape[0] / most_rows), ceil(mine.shape[1] / most_columns))
    mine, truth, wrong = _worst_of_blocks(mine, truth, wrong, block)
    with np.errstate(invalid="ignore", over="ignore"):
        far = np.abs(mine - truth)
    most = float(far[np.isfinite(far)].max(initial=0.0))
    return Picture(
        levels=(_levels(mine, low, high), _levels(truth, low, high), _distances(far, most, wrong > limit)),
        marks=(_marks(mine, low, high), _marks(truth, low, high), np.where(np.isfinite(wrong), "", "?")),
        caption=_caption(head, off.shape[:-2], axes),
        axes=(axes[-2], axes[-1]),
        shape=(yours.shape[-2], yours.shape[-1]),
        block=block,
        low=low,
        high=high,
        most=most,
    )


def draw(pic: Picture, width: int, shades: bool, colours: Sequence[str] = CIVIDIS) -> list[Line]:
    """The three pictures side by side, with what the shades mean.

    Args:
        width: columns of text there are.
        shades: True draws coloured cells, False characters.
        colours: from the lowest to the highest.
    """
    rows, cells = pic.levels[0].shape
    wide = shades and 3 * max(2 * cells, len(TITLES[2])) + 6 <= width  # square cells where they fit
    panel = max(cells * (2 if wide else 1) + (0 if shades else 2), len(TITLES[2]))
    lines: list[Line] = [[("  " + pic.caption, "")]] if pic.caption else []
    lines.append([("  " + "  ".join(title.ljust(panel) for title in TITLES), "title")])
    for row in range(rows):
        spans: list[Span] = [("  ", "")]
        for title, levels, marks in zip(TITLES, pic.levels, pic.marks):
            drawn = [
                _cell(int(level), str(mark), shades, wide, colours, blank=title == TITLES[2])
                for level, mark in zip(levels[row], marks[row])
            ]
            if not shades:
                drawn = [("|", "faint"), *drawn, ("|", "faint")]
            used = sum(len(text) for text, _ in drawn)
            spans += [*drawn, (" " * (panel - used + 2), "")]
        lines.append(spans)
    return lines + [[("  ", ""), *line] for line in _legend(pic, shades, colours)]


def cells_across(width: int, shades: bool) -> int:
    """How many cells one of three pictures can be wide."""
    return (width - 1 - 2 - 4) // 3 - (0 if shades else 2)


def _legend(pic: Picture, shades: bool, colours: Sequence[str]) -> list[Line]:
    across = f"down: {pic.axes[0]} 0-{pic.shape[0] - 1}, across: {pic.axes[1]} 0-{pic.shape[1] - 1}"
    strip = [_cell(level, "", shades, False, colours) for level in range(LEVELS)]
    ends = "" if shades else "|"
    lines: list[Line] = [[(across, "faint")]]
    if pic.block != (1, 1):
        lines.append([(f"a cell is the worst of {pic.block[0]} x {pic.block[1]} numbers", "faint")])
    lines.append(
        [(f"values      {number(pic.low)} {ends}", "faint"), *strip, (f"{ends} {number(pic.high)}", "faint")]
    )
    if pic.most > 0:
        line = [("difference  blank right, ", ""), (ends, ""), *strip[1:], (f"{ends} {number(pic.most)}", "")]
        lines.append([(text, style or "faint") for text, style in line])
    used = {str(mark) for marks in pic.marks for mark in marks.ravel()} - {""}
    if used:
        lines.append([(", ".join(f"{mark} {MARKED[mark]}" for mark in sorted(used)), "faint")])
    return lines


def _worst_of_blocks(
    mine: Array, truth: Array, wrong: Array, block: tuple[int, int]
) -> tuple[Array, Array, Array]:
    """One place of every block, the one with the largest error: no mistake is averaged away."""
    if block == (1, 1):
        return mine, truth, wrong
    rows, columns = (ceil(n / b) for n, b in zip(wrong.shape, block))
    chosen = np.zeros((3, rows, columns))
    for r in range(rows):
        for c in range(columns):
            part = (slice(r * block[0], (r + 1) * block[0]), slice(c * block[1], (c + 1) * block[1]))
            worst = np.unravel_index(int(wrong[part].argmax()), wrong[part].shape)
            chosen[:, r, c] = mine[part][worst], truth[part][worst], wrong[part][worst]
    return chosen[0], chosen[1], chosen[2]


def _levels(values: Array, low: float, high: float) -> Array:
    span = high - low or 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        share = np.nan_to_num((values - low) / span, nan=0.0, posinf=1.0, neginf=0.0)
    return np.asarray(np.clip(np.rint(share * (LEVELS - 1)), 0, LEVELS - 1).astype(int))


def _distances(far: Array, most: float, wrong: Array) -> Array:
    """0 where it is right; else 1 … LEVELS - 1, each step a factor, over DECADES below the largest."""
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.log10(np.where(np.isfinite(far), far, most) / (most or 1.0)) / DECADES
    steps = np.rint((LEVELS - 1) + (LEVELS - 2) * np.nan_to_num(below, nan=0.0, neginf=-1.0))
    return np.asarray(np.where(wrong, np.clip(steps, 1, LEVELS - 1), 0).astype(int))


def _marks(values: Array, low: float, high: float) -> Array:
    """What a level cannot say: not a number, or beyond the scale by more than one of its steps."""
    step = (high - low or 1.0) / LEVELS
    with np.errstate(invalid="ignore"):
        beyond = np.where(values > high + step, ">", np.where(values < low - step, "<", ""))
    return np.where(np.isnan(values), "?", beyond)


def _caption(head: tuple[np.intp, ...] | tuple[()], shape: tuple[int, ...], axes: Sequence[str]) -> str:
    if not shape or np.prod(shape) == 1:
        return ""
    which = place([int(i) for i in head], axes)
    return f"{which}, worst of {int(np.prod(shape))}: see the third picture"


def _cell(
    level: int, mark: str, shades: bool, wide: bool, colours: Sequence[str], blank: bool = False
) -> Span:
    """One number; with `blank` the lowest level is nothing at all."""
    if not shades:
        return mark or RAMP[level], ""
    if blank and level == 0 and not mark:
        return " " * (2 if wide else 1), ""
    ink = "#ffffff " if level < LEVELS // 2 else "#000000 "
    return (mark or " ") * (2 if wide else 1), f"{ink if mark else ''}on {colours[level]}"
