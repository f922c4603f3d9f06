"""Walk a prompt through the kata's functions, one by one, and keep every number on the way.

The same walk serves twice: with the reference's functions and float64 weights it gives the truth, with
the functions of a student's folder and the model's own float32 weights it gives what that code does.

Most stages are what a function of the kata returns. Three hide inside one: the embeddings in `gpt2`, the
scores in `attention`, the residual after attention in `transformer_block`. Those are seen by listening
to the helper that the function hands them to; where it calls no helper, they are recomputed from the
formula, and the stage says so.
"""

from __future__ import annotations

import ast
import inspect
import math
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Functions = Mapping[str, Callable[..., Any]]

RETURNED, SEEN, RECOMPUTED, ABSENT = "returned", "seen inside", "recomputed", "not there"


@dataclass
class Stage:
    """One place on the way: its numbers, and where they come from."""

    value: Array
    function: str  # the kata's function that makes these numbers
    how: str = RETURNED
    line: int | None = None  # the line of that function's file that makes them, where it is known
    error: str | None = None  # the function failed here, and these are the true numbers


class _Run:
    """The stages so far, keyed as the golden activations are (`embed`, `h.0.ln_1`, … `logits`)."""

    def __init__(self, functions: Functions, truth: Mapping[str, Array] | None) -> None:
        self.functions = functions
        self.truth = truth
        self.stages: dict[str, Stage] = {}

    def value(self, key: str) -> Array:
        return self.stages[key].value

    def call(self, key: str, name: str, shape: tuple[int, ...], *args: Any, **kwargs: Any) -> Array:
        """Call a function of the kata and keep what it returns as the stage `key`.

        Where there is no such function, or it raises, or returns something that is not numbers of this
        shape, the stage keeps the reason and the truth's numbers, so that the walk goes on.
        """
        function = self.functions.get(name)
        try:
            if function is None:
                raise KeyError(name)
            with np.errstate(all="ignore"):
                value = as_numbers(function(*fresh(args), **kwargs), name, shape)
            stage = Stage(value, name, RETURNED, return_line(function))
        except (Exception, SystemExit) as caught:  # whatever a student's function may raise
            if self.truth is None:
                raise
            stage = Stage(self.truth[key].astype(np.float32), name, ABSENT)
            if function is not None:
                stage.how, (stage.error, stage.line) = RETURNED, describe(caught, function)
        self.stages[key] = stage
        return stage.value

    @contextmanager
    def listening(self, function: str, helper: str) -> Iterator[list[Heard]]:
        """While this is open, note what a function hands to `helper` (a name in its own module)."""
        with listening(self.functions.get(function), helper) as heard:
            yield heard


def walk(
    functions: Functions,
    params: Mapping[str, Any],
    ids: Sequence[int],
    n_head: int,
    truth: Mapping[str, Array] | None = None,
) -> dict[str, Stage]:
    """Run the prompt `ids` through every function of the kata.

    Args:
        functions: the kata's functions of steps 1-9 by name; some may be missing where `truth` is given.
        params: the tree of weights; its dtype is the dtype of the walk.
        ids: token ids, at least one.
        n_head: number of heads.
        truth: what each stage should be; takes the place of a function that is missing or fails.
    Returns:
        The stages, in the order of the journey.
    Raises:
        Exception: without `truth`, whatever the functions raise.
    """
    run = _Run(functions, truth)
    n_seq, (n_vocab, n_embd) = len(ids), params["wte"].shape
    row, per_head = (n_seq, n_embd), (n_head, n_seq, n_embd // n_head)

    # The whole model first: it gives the embeddings (what the first block was handed) and the logits.
    with run.listening("gpt2", "transformer_block") as heard:
        logits = run.call("logits", "gpt2", (n_seq, n_vocab), list(ids), **params, n_head=n_head)
    whole = run.stages.pop("logits")
    run.stages["embed"] = hidden(heard, 0, "gpt2", params["wte"][list(ids)] + params["wpe"][:n_seq])
    x = run.value("embed")
    mask = run.call("mask", "causal_mask", (n_seq, n_seq), n_seq)

    for index, block in enumerate(params["blocks"]):
        h, attn, mlp = f"h.{index}", block["attn"], block["mlp"]
        ln_1 = run.call(f"{h}.ln_1", "layer_norm", row, x, **block["ln_1"])
        qkv = run.call(f"{h}.qkv", "linear", (n_seq, 3 * n_embd), ln_1, **attn["c_attn"])
        q, k, v = (
            run.call(f"{h}.{name}", "split_heads", per_head, part, n_head)
            for name, part in zip("qkv", np.split(qkv, 3, axis=-1))
        )
        # With a mask of zeros, softmax is handed the bare scores.
        with run.listening("attention", "softmax") as heard:
            try_quietly(functions.get("attention"), q, k, v, np.zeros((n_seq, n_seq), q.dtype))
        scores = np.einsum("hqd,hkd->hqk", q, k) / math.sqrt(q.shape[-1])
        run.stages[f"{h}.scores"] = hidden(heard, 0, "attention", scores)
        with np.errstate(all="ignore"):
            masked = run.value(f"{h}.scores") + mask
        run.call(f"{h}.weights", "softmax", (n_head, n_seq, n_seq), masked)
        heads = run.call(f"{h}.heads", "attention", per_head, q, k, v, mask)
        run.call(f"{h}.merged", "merge_heads", row, heads)
        mixed = run.call(f"{h}.attn", "mha", row, ln_1, **attn, n_head=n_head)
        with run.listening("transformer_block", "layer_norm") as heard:
            out = run.call(f"{h}.out", "transformer_block", row, x, **block, n_head=n_head)
        block_out = run.stages.pop(f"{h}.out")
        run.stages[f"{h}.mid"] = hidden(heard, 1, "transformer_block", x + mixed)
        ln_2 = run.call(f"{h}.ln_2", "layer_norm", row, run.value(f"{h}.mid"), **block["ln_2"])
        fc = run.call(f"{h}.fc", "linear", (n_seq, 4 * n_embd), ln_2, **mlp["c_fc"])
        run.call(f"{h}.gelu", "gelu", fc.shape, fc)
        run.call(f"{h}.mlp", "feed_forward", row, ln_2, **mlp)
        run.stages[f"{h}.out"] = block_out
        x = out
    run.call("ln_f", "layer_norm", row, x, **params["ln_f"])
    run.stages["logits"] = whole
    run.call("probs", "softmax", (n_seq, n_vocab), logits)
    return run.stages


# ------------------------------------------------------------------------ listening to a function


@dataclass
class Heard:
    """One call that a function made to a helper: the first argument, and where it was made."""

    value: Any
    function: Callable[..., Any]
    helper: str
    line: int


@contextmanager
def listening(function: Callable[..., Any] | None, helper: str) -> Iterator[list[Heard]]:
    """While this is open, note what `function` hands to `helper` (a name in its own module).

    Nothing is heard where the function does not call the helper by that name; the list is then empty.
    """
    heard: list[Heard] = []
    names = getattr(function, "__globals__", {})
    code = getattr(function, "__code__", None)
    original = names.get(helper)
    if function is None or code is None or not callable(original):
        yield heard
        return
    listened = function
    try:
        first_name = next(iter(inspect.signature(original).parameters), "")
    except (TypeError, ValueError):  # a compiled function may have no signature
        first_name = ""

    def listener(*args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1)
        # Not the caller's code object: a comprehension has one of its own before Python 3.12.
        if caller.f_code.co_filename == code.co_filename and caller.f_globals is names:
            value = args[0] if args else kwargs.get(first_name)
            heard.append(Heard(np.array(value), listened, helper, caller.f_lineno))
        return original(*args, **kwargs)

    names[helper] = listener
    try:
        yield heard
    finally:
        names[helper] = original


def hidden(heard: list[Heard], index: int, function: str, formula: Array) -> Stage:
    """A stage inside a function: what was heard there, else the value of the formula."""
    if len(heard) > index and heard[index].value.shape == formula.shape:
        value = heard[index].value
        if value.dtype.kind in "fiub":
            return Stage(value, function, SEEN, making_line(heard[index]))
    return Stage(formula, function, RECOMPUTED)


def try_quietly(function: Callable[..., Any] | None, *args: Any) -> None:
    """Call a function only for what is heard inside it; its failure shows where its own stage is."""
    if function is None:
        return
    try:
        with np.errstate(all="ignore"):
            function(*fresh(args))
    except (Exception, SystemExit):
        return


# ---------------------------------------------------------------------------------------- helpers


def fresh(args: Sequence[Any]) -> list[Any]:
    """Copies of the arrays among the arguments: a function that changes its input spoils only its copy."""
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]


def as_numbers(value: Any, name: str, shape: tuple[int, ...]) -> Array:
    """What a function returned, as an array of this shape.

    Raises:
        ValueError: it is not an array of real numbers of this shape; the message says what it is.
    """
    if not isinstance(value, np.ndarray):
        raise ValueError(f"{name} returned {type(value).__name__}, not an array")
    if value.shape != shape:
        raise ValueError(f"{name} returned the shape {list(value.shape)}, expected {list(shape)}")
    if value.dtype.kind not in "fiub":
        raise ValueError(f"{name} returned {value.dtype}, not real numbers")
    return value


def describe(error: BaseException, function: Callable[..., Any]) -> tuple[str, int | None]:
    """One line about a failure, and the line of the function's file where it happened."""
    text = " ".join(str(error).split()) or "no message"
    text = text if len(text) <= 200 else text[:199] + "…"
    code = getattr(function, "__code__", None)
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if code is not None and frame.filename == code.co_filename and frame.lineno
    ]
    raised = text if isinstance(error, ValueError) and not lines else f"{type(error).__name__}: {text}"
    return raised, lines[-1] if lines else None


def source_lines(function: Callable[..., Any]) -> tuple[list[str], int] | None:
    """A function's lines and the number of the first one; None where the source cannot be read."""
    try:
        return inspect.getsourcelines(function)
    except (OSError, TypeError):
        return None


def numbered_source(function: Callable[..., Any]) -> list[tuple[int, str]]:
    """The function's code as `(line number, text)`, without its docstring; empty where unreadable."""
    found = source_lines(function)
    if found is None:
        return []
    lines, first = found
    numbered = [(first + index, line.rstrip()) for index, line in enumerate(lines)]
    node = _definition(lines)
    if node is None:
        return numbered
    docstring = node.body[0] if ast.get_docstring(node) is not None else None
    if docstring is not None and docstring.end_lineno is not None:
        start, end = first + docstring.lineno - 1, first + docstring.end_lineno - 1
        numbered = [(number, text) for number, text in numbered if not start <= number <= end]
    return numbered


def return_line(function: Callable[..., Any]) -> int | None:
    """The line of a function's last `return`, where its source can be read."""
    found = source_lines(function)
    if found is None:
        return None
    lines, first = found
    node = _definition(lines)
    returns = [] if node is None else [n.lineno for n in ast.walk(node) if isinstance(n, ast.Return)]
    return first + max(returns) - 1 if returns else None


def making_line(heard: Heard) -> int:
    """The line that makes what was heard: the last assignment before the call to a name in its argument.

    `scores = q @ k.T` and then `softmax(scores + mask)`: the first of these lines. Where the argument is
    worked out in the call itself, the line of the call.
    """
    found = source_lines(heard.function)
    node = None if found is None else _definition(found[0])
    if found is None or node is None:
        return heard.line
    call_line = heard.line - found[1] + 1
    argument_names = {
        name.id
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == heard.helper
        if call.args and call.lineno <= call_line <= (call.end_lineno or call.lineno)
        for name in ast.walk(call.args[0])
        if isinstance(name, ast.Name)
    }
    lines = [
        assignment.lineno
        for assignment in ast.walk(node)
        if isinstance(assignment, ast.Assign) and assignment.lineno < call_line
        for target in assignment.targets
        if isinstance(target, ast.Name) and target.id in argument_names
    ]
    return found[1] + max(lines) - 1 if lines else heard.line


def _definition(lines: list[str]) -> ast.FunctionDef | None:
    try:
        body = ast.parse(textwrap.dedent("".join(lines))).body
    except SyntaxError:
        return None
    return body[0] if body and isinstance(body[0], ast.FunctionDef) else None
