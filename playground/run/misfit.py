"""Which function returned something that its caller cannot use.

Where one function returns nothing, or another shape than asked, it is the next one that raises. This
listens to the same call once more, and names the first of the student's functions whose answer has the
wrong shape.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.run.implementation import Implementation
from playground.run.introspection import parameter_names

SAME_SHAPE = (
    "gelu",
    "softmax",
    "layer_norm",
    "mha",
    "feed_forward",
    "transformer_block",
    "apply_frequency_penalty",
)


class FirstMisfit:
    """A listener that keeps one sentence about the first answer of the wrong kind."""

    def __init__(self, implementation: Implementation) -> None:
        self.implementation = implementation
        self.sentence: str | None = None
        self._names = {name: parameter_names(f) for name, f in implementation.functions.items()}

    def enter(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        pass

    def leave(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        if self.sentence is not None or self.implementation.owner(name) != "yours":
            return
        given = {**dict(zip(self._names[name], args)), **kwargs}
        try:
            wanted = expected_shape(name, given)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            return  # called in a way that the contract does not know
        if wanted is None:
            return
        step = self.implementation.steps.get(name)
        who = f"your {name} (step {step})" if step else f"your {name}"
        if not isinstance(result, np.ndarray):
            kind = "None: is there a return?" if result is None else f"{type(result).__name__}, not an array"
            self.sentence = f"{who} returned {kind}"
        elif result.shape != wanted:
            self.sentence = f"{who} returned the shape {list(result.shape)}, expected {list(wanted)}"


def expected_shape(name: str, given: dict[str, Any]) -> tuple[int, ...] | None:
    """The shape that a function of the kata returns for what it was given; None where it has none."""
    if name in SAME_SHAPE:
        return tuple(next(iter(given.values())).shape)
    if name == "linear":
        return (*given["x"].shape[:-1], given["w"].shape[1])
    if name == "causal_mask":
        return (given["n_seq"], given["n_seq"])
    if name == "attention":
        return tuple(given["q"].shape)
    if name == "split_heads":
        n_seq, n_embd = given["x"].shape
        return (given["n_head"], n_seq, n_embd // given["n_head"])
    if name == "merge_heads":
        n_head, n_seq, d_head = given["x"].shape
        return (n_seq, n_head * d_head)
    return None
