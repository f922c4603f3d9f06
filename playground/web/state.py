"""What the web page remembers between two clicks: the controls, the presets, and the run.

Streamlit executes the page again at every click. Whatever must survive that lives in the session state
that is handed in here. `run` holds the text, so that no control can erase it, and how many tokens
are still to come, so that moving a slider interrupts nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from grader.kata.curriculum import ROOT
from playground.run.implementation import display_path
from playground.run.session import Session, SessionError, Settings, default_prompt, open_model
from playground.web.remote import Helper, Loaded, RemoteSession, load
from playground.web.truth import Compared
from reference_activations.models import REAL, Model

State = MutableMapping[str, Any]

MODELS = ("pico", *REAL)
MAX_TOKENS = 200
CUSTOM = "Custom"
PATIENCE_S = 2.0  # Stop waits so long for the token in the making; then its process is ended
CACHE_CHOICES: dict[str, bool | None] = {"Auto": None, "On": True, "Off": False}


class Controls(NamedTuple):
    """The four filters, as the sliders have them."""

    temperature: float
    top_k: int | None
    top_p: float
    penalty: float


# From the most to the least restrictive; tests measure that this is so.
PRESETS = {
    "Greedy": Controls(0.0, None, 1.0, 0.0),
    "Precise": Controls(0.5, 20, 0.85, 0.1),
    "Balanced": Controls(0.8, 50, 0.95, 0.2),
    "Creative": Controls(1.1, None, 0.98, 0.4),
}
START = "Balanced"


@dataclass
class Run:
    """A text and how it came about.

    Attributes:
        controls: the filters of its latest tokens.
        goal: how many tokens are to be generated in all; the page goes on until it has them.
        error: why it ended before.
        attention: the last whole attention that was asked for, with its position and note.
        speeds: tokens/s without and with a cache, where they were measured.
        note: what a person should know about its length.
        compared: what the comparison with the reference said of this text, where it is done.
        own_ids: what the implementation's own generate made of the same, where it was asked.
    """

    session: RemoteSession
    controls: Controls
    prompt: str
    model: str
    folder: str
    goal: int = 0
    error: str | None = None
    attention: tuple[int, Any, str] | None = None
    speeds: dict[str, float] = field(default_factory=dict)
    own_ids: list[int] | None = None
    note: str = ""
    compared: Compared | None = None

    @property
    def todo(self) -> int:
        """How many tokens are still to come."""
        return max(0, self.goal - len(self.session.events))

    def advance(self) -> bool:
        """Generate the next token of those to come.

        A click ends the waiting in the middle of a token; the next call goes on waiting for the same one.

        Returns:
            Whether there was one; a failure ends the run and is left in `error`.
        """
        if not self.todo:
            return False
        try:
            self.session.step()
        except SessionError as error:
            self.goal, self.error = 0, str(error)
            return False
        self.own_ids, self.compared = None, None
        return True

    def stop(self) -> None:
        """End the run after the token in the making, or in the middle of it where that takes long."""
        self.goal = 0
        try:
            self.session.finish(PATIENCE_S)
        except SessionError as error:
            self.error = str(error)

    def differs_from(self, state: State) -> bool:
        """Whether a new text would not be made like this one."""
        now = (read_controls(state), state["prompt"], state["model"], state["folder"])
        return now != (self.controls, self.prompt, self.model, self.folder)

    def comparison(self) -> Compared:
        """How the code of this text compares with the reference, computed once."""
        if self.compared is None:
            try:
                self.compared = Compared(*self.session.compared())
            except SessionError as error:
                self.compared = Compared(f"Not compared with the reference: {error}", False)
        return self.compared

    def whole_attention(self, position: int) -> tuple[Any, str]:
        """As Session.attention, computed once for each position."""
        if self.attention is None or self.attention[0] != position:
            self.attention = (position, *self.session.attention(position))
        return self.attention[1], self.attention[2]


def begin(state: State, folder: str, model: str) -> None:
    """Fill in what the page starts with; what is there already stays."""
    first = {
        "prompt": default_prompt(model), "n_tokens": 40, "seed": 42, "cache": "Auto", "preset": START,
        "model": model, "folder": folder, "run": None, "error": None, "selected": None,
        "layer": 0, "head": 0, "custom": None, "address_taken": False,
    }  # fmt: skip
    for key, value in first.items():
        state.setdefault(key, value)
    if "temperature" not in state:
        write_controls(state, PRESETS[START])


# What the address keeps, so that a page that is loaded again has its prompt and its settings.
IN_ADDRESS = ("prompt", "n_tokens", "seed", "temperature", "top_k_on", "top_k", "top_p", "penalty", "cache")
LONGEST_PROMPT = 2000  # a longer one makes an address that browsers cut


def address(state: State) -> dict[str, str]:
    """The prompt and the settings as parts of the page's address."""
    return {key: str(state[key]) for key in IN_ADDRESS if len(str(state[key])) <= LONGEST_PROMPT}


def take_address(state: State, given: Mapping[str, str]) -> None:
    """A page that has just been opened takes its prompt and settings from its address, as far as they fit."""
    if state["address_taken"]:
        return
    state["address_taken"] = True
    ranges = {"n_tokens": (1, MAX_TOKENS), "seed": (0, 2**31), "temperature": (0, 2), "top_k": (1, 200),
              "top_p": (0.05, 1), "penalty": (0, 2)}  # fmt: skip
    for key, (low, high) in ranges.items():
        try:
            value = type(state[key])(given[key])
        except (KeyError, ValueError):
            continue
        if low <= value <= high:
            state[key] = value
    state["prompt"] = given.get("prompt", state["prompt"])[:LONGEST_PROMPT]
    state["top_k_on"] = given.get("top_k_on", str(state["top_k_on"])) == "True"
    if given.get("cache") in CACHE_CHOICES:
        state["cache"] = given["cache"]
    control_moved(state)


def write_controls(state: State, controls: Controls) -> None:
    state["temperature"], state["top_p"], state["penalty"] = (
        controls.temperature,
        controls.top_p,
        controls.penalty,
    )
    state["top_k_on"] = controls.top_k is not None
    if controls.top_k is not None or "top_k" not in state:
        state["top_k"] = controls.top_k or 40


def read_controls(state: State) -> Controls:
    top_k = int(state["top_k"]) if state["top_k_on"] else None
    return Controls(float(state["temperature"]), top_k, float(state["top_p"]), float(state["penalty"]))


def preset_of(controls: Controls) -> str:
    """The preset that these controls are, or Custom."""
    return next((name for name, preset in PRESETS.items() if preset == controls), CUSTOM)


def control_moved(state: State) -> None:
    """A filter was set by hand: the preset's name does not stand any longer, and the values are kept."""
    controls = read_controls(state)
    state["preset"] = preset_of(controls)
    if state["preset"] == CUSTOM:
        state["custom"] = controls


def preset_chosen(state: State) -> None:
    """A preset sets the sliders; Custom brings back what was last set by hand."""
    name = state["preset"]
    if name in PRESETS:
        write_controls(state, PRESETS[name])
    elif name == CUSTOM and state["custom"] is not None:
        write_controls(state, state["custom"])
    else:  # nothing was set by hand yet, or the chosen preset was clicked once more
        state["preset"] = preset_of(read_controls(state))


def settings(state: State) -> Settings:
    controls = read_controls(state)
    return Settings(
        controls.temperature, controls.top_k, controls.top_p, controls.penalty, CACHE_CHOICES[state["cache"]]
    )


# ------------------------------------------------------------------------- what buttons do


def generate(state: State) -> None:
    """A new text from the prompt."""
    _start(state, int(state["n_tokens"]))


def step(state: State) -> None:
    """One more token of this text, or the first one where prompt, model or code were changed."""
    run: Run | None = state["run"]
    now = (state["prompt"], state["model"], state["folder"])
    if run is None or now != (run.prompt, run.model, run.folder):
        _start(state, 1)
    else:
        _go_on(state, 1)


def go_on(state: State) -> None:
    """More of the same text, with the controls as they are now."""
    _go_on(state, int(state["n_tokens"]))


def stop(state: State) -> None:
    if state["run"] is not None:
        state["run"].stop()


def clear(state: State) -> None:
    if state["run"] is not None:
        state["run"].session.end()
    state["run"], state["error"], state["selected"] = None, None, None


def new_seed(state: State) -> None:
    state["seed"] = secrets.randbelow(100_000)


def measure_speed(state: State, n_tokens: int = 20) -> None:
    """The same prompt with and without a cache, without listening in."""
    run: Run = state["run"]
    n_tokens = min(n_tokens, run.session.model.n_ctx - run.session.n_prompt)
    try:
        for name, use_cache in (("without a cache", False), ("with a cache", True)):
            run.speeds[name] = run.session.measured(n_tokens, use_cache)
    except SessionError as error:
        state["error"] = str(error)


def compare_generate(state: State) -> None:
    """Run the implementation's own generate on the same prompt, settings and seed."""
    run: Run = state["run"]
    try:
        run.own_ids = run.session.own_generate()
    except SessionError as error:
        state["error"] = str(error)


def selected(state: State) -> int | None:
    """The token that is looked into: the one that was chosen, else the last."""
    run: Run | None = state["run"]
    if run is None or not run.session.events:
        return None
    last = len(run.session.events) - 1
    return last if state["selected"] is None else min(int(state["selected"]), last)


def _start(state: State, n_tokens: int) -> None:
    state["error"] = None
    before: Run | None = state["run"]
    if before is not None:
        before.stop()
    try:
        model, seed = cached_model(state["model"]), int(state["seed"])
        session = RemoteSession(model, state["folder"], state["prompt"], settings(state), seed)
        n_tokens, note = _fitting(session, n_tokens)
    except SessionError as error:
        state["error"] = str(error)
        return
    if before is not None:
        before.session.end()
    made_of = (read_controls(state), state["prompt"], state["model"], state["folder"])
    state["run"], state["selected"] = Run(session, *made_of, goal=n_tokens, note=note), None


def _go_on(state: State, n_tokens: int) -> None:
    run: Run = state["run"]
    state["error"], run.error, run.note = None, None, ""
    run.stop()
    try:
        run.session.settings, run.controls = settings(state), read_controls(state)
        n_tokens, run.note = _fitting(run.session, n_tokens)
    except SessionError as error:
        state["error"] = str(error)
        return
    run.goal, state["selected"] = len(run.session.events) + n_tokens, None


def _fitting(session: Session, n_tokens: int) -> tuple[int, str]:
    """As many tokens as fit, and a note where that is fewer.

    Raises:
        SessionError: there is no room at all.
    """
    if session.room < 1:
        session.check_room(n_tokens)
    if n_tokens <= session.room:
        return n_tokens, ""
    fit = "1 token fits" if session.room == 1 else f"{session.room} tokens fit"
    context = f"{session.model.name}'s context of {session.model.n_ctx}"
    return session.room, f"Only {fit} into {context}, so not all {n_tokens} are generated."


# ------------------------------------------------------------------- models and implementations


@lru_cache(maxsize=2)
def cached_model(name: str) -> Model:
    return open_model(name)


def current_implementation(folder: str) -> Loaded:
    """Whose functions the files are now; loaded again, in a process of its own, when a file has changed.

    Raises:
        SessionError: the folder holds no implementation.
    """
    files = sorted(Path(folder).glob("*.py"))
    return _implementation(folder, tuple((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files))


@lru_cache(maxsize=4)
def _implementation(folder: str, stamp: tuple[Any, ...]) -> Loaded:
    helper = Helper()
    try:
        return load(helper, folder)
    finally:
        helper.end()


def folders(first: str) -> list[str]:
    """The implementations to choose from: the one asked for, exercises/ and solutions/."""
    wanted = [Path(first).resolve(), ROOT / "exercises", ROOT / "solutions"]
    found = [str(folder) for folder in wanted if (folder / "pico_gpt.py").is_file() or folder == wanted[0]]
    return list(dict.fromkeys(found))


def folder_name(folder: str) -> str:
    path = Path(folder)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else display_path(path)


def count_tokens(prompt: str, model: Model) -> int:
    return len(model.encoding.encode_ordinary(prompt))
