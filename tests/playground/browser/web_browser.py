"""Fixtures for the web page in Chromium: its servers, and a page with what a person does on it."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playground_helpers import SOLUTIONS

from tests.playground.browser.tabs import TABS
from tests.playground.browser.watched import Server, Watched

PROMPT = "The King said"
N = 8  # tokens of the text that most tests look at
Watch = Callable[..., Watched]
Serve = Callable[..., Server]


@pytest.fixture(scope="module")
def busy_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def student_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one folder that `student_server` serves; a test saves its own files there, as a student does."""
    folder = tmp_path_factory.mktemp("served")
    save(SOLUTIONS, folder)
    return folder


def save(files: Path, folder: Path) -> None:
    for old in folder.glob("*.py"):
        old.unlink()
    for path in files.glob("*.py"):
        shutil.copy(path, folder)


@pytest.fixture(scope="module")
def student_server(serve: Serve, student_folder: Path, busy_port: int) -> Server:
    return serve(student_folder, "--port", str(busy_port))


@pytest.fixture
def serve_files(student_server: Server, student_folder: Path) -> Callable[[Path], str]:
    """Save the files of a folder where the page looks; gives the page's address."""

    def serve(files: Path) -> str:
        save(files, student_folder)
        return student_server.address

    return serve


@pytest.fixture
def server(student_server: Server, student_folder: Path) -> Server:
    """The server, with the solutions in its folder, whatever a test before has saved there."""
    save(SOLUTIONS, student_folder)
    return student_server


class Playground:
    """What a person does on the page."""

    def __init__(self, watched: Watched, address: str, **settings: Any) -> None:
        """Open the page, with prompt and settings as its address has them."""
        self.watched, self.page = watched, watched.page
        self.page.set_default_timeout(60_000)
        self.page.goto(f"{address}/?{urlencode({'prompt': PROMPT, 'n_tokens': N, **settings})}")
        self.button("Generate").wait_for()

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def part(self, test_id: str) -> Any:
        return self.page.get_by_test_id(test_id)

    def slider(self, name: str) -> Any:
        return self.page.locator(f"input[type=range][aria-label='{name}']")

    def write(self, prompt: str) -> None:
        area = self.page.get_by_label("Prompt", exact=True)
        area.fill(prompt)
        area.press("Control+Enter")
        self.page.get_by_text(re.compile(r"^The prompt is \d+ token")).wait_for()

    def move(self, name: str, key: str, value: str) -> None:
        """Move a slider by a key, and wait until the page has taken it."""
        slider = self.slider(name)
        slider.focus()
        slider.press(key)
        assert self.sees(slider.input_value, value)
        self.settle()

    def settle(self) -> None:
        """Wait until Streamlit has executed the page."""
        self.page.wait_for_function(
            "() => document.querySelector('.stApp').dataset.testScriptState !== 'running'"
            " && !document.querySelector('[data-stale=true]')"
        )

    def sees(self, read: Callable[[], Any], expected: Any, tries: int = 600) -> bool:
        """Whether what is read becomes what is expected; asks again until it does."""
        for _ in range(tries):
            if read() == expected:
                return True
            self.page.wait_for_timeout(50)
        return False

    def generated(self, n: int) -> None:
        """Wait for a finished text of `n` tokens."""
        chip = self.page.locator(f"#chips button:nth-of-type({n})")
        chip.wait_for()
        self.part("candidates").or_(self.page.get_by_role("tablist")).first.wait_for()

    def text(self) -> str:
        return str(self.part("new-text").text_content())


@pytest.fixture
def playground(watch: Watch, server: Server) -> Playground:
    return Playground(watch(), server.address)


@pytest.fixture
def written(one_text: Playground, server: Server) -> Playground:
    """A page with a text of `N` tokens, for tests that look at it and choose what they look at.

    They leave the text there, or one like it; each chooses the token, the panel and the sliders it needs.
    """
    one_text.page.bring_to_front()
    return one_text


@pytest.fixture(scope="module")
def one_text(student_server: Server, student_folder: Path) -> Iterator[Playground]:
    save(SOLUTIONS, student_folder)
    watched = Watched(TABS.take())
    playground = Playground(watched, student_server.address)
    playground.button("Generate").click()
    playground.generated(N)
    yield playground
    watched.end()
    TABS.give_back(watched.page)
    assert watched.foreign() == []
    assert watched.complaints == []
