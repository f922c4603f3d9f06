"""What the live page knows of a folder while it is judged, without a browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playground_helpers import solution_of

from grader.mistakes import register
from playground.live import verdicts
from playground.live.follow import JUDGING, Follower
from playground.live.runner import Ready, Runner
from playground.live.verdicts import Verdict, Verdicts


@pytest.fixture
def runner() -> Iterator[Runner]:
    ready = Ready(JUDGING)
    yield Runner(ready)
    ready.close()


def test_a_wrong_function_is_known_before_its_mistake_has_a_name(
    student: Callable[..., Path], runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "LOOKS_FOR_A_NAME", 1)
    known = Verdicts(student(sample=register()["sample.squared"].source))
    early: list[Verdict | None] = []
    assert known.judge(11, runner, lambda: early.append(known.first_wrong()))
    late = known.first_wrong()
    assert early[0] is not None and late is not None
    assert (early[0].function, early[0].diagnosis) == ("sample", None)
    assert (late.function, late.diagnosis) == ("sample", "sample.squared")
    assert "squares" in late.message and "squares" not in early[0].message


def test_what_was_said_of_an_older_text_is_forgotten(student: Callable[..., Path], runner: Runner) -> None:
    folder = student("exercises", softmax="def softmax(x):\n    return x")
    known = Verdicts(folder)
    known.steps_to_judge()
    assert known.judge(2, runner, lambda: None) and known.first_wrong()
    right = student("exercises", **solution_of("softmax"))
    for path in right.glob("*.py"):
        (folder / path.name).write_bytes(path.read_bytes())
    assert known.steps_to_judge() == [2]
    assert known.first_wrong() is None


def test_what_was_judged_while_the_file_was_being_saved_does_not_count(
    student: Callable[..., Path], runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = student("exercises", softmax="def softmax(x):\n    return x")
    known = Verdicts(folder)
    monkeypatch.setattr(known, "_digest_of", lambda file: "of the text that is there a moment later")
    assert not known.judge(2, runner, lambda: None)
    assert known.first_wrong() is None
    assert 2 in known.steps_to_judge()


def test_a_function_that_raises_is_drawn_with_the_line_where_it_did(student: Callable[..., Path]) -> None:
    """Its own failure is a first difference to show; only what never ends is left out of the picture."""
    follower = Follower(student("exercises", gpt2=register()["gpt2.not-transposed"].source))
    thread = threading.Thread(target=follower.run)
    thread.start()
    try:
        page = follower.first_page(60)
    finally:
        follower.end()
        thread.join(30)
    assert page is not None and not thread.is_alive()
    assert b"your gpt2 failed (line " in page


def test_a_test_may_take_as_long_as_the_page_was_told(student: Callable[..., Path], runner: Runner) -> None:
    known = Verdicts(student(gelu="def gelu(x):\n    while True:\n        pass"), time_limit=0.3)
    assert known.judge(1, runner, lambda: None)
    wrong = known.first_wrong()
    assert wrong is not None and "had not answered after 0.3 s" in wrong.message
