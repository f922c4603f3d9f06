"""The web page says what is true of the code that writes: which function is wrong, and where."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from playground_helpers import SOLUTIONS

from playground.run.session import Settings
from playground.web import panels as web_panels

pytest.importorskip("streamlit", reason="streamlit is in the web requirements: make setup-dev")
from tests.playground.web_app import Page

pytest_plugins = ["tests.playground.web_app"]

Student = Callable[..., Path]


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("softmax", "First difference: your softmax, block 0, head "),
        ("next_token_probs", "First difference: your next_token_probs gives other probabilities"),
        ("gpt2_cached", "First difference: your gpt2_cached, at token 3: without a cache"),
    ],
)
def test_the_page_says_which_function_of_a_fluent_text_is_wrong(
    student: Student, open_page: Callable[[Path], Page], function: str, says: str
) -> None:
    wrong = {
        "softmax": "def softmax(x):\n    return np.exp(x) / np.exp(x).sum()\n",
        "next_token_probs": "def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):\n"
        "    return softmax(logits)\n",
        "gpt2_cached": "def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):\n"
        "    from pico_gpt import gpt2\n"
        "    return gpt2(inputs, wte, wpe, blocks, ln_f, n_head), [None] * 4\n",
    }
    page = open_page(student("solutions", **{function: wrong[function]}))
    page.set("n_tokens", 3).press("Generate")
    assert page.session.events
    assert says in (page.shown("verdict") or "")


def test_right_code_is_said_to_agree(student: Student, open_page: Callable[[Path], Page]) -> None:
    page = open_page(student("solutions")).set("n_tokens", 3).press("Generate")
    assert page.shown("verdict") == "Compared with the reference: every number agrees."
    page = open_page(SOLUTIONS).set("n_tokens", 3).press("Generate")
    assert page.shown("verdict") == "The reference wrote this text."


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("    x * 2", "your gelu (step 1) returned None: is there a return?"),
        ("    return x[:, :7]", "your gelu (step 1) returned the shape [12, 7], expected [12, 512]"),
        ("    return float(x.sum())", "your gelu (step 1) returned float, not an array"),
    ],
)
def test_a_function_whose_answer_does_not_fit_is_named(
    student: Student, open_page: Callable[[Path], Page], body: str, says: str
) -> None:
    page = open_page(student("exercises", gelu=f"def gelu(x):\n{body}\n"))
    page.set("prompt", "we are such stuff as dreams are made on").press("Generate")
    assert (page.shown("error") or "").startswith(says)


def test_the_filters_follow_the_sliders_without_a_new_text(page: Page) -> None:
    page.set("n_tokens", 3).press("Generate")
    session, before = page.session, page.shown("candidates")
    page.set("temperature", 1.5)
    assert page.session is session
    assert page.shown("candidates") != before
    event = dataclasses.replace(session.events[-1], settings=Settings(1.5, 50, 0.95, 0.2))
    assert web_panels.percent(float(event.stages[2].probs[event.id])) in (page.shown("candidates") or "")
