"""Compare an answer with what is expected, and say the difference in a person's words.

Checked in this order: it is an array (or a list, where the contract says so), shape, finite,
values. Each check has its own first line; the first one that fails speaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from grader.judging.failure import (
    Array,
    Failure,
    article,
    not_an_array,
    number,
    place,
    ranges,
    shape_text,
    some_ids,
    yours_and_expected,
)
from grader.judging.values import as_array, as_id, strict_array
from grader.kata.curriculum import Function
from grader.kata.tolerances import TOLERANCES

__all__ = [
    "Array",
    "Failure",
    "as_array",
    "as_id",
    "number",
    "place",
]  # also here for the modules that show a comparison

Path = tuple[Any, ...]  # the keys that lead to a part of an answer

# What one place along an axis is called where the contract allows any leading axes; the last axis first.
_ANY_AXES = ("column", "row", "batch")
_LAST_AXIS = {"layer_norm": "feature", "linear": "feature"}
_CACHE_AXES = ("head", "token", "feature")
ELEMENTWISE = ("gelu",)  # each number of the answer comes from one number of the input
DEEP = -9e3  # at or below this a place of a mask counts as hidden: the suites' largest scores are 5000


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
    value: Any,
    value_type: str,
    expected: Any,
    function: Function,
    case: str,
    error: float | None = None,
    *,
    what: str = "",
    axes: tuple[str, ...] = (),
    inputs: Any = None,
) -> Failure | None:
    """Judge an answer that should be an array; None means that it is right.

    Args:
        value: what the student's function returned, as it came over the wire.
        value_type: the name of its type in the student's process.
        expected: what is right, float64.
        function: the contract.
        case: which input this is, in words.
        error: the tolerance, where it is not the function's own.
        what: which part of the answer this is; "": all of it.
        axes: what a place along each axis is called, where it is not the function's own.
        inputs: what the function was given, for functions that work on every number alone.
    """
    expected = np.asarray(expected)
    name = f"{function.name}: {what}" if what else function.name
    axes = axes if len(axes) == expected.ndim else place_names(function, expected.ndim)
    given = strict_array(value)
    if given is None:
        return Failure(
            not_an_array(name, value, value_type), [f"on {case}"], function=function.name, case=case
        )
    shapes = [("shape", shape_text(given.shape), shape_text(expected.shape))]
    failure = Failure("", [f"on {case}"], function=function.name, case=case, axes=axes, shapes=shapes)
    if given.shape != expected.shape:
        failure.first = _wrong_shape(name, function, given, expected)
        return failure
    shapes.append(("dtype", str(given.dtype), "float32 (float64 passes)"))
    x = np.asarray(inputs) if function.name in ELEMENTWISE and inputs is not None else None
    if x is not None and x.shape != expected.shape:
        x = None
    if x is None:
        failure.yours, failure.expected = given, expected

    def at(index: tuple[int, ...]) -> str:
        return place(index, axes) if x is None else f"x = {number(x[index])}"

    finite = np.isfinite(given)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        word = "NaN" if np.isnan(given[where]) else "infinite"
        failure.first = (
            f"{name} has {word} numbers: {int((~finite).sum())} of {given.size}, first at {at(where)}, "
            f"where {number(expected[where])} is expected"
        )
        return failure
    limit = tolerance(function.name) if error is None else error
    distance = errors(given, expected)
    wrong = distance > limit
    if not wrong.any():
        return None
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    worst = tuple(int(i) for i in np.unravel_index(int(np.argmax(distance)), distance.shape))
    failure.away = float(distance[worst])
    failure.first = (
        f"{name} is wrong at {int(wrong.sum())} of {wrong.size} places; the first is "
        f"{at(where)}: {yours_and_expected(given[where], expected[where])}"
    )
    if given.dtype == np.float16:
        failure.evidence.append("your numbers have only half precision (float16): 3 digits")
    if worst != where:
        off = yours_and_expected(given[worst], expected[worst])
        failure.evidence.append(f"worst at {at(worst)}: {off}")
    if x is None:
        failure.evidence += _where_wrong(wrong, axes)
    return failure


def compare_mask(
    value: Any, value_type: str, expected: Array, function: Function, case: str
) -> Failure | None:
    """Judge a mask: 0 where a query may look, any number at or below DEEP where it may not."""
    given = strict_array(value)
    if given is None or given.shape != expected.shape or np.isnan(given).any():
        return compare_array(value, value_type, expected, function, case)
    hidden = expected < 0
    away = np.where(hidden, given.astype(np.float64) - DEEP, np.abs(given.astype(np.float64)))
    wrong = away > np.where(hidden, 0.0, tolerance(function.name))
    if not wrong.any():
        return None
    failure = Failure("", [f"on {case}"], function=function.name, case=case, axes=place_names(function, 2))
    failure.shapes = [("shape", shape_text(given.shape), shape_text(expected.shape))]
    failure.yours, failure.expected = np.maximum(given, 2 * DEEP), np.maximum(expected, DEEP)
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    right = f"hidden ({DEEP:g} or lower)" if hidden[where] else "0"
    failure.first = (
        f"{function.name} is wrong at {int(wrong.sum())} of {wrong.size} places; the first is "
        f"{place(where, failure.axes)}: yours {number(given[where])}, expected {right}"
    )
    failure.evidence += _where_wrong(wrong, failure.axes)
    return failure


def compare_ids(value: Any, value_type: str, expected: Sequence[int], function: Function, case: str,
                n_prompt: int = 0) -> Failure | None:  # fmt: skip
    """Judge an answer that should be a list of token ids."""
    name, right = function.name, [int(i) for i in expected]
    failure = Failure("", [f"on {case}"], function=name, case=case)
    if value is None:
        failure.first = f"{name} returned None: does it end with a return?"
        return failure
    if not isinstance(value, list):
        failure.first = f"{name} returned {article(value_type)}; a list of ids is expected"
        return failure
    ids = [as_id(item) for item in value]
    if None in ids:
        at = ids.index(None)
        kind = type(value[at]).__name__
        failure.first = f"{name} returned a list in which item {at} is {article(kind)}, not a token id"
        return failure
    failure.shapes = [("length", str(len(ids)), str(len(right)))]
    if ids == right:
        return None
    if len(ids) != len(right):
        failure.first = f"{name} returned {len(ids)} ids; {len(right)} are expected"
        if n_prompt and len(ids) == len(right) - n_prompt:
            failure.first += f": the prompt's {n_prompt} ids come first"
    else:
        at = next(i for i, (a, b) in enumerate(zip(ids, right)) if a != b)
        new = f"new token {at - n_prompt}" if n_prompt else f"id {at}"
        what = f"prompt id {at}" if at < n_prompt else new
        failure.first = f"{name} first differs at {what}: yours {ids[at]}, expected {right[at]}"
    failure.evidence += [f"yours    {some_ids(ids)}", f"expected {some_ids(right)}"]
    return failure


def compare_text(value: Any, value_type: str, expected: str, function: Function, case: str) -> Failure | None:
    """Judge an answer that should be a text."""
    failure = Failure("", [f"on {case}"], function=function.name, case=case)
    if not isinstance(value, str):
        failure.first = f"{function.name} returned {article(value_type)}; a text (str) is expected"
        return failure
    if value == expected:
        return None
    at = next((i for i, (a, b) in enumerate(zip(value, expected)) if a != b), min(len(value), len(expected)))
    failure.first = f"{function.name} first differs at character {at}"
    around = slice(max(0, at - 12), at + 20)
    failure.evidence += [f"yours    {value[around]!r}", f"expected {expected[around]!r}"]
    return failure


def compare_tree(
    value: Any, value_type: str, expected: Any, function: Function, case: str, error: float | None = None
) -> Failure | None:
    """Judge a nest of tuples, lists and dicts of arrays, part by part; lists and tuples count as the same."""
    for path, yours, right in _parts(value, expected):
        kind = type(yours).__name__ if path else value_type
        what = part_name(function.name, path)
        if isinstance(right, str):  # what is wrong with this part, in words
            first = right.replace("{kind}", article(kind))
            return Failure(f"{function.name}: {what or 'the answer'} {first}", [f"on {case}"],
                           function=function.name, case=case)  # fmt: skip
        axes = _CACHE_AXES if function.axes and np.ndim(right) == len(_CACHE_AXES) else ()
        wrong = compare_array(yours, kind, right, function, case, error, what=what, axes=axes)
        if wrong:
            return wrong
    return None


def _parts(
    value: Any, expected: Any, path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """(path, yours, expected) of every leaf; a text in the place of "expected" says what is wrong there."""
    if isinstance(expected, dict):
        if not isinstance(value, dict):
            yield path, value, "is {kind}; a dict is expected"
            return
        missing, extra = expected.keys() - value.keys(), value.keys() - expected.keys()
        if missing or extra:
            some = ", ".join(repr(key) for key in sorted(map(str, missing or extra))[:4])
            more = " and more" if len(missing or extra) > 4 else ""
            yield (
                path,
                value,
                f"lacks {some}{more}" if missing else f"has {some}{more}, which do not belong there",
            )
            return
        keys: Sequence[Any] = list(expected)
    elif isinstance(expected, (tuple, list)):
        if path and isinstance(value, np.ndarray) and value.ndim > 1 and len(value) == len(expected):
            value = list(value)  # keys and values stacked into one array unpack like a pair
        if not isinstance(value, (tuple, list)) or len(value) != len(expected):
            size = f" of {len(value)}" if isinstance(value, (tuple, list)) else ""
            kind = "a pair" if len(expected) == 2 else f"a list of {len(expected)}"
            yield path, value, f"is {{kind}}{size}; {kind} is expected"
            return
        keys = range(len(expected))
    else:
        yield path, value, expected
        return
    for key in keys:
        yield from _parts(value[key], expected[key], (*path, key))


def part_name(function: str, path: Sequence[Any]) -> str:
    """A part of an answer in the words of the step: "the keys of present", "block 0's attn.c_attn.w"."""
    if not path:
        return ""
    if function in ("mha_cached", "gpt2_cached"):
        if path[0] == 0:
            return "out" if function == "mha_cached" else "logits"
        inside = list(path[1:])
        of_block = f" of block {inside.pop(0)}" if function == "gpt2_cached" and inside else ""
        return (
            f"present{of_block}"
            if not inside
            else f"the {('keys', 'values')[inside[0]]} in present{of_block}"
        )
    if path[0] == "blocks" and len(path) > 1:
        return f"block {path[1]}" + (f"'s {'.'.join(map(str, path[2:]))}" if path[2:] else "")
    return ".".join(map(str, path)) if function == "to_params" else f"tensor {path[0]!r}"


def place_names(function: Function, ndim: int) -> tuple[str, ...]:
    """What a place along each axis is called."""
    if len(function.axes) == ndim:
        return tuple(word for _, word in function.axes)
    words = (_LAST_AXIS.get(function.name, _ANY_AXES[0]), *_ANY_AXES[1:])
    return tuple(words[min(ndim - 1 - axis, len(words) - 1)] for axis in range(ndim))


def _wrong_shape(name: str, function: Function, given: Array, expected: Array) -> str:
    named = ""
    if len(function.axes) == expected.ndim:
        named = " = [" + ", ".join(dimension for dimension, _ in function.axes) + "]"
    first = f"{name} has shape {shape_text(given.shape)}; {shape_text(expected.shape)}{named} is expected"
    if name == function.name:
        first = first.replace(" has shape", " returned shape", 1)
    if given.ndim == expected.ndim:
        if sorted(given.shape) == sorted(expected.shape):
            first += ": the axes are in another order"
    elif given.size == expected.size:
        first += ": the right count of numbers in a different shape"
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
            good = ranges([i for i in range(n) if i not in set(bad.tolist())])
            lines.append(f"{word} {ranges(bad.tolist())} wrong, {word} {good} right")
    return lines
