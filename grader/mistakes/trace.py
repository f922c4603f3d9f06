"""What the lines of a function made, by comparison with what GPT-2 makes on the same input.

The worker sends the arrays that lines bound (grader/sandbox/inside/trace.py); here each is looked up among
the values that the right function goes through, also transposed, for one head or row, or with its sign
changed.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.judging.compare import DEEP, Array, as_array

RTOL = 2e-4  # of a value, and of the mean size of all
LEAST = 4  # numbers; fewer are equal by accident
NOT_PLAIN = (
    ", axes swapped",
    ", head ",
    ", row ",
    ", column ",
    ", for every row",
)  # a slice may be the wrong one
NOTHING = "is nothing that GPT-2 computes"


@dataclass(frozen=True)
class Known:
    """A value that the right function goes through, and what it is; `plain`: as it is, no axes swapped."""

    words: str
    value: Array
    plain: bool = True


@dataclass(frozen=True)
class Made:
    """What a line bound.

    Attributes:
        function, line, name: where, and what it is called there; "return" for what is given back.
        count: how often that line has bound it so far: 1 is the first round of a loop.
        kind, shape, dtype: of the value.
        words: what it is: "= q k^T, not scaled yet"; NOTHING; "" where nothing can be said.
        known: True, False, or None where nothing can be said.
        plain: it is that just as it is, with no axes swapped and no sign changed.
    """

    function: str
    line: int
    name: str
    count: int
    kind: str
    shape: tuple[int, ...] | None
    dtype: str
    words: str
    known: bool | None
    plain: bool = True

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "shape": list(self.shape) if self.shape is not None else None}


class KnownValues:
    """The values of one case, ready to be looked up."""

    def __init__(self, values: Iterable[Known]):
        self._by_size: dict[tuple[int, ...], list[Known]] = defaultdict(list)
        seen: set[tuple[Any, ...]] = set()
        with np.errstate(all="ignore"):
            self._gather(values, seen)

    def _gather(self, values: Iterable[Known], seen: set[tuple[Any, ...]]) -> None:
        for known in values:
            for words, array in _views(known):
                shape = array.shape
                mark = (shape, np.round(array.ravel()[:8], 9).tobytes(), float(np.round(array.sum(), 6)))
                if array.size and mark not in seen:
                    seen.add(mark)
                    self._by_size[tuple(sorted(n for n in shape if n != 1))].append(Known(words, array))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known, so that nothing can be unknown."""
        return not self._by_size

    def find(self, value: Array) -> Known | None:
        """What this value is, the most telling first; None where it is nothing known."""
        bare = _bare(value)
        candidates = self._by_size.get(tuple(sorted(bare.shape)), ())
        for axes, (sign, prefix) in itertools.product(_orders(bare.ndim), ((1.0, ""), (-1.0, "minus "))):
            turned = bare.transpose(axes)
            for known in candidates:
                other = _bare(known.value)
                if turned.shape == other.shape and _alike(sign * turned, other):
                    swapped = ", axes swapped" if axes != tuple(range(bare.ndim)) else ""
                    return Known(prefix + known.words + swapped, known.value, not prefix + swapped)
        return None

    def find_part(self, value: Array, blank: Array) -> Known | None:
        """What this value is so far, where it is being filled in, from a blank one."""
        filled = value != blank
        if value.shape != blank.shape or not LEAST <= filled.sum() < filled.size:
            return None
        if float(np.ptp(np.maximum(value[filled], DEEP))) == 0.0:
            return None
        for known in self._by_size.get(tuple(sorted(n for n in value.shape if n != 1)), ()):
            if known.value.shape == value.shape and _alike(value[filled], known.value[filled]):
                return Known(f"{known.words}, filled in so far", known.value, False)
        return None


def _orders(ndim: int) -> Iterable[tuple[int, ...]]:
    return itertools.permutations(range(ndim)) if ndim <= 3 else [tuple(range(ndim))]


def _bare(value: Array) -> Array:
    return value.reshape([n for n in value.shape if n != 1])


def _views(known: Known) -> Iterable[tuple[str, Array]]:
    """The value, its slices along the first axis, and theirs."""
    value = np.asarray(known.value, dtype=np.float64)
    yield known.words, value
    if value.ndim in (2, 3) and value.shape[0] <= 64:
        for i in range(value.shape[0]):
            what = "head" if value.ndim == 3 else "row"
            yield f"{known.words}, {what} {i}", value[i]
            if value.ndim == 3:
                yield from ((f"{known.words}, head {i}, row {j}", value[i, j]) for j in range(value.shape[1]))
    if value.ndim == 2 and value.shape[1] <= 64:
        yield from ((f"{known.words}, column {j}", value[:, j]) for j in range(value.shape[1]))


def _alike(a: Array, b: Array) -> bool:
    a, b = np.maximum(a, DEEP), np.maximum(b, DEEP)
    finite = np.isfinite(b)
    if not (np.isfinite(a) == finite).all():
        return False
    a, b = a[finite], b[finite]
    size = float(np.abs(b).mean()) if b.size else 0.0
    return bool((np.abs(a - b) <= RTOL * (np.abs(b) + size)).all())


@np.errstate(all="ignore")
def explain_events(events: Sequence[Any], known: KnownValues) -> list[Made]:
    """The worker's events in words. Nothing in them is believed: at worst a word is wrong."""
    made = []
    blanks: dict[tuple[str, str], Any] = {}
    for event in events[:400]:
        if not (isinstance(event, list) and len(event) == 6 and isinstance(event[4], list)):
            continue
        _, function, line, name, facts, value = event
        if not (
            isinstance(function, str) and isinstance(line, int) and isinstance(name, str) and len(facts) == 4
        ):
            continue
        count, kind, shape, dtype = facts
        words, is_known = _words_of(value, known)
        blank = blanks.setdefault((function, name), value)
        if is_known is False and (part := _part_of(value, blank, known)) is not None:
            words, is_known = f"= {part.words}", True
        turn = f", head {count - 1}" if isinstance(count, int) else ""  # round k of a loop, head k: as it is
        plain = not words.startswith("= minus ") and not any(
            what in words.removesuffix(turn) for what in NOT_PLAIN
        )
        made.append(
            Made(
                function[:80],
                line,
                name[:80],
                int(count) if isinstance(count, int) else 1,
                str(kind)[:40],
                tuple(shape) if isinstance(shape, list) else None,
                str(dtype)[:20],
                words,
                is_known,
                plain,
            )
        )
    return made


def _words_of(value: Any, known: KnownValues) -> tuple[str, bool | None]:
    if isinstance(value, (list, tuple)) and value and all(isinstance(part, np.ndarray) for part in value):
        found = [_words_of(part, known) for part in value]
        if any(is_known is False for _, is_known in found):
            return NOTHING, False
        words = dict.fromkeys(words.removeprefix("= ") for words, _ in found if words)
        return (f"= {'; '.join(list(words)[:3])}", True) if words else ("", None)
    array = as_array(value) if isinstance(value, np.ndarray) else None
    if array is None or array.dtype.kind != "f" or array.size < LEAST or array.size > 1 << 16:
        return "", None
    if np.isnan(array).any():
        return "holds NaN", False
    flat = array.astype(np.float64)
    if float(np.ptp(np.maximum(flat, DEEP))) == 0.0:
        return "", None  # all the same number: empty room that will be filled
    if known.is_empty:
        return "", None
    found_one = known.find(flat) or _for_every_row(flat, known)
    return (f"= {found_one.words}", True) if found_one else (NOTHING, False)


def _for_every_row(value: Array, known: KnownValues) -> Known | None:
    """A known vector, a bias as a rule, that was repeated for every row."""
    if value.ndim < 2 or value.shape[-1] < 2:
        return None
    row = value.reshape(-1, value.shape[-1])[0]
    found = known.find(row) if bool((value == row).all()) else None
    if found is None or found.value.ndim != 1 or not found.plain or any(w in found.words for w in NOT_PLAIN):
        return None
    return Known(f"{found.words}, for every row", found.value, False)


def _part_of(value: Any, blank: Any, known: KnownValues) -> Known | None:
    if not (isinstance(value, np.ndarray) and isinstance(blank, np.ndarray) and value is not blank):
        return None
    if value.dtype.kind != "f" or blank.dtype.kind not in "fiu" or value.shape != blank.shape:
        return None
    return known.find_part(value.astype(np.float64), blank.astype(np.float64))
