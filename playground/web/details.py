"""The panels below the text: what went on inside for the token that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from playground.run.events import TokenEvent
from playground.run.session import SessionError
from playground.web import components as web_components
from playground.web import panels as web_panels
from playground.web import state as web_state
from playground.web.state import Run, State

FLOOR = 1e-5  # the chart of the vocabulary ends at this probability
# Okabe and Ito's colours, which colour-blind eyes tell apart; they are drawn in the order of the filters.
CURVE_COLOURS = ["#9aa3b2", "#0072b2", "#e69f00", "#009e73", "#d55e00"]


# What a panel shows, in a learner's words, and the page where they learn it.
ABOUT = {
    "Filters": ("The filters are step 11", "11_sampling"),
    "Attention": (
        "A dark cell: this token takes much from that one. Attention is step 5, heads are step 6",
        "06_mha",
    ),
    "Logit lens": (
        "If the last row's token is there early, the later blocks changed little. See step 9",
        "09_gpt2",
    ),
    "Residual stream": (
        "Cosine 1: the block left the direction alone; 0: it turned it by a right angle. See step 8",
        "08_transformer_block",
    ),
    "Shapes": (
        "Indented functions are called by the one above. All of them come together in step 9",
        "09_gpt2",
    ),
    "Speed": ("With a cache each new token costs about the same. The cache is step 12", "12_kv_cache"),
}


def show(html: str) -> None:
    """HTML on the page; nothing for nothing (which Streamlit takes for a mistake)."""
    if html:
        st.html(html)


def lead(text: str) -> None:
    """A panel's first sentence; `text` is HTML."""
    show(f'<p class="pg-lead">{text}</p>')


def details(state: State, run: Run) -> None:
    event = run.session.events[web_state.selected(state) or 0]
    panels: dict[str, Callable[[State, Run, TokenEvent], None]] = {
        "Filters": filters_panel,
        "Attention": attention_panel,
        "Logit lens": lens_panel,
        "Residual stream": residual_panel,
        "Shapes": shapes_panel,
        "Speed": speed_panel,
    }
    tabs = st.tabs(list(panels), key="tab", on_change="rerun")
    for tab, (name, panel) in zip(tabs, panels.items()):
        if tab.open:
            with tab:
                words, step_page = ABOUT[name]
                show(web_panels.note(f"{words}: instructions/steps/{step_page}.md."))
                try:
                    panel(state, run, event)
                except SessionError as error:
                    show(web_panels.alert(f"{name}: {error}"))


def filters_panel(state: State, run: Run, event: TokenEvent) -> None:
    session = run.session
    prob, count = web_panels.percent(event.prob), f"{event.index + 1} of {len(session.events)}"
    lead(f"Token {count}, chosen with a probability of {prob} from what the filters left:")
    now = web_state.settings(state)
    if replace(now, use_cache=None) != replace(event.settings, use_cache=None):
        # The logits are kept, so other filters need no forward pass.
        event = replace(event, settings=now)
        left = web_panels.percent(float(event.stages[-1].probs[event.id]))
        show(web_panels.note(f"With the sliders as they are now, these filters would leave it {left}."))
    show(web_panels.candidates(session, event))
    n_vocab = session.model.n_vocab
    show(web_panels.note(f"All {n_vocab:,} tokens, the likeliest first; a curve ends where its filter cuts."))
    names = list(web_panels.FILTERS.values())
    log: dict[str, Any] = {"type": "log", "nice": False, "clamp": True}
    spec = {
        "mark": {"type": "line", "interpolate": "step-after", "clip": True, "strokeWidth": 3},
        "height": 280,
        "encoding": {
            "x": {
                "field": "rank",
                "type": "quantitative",
                "title": "rank in the vocabulary",
                "scale": {**log, "domain": [1, n_vocab]},
            },
            "y": {
                "field": "probability",
                "type": "quantitative",
                "scale": {**log, "domain": [FLOOR, 1]},
                "axis": {"format": "~%", "tickCount": 5},
            },
            "color": {
                "field": "filter",
                "type": "nominal",
                "sort": names,
                "scale": {"domain": names, "range": CURVE_COLOURS},
                "legend": {"orient": "top", "title": None, "columns": 3},
            },
            "tooltip": [{"field": "filter"}, {"field": "rank"}, {"field": "probability", "format": ".3g"}],
        },
    }
    st.vega_lite_chart(web_panels.vocabulary_curve(event, FLOOR), spec, width="stretch")


def attention_panel(state: State, run: Run, event: TokenEvent) -> None:
    session, model = run.session, run.session.model
    layer = state["layer"] = min(state["layer"], model.n_layer - 1)
    head = state["head"] = min(state["head"], model.n_head - 1)
    n_weights = model.n_layer * model.n_head * event.position**2
    if n_weights > web_components.MOST_WEIGHTS:
        show(
            web_panels.note(f"{n_weights / 1e6:.0f} million weights are too many to draw; one row is below.")
        )
    else:
        weights, note = run.whole_attention(event.position)
        show(web_panels.note(note))
        if weights is not None:
            web_components.attention(session, weights, layer, head, lambda: pick_head(state))
    show(web_panels.note(event.look.note))
    show(web_panels.looks_at(session, event, layer, head))


def pick_head(state: State) -> None:
    picked = state["attention"].pick
    if picked is not None:
        state["layer"], state["head"] = int(picked[0]), int(picked[1])


def lens_panel(state: State, run: Run, event: TokenEvent) -> None:
    lead(
        "What the model would say if it ended after a block: the residual stream through the last layer "
        "norm (computed again each time) and the embeddings."
    )
    show(web_panels.note(event.look.note))
    show(web_panels.lens(run.session, event))


def residual_panel(state: State, run: Run, event: TokenEvent) -> None:
    source = web_panels.code(run.session, run.session.ids[event.position - 1])
    lead(
        f"The residual stream of {source}, the position that predicts the token. "
        "Each half of a block reads it and adds something."
    )
    show(web_panels.note(event.look.note))
    show(web_panels.residual(event.look))


def shapes_panel(state: State, run: Run, event: TokenEvent) -> None:
    lead(
        "Every function that ran for this token, by whom it was called, and whose code it is. "
        "Arrays are float32 unless they say otherwise."
    )
    show(web_panels.shapes(event.look))
    st.button("Compare with generate", on_click=lambda: web_state.compare_generate(state))
    if run.own_ids is not None:
        owner = run.session.implementation.owner("generate")
        who = "Your generate" if owner == "yours" else "The reference's generate"
        n = len(run.session.events)
        same = run.own_ids == run.session.ids
        show(web_panels.note(f"{who} gives {f'the same {n}' if same else 'other'} tokens."))


def speed_panel(state: State, run: Run, event: TokenEvent) -> None:
    events = run.session.events
    whose = {"yours": "your", "reference": "the reference's"}.get(event.cache or "", "no")
    lead(f"Milliseconds a token, with {whose} key-value cache. The first one reads the prompt.")
    times = [{"token": e.index + 1, "ms": 1000 * e.seconds} for e in events]
    slowest = max(1000 * e.seconds for e in events)
    spec = {
        "mark": {"type": "bar", "width": {"band": 0.8}},
        "height": 220,
        "encoding": {
            "x": {
                "field": "token",
                "type": "ordinal",
                "axis": {"labelAngle": 0, "labelOverlap": True},
            },
            "y": {
                "field": "ms",
                "type": "quantitative",
                "scale": {"domain": [0, slowest]},
            },
            "tooltip": [{"field": "token"}, {"field": "ms", "format": ".2f"}],
        },
    }
    st.vega_lite_chart(times, spec, width="stretch")
    st.button("Measure with and without a cache", on_click=lambda: web_state.measure_speed(state))
    if run.speeds:
        show(web_panels.speeds(run.speeds))
