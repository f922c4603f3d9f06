"""What can be seen inside one forward pass, taken from the functions that ran it.

Nothing here computes attention or a residual stream a second time: a `Recorder` listens to the calls of
the kata's functions (`Implementation.tap`) and keeps what passes by. The only softmax of a forward pass
gives the attention weights; what layer_norm is handed is the residual stream. Where somebody wrote a function
in one piece, so that no such call is heard, the reference recomputes the numbers, and `note` says so.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.run.implementation import Implementation, Owner
from reference_activations.models import Model

Array = NDArray[Any]

BY_SOFTMAX = "attention does not call softmax: the reference recomputed the weights from its q, k and v"


@dataclass(frozen=True)
class ShapeRow:
    """One function on the way, with the shapes of what goes in and what comes out.

    Attributes:
        depth: how deep in the call tree; the function called by the row above it is one deeper.
        calls: how often its caller calls it with these shapes.
    """

    depth: int
    function: str
    owner: Owner
    inputs: str
    output: str
    calls: int


@dataclass
class Call:
    """One call of a function of the kata, with the calls that it made."""

    name: str
    inputs: str
    output: str = ""
    children: list[Call] = field(default_factory=list)


class Recorder:
    """Listens to one forward pass.

    Args:
        n_new: how many positions are computed in it (all without a cache, the new ones with it).
        n_all: how many positions can be looked at.
        full: keep the attention of every position; else of the last one only.
    """

    def __init__(
        self, model: Model, implementation: Implementation, n_new: int, n_all: int, full: bool = False
    ) -> None:
        self.model, self.implementation = model, implementation
        self.n_new, self.n_all, self.full = n_new, n_all, full
        self.root = Call("", "")
        self.ran: list[str] = []
        self.weights: list[Array] = []  # what softmax returned, in order
        self.norm_inputs: list[Array] = []  # the last row of what layer_norm was handed
        self.block_rows: list[Array] = []  # the last row that went into and came out of each block
        self.attended: list[tuple[Any, ...]] = []  # (q, k, v, mask) of each call of attention
        self._stack = [self.root]
        self._parameters = {name: parameter_names(f) for name, f in implementation.functions.items()}

    def enter(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        call = Call(name, _inputs(self._parameters.get(name, ()), args, kwargs))
        self._stack[-1].children.append(call)
        self._stack.append(call)
        if name not in self.ran:
            self.ran.append(name)
        first: Any = args[0] if args else kwargs.get("x")
        if name == "layer_norm" and _is_rows(first, self.model.n_embd):
            self.norm_inputs.append(np.array(first[-1]))
        elif name == "transformer_block" and _is_rows(first, self.model.n_embd):
            self.block_rows.append(np.array(first[-1]))
        elif name == "attention":
            given = (*args, *(kwargs[key] for key in ("q", "k", "v", "mask") if key in kwargs))
            self.attended.append(tuple(np.array(value) for value in given))

    def leave(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        while self._stack[-1].name != name:  # calls that raised, and whose caller caught it
            self._stack.pop()
        self._stack.pop().output = _shape(result)
        if name == "softmax" and isinstance(result, np.ndarray) and result.shape[-1:] == (self.n_all,):
            last_only = not self.full and result.ndim >= 2 and result.shape[-2] == self.n_new
            self.weights.append(np.array(result[..., -1:, :] if last_only else result))
        elif name == "transformer_block" and _is_rows(result, self.model.n_embd):
            self.block_rows.append(np.array(result[-1]))

    def attention(self) -> Array | None:
        """The weights that were heard, [n_layer, n_head, n_query, n_key]; None where they do not add up.

        n_query is 1, the last position, unless the recorder is `full`. One softmax for a whole layer,
        one for each head and one for each row all add up to the same.
        """
        if not self.weights:
            return None
        rows = np.concatenate([w.reshape(-1, self.n_all) for w in self.weights])
        heads = (self.model.n_layer, self.model.n_head)
        for n_query in (1, self.n_new):
            if len(rows) == heads[0] * heads[1] * n_query:
                by_head = rows.reshape(*heads, n_query, self.n_all)
                return by_head if self.full else by_head[:, :, -1:]
        return None

    def stream(self) -> Array | None:
        """The residual stream of the last position, [2*n_layer + 1, n_embd] (or [n_layer + 1, n_embd]).

        It begins with the embedding, then comes the stream after the attention and after the feed-forward
        of every block; the shorter form has only the stream after each block.
        """
        n_layer = self.model.n_layer
        if len(self.norm_inputs) == 2 * n_layer + 1:
            return np.stack(self.norm_inputs)
        if len(self.block_rows) == 2 * n_layer:
            return np.stack([self.block_rows[0], *self.block_rows[1::2]])
        return None

    def shapes(self) -> tuple[ShapeRow, ...]:
        """The call tree, equal calls of one caller counted together."""
        rows: list[ShapeRow] = []

        def visit(calls: Sequence[Call], depth: int) -> None:
            counts: dict[tuple[str, str, str], list[Call]] = {}
            for call in calls:
                counts.setdefault((call.name, call.inputs, call.output), []).append(call)
            for (name, inputs, output), alike in counts.items():
                owner = self.implementation.owner(name)
                rows.append(ShapeRow(depth, name, owner, inputs, output, len(alike)))
                visit(alike[0].children, depth + 1)

        visit(self.root.children, 0)
        return tuple(rows)


@dataclass(frozen=True)
class Look:
    """What went on at the last position of one forward pass.

    Attributes:
        attention: [n_layer, n_head, n_key], or None where it cannot be seen.
        stream: the residual stream, [n_stage, n_embd], or None; `stages` names its rows.
        shapes: what was called, with shapes.
        ran: the functions that were called, with whose code it was.
        note: why the reference recomputed something; empty where everything was seen in the code that ran.
    """

    attention: Array | None
    stream: Array | None
    stages: tuple[str, ...]
    shapes: tuple[ShapeRow, ...]
    ran: dict[str, Owner]
    note: str


def look(recorder: Recorder, ids: Sequence[int]) -> Look:
    """Make sense of what a recorder heard; ask the reference for what it could not hear."""
    attention, stream = recorder.attention(), recorder.stream()
    notes = []
    if attention is None and recorder.attended:
        attention = _attention_of(recorder)
        if attention is not None:
            notes.append(BY_SOFTMAX)
    missing = [n for n, v in (("attention", attention), ("the residual stream", stream)) if v is None]
    if missing:
        again = _reference_pass(recorder, ids)
        what = " and ".join(missing)
        if again is None:
            notes.append(f"{what} cannot be seen: this code does it in one piece, and there is no solutions/")
        else:
            notes.append(f"this code has no separate calls for {what}: the reference recomputed it")
            attention = again.attention() if attention is None else attention
            stream = again.stream() if stream is None else stream
    return Look(
        attention=None if attention is None else attention[:, :, -1],
        stream=stream,
        stages=() if stream is None else _stage_names(len(stream), recorder.model.n_layer),
        shapes=recorder.shapes(),
        ran={name: recorder.implementation.owner(name) for name in recorder.ran},
        note="; ".join(notes),
    )


def full_attention(
    model: Model, implementation: Implementation, ids: Sequence[int]
) -> tuple[Array | None, str]:
    """The attention of every position: one more pass of gpt2, without a cache.

    Returns:
        ([n_layer, n_head, n_seq, n_seq] or None where it cannot be seen, a note as in `Look`).
    """
    recorder = Recorder(model, implementation, len(ids), len(ids), full=True)
    with implementation.tap(recorder):
        implementation.function("gpt2")(list(ids), **model.params, n_head=model.n_head)
    weights = recorder.attention()
    if weights is not None:
        return weights, ""
    weights = _attention_of(recorder)
    if weights is not None:
        return weights, BY_SOFTMAX
    again = _reference_pass(recorder, ids)
    if again is None:
        return None, "attention cannot be seen: this code does it in one piece, and there is no solutions/"
    return again.attention(), "this code has no separate calls for attention: the reference recomputed it"


def _attention_of(recorder: Recorder) -> Array | None:
    """The weights for the q, k, v and mask that attention was handed, by the reference's attention."""
    reference, model = recorder.implementation.reference, recorder.model
    if reference is None or any(len(given) != 4 for given in recorder.attended):
        return None
    again = Recorder(model, reference, recorder.n_new, recorder.n_all, recorder.full)
    try:
        with reference.tap(again):
            for q, k, v, mask in recorder.attended:
                reference.function("attention")(q, k, v, mask)
    except Exception:  # not the shapes of the contract: then the whole pass is recomputed
        return None
    return again.attention()


def _reference_pass(recorder: Recorder, ids: Sequence[int]) -> Recorder | None:
    reference, model = recorder.implementation.reference, recorder.model
    if reference is None or not reference.has("gpt2"):
        return None
    again = Recorder(model, reference, len(ids), len(ids), recorder.full)
    with reference.tap(again):
        reference.function("gpt2")(list(ids), **model.params, n_head=model.n_head)
    return again


def _stage_names(n_rows: int, n_layer: int) -> tuple[str, ...]:
    if n_rows == n_layer + 1:
        return ("embedding", *(f"after block {n}" for n in range(n_layer)))
    halves = [(f"block {n}: after attention", f"after block {n}") for n in range(n_layer)]
    return ("embedding", *(name for half in halves for name in half))


def _is_rows(value: Any, n_embd: int) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[-1] == n_embd and len(value) > 0


def _inputs(names: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """The shapes of the arrays and id lists among the arguments; weights inside dicts are left out."""
    padded = names + ("",) * len(args)
    named = [*zip(padded, args), *kwargs.items()]
    return ", ".join(f"{name} {_shape(value)}".strip() for name, value in named if _has_shape(value))


def _has_shape(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return True
    return isinstance(value, list) and bool(value) and all(isinstance(x, (int, np.integer)) for x in value)


def _shape(value: Any) -> str:
    """`[7, 128]`, with the dtype where it is not the float32 of the weights."""
    if isinstance(value, np.ndarray):
        odd = "" if value.dtype == np.float32 else f" {value.dtype}"
        return f"{list(value.shape)}{odd}"
    if isinstance(value, list) and _has_shape(value):
        return f"[{len(value)}] ids"
    if isinstance(value, (tuple, list)) and value:
        inner = [_shape(item) for item in value]
        if len(inner) > 2 and len(set(inner)) == 1:
            return f"{len(inner)} x {inner[0]}"
        return f"({', '.join(inner)})"
    return type(value).__name__


def parameter_names(function: Any) -> tuple[str, ...]:
    """The names of a function's parameters; empty where they cannot be read."""
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()
