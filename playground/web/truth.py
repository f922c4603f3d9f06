"""Whether the code that wrote a text is right: one line after each text, in the words of the x-ray."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.run.session import Session, SessionError
from playground.xray.command import DEFAULT_PROMPT, kata_of
from playground.xray.data import MAX_TOKENS, Xray, axes, describe_first_difference, xray
from reference_activations.models import Model, load_model

LOOK_CLOSER = "See every number of it: make live, or make xray."


@dataclass(frozen=True)
class Compared:
    """What the comparison says, in one line, and whether anything differs."""

    text: str
    differs: bool


def compare_with_reference(session: Session) -> Compared:
    """Where the functions of a session first differ from the reference.

    The forward pass is followed stage by stage on the first tokens of the prompt, or on pico where the
    model is bigger; what comes after it is compared on the last token of the text.
    """
    model = session.model if session.model.name == "pico" else load_model("pico")
    prompt = _first_tokens(session, model) if model is session.model else DEFAULT_PROMPT
    implementation = session.implementation
    if "yours" not in implementation.owners.values():
        return Compared("None of your functions ran: the reference wrote this text.", False)
    if implementation.folder == implementation.reference_folder:
        return Compared("The reference wrote this text.", False)
    try:
        run = xray(kata_of(implementation), model, prompt)
    except ValueError as error:
        return Compared(f"Not compared with the reference: {error}", False)
    if run.first_difference is not None:
        where = describe_first_difference(run)
        return Compared(f"First difference: {short_place(run)}. {where}. {LOOK_CLOSER}", True)
    try:
        after = _after_the_forward_pass(session)
    except SessionError:
        after = None
    if after is not None:
        return Compared(f"First difference: {after}", True)
    return Compared("Compared with the reference: every number agrees.", False)


def short_place(run: Xray) -> str:
    """`your softmax, block 0, head 1`: the function, and where in the model it first differs."""
    key = run.first_difference or ""
    stage, difference = run.yours[key], run.differences.get(key)
    owner = "your" if run.kata.origin.get(stage.function) == "yours" else "the reference's"
    place = [f"{owner} {stage.function}"]
    if key.startswith("h."):
        place.append(f"block {key.split('.')[1]}")
    if difference is not None:
        place += [f"{name} {i}" for name, i in zip(axes(key, difference.at), difference.at) if name == "head"]
    return ", ".join(place)


def _first_tokens(session: Session, model: Model) -> str:
    """The text of the first tokens, as many as an x-ray holds; a shorter piece where it reads otherwise."""
    for n in range(min(MAX_TOKENS, session.n_prompt), 0, -1):
        raw = b"".join(session.token_bytes(token) for token in session.ids[:n])
        text = raw.decode("utf-8", "ignore")
        if text and len(model.encoding.encode_ordinary(text)) <= MAX_TOKENS:
            return text
    return DEFAULT_PROMPT


def _after_the_forward_pass(session: Session) -> str | None:
    """The cache, the penalty and the filters, on the last token, against the reference's functions."""
    reference, calls, model = session.implementation.reference, session.calls, session.model
    if reference is None or not session.events or model.name != "pico":
        return None
    event, settings = session.events[-1], session.events[-1].settings
    ids = session.ids[: event.position]
    logits = reference.function("gpt2")(ids, **model.params, n_head=model.n_head)[-1]
    if event.cache == "yours" and not np.allclose(event.logits, logits, rtol=1e-3, atol=1e-3):
        return f"your gpt2_cached, at token {event.index + 1}: without a cache the logits are others"
    generated = session.ids[session.n_prompt : event.position]
    if settings.frequency_penalty:
        truth = reference.function("apply_frequency_penalty")(
            logits.copy(), list(generated), settings.frequency_penalty
        )
        mine = calls.penalised(logits, generated, settings.frequency_penalty)
        if not np.allclose(mine, truth, rtol=1e-4, atol=1e-4):
            return "your apply_frequency_penalty gives other logits than the reference"
    if not settings.greedy:
        filters: tuple[Any, ...] = (settings.temperature, settings.top_k, settings.top_p)
        truth = reference.function("next_token_probs")(logits.copy(), *filters)
        if not np.allclose(calls.probs(logits, *filters), truth, rtol=1e-3, atol=1e-5):
            return "your next_token_probs gives other probabilities than the reference"
    return None
