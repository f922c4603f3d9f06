"""Runs a student's `first_hour.py` with small models, in a process of its own; what it saw becomes JSON.

This is step 0. It has no points, so nobody gains by fooling it. The models are made so that the right
text is known without a loop like the student's.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

N_VOCAB = 11
PROMPT = [3, 1, 4, 1, 5]
N_NEW = 8
DRAWS = 400

Model = Callable[[Any], np.ndarray]
Check = tuple[str, str]  # what was checked, what is wrong ("": nothing)


def best_after(ids: list[int]) -> int:
    """The token that the model below likes best: it depends on the whole text, and on its length."""
    return (7 * sum((i + 1) * token for i, token in enumerate(ids)) + 3 * len(ids)) % N_VOCAB


class Remembering:
    """A model that keeps the texts that it was asked about."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def __call__(self, ids: Any) -> np.ndarray:
        text = [int(i) for i in ids]
        self.asked.append(text)
        places = np.arange(N_VOCAB)
        return np.array(9.5 - (places - best_after(text)) % N_VOCAB, dtype=np.float32)


def right_text(n: int, worst: bool = False) -> list[int]:
    text = list(PROMPT)
    while len(text) < len(PROMPT) + n:
        text = [*text, (best_after(text) - worst) % N_VOCAB]
    return text


def checks_of_write(write: Any) -> Iterator[Check]:
    """The texts that `write` makes, and what the model was asked on the way."""
    model, given = Remembering(), list(PROMPT)
    value = write(model, given, N_NEW)
    yield "it returns the prompt and then the new tokens", _wrong_text(value, model)
    yield (
        "the list that it was given stays as it is",
        "" if given == PROMPT else "this changes the list that it was given: append to a copy",
    )
    calls = len(model.asked)
    yield (
        "it asks the model once for each new token",
        "" if calls == N_NEW else f"the model was asked {calls} times for {N_NEW} new tokens",
    )
    nothing = write(Remembering(), list(PROMPT), 0)
    yield (
        "no new tokens, no change",
        "" if _ids(nothing) == PROMPT else f"for n_tokens=0 the prompt alone is right, not {nothing!r}",
    )


def _wrong_text(value: Any, model: Remembering) -> str:
    if value is None:
        return "write returned None: it has no return with a value"
    ids = _ids(value)
    if ids is None:
        return f"write returned {_short(value)}: a list of token ids is expected"
    right = right_text(N_NEW)
    if ids == right:
        return ""
    if ids == right[len(PROMPT) :]:
        return "this returns the new tokens only: the prompt's ids come first"
    if all(len(text) == 1 for text in model.asked):
        return "this shows the model one token at a time: it needs the whole text so far"
    if model.asked and all(text == PROMPT for text in model.asked) and len(model.asked) > 1:
        return "this asks about the prompt every time: the text must grow by the token that was chosen"
    if ids == right_text(N_NEW, worst=True):
        return "this takes the token with the lowest score: the highest is the best"
    if ids[: len(PROMPT)] != PROMPT:
        return f"the result does not begin with the prompt: yours {ids}, the prompt {PROMPT}"
    if len(ids) != len(right):
        return f"{len(ids) - len(PROMPT)} new tokens, expected {N_NEW}"
    place = next(i for i, (a, b) in enumerate(zip(ids, right)) if a != b)
    return f"new token {place - len(PROMPT)} is wrong: yours {ids[place]}, expected {right[place]}"


def checks_of_write_by_chance(write_by_chance: Any) -> Iterator[Check]:
    """Draws from known shares: 0 for two tokens, and three times as much for one as for another."""
    scores = np.array([0.0, 1.0, 3.0, 0.0])

    def drawn(seed: int) -> Any:
        return write_by_chance(lambda ids: scores.copy(), [2], DRAWS, np.random.default_rng(seed))

    value = drawn(1)
    if value is None:
        yield "it returns the prompt and then the drawn tokens", "write_by_chance returned None"
        return
    ids = _ids(value)
    if ids is None or len(ids) != DRAWS + 1 or ids[0] != 2:
        what = _short(value) if ids is None else f"{len(ids)} ids"
        yield (
            "it returns the prompt and then the drawn tokens",
            f"a list of {DRAWS + 1} ids is expected, not {what}",
        )
        return
    yield "it returns the prompt and then the drawn tokens", ""
    new = ids[1:]
    share = new.count(2) / DRAWS
    wrong = ""
    if set(new) == {2}:
        wrong = "this takes the best token every time: draw one"
    elif {0, 3} & set(new):
        wrong = "this draws tokens whose score is 0: give the shares to rng.choice as p"
    elif abs(share - 0.75) > 0.15:
        wrong = f"a token with three times the score was drawn in {share:.0%} of cases, expected about 75%"
    yield "a token with twice the score is drawn twice as often", wrong
    same = _ids(drawn(1)) == ids
    other = _ids(drawn(2)) != ids
    wrong = "" if same and other else "the draws do not come from rng: the same rng must give the same text"
    yield "the same rng gives the same text, another one another", wrong


def _ids(value: Any) -> list[int] | None:
    if not isinstance(value, (list, tuple)):
        return None
    try:
        return [int(i) for i in value if float(i) == int(i)] if len(value) else []
    except (TypeError, ValueError):
        return None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{type(value).__name__} ({text[:50]}…)"


def judged(path: Path) -> list[dict[str, Any]]:
    """Every check of both functions: function, name, status, message, line."""
    found: list[dict[str, Any]] = []

    def add(function: str, name: str, status: str, message: str = "", line: int = 0) -> None:
        found.append({"function": function, "name": name, "status": status, "message": message, "line": line})

    def failed(function: str, name: str, error: BaseException) -> None:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
        line = frames[-1].lineno if frames else getattr(error, "lineno", 0)
        add(function, name, "error", f"{type(error).__name__}: {error}", line or 0)

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            names = runpy.run_path(str(path), run_name="first_hour")
    except BaseException as error:
        failed("first_hour.py", "the file runs", error)
        return found
    for function, checks in (("write", checks_of_write), ("write_by_chance", checks_of_write_by_chance)):
        if not callable(names.get(function)):
            add(function, "", "not_implemented", f"{function} is not written yet")
            continue
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                for name, wrong in checks(names[function]):
                    add(function, name, "failed" if wrong else "passed", wrong)
        except BaseException as error:
            failed(function, "it runs", error)
    return found


if __name__ == "__main__":
    result = judged(Path(sys.argv[1]))
    Path(sys.argv[2]).write_text(json.dumps(result), encoding="utf-8")
