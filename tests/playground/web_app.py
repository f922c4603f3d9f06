"""The web page as Streamlit's own test runner executes it."""

from __future__ import annotations

import contextlib
import html
import importlib
import io
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from playground_helpers import SOLUTIONS
from real_grader import ROOT

from playground.run.session import Session, SessionError
from playground.web import pipes, remote, worker

pytest.importorskip("streamlit", reason="streamlit is in the web requirements: make setup-dev")
from streamlit.testing.v1 import AppTest

# For each page Streamlit reads what every installed package says of itself; the same each time.
with contextlib.suppress(ImportError, AttributeError):  # a Streamlit that does not know such packages
    scanner: Any = importlib.import_module("streamlit.components.v2.manifest_scanner")
    scanner.scan_component_manifests = lru_cache(scanner.scan_component_manifests)


class Page:
    """The page as Streamlit executes it, with what a person does to it."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, address: dict[str, list[str]] | None = None
    ) -> None:
        monkeypatch.setenv("PICO_GPT_IMPL", str(folder))
        self.at = AppTest.from_file(str(ROOT / "playground" / "web" / "page.py"), default_timeout=60)
        for key, values in (address or {}).items():
            self.at.query_params[key] = values
        self.at.run()
        self.calm()

    def calm(self) -> Page:
        assert not self.at.exception, self.at.exception
        return self

    def press(self, label: str) -> Page:
        next(b for b in self.at.button if b.label == label).click().run()
        return self.calm()

    def set(self, key: str, value: Any) -> Page:
        kinds = ("slider", "toggle", "text_area", "number_input", "selectbox", "button_group", "pills")
        widgets = [w for kind in kinds for w in self.at.get(kind) if w.key == key]
        widgets[0].set_value(value).run()
        return self.calm()

    def __getitem__(self, key: str) -> Any:
        return self.at.session_state[key]

    @property
    def session(self) -> Session:
        made = self["run"].session
        assert isinstance(made, Session)
        return made

    def shown(self, test_id: str) -> str | None:
        """The text of a part of the page, as a reader sees it."""
        for element in self.at.get("html"):
            body = element.proto.body
            found = re.search(rf'<(\w+)[^>]*data-testid="{test_id}"[^>]*>(.*?)</\1>', body, re.DOTALL)
            if found:
                return html.unescape(re.sub(r"<[^>]*>", "", found[2]))
        return None

    def html(self) -> str:
        return "\n".join(element.proto.body for element in self.at.get("html"))


class Here:
    """What answers a session's questions, as `remote.Helper` does, but in this process, without a bound."""

    def __init__(self) -> None:
        self.worker, self.asked, self.ended = worker.Worker(), None, False

    def ask(self, question: str, seconds: float, tick: object = None, **given: Any) -> Any:
        assert not self.ended
        try:
            answer = self.worker.answer(question, given)
        except (SessionError, ValueError, OSError) as error:
            raise SessionError(str(error)) from None
        pipe = io.BytesIO()
        pipes.send(pipe, answer)
        pipe.seek(0)
        return pipes.receive(pipe)

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    """The solutions' page. They run here: a process for each text costs more than all else that a test does.

    Students' files (`open_page`) run in a process of their own, as do all in a browser.
    """
    run_here(monkeypatch)
    return Page(SOLUTIONS, monkeypatch)


def run_here(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(remote, "Helper", Here)
    patch.setattr(worker, "keep_small", lambda weights: None)


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Page]:
    return lambda folder: Page(folder, monkeypatch)


@pytest.fixture(scope="module")
def one_page() -> Iterator[Page]:
    with pytest.MonkeyPatch.context() as patch:
        run_here(patch)
        yield Page(SOLUTIONS, patch).set("n_tokens", 9).press("Generate")


@pytest.fixture
def nine_tokens(one_page: Page, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A page with nine tokens, for tests that choose a token and a panel, and change nothing else."""
    monkeypatch.setenv("PICO_GPT_IMPL", str(SOLUTIONS))
    one_page.at.session_state["selected"] = None
    one_page.at.session_state["tab"] = "Filters"
    one_page.at.run()
    return one_page.calm()
