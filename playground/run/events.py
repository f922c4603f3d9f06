"""The nouns of a session: how tokens are chosen, and what is known about each one that was."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from playground.run.calls import SessionError
from playground.run.implementation import Owner
from playground.run.introspection import Look, Recorder

if TYPE_CHECKING:
    from playground.run.session import Session

Array = NDArray[Any]


@dataclass(frozen=True)
class Settings:
    """How the next token is chosen.

    Attributes:
        temperature: 0 is greedy, 1 the model's own distribution, above 1 flatter.
        top_k: how many tokens to keep; None keeps all.
        top_p: mass to keep, above 0 and at most 1; 1 keeps all.
        frequency_penalty: subtracted from a logit for each time its token was generated already.
        use_cache: True a key-value cache, the reference's where step 12 is open; False none; None the
            student's where step 12 is done, and the reference's only where it takes the place of nothing
            that the student has written.
    """

    temperature: float = 0.0
    top_k: int | None = None
    top_p: float = 1.0
    frequency_penalty: float = 0.0
    use_cache: bool | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature >= 0):
            raise SessionError(f"temperature must be 0 or more, not {self.temperature}")
        if self.top_k is not None and self.top_k < 1:
            raise SessionError(f"top-k must be 1 or more, or off, not {self.top_k}")
        if not 0 < self.top_p <= 1:
            raise SessionError(f"top-p must be above 0 and at most 1, not {self.top_p}")
        if not (math.isfinite(self.frequency_penalty) and self.frequency_penalty >= 0):
            raise SessionError(f"the frequency penalty must be 0 or more, not {self.frequency_penalty}")

    @property
    def greedy(self) -> bool:
        return self.temperature == 0


class Stage(NamedTuple):
    """The distribution over the next token after one filter; `probs` is [n_vocab] and sums to 1."""

    name: str
    probs: Array


class Prediction(NamedTuple):
    """The logit lens at one stage: what the model would say if it ended there.

    `top` is the most likely tokens as (id, probability), `chosen` the probability of the token that was
    chosen in the end and `rank` its place among all tokens, 1 the most likely.
    """

    stage: str
    top: tuple[tuple[int, float], ...]
    chosen: float
    rank: int


@dataclass(frozen=True)
class TokenEvent:
    """One generated token and everything that led to it.

    Attributes:
        index: 0 for the first generated token.
        position: its index in `session.ids`.
        id, bytes: the token.
        text: the characters that it completes; may be empty, and may begin with bytes of earlier tokens.
        logits: what the model said, [n_vocab].
        prob: the probability with which it was chosen, after all filters.
        seconds: time for the forward pass and the choice.
        cache: whose key-value cache was used, or None.
    """

    session: Session = field(repr=False, compare=False)
    index: int
    position: int
    id: int
    bytes: bytes
    text: str
    logits: Array = field(repr=False, compare=False)
    prob: float
    settings: Settings
    seconds: float
    cache: Owner | None
    recorder: Recorder | None = field(repr=False, compare=False)

    @property
    def tokens_per_second(self) -> float:
        return 1 / max(self.seconds, 1e-9)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The way through the filters: the model's own distribution, then after each filter in turn."""
        return self.session._stages(self)

    @cached_property
    def model_prob(self) -> float:
        """The probability that the model gave the token, before any filter."""
        return self.session._model_prob(self)

    @cached_property
    def look(self) -> Look:
        """Attention, residual stream and shapes of the forward pass that predicted this token.

        Raises:
            SessionError: the session does not inspect.
        """
        return self.session._look(self)

    @cached_property
    def lens(self) -> tuple[Prediction, ...]:
        """The logit lens: the prediction after the embedding and after every block."""
        return self.session._lens(self)
