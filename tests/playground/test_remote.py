"""A session whose functions run in a process of their own: the same numbers, and always an end."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playground_helpers import SOLUTIONS

from playground.run.implementation import Implementation
from playground.run.session import Session, SessionError, Settings
from playground.web import remote
from playground.web.remote import Helper, RemoteSession, load
from reference_activations.models import load_model

Student = Callable[..., Path]
PROMPT = "The King said"
SETTINGS = Settings(0.8, 50, 0.95, 0.2)


@pytest.fixture
def open_session() -> Iterator[Callable[[Path], RemoteSession]]:
    opened: list[RemoteSession] = []

    def start(folder: Path) -> RemoteSession:
        opened.append(RemoteSession(load_model("pico"), str(folder), PROMPT, SETTINGS, 42))
        return opened[-1]

    yield start
    for session in opened:
        session.end()


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def same_numbers(some: list[Any], others: list[Any]) -> None:
    """But for the last bits: where an array is in memory decides in which order its numbers are added."""
    for one, other in zip(some, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_it_knows_what_a_session_in_this_process_knows(
    open_session: Callable[[Path], RemoteSession],
) -> None:
    far = open_session(SOLUTIONS)
    near = Session(load_model("pico"), Implementation(SOLUTIONS), PROMPT, SETTINGS, seed=42, inspect=True)
    list(far.run(5))
    list(near.run(5))
    assert (far.ids, far.text, far.cache) == (near.ids, near.text, near.cache)
    for a, b in zip(far.events, near.events, strict=True):
        assert (a.id, a.text, a.settings, a.cache) == (b.id, b.text, b.settings, b.cache)
        same_numbers([a.prob, a.model_prob, a.logits], [b.prob, b.model_prob, b.logits])
        for known, other in zip(a.lens, b.lens, strict=True):
            assert (known.stage, known.rank) == (other.stage, other.rank)
            assert [token for token, _ in known.top] == [token for token, _ in other.top]
            same_numbers([p for _, p in known.top], [p for _, p in other.top])
            same_numbers([known.chosen], [other.chosen])
        for one, two in zip(a.stages, b.stages, strict=True):
            assert one.name == two.name
            same_numbers([one.probs], [two.probs])
        assert (a.look.shapes, a.look.ran, a.look.stages, a.look.note) == (
            b.look.shapes, b.look.ran, b.look.stages, b.look.note,
        )  # fmt: skip
        same_numbers([a.look.attention, a.look.stream], [b.look.attention, b.look.stream])
    same_numbers([far.attention(6)[0]], [near.attention(6)[0]])
    assert far.own_generate() == near.own_generate() == near.ids
    assert far.compared() == ("The reference wrote this text.", False)


def test_a_loop_is_ended_with_a_sentence_that_says_where_it_was_and_the_text_stays(
    open_session: Callable[[Path], RemoteSession], student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "ANSWER_S", 2.5)
    before = set(threading.enumerate())
    loop = "def gelu(x):\n    while len(x) == 1 or PAST:\n        pass\n    return x\n\n\nPAST = False\n"
    session = open_session(student("solutions", gelu=loop))
    session.step()
    with pytest.raises(SessionError, match=r"pico_gpt\.py:\d+, in gelu had not come back after \d+ s"):
        session.step()
    assert len(session.events) == 1
    assert not runs(session.helper.pid)
    with pytest.raises(SessionError, match="Generate begins a new one"):
        session.step()
    del session
    new = set(threading.enumerate()) - before
    for thread in new:
        thread.join(5)
    assert not any(thread.is_alive() for thread in new)


def test_a_click_ends_the_waiting_and_not_the_token(
    open_session: Callable[[Path], RemoteSession], student: Student
) -> None:
    naps = (
        "def gelu(x):\n    import time\n    time.sleep(0.1)\n"
        "    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))\n"
    )
    session = open_session(student("solutions", gelu=naps))

    class Click(BaseException):
        pass

    def click(at: str) -> None:
        raise Click

    session.tick = click
    with pytest.raises(Click):
        session.step()
    assert session.helper.asked == "step" and session.events == []
    session.tick = lambda at: None
    session.step()
    near = Session(load_model("pico"), Implementation(SOLUTIONS), PROMPT, SETTINGS, seed=42)
    assert session.events[0].id == near.step().id

    session.tick = click
    session.finish(0)
    assert len(session.events) == 1, "nothing was in the making"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("    import os\n    os._exit(3)\n", "the process that ran your code ended by itself"),
        ("    return np.ones(1 << 29) * x.sum()\n", "MemoryError"),
        ("    raise KeyboardInterrupt\n", "KeyboardInterrupt|ended by itself"),
    ],
)
def test_a_crash_and_four_gigabytes_end_in_a_sentence(
    open_session: Callable[[Path], RemoteSession], student: Student, body: str, says: str
) -> None:
    session = open_session(student("exercises", gelu=f"def gelu(x):\n{body}"))
    with pytest.raises(SessionError, match=says):
        session.step()


def test_a_file_that_never_ends_is_stopped(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "LOAD_S", 2.5)
    folder = student("exercises")
    (folder / "pico_gpt.py").write_text("while True:\n    pass\n", encoding="utf-8")
    helper = Helper()
    with pytest.raises(SessionError, match=r"pico_gpt\.py:[12], in <module> had not come back"):
        load(helper, str(folder))
    assert not runs(helper.pid)


def test_a_session_that_is_forgotten_leaves_no_process() -> None:
    session = RemoteSession(load_model("pico"), str(SOLUTIONS), PROMPT, SETTINGS, 1)
    session.step()
    pid = session.helper.pid
    del session
    gc.collect()
    assert not runs(pid)
