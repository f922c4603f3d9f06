"""What is generated is up to date: snippets, outputs, pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pictures_steps  # noqa: F401  (registers the step pages' drawings)
import pytest
import refresh
from pages import ROOT, page_paths, read_page
from pictures import PICTURES
from workspace import Workspace, make_workspace

WITH_PYTHON = [path for path in page_paths() if "```python" in path.read_text(encoding="utf-8")]
WITH_OUTPUT = [path for path in page_paths() if "<!-- output: " in path.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("kata"))


@pytest.mark.parametrize("path", WITH_PYTHON, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_python_snippet_runs_and_prints_what_the_page_says(path: Path, workspace: Workspace) -> None:
    page = read_page(path)
    assert refresh.snippets(page, workspace) == page.text, f"{page.name}: run python tests/documents/write.py"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", WITH_OUTPUT, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_outputs_shown_in_a_page_are_what_the_commands_print(path: Path, workspace: Workspace) -> None:
    text = path.read_text(encoding="utf-8")
    now = refresh.outputs(text, workspace)
    same = refresh.same_but_for_durations
    assert same(now) == same(text), f"{path.name}: run python tests/documents/write.py"


def test_a_snippet_that_does_not_run_is_noticed(workspace: Workspace, tmp_path: Path) -> None:
    [(prints, problem)] = workspace.python(["print(1)\nimport nothing_of_this_name\n"])
    assert prints == [[1, "1\n"]] and "nothing_of_this_name" in problem


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_what_the_arrays_draw(name: str) -> None:
    drawn = (ROOT / "instructions" / "images" / f"{name}.svg").read_text(encoding="utf-8")
    assert drawn == PICTURES[name](), "run python tests/documents/write.py"


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_need_nothing_from_elsewhere_and_follow_light_and_dark(name: str) -> None:
    drawn = PICTURES[name]()
    assert not re.search(r"https?://(?!www\.w3\.org)|<script|<image|@import|url\((?!#)", drawn)
    assert "prefers-color-scheme: dark" in drawn and "<title" in drawn and "<desc" in drawn
