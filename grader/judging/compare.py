"""Compare an answer with what is expected, and say the difference in a person's words.

Checked in this order: it is an array (or a list, where the contract says so), shape, finite,
values. Each check has its own first line; the first one that fails speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.kata.curriculum import Function
from grader.kata.tolerances import TOLERANCES
from grader.sandbox.wire import Opaque

Array = npt.NDArray[Any]

# What one place along an axis is called where the contract allows any leading axes.
_ANY_AXES = ("column", "row", "matrix", "batch")


@dataclass
class Failure:
    """Why one call failed: a first line that stands alone, the evidence, one next action.

    Attributes:
        first: the sentence to read first.
        evidence: facts, a line each.
        action: what to do next, or "".
        yours, expected: the arrays, where both have one shape; for heatmaps.
        axes: what a place along each axis is called.
        printed: what the student's code printed during the call.
        file, line, source_line: the student's own line that raised, where one did.
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
    printed: str = ""
    file: str = ""
    line: int | None = None
    source_line: str = ""

    def text(self) -> str:
        """The whole failure as plain text, as reports carry it."""
        lines = [self.first, *(f"  {line}" for line in self.evidence)]
        if self.printed:
            lines += ["  your code printed:", *(f"    {line}" for line in self.printed.splitlines())]
        if self.action:
            lines.append(f"  next: {self.action}")
        return "\n".join(lines)


def tolerance(function: str) -> float:
    """The largest error that passes for this function."""
    return TOLERANCES[function].error if function in TOLERANCES else 0.0


def errors(yours: Array, expected: Array) -> Array:
    """|yours - expected| by place, in units of max(1, largest |expected| of the row)."""
    yours64, expected64 = yours.astype(np.float64), expected.astype(np.float64)
    if expected64.ndim == 0:
        scale = np.maximum(1.0, np.abs(expected64))
    else:
        scale = np.maximum(1.0, np.max(np.abs(expected64), axis=-1, keepdims=True, initial=0.0))
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.abs(yours64 - expected64) / scale)


def compare_array(
    value: Any, value_type: str, expected: Array, function: Function, case: str, error: float | None = None
) -> Failure | None:
    """Judge an answer that should be an array; None means that it is right.

    Args:
        value: what the student's function returned, as it came over the wire.
        value_type: the name of its type in the student's process.
        expected: what is right, float64.
        function: the contract.
        case: which input this is, in words.
        error: the tolerance, where it is not the function's own.
    """
    name = function.name
    axes = place_names(function, expected.ndim)
    given = as_array(value)
    if given is None:
        return Failure(not_an_array(name, value, value_type), [f"on {case}"], function=name, case=case)
    shapes = [("shape", shape_text(given.shape), shape_text(expected.shape))]
    failure = Failure("", [f"on {case}"], function=name, case=case, axes=axes, shapes=shapes)
    if given.shape != expected.shape:
        failure.first = _wrong_shape(function, given, expected)
        return failure
    shapes.append(("dtype", str(given.dtype), "float32 (float64 passes)"))
    failure.yours, failure.expected = given, expected
    finite = np.isfinite(given)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        bad = int((~finite).sum())
        word = "NaN" if np.isnan(given[where]) else "infinite"
        failure.first = (
            f"{name} has {word} numbers: {bad} of {given.size}, first at {place(where, axes)}, "
            f"where {number(expected[where])} is expected"
        )
        return failure
    limit = tolerance(name) if error is None else error
    distance = errors(given, expected)
    wrong = distance > limit
    if not wrong.any():
        return None
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    worst = tuple(int(i) for i in np.unravel_index(int(np.argmax(distance)), distance.shape))
    failure.first = (
        f"{name} is wrong at {int(wrong.sum())} of {wrong.size} places; the first is "
        f"{place(where, axes)}: yours {number(given[where])}, expected {number(expected[where])}"
    )
    if worst != where:
        failure.evidence.append(
            f"farthest off at {place(worst, axes)}: yours {number(given[worst])}, "
            f"expected {number(expected[worst])}"
        )
    failure.evidence += _where_wrong(wrong, axes)
    return failure


def compare_ids(value: Any, value_type: str, expected: Sequence[int], function: Function, case: str,
                n_prompt: int = 0) -> Failure | None:  # fmt: skip
    """Judge an answer that should be a list of token ids."""
    name = function.name
    failure = Failure("", [f"on {case}"], function=name, case=case)
    if not isinstance(value, list):
        failure.first = f"{name} returned {article(value_type)}, and the contract says a list of ids"
        return failure
    ids = [as_id(item) for item in value]
    if None in ids:
        at = ids.index(None)
        kind = type(value[at]).__name__
        failure.first = f"{name} returned a list in which item {at} is {article(kind)}, not a token id"
        return failure
    failure.shapes = [("length", str(len(ids)), str(len(expected)))]
    if ids == list(expected):
        return None
    if len(ids) != len(expected):
        failure.first = f"{name} returned {len(ids)} ids; {len(expected)} are expected"
        if n_prompt and len(ids) == len(expected) - n_prompt:
            failure.first += f": the prompt's {n_prompt} ids come first"
    else:
        at = next(i for i, (a, b) in enumerate(zip(ids, expected)) if a != b)
        what = (
            f"prompt id {at}" if at < n_prompt else f"new token {at - n_prompt}" if n_prompt else f"id {at}"
        )
        failure.first = f"{name} differs first at {what}: yours {ids[at]}, expected {expected[at]}"
    failure.evidence += [f"yours    {_short(ids)}", f"expected {_short(list(expected))}"]
    return failure


def compare_text(value: Any, value_type: str, expected: str, function: Function, case: str) -> Failure | None:
    """Judge an answer that should be a text."""
    failure = Failure("", [f"on {case}"], function=function.name, case=case)
    if not isinstance(value, str):
        failure.first = f"{function.name} returned {article(value_type)}, and a text (str) is expected"
        return failure
    if value == expected:
        return None
    at = next((i for i, (a, b) in enumerate(zip(value, expected)) if a != b), min(len(value), len(expected)))
    failure.first = f"{function.name} differs first at character {at}: the text is another"
    around = slice(max(0, at - 12), at + 20)
    failure.evidence += [f"yours    {value[around]!r}", f"expected {expected[around]!r}"]
    return failure


def compare_tree(
    value: Any,
    value_type: str,
    expected: Any,
    function: Function,
    case: str,
    error: float | None = None,
    at: str = "",
) -> Failure | None:
    """Judge a nest of tuples, lists and dicts of arrays, leaf by leaf; lists and tuples are alike."""
    name = f"{function.name}'s {at}" if at else function.name
    failure = Failure("", [f"on {case}"], function=function.name, case=case)
    if isinstance(expected, dict):
        if not isinstance(value, dict):
            kind = value_type if not at else type(value).__name__
            failure.first = f"{name} is {article(kind)}, and a dict is expected"
            return failure
        missing, extra = expected.keys() - value.keys(), value.keys() - expected.keys()
        if missing or extra:
            word, keys = ("lacks", missing) if missing else ("has besides", extra)
            some = ", ".join(repr(key) for key in sorted(map(str, keys))[:4])
            failure.first = f"{name} {word} {some}" + (" and more" if len(keys) > 4 else "")
            return failure
        parts = [(f"{at}[{key!r}]", value[key], expected[key]) for key in expected]
    elif isinstance(expected, (tuple, list)):
        if at and isinstance(value, np.ndarray) and value.ndim > 1:
            value = list(value)  # keys and values stacked into one array unpack like a pair
        if not isinstance(value, (tuple, list)) or len(value) != len(expected):
            kind = value_type if not at else type(value).__name__
            size = f" of {len(value)}" if isinstance(value, (tuple, list)) else ""
            failure.first = f"{name} is {article(kind)}{size}; {len(expected)} parts in a row are expected"
            return failure
        parts = [(f"{at}[{i}]", a, b) for i, (a, b) in enumerate(zip(value, expected))]
    else:
        axes = function.axes if len(function.axes) == np.ndim(expected) else ()
        leaf = Function(function.name, function.parameters, function.points, axes)
        kind = value_type if not at else type(value).__name__
        wrong = compare_array(value, kind, np.asarray(expected), leaf, case, error)
        if wrong and at:
            wrong.first = wrong.first.replace(function.name, name, 1)
        return wrong
    for where, part, other in parts:
        wrong = compare_tree(part, value_type, other, function, case, error, where)
        if wrong:
            return wrong
    return None


def as_array(value: Any) -> Array | None:
    """A numeric array from an array, a number or a regular nested list; else None."""
    if isinstance(value, (list, tuple)):
        try:
            value = np.array(value)
        except (ValueError, TypeError, OverflowError):
            return None
    if isinstance(value, (int, float, np.generic)) and not isinstance(value, bool):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        return None
    return value


def as_id(value: Any) -> int | None:
    """A token id from a whole number of any kind; else None."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        return None
    return int(value)


def not_an_array(name: str, value: Any, value_type: str) -> str:
    if value is None:
        return f"{name} returned None: is there a return at its end?"
    if isinstance(value, (list, tuple)):
        return (
            f"{name} returned a {type(value).__name__} that is no array: its rows differ, or are no numbers"
        )
    if isinstance(value, np.ndarray):
        return f"{name} returned an array of {value.dtype}, and numbers (float32) are expected"
    note = f" ({value.note})" if isinstance(value, Opaque) and value.note else ""
    return f"{name} returned {article(value_type)}{note}, and an array is expected"


def place_names(function: Function, ndim: int) -> tuple[str, ...]:
    """What a place along each axis is called."""
    if len(function.axes) == ndim:
        return tuple(word for _, word in function.axes)
    return tuple(_ANY_AXES[min(ndim - 1 - axis, len(_ANY_AXES) - 1)] for axis in range(ndim))


def place(index: Sequence[int], axes: Sequence[str]) -> str:
    """An index in words: "head 2, query 0, key 3"."""
    return ", ".join(f"{axis} {i}" for axis, i in zip(axes, index)) or "the one number"


def number(value: Any) -> str:
    """A number as people read it: four digits."""
    return f"{float(value):.4g}"


def shape_text(shape: Sequence[int]) -> str:
    return "[" + ", ".join(str(n) for n in shape) + "]"


def article(type_name: str) -> str:
    return f"{'an' if type_name[:1].lower() in 'aeiou' else 'a'} {type_name}"


def _wrong_shape(function: Function, given: Array, expected: Array) -> str:
    named = ""
    if len(function.axes) == expected.ndim:
        named = " = [" + ", ".join(dimension for dimension, _ in function.axes) + "]"
    first = (
        f"{function.name} returned shape {shape_text(given.shape)}; "
        f"{shape_text(expected.shape)}{named} is expected"
    )
    if given.ndim == expected.ndim and given.shape != expected.shape:
        if sorted(given.shape) == sorted(expected.shape):
            first += ": the axes are in another order"
    elif given.size == expected.size:
        first += ": as many numbers, grouped otherwise"
    return first


def _where_wrong(wrong: Array, axes: Sequence[str]) -> list[str]:
    """For every axis of moderate length: which places along it are wrong at all."""
    lines = []
    for axis, word in enumerate(axes):
        n = wrong.shape[axis]
        if n < 2 or wrong.ndim < 2:
            continue
        others = tuple(a for a in range(wrong.ndim) if a != axis)
        bad = np.flatnonzero(wrong.any(axis=others))
        if 0 < len(bad) < n:
            lines.append(f"wrong in {word} {ranges(bad.tolist())} of 0-{n - 1}, right in the others")
    return lines


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


def _short(ids: Sequence[int | None]) -> str:
    text = " ".join(str(i) for i in ids[:24])
    return text + (f" … ({len(ids)} ids)" if len(ids) > 24 else "")
