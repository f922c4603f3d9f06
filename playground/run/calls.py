"""The kata's functions as a session calls them: what comes back is checked, what is raised is explained.

A student's function may be half done, return the wrong thing or fail. Every such case becomes a
`SessionError` of one line that names the function, and the place in the student's file where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from playground.run.implementation import Implementation, ImplementationError
from playground.run.misfit import FirstMisfit
from reference_activations.models import Model

Array = NDArray[Any]
T = TypeVar("T")


class SessionError(Exception):
    """The session cannot go on; the message is one line that a person can act on."""


class Calls:
    """The functions of one implementation, on one model."""

    def __init__(self, model: Model, implementation: Implementation) -> None:
        self.model, self.implementation = model, implementation

    def forward(self, new: Sequence[int], past: Any, cached: bool) -> tuple[Array, Any]:
        """One forward pass, by gpt2_cached or by gpt2.

        Args:
            new: the ids to compute; with a cache those that it does not hold yet, else all.
            past: the cache so far, as gpt2_cached returned it.
        Returns:
            (logits of the last position [n_vocab], the new cache or None).
        """
        name = "gpt2_cached" if cached else "gpt2"
        given = {**self.model.params, "n_head": self.model.n_head}
        present = None
        if cached:
            answer = self.call(name, list(new), past, **given)
            if not isinstance(answer, (tuple, list)) or len(answer) != 2:
                raise SessionError(f"{name} returned {_found(answer)}, expected the pair (logits, present)")
            logits, present = answer
        else:
            logits = self.call(name, list(new), **given)
        n_vocab = self.model.n_vocab
        if not isinstance(logits, np.ndarray) or logits.ndim != 2 or logits.shape[1] != n_vocab:
            raise SessionError(f"{name} returned {_found(logits)}, expected logits [{len(new)}, {n_vocab}]")
        if len(logits) < 1 or not np.all(np.isfinite(logits[-1])):
            raise SessionError(f"{name} returned logits that are not finite numbers (NaN or infinity)")
        return np.array(logits[-1]), present

    def penalised(self, logits: Array, generated: Sequence[int], penalty: float) -> Array:
        """The logits after the frequency penalty; without a penalty the function is not called."""
        if penalty == 0:
            return logits
        name = "apply_frequency_penalty"
        return self._row(name, self.call(name, logits.copy(), list(generated), penalty))

    def probs(self, logits: Array, temperature: float, top_k: int | None, top_p: float) -> Array:
        name = "next_token_probs"
        probs = self._row(name, self.call(name, logits.copy(), temperature, top_k, top_p))
        total = float(np.sum(probs))
        if np.any(probs < 0) or abs(total - 1) > 1e-3:
            raise SessionError(
                f"{name} returned numbers that are not probabilities; their sum is {total:.4g}"
            )
        return probs

    def sample(self, probs: Array, rng: np.random.Generator) -> int:
        token = self.call("sample", probs.copy(), rng)
        if not isinstance(token, (int, np.integer)) or not 0 <= token < self.model.n_vocab:
            given = f"{token!r:.40}" if np.isscalar(token) else _found(token)
            raise SessionError(f"sample returned {given}, expected an id from 0 to {self.model.n_vocab - 1}")
        return int(token)

    def function(self, name: str) -> Callable[..., Any]:
        try:
            return self.implementation.function(name)
        except ImplementationError as error:
            raise SessionError(str(error)) from None

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self.guard(self.function(name), *args, **kwargs)

    def guard(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call anything that runs the student's functions; what they raise becomes one line."""
        try:
            return function(*args, **kwargs)
        except (SessionError, ImplementationError) as error:
            raise SessionError(str(error)) from None
        except (Exception, SystemExit) as error:
            said = self.implementation.explain(error)
            found = self._misfit(function, args, kwargs) if isinstance(error, Exception) else None
            raise SessionError(f"{found}; then {said}" if found else said) from error

    def _misfit(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> str | None:
        """The function whose answer did not fit, where the failure came of that."""
        name = next((n for n, f in self.implementation.functions.items() if f is function), None)
        if name is None:  # somebody listens already
            name = getattr(function, "__name__", "")
        listener = FirstMisfit(self.implementation)
        try:
            with self.implementation.tap(listener):
                self.implementation.function(name)(*args, **kwargs)
        except (Exception, SystemExit):
            return listener.sentence
        return listener.sentence

    def _row(self, name: str, result: Any) -> Array:
        n_vocab = self.model.n_vocab
        if not isinstance(result, np.ndarray) or result.shape != (n_vocab,):
            raise SessionError(f"{name} returned {_found(result)}, expected an array [{n_vocab}]")
        if not np.all(np.isfinite(result)):
            raise SessionError(f"{name} returned numbers that are not finite (NaN or infinity)")
        return result


def _found(value: Any) -> str:
    return f"the shape {list(value.shape)}" if isinstance(value, np.ndarray) else type(value).__name__
