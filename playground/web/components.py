"""The two parts of the page that Streamlit has no widget for: the row of token chips, and attention.

Each is a little HTML, CSS and JavaScript in `web_assets/`, mounted in the page itself (no frame, no
network). The data goes over as JSON and is put into the page as text.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.run.session import Session
from playground.web.panels import percent, token_text

ASSETS = Path(__file__).with_name("assets")
PROMPT_CHIPS = 80  # of a long prompt, only the last tokens are shown
THUMBNAIL = 48  # the small pictures have at most this many pixels a side
MOST_WEIGHTS = 40_000_000  # whole attention of all heads is kept up to this size (160 MB)


def asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def chips(session: Session, selected: int | None, on_pick: Callable[[], None]) -> None:
    """The tokens of the prompt and the generated ones, which can be chosen; `on_pick` is told."""
    component = st.components.v2.component(
        "picogpt.chips", html='<div id="chips" role="group" aria-label="Tokens"></div>',
        css=asset("chips.css"), js=asset("chips.js"),
    )  # fmt: skip
    component(key="chips", data=chips_data(session, selected), on_pick_change=on_pick)


def chips_data(session: Session, selected: int | None) -> dict[str, Any]:
    hidden = max(0, session.n_prompt - PROMPT_CHIPS)
    tokens: list[dict[str, Any]] = []
    for token in session.ids[hidden : session.n_prompt]:
        raw = session.token_bytes(token)
        tokens.append(
            {"index": None, "id": token, "text": token_text(raw), "title": f"prompt, {_bytes(raw)}"}
        )
    for event in session.events:
        title = f"{token_text(event.bytes)}, id {event.id}: the model said {percent(event.model_prob)}"
        title += f", after the filters {percent(event.prob)}; {_bytes(event.bytes)}"
        tokens.append(
            {"index": event.index, "id": event.id, "text": token_text(event.bytes), "title": title,
             "prob": round(event.model_prob, 6), "percent": percent(event.model_prob)}
        )  # fmt: skip
    return {"tokens": tokens, "selected": selected, "hidden": hidden}


def attention(
    session: Session, weights: NDArray[Any], layer: int, head: int, on_pick: Callable[[], None]
) -> None:
    """All heads small, one large; `weights` is [n_layer, n_head, n, n] of the first n tokens."""
    component = st.components.v2.component(
        "picogpt.attention",
        html='<div id="attention"><section><h2>Every head</h2><div id="grid"></div></section><section>'
        '<h2 id="title"></h2><div id="frame"><canvas id="large" tabindex="0" role="img"></canvas></div>'
        '<p id="legend">weight 0 <canvas id="scale" role="img" aria-label="colour scale from 0 to 1">'
        '</canvas> 1</p><p id="readout" aria-live="polite"></p></section></div>',
        css=asset("attention.css"), js=asset("attention.js"),
    )  # fmt: skip
    data = attention_data(session, weights, layer, head)
    component(key="attention", data=data, on_pick_change=on_pick)


def attention_data(session: Session, weights: NDArray[Any], layer: int, head: int) -> dict[str, Any]:
    n_layer, n_head, n, _ = weights.shape
    small = shrink(weights, THUMBNAIL)
    pixels = np.round(255 * np.clip(small, 0, 1)).astype(np.uint8)
    return {
        "n_layer": n_layer, "n_head": n_head, "layer": layer, "head": head,
        "thumbs": base64.b64encode(pixels.tobytes()).decode(), "thumb_size": small.shape[-1],
        "weights": base64.b64encode(np.ascontiguousarray(weights[layer, head], "<f4").tobytes()).decode(),
        "tokens": [token_text(session.token_bytes(token)) for token in session.ids[:n]],
    }  # fmt: skip


def shrink(weights: NDArray[Any], most: int) -> NDArray[Any]:
    """Pictures [..., n, n] with at most `most` pixels a side, each pixel the largest weight of its cells."""
    n = weights.shape[-1]
    factor = -(-n // most)
    if factor == 1:
        return weights
    side = -(-n // factor)
    pad = side * factor - n
    padded = np.pad(weights, [(0, 0)] * (weights.ndim - 2) + [(0, pad), (0, pad)])
    pooled: NDArray[Any] = padded.reshape(*weights.shape[:-2], side, factor, side, factor).max(axis=(-3, -1))
    return pooled


def _bytes(raw: bytes) -> str:
    return f"bytes {raw.hex(' ')}" if raw else "no bytes"
