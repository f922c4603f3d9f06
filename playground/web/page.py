"""The web page: `python -m playground web` has Streamlit execute this file, from the top at every click."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import streamlit as st

if str(Path(__file__).resolve().parents[2]) not in sys.path:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playground.run.session import SessionError
from playground.web import components as web_components
from playground.web import panels as web_panels
from playground.web import state as web_state
from playground.web.details import details, show
from playground.web.remote import ANSWER_S
from playground.web.state import Run, State

SLOW_S = 3.0  # a token that takes longer is told of
HELP = {
    "preset": "A slider moved by hand makes it Custom; choosing Custom brings those values back.",
    "temperature": "0 is greedy: the likeliest token. 1 is the model's own distribution, above 1 flatter.",
    "top_k": "Keep only the k likeliest tokens.",
    "top_p": "Keep the likeliest tokens until their probabilities add up to p. 1 keeps all.",
    "penalty": "Subtracted from a token's logit for each time it was generated already.",
    "seed": "The same seed, settings and code give the same text.",
    "cache": "Auto uses your cache once step 12 is done. On takes the reference's where yours is open.",
    "n_tokens": "As far as the model's context allows.",
}


def page() -> None:
    st.set_page_config("PicoGPT playground", page_icon="✍️", layout="wide")
    show(f"<style>{web_components.asset('page.css')}</style>")
    state = cast("State", st.session_state)
    choices = web_state.folders(os.environ.get("PICO_GPT_IMPL", "exercises"))
    model = os.environ.get("PICO_GPT_MODEL", "pico")
    web_state.begin(state, choices[0], model if model in web_state.MODELS else "pico")
    web_state.take_address(state, st.query_params)
    with st.sidebar:
        sidebar(state, choices)
    st.query_params.from_dict(web_state.address(state))
    show('<div class="pg-title"><h1>PicoGPT playground</h1><p>your functions, one token at a time</p></div>')
    prompt_area(state)
    text_area(state)


def callback(action: Callable[[State], Any], state: State) -> Callable[[], None]:
    """A widget's callback; Streamlit runs it before the page."""
    return lambda: action(state)


# ------------------------------------------------------------------------------------ controls


def sidebar(state: State, choices: list[str]) -> None:
    moved = callback(web_state.control_moved, state)
    st.selectbox("Model", web_state.MODELS, key="model")
    st.selectbox("Code", choices, key="folder", format_func=web_state.folder_name)
    try:
        implementation = web_state.current_implementation(state["folder"])
        show(web_panels.banner(implementation.banner, implementation.problems))
    except SessionError as error:
        show(web_panels.alert(str(error)))
    st.pills(
        "Preset",
        [*web_state.PRESETS, web_state.CUSTOM],
        key="preset",
        help=HELP["preset"],
        on_change=callback(web_state.preset_chosen, state),
    )
    heat = HELP["temperature"]
    st.slider("Temperature", 0.0, 2.0, step=0.05, key="temperature", help=heat, on_change=moved)
    if state["temperature"] == 0:
        show(web_panels.note("Greedy: the likeliest token is taken, top-k and top-p have nothing to do."))
    st.toggle("Limit to the top k", key="top_k_on", help=HELP["top_k"], on_change=moved)
    st.slider("Top-k", 1, 200, key="top_k", disabled=not state["top_k_on"], on_change=moved)
    st.slider("Top-p", 0.05, 1.0, step=0.01, key="top_p", help=HELP["top_p"], on_change=moved)
    st.slider("Frequency penalty", 0.0, 2.0, step=0.05, key="penalty", help=HELP["penalty"], on_change=moved)
    seed, draw = st.columns([3, 2], vertical_alignment="bottom")
    seed.number_input("Seed", 0, 2**31, key="seed", help=HELP["seed"])
    draw.button("New seed", on_click=callback(web_state.new_seed, state), width="stretch")
    st.pills("Key-value cache", list(web_state.CACHE_CHOICES), key="cache", help=HELP["cache"])


def prompt_area(state: State) -> None:
    st.text_area("Prompt", key="prompt", height=90)
    try:
        model = web_state.cached_model(state["model"])
        n = web_state.count_tokens(state["prompt"], model)
        room = f"{max(0, model.n_ctx - n)} more fit into {model.name}'s context of {model.n_ctx}"
        show(web_panels.note(f"The prompt is {n} token{'' if n == 1 else 's'}; {room}."))
    except SessionError as error:
        if not state["error"]:
            show(web_panels.alert(str(error)))
    left, right = st.columns([2, 3], vertical_alignment="bottom", gap="medium")
    with left:
        st.slider("Tokens to generate", 1, web_state.MAX_TOKENS, key="n_tokens", help=HELP["n_tokens"])
    with right, st.container(horizontal=True, gap="small"):
        button(state, "Generate", web_state.generate, type="primary")
        button(state, "Step one token", web_state.step)
        button(state, "Go on", web_state.go_on, disabled=state["run"] is None)
        button(state, "Stop", web_state.stop, disabled=state["run"] is None or not state["run"].todo)
        button(state, "Clear", web_state.clear, disabled=state["run"] is None)


def button(state: State, label: str, action: Callable[[State], Any], **options: Any) -> None:
    st.button(label, on_click=callback(action, state), **options)


# ---------------------------------------------------------------------------------------- text


def text_area(state: State) -> None:
    """The text so far; where tokens are to do, they are made here, and drawn as they come."""
    run: Run | None = state["run"]
    if run is not None and run.todo:
        waiting, text, line, _ = (st.empty() for _ in range(4))  # the panels of the text before are gone
        grow(run, text, line, waiting)
        st.rerun()  # draws buttons and panels for the finished text
    # Not `empty`: the browser would take what is in it away and put it up again, and the focus would be lost.
    error, text, line, below = (st.container() for _ in range(4))
    problem = state["error"] or (run.error if run is not None else None)
    alerts = [web_panels.alert(text) for text in (*failing_load(state), problem) if text]
    if alerts:
        error.html("".join(alerts))
    if run is None:
        text.html(web_panels.output(None, running=False))
        return
    session = run.session
    text.html(web_panels.output(session, running=False))
    with line:
        left, right = st.columns([5, 1], vertical_alignment="center")
        label = web_state.folder_name(run.folder)
        left.html(web_panels.facts(web_panels.session_facts(session, run.model, label)))
        right.download_button(
            "Download", session.text, "picogpt.txt", "text/plain", on_click="ignore", width="stretch"
        )
        if session.events or run.error:
            show(web_panels.verdict(run.comparison()))
        show(web_panels.note(run.note))
        if run.differs_from(state):
            note = "Prompt or settings were changed since this text: Generate uses the new ones."
            show(web_panels.note(note))
        show(web_panels.note("Tokens, with id and the model's own probability. Choose one to look into it."))
        try:
            web_components.chips(session, web_state.selected(state), callback(pick_token, state))
        except SessionError as failed:  # softmax, on the logits of one position
            show(web_panels.alert(str(failed)))
    if session.events:
        with below:
            details(state, run)


def failing_load(state: State) -> list[str]:
    """What does not load: readers of the text must know that their code had no part in it."""
    run: Run | None = state["run"]
    try:
        now = web_state.current_implementation(state["folder"]).problems
    except SessionError as error:
        return [str(error)]
    then = run.session.implementation.problems if run is not None else ()
    return [
        f"{problem}. The reference stands in for all of that file"
        + ("; this text is not your code's." if run is not None and problem in then else ".")
        for problem in dict.fromkeys((*then, *now))
    ]


def grow(run: Run, text: Any, line: Any, waiting: Any) -> None:
    def tick(at: str) -> None:
        """While a token is made: say so where it takes long. A click is heard here, too."""
        waited = run.session.helper.waited
        if waited < SLOW_S:
            waiting.empty()
        else:
            place = at or "the code"
            limit = f"after {ANSWER_S:.0f} s it is stopped"
            waiting.html(web_panels.note(f"{place} has been running for {waited:.0f} s; {limit}."))

    run.session.tick = tick
    text.html(web_panels.output(run.session, running=True))
    while run.advance():
        done = len(run.session.events)
        progress = f"{done} of {run.goal} tokens, {run.session.tokens_per_second:.0f} tokens/s"
        text.html(web_panels.output(run.session, running=True))
        line.progress(min(1.0, done / max(1, run.goal)), progress)


def pick_token(state: State) -> None:
    picked = state["chips"].pick
    if picked is not None:
        state["selected"] = int(picked)


if __name__ == "__main__":
    page()
