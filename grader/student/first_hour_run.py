"""Runs a student's `first_hour.py` with small models, in a process of its own; what it saw becomes JSON.

This is step 0. It has no points, so nobody gains by fooling it. The models are made so that the right
text is known without a loop like the student's.
"""

from __future__ import annotations

import contextlib
import inspect
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
SIGNATURES = {"write": ("model", "ids", "n_tokens"), "write_by_chance": ("model", "ids", "n_tokens", "rng")}

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
        "" if calls == N_NEW else f"the model was asked {_times(calls)} for {N_NEW} new tokens",
    )
    nothing = write(Remembering(), list(PROMPT), 0)
    yield (
        "no new tokens, no change",
        "" if _ids(nothing) == PROMPT else f"for n_tokens=0 the prompt alone is right, not {_short(nothing)}",
    )


def _wrong_text(value: Any, model: Remembering) -> str:
    ids = _ids(value)
    if ids is None:
        return _no_list("write", value)
    right = right_text(N_NEW)
    new, asked = ids[len(PROMPT) :], model.asked
    if ids == right:
        return ""
    if ids == right[len(PROMPT) :]:
        return "this returns the new tokens only: the prompt's ids come first"
    if not asked:
        return "this never asks the model that it is given: call model(ids), not a model of your own choice"
    if all(len(text) == 1 for text in asked):
        return "this shows the model one token at a time: it needs the whole text so far"
    if all(text == PROMPT for text in asked) and len(asked) > 1:
        return "this asks about the prompt every time: the text must grow by the token that was chosen"
    if ids == right_text(N_NEW, worst=True):
        return "this takes the token with the lowest score: the highest is the best"
    if ids[: len(PROMPT)] != PROMPT:
        return f"the result does not begin with the prompt: yours {ids}, the prompt {PROMPT}"
    if len(asked) == 1 and len(new) == N_NEW:
        return "this asks the model once, before the loop: it must be asked again for each new token"
    if len(ids) == N_NEW:
        return f"this stops at {N_NEW} tokens in all: n_tokens counts the new ones, without the prompt"
    if len(new) == len(asked) == 1:
        return f"this ends after one new token of {N_NEW}: is the return inside the loop?"
    if len(ids) != len(right):
        return f"{len(new)} new token{'' if len(new) == 1 else 's'}, expected {N_NEW}"
    if set(new) == {0}:
        return "every new token is 0: is np.argmax given all the scores, or only one of them?"
    place = next(i for i, (a, b) in enumerate(zip(ids, right)) if a != b)
    return f"new token {place - len(PROMPT)} is wrong: yours {ids[place]}, expected {right[place]}"


def _no_list(function: str, value: Any) -> str:
    """What is wrong with a value that is not a list of token ids."""
    if value is None:
        return f"{function} returned None: it has no return with a value"
    if isinstance(value, str):
        return f"{function} returned a text: return the ids, and decode them outside"
    if isinstance(value, np.ndarray):
        return f"{function} returned an array: a list of token ids is expected, and a list has .append"
    if isinstance(value, (list, tuple)):
        odd = next((item for item in value if _ids([item]) is None), None)
        if isinstance(odd, (float, np.floating)):
            return f"{_short(odd)} is a score, not a token id: the id is the place where the best score is"
        return f"{_short(odd)} in the result is not a token id: a list of whole numbers is expected"
    return f"{function} returned {_short(value)}: a list of token ids is expected"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


def checks_of_write_by_chance(write_by_chance: Any) -> Iterator[Check]:
    """Draws from known shares: 0 for two tokens, and three times as much for one as for another."""
    scores = np.array([0.0, 1.0, 3.0, 0.0])

    def drawn(seed: int) -> Any:
        return write_by_chance(lambda ids: scores.copy(), [2], DRAWS, np.random.default_rng(seed))

    value = drawn(1)
    ids = _ids(value)
    if ids is None or len(ids) != DRAWS + 1 or ids[0] != 2:
        wrong = _no_list("write_by_chance", value) if ids is None else _wrong_length(ids)
        yield "it returns the prompt and then the drawn tokens", wrong
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


def _wrong_length(ids: list[int]) -> str:
    if len(ids) == DRAWS:
        return f"{DRAWS} ids, and {DRAWS + 1} are expected: the prompt's, and then {DRAWS} new ones"
    if len(ids) == 2:
        return f"this ends after one new token of {DRAWS}: is the return inside the loop?"
    return f"the prompt's id and {DRAWS} new ones are expected, not {len(ids)} ids"


def _ids(value: Any) -> list[int] | None:
    """A list of whole numbers; None for anything else."""
    if not isinstance(value, (list, tuple)):
        return None
    try:
        return (
            None if any(isinstance(i, (str, float, np.floating)) for i in value) else [int(i) for i in value]
        )
    except (TypeError, ValueError):
        return None


def _short(value: Any) -> str:
    text = str(value) if isinstance(value, np.generic) else repr(value)
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
        wanted = SIGNATURES[function]
        try:
            inspect.signature(names[function]).bind(*wanted)
        except (TypeError, ValueError):
            wrong = f"{function} is called with {len(wanted)} arguments: def {function}({', '.join(wanted)})"
            line = getattr(getattr(names[function], "__code__", None), "co_firstlineno", 0)
            add(function, "it can be called", "failed", wrong, line)
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
