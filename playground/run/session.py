"""One run of a model, token by token: the only decoding loop outside the student's own files.

The terminal, the web page and the screenshots all ask a `Session` for its next token and show what the
`TokenEvent` says. The session itself computes nothing that the kata's functions compute: it calls them.
"""

from __future__ import annotations

import codecs
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.run.calls import Calls, SessionError
from playground.run.events import Prediction, Settings, Stage, TokenEvent
from playground.run.implementation import Implementation, ImplementationError, Owner
from playground.run.introspection import Look, Recorder, full_attention, look
from playground.run.memory import keep_freed_memory
from reference_activations.models import Model, load_model

Array = NDArray[Any]

__all__ = ["DEFAULT_PROMPT", "Session", "SessionError", "Settings", "TokenEvent", "default_prompt", "measure",
           "open_implementation", "open_model", "typed_text"]  # fmt: skip

DEFAULT_PROMPT = "Alan Turing theorized that computers would one day become"
PICO_PROMPT = "ROMEO:"  # pico has read Shakespeare and nothing else


def default_prompt(model: str) -> str:
    """What a model goes on from where nobody says anything."""
    return PICO_PROMPT if model == "pico" else DEFAULT_PROMPT


def typed_text(words: str) -> str:
    """A text as it was typed on a command line, where backslash and n stand for a new line."""
    return words.replace("\\n", "\n")


class Session:
    """A prompt, a model, somebody's functions, and the text so far.

    Attributes:
        ids: all token ids, the prompt's first; n_prompt of them are the prompt's.
        events: one TokenEvent for each generated token.
        settings: may be exchanged between two tokens; the text goes on with the new ones.
        seed: repeats the text, even if the session itself drew the seed.
    """

    def __init__(
        self,
        model: Model,
        implementation: Implementation,
        prompt: str | Sequence[int],
        settings: Settings | None = None,
        *,
        seed: int | None = None,
        inspect: bool = False,
    ) -> None:
        """Begin.

        Args:
            prompt: text, or token ids.
            seed: for the draws; None draws one, to be read in `seed`.
            inspect: keep what `TokenEvent.look` and `lens` need.
        Raises:
            SessionError: the prompt is empty or too long, or the model has no text.
        """
        self.model, self.implementation = model, implementation
        self.calls = Calls(model, implementation)
        self.settings = settings or Settings()
        self.seed = int(np.random.default_rng().integers(2**32)) if seed is None else seed
        if self.seed < 0:
            raise SessionError(f"the seed must be 0 or more, not {seed}")
        self.inspect = inspect
        self.ids = self._encode(prompt)
        self.n_prompt = len(self.ids)
        if not self.ids:
            raise SessionError("the prompt is empty: write at least one character")
        if any(not 0 <= token < model.n_vocab for token in self.ids):
            raise SessionError(f"the prompt holds an id outside of {model.name}'s 0 to {model.n_vocab - 1}")
        if self.room < 1:
            raise SessionError(
                f"the prompt is too long: it is {self.n_prompt} tokens, and {model.name} looks at "
                f"{model.n_ctx} at most, the new ones included"
            )
        self.events: list[TokenEvent] = []
        self._rng = np.random.default_rng(self.seed)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.prompt_text = "".join(self._decoder.decode(self.token_bytes(token)) for token in self.ids)
        self._past: Any = None
        self._n_past = 0
        self._stopped = False

    # ------------------------------------------------------------------------------ the text

    @property
    def text(self) -> str:
        """The prompt and all that was generated, without the bytes of an unfinished character."""
        return self.prompt_text + self.new_text

    @property
    def new_text(self) -> str:
        return "".join(event.text for event in self.events)

    @property
    def pending(self) -> bytes:
        """The first bytes of a character that the next tokens have to finish."""
        return self._decoder.getstate()[0]

    @property
    def room(self) -> int:
        """How many more tokens fit into the model's context."""
        return self.model.n_ctx - len(self.ids)

    @property
    def seconds(self) -> float:
        return sum(event.seconds for event in self.events)

    @property
    def tokens_per_second(self) -> float:
        return len(self.events) / self.seconds if self.events else 0.0

    @property
    def cache(self) -> Owner | None:
        """Whose key-value cache the next step uses; None where it computes every position again."""
        owner, wish = self.implementation.owner("gpt2_cached"), self.settings.use_cache
        if wish is False or not self.implementation.has("gpt2_cached"):
            return None
        if wish or owner == "yours":
            return owner
        replaced = ("mha", "transformer_block", "gpt2")
        return None if any(self.implementation.owner(name) == "yours" for name in replaced) else owner

    def token_bytes(self, token: int) -> bytes:
        """The bytes of a token; empty where the model has no text."""
        try:
            return self.model.encoding.decode_single_token_bytes(token)
        except (KeyError, ValueError):
            return b""

    # -------------------------------------------------------------------------- going on

    def run(self, n_tokens: int) -> Iterator[TokenEvent]:
        """Generate `n_tokens` more, or fewer if `stop` is called.

        Raises:
            SessionError: they do not fit (at once, before anything is computed), or a step fails.
        """
        self.check_room(n_tokens)
        self._stopped = False
        return self._run(n_tokens)

    def check_room(self, n_tokens: int) -> None:
        """Whether so many more tokens can be generated.

        Raises:
            SessionError: they cannot; the message says both lengths.
        """
        if n_tokens < 1:
            raise SessionError(f"the number of tokens to generate must be 1 or more, not {n_tokens}")
        if n_tokens > self.room:
            so_far = f"the prompt is {self.n_prompt} tokens"
            so_far += f" and {len(self.events)} are generated" if self.events else ""
            raise SessionError(
                f"{so_far}; {n_tokens} more do not fit: {self.model.name} looks at {self.model.n_ctx} "
                f"at most, so there is room for {self.room}"
            )

    def _run(self, n_tokens: int) -> Iterator[TokenEvent]:
        for _ in range(n_tokens):
            if self._stopped:
                return
            yield self.step()

    def stop(self) -> None:
        """End the current `run` before its next token; `run` or `step` go on from there."""
        self._stopped = True

    def step(self) -> TokenEvent:
        """Generate one token.

        Raises:
            SessionError: the context is full, or a function failed; the session stays as it was.
        """
        if self.room < 1:
            n_ctx, name = self.model.n_ctx, self.model.name
            raise SessionError(f"the text is full: it has all the {n_ctx} tokens that {name} looks at")
        settings, cache = self.settings, self.cache
        if cache is None:
            self._past, self._n_past = None, 0
        new = self.ids[self._n_past :]
        recorder = None
        if self.inspect:
            recorder = Recorder(self.model, self.implementation, len(new), len(self.ids))
        start = time.perf_counter()
        with self.implementation.tap(recorder) if recorder is not None else nullcontext():
            logits, past = self.calls.forward(new, self._past, cached=cache is not None)
        penalised = self.calls.penalised(logits, self.ids[self.n_prompt :], settings.frequency_penalty)
        if settings.greedy:
            token, prob = int(np.argmax(penalised)), 1.0
        else:
            probs = self.calls.probs(penalised, settings.temperature, settings.top_k, settings.top_p)
            token = self.calls.sample(probs, self._rng)
            prob = float(probs[token])
        seconds = time.perf_counter() - start
        if cache is not None:
            self._past, self._n_past = past, len(self.ids)
        return self.keep(token, logits, prob, settings, seconds, cache, recorder)

    def keep(
        self,
        token: int,
        logits: Array,
        prob: float,
        settings: Settings,
        seconds: float,
        cache: Owner | None,
        recorder: Recorder | None,
    ) -> TokenEvent:
        """Append a token to the text; see TokenEvent for what is known of it."""
        raw = self.token_bytes(token)
        event = TokenEvent(
            self, len(self.events), len(self.ids), token, raw, self._decoder.decode(raw), logits, prob,
            settings, seconds, cache, recorder,
        )  # fmt: skip
        self.ids.append(token)
        self.events.append(event)
        return event

    # -------------------------------------------------------------------------- looking inside

    def attention(self, n: int | None = None) -> tuple[Array | None, str]:
        """The whole attention of the first `n` tokens (all by default), by one more pass of gpt2.

        Returns:
            ([n_layer, n_head, n, n] or None where it cannot be seen, a note that says who computed it
            where that was not the code that ran).
        """
        return self.calls.guard(full_attention, self.model, self.implementation, self.ids[:n])

    def own_generate(self) -> list[int]:
        """The ids that the implementation's own `generate` makes of the same prompt, settings and seed.

        They are the session's where `generate` is right and the settings did not change on the way.
        """
        first = self.events[0].settings if self.events else self.settings
        given: dict[str, Any] = {}
        if not first.greedy or first.frequency_penalty:
            given = {
                "temperature": first.temperature, "top_k": first.top_k, "top_p": first.top_p,
                "frequency_penalty": first.frequency_penalty, "rng": np.random.default_rng(self.seed),
            }  # fmt: skip
        prompt, n_new = self.ids[: self.n_prompt], len(self.events)
        result = self.calls.call("generate", prompt, self.model.params, self.model.n_head, n_new, **given)
        try:
            return [int(token) for token in result]
        except (TypeError, ValueError):
            raise SessionError(f"generate returned {type(result).__name__}, expected a list of ids") from None

    def _model_prob(self, event: TokenEvent) -> float:
        return float(self.calls.call("softmax", event.logits)[event.id])

    def _look(self, event: TokenEvent) -> Look:
        if event.recorder is None:
            raise SessionError("this session was made without inspect=True")
        return self.calls.guard(look, event.recorder, self.ids[: event.position])

    def _stages(self, event: TokenEvent) -> tuple[Stage, ...]:
        settings = event.settings
        generated = self.ids[self.n_prompt : event.position]
        penalised = self.calls.penalised(event.logits, generated, settings.frequency_penalty)
        stages = [
            Stage("model", self.calls.call("softmax", event.logits)),
            Stage("penalty", self.calls.call("softmax", penalised)),
        ]
        if settings.greedy:  # needs no step 11, and no filter after it has anything left to do
            greedy = np.zeros_like(penalised)
            greedy[np.argmax(penalised)] = 1
            return (*stages, Stage("temperature", greedy), Stage("top-k", greedy), Stage("top-p", greedy))
        return (
            *stages,
            Stage("temperature", self.calls.probs(penalised, settings.temperature, None, 1.0)),
            Stage("top-k", self.calls.probs(penalised, settings.temperature, settings.top_k, 1.0)),
            Stage("top-p", self.calls.probs(penalised, settings.temperature, settings.top_k, settings.top_p)),
        )

    def _lens(self, event: TokenEvent, n_top: int = 5) -> tuple[Prediction, ...]:
        stream, names = event.look.stream, event.look.stages
        if stream is None:
            return ()
        rows = []
        for name, x in zip(names, stream):
            if "attention" in name:  # half-way through a block
                continue
            normed = self.calls.call("layer_norm", x[None], **self.model.params["ln_f"])
            probs = self.calls.call("softmax", normed @ self.model.params["wte"].T)[0]
            likeliest = np.argsort(-probs)[:n_top]
            rank = int(np.sum(probs > probs[event.id])) + 1
            top = tuple((int(token), float(probs[token])) for token in likeliest)
            rows.append(Prediction(name, top, float(probs[event.id]), rank))
        return tuple(rows)

    def _encode(self, prompt: str | Sequence[int]) -> list[int]:
        if not isinstance(prompt, str):
            return [int(token) for token in prompt]
        try:
            return list(self.model.encoding.encode_ordinary(prompt))
        except ValueError as error:
            raise SessionError(str(error)) from None


def open_model(name: str) -> Model:
    """A model by its name.

    Raises:
        SessionError: there is no such model, or its weights are not here; the message says how to get them.
    """
    keep_freed_memory()
    try:
        return load_model(name)
    except (OSError, ValueError) as error:
        raise SessionError(str(error)) from None


def open_implementation(folder: str) -> Implementation:
    """A folder with somebody's functions.

    Raises:
        SessionError: there is no such folder, or nothing in it.
    """
    try:
        return Implementation(folder)
    except ImplementationError as error:
        raise SessionError(str(error)) from None


def measure(session: Session, n_tokens: int, use_cache: bool) -> Session:
    """The same prompt once more, greedily, with or without a cache, and nothing kept: for its speed."""
    settings = replace(Settings(), use_cache=use_cache)
    again = Session(session.model, session.implementation, session.ids[: session.n_prompt], settings, seed=0)
    for _ in again.run(n_tokens):
        pass
    return again
