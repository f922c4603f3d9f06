"""Plain English: no stilted phrase is left, and every page is easy to read."""

from __future__ import annotations

import re
from pathlib import Path

import plain_english
import pytest
import readability
from pages import ROOT
from plain_english import PHRASES, files, finds, room

ROOMS = sorted({room(path) for path in files()})


@pytest.mark.parametrize("name", ROOMS)
def test_no_stilted_phrase_is_left(name: str) -> None:
    found = [str(find) for path in files() if room(path) == name for find in finds(path)]
    assert not found, f"{len(found)} in {name}:\n" + "\n".join(found)


def test_a_glance_overlooks_nothing() -> None:
    for pattern, (_, _, example) in zip(plain_english.patterns(), PHRASES):
        for text in (example, example.upper(), example.capitalize(), f"({example})"):
            found = pattern.exact.search(text)
            assert not found or pattern.glance.search(text.lower()), f"{pattern.glance} overlooks '{text}'"


def test_the_list_is_long_and_each_pattern_finds_its_own_example() -> None:
    assert len(PHRASES) >= 60 and len({pattern for pattern, _, _ in PHRASES}) == len(PHRASES)
    for pattern, plain, example in PHRASES:
        assert re.search(pattern, example, re.IGNORECASE), f"{pattern} does not find '{example}'"
        assert plain and not re.search(pattern, plain, re.IGNORECASE), (
            f"'{plain}' is what {pattern} looks for"
        )


GOOD = (
    "There is no file of this name.", "It is no longer there.", "The array is not a list.", "Fix that first.",
    "if not x: pass\nelse: pass", "Something else.", "It stands in for the reference.", "This stands out.",
    "Name one lie at a time.", "Written alike, in the class report.", "Even if you ask.",
    "The token after it.",
)  # fmt: skip


@pytest.mark.parametrize("sentence", GOOD)
def test_good_sentences_are_left_alone(sentence: str) -> None:
    for pattern, _, _ in PHRASES:
        assert not re.search(pattern, sentence, re.IGNORECASE), f"{pattern} finds '{sentence}'"


def test_a_phrase_is_found_across_lines_with_the_line_on_which_it_begins(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(plain_english, "ROOT", tmp_path)
    (tmp_path / "code.py").write_text(
        'x = 1\n# q and k are in each\n# other\'s place\ny = "mend it"  # fine\nmend = 2\n'
    )
    (tmp_path / "page.md").write_text("# Title\n\nThe two come to\nthe same.\n")
    assert [(find.line, find.words) for find in finds(Path("code.py"))] == [
        (2, "in each other's place"),
        (4, "mend"),
    ]
    assert [(find.line, find.words) for find in finds(Path("page.md"))] == [(3, "come to the same")]


@pytest.mark.parametrize("path", readability.pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_page_is_easy_to_read(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    score = readability.ease(path.read_text(encoding="utf-8"))
    with capsys.disabled():
        print(f"\n{path.relative_to(ROOT).as_posix()}: Flesch reading ease {score:.1f}", end="")
    assert score > readability.LEAST, "shorter sentences, shorter words"


def test_a_text_that_is_hard_to_read_is_noticed() -> None:
    hard = (
        "Notwithstanding the aforementioned considerations, implementation of multidimensional "
        "transformations necessitates sophisticated understanding of dimensional compatibility.\n"
    )
    assert (
        readability.ease(hard)
        < readability.LEAST
        < readability.ease("The cat sat on the mat. It was warm there.\n")
    )
    assert (
        readability.counted("# Title\n\n`code` and $x$ and 12 words.\n\n| a | b |\n| - | - |\n| c | d |\n")
        == "and and words."
    )
