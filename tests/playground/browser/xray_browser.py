"""Fixtures for the x-ray page in Chromium: pages written once, and a look at them from disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from real_grader import SOLUTIONS, replace_function
from xray_pages import PROMPT, WRONG

from playground.__main__ import main
from tests.playground.browser.tabs import TABS
from tests.playground.browser.xray_seen import Seen


@pytest.fixture(scope="package")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a page once per prompt and folder."""
    written: dict[tuple[str, str], Path] = {}

    def page(prompt: str = PROMPT, impl: Path = SOLUTIONS) -> Path:
        key = (prompt, str(impl))
        if key not in written:
            out = tmp_path_factory.mktemp("xray") / "page.html"
            assert main(["xray", prompt, "--impl", str(impl), "--out", str(out)]) == 0
            written[key] = out
        return written[key]

    return page


@pytest.fixture
def look() -> Iterator[Callable[..., Seen]]:
    """Open a page from disk; at the end, it must have asked only for itself and complained about nothing."""
    with looking() as open_page:
        yield open_page


@pytest.fixture(scope="module")
def one_look() -> Iterator[Callable[..., Seen]]:
    """As `look`, for pages that the tests of a file look at one after the other: `seen.to(PLACE)`.

    What a test chose there is in the place: the stage, the position, the head. Nothing else is changed.
    """
    with looking() as open_page:
        yield open_page


@contextmanager
def looking() -> Iterator[Callable[..., Seen]]:
    opened: list[Seen] = []

    def open_page(path: Path, place: str = "", **options: Any) -> Seen:
        seen = Seen(TABS.take(**options), path=path)
        opened.append(seen)
        seen.go(place)
        return seen

    yield open_page
    for seen in opened:
        seen.end()
        TABS.give_back(seen.page)
    for seen in opened:
        assert seen.complaints == []
        assert {url.split("#")[0] for url in seen.requests} == {seen.path.as_uri()}


@pytest.fixture(scope="package")
def wrong_page(
    pages: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Path, Path]]:
    """The page of the solutions with one mistake of `WRONG`, and their folder; written once for all tests."""
    made: dict[str, tuple[Path, Path]] = {}

    def page(name: str) -> tuple[Path, Path]:
        if name not in made:
            function, text, _ = WRONG[name]
            impl = tmp_path_factory.mktemp("wrong")
            source = (SOLUTIONS / "pico_gpt.py").read_text(encoding="utf-8")
            (impl / "pico_gpt.py").write_text(replace_function(source, function, text), encoding="utf-8")
            made[name] = pages(PROMPT, impl), impl
        return made[name]

    return page


@pytest.fixture
def no_scale(wrong_page: Callable[[str], tuple[Path, Path]]) -> tuple[Path, Path]:
    return wrong_page("no scale")
