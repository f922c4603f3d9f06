"""The page tokenizes as tiktoken does."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from reference_activations.models import load_model
from tests.playground.whatif.whatif_losses import ROOM
from tests.playground.whatif.whatif_node import Engine, needs_node

pytestmark = needs_node
ENCODING = load_model("pico").encoding
PASSAGE = (ROOM / "passage.txt").read_text(encoding="utf-8")
# White space of all kinds, and what is and is not white space in Python, JavaScript and Unicode.
SPACES = (
    " \t\n\r\v\f\u0085\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000\ufeff\u200b\u200d\u180e\x1c\x1f\x00"
)
WORDS = [
    "'s", "'ll", "'LL", "’s", "don't", "über", "ROMEO", "naïve", "日本語", "Привет",
    "שלום", "مرحبا", "हिन्दी", "١٢٣", "½", "Ⅷ", "²", "🙂", "👩‍👩‍👧", "🇫🇷", "e\u0301",
    "ﬁ", "ß", "\U0001d538", "𒀀", "<|endoftext|>", "--", "...", "a\u0300\u0301",
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("whatif"))
    yield opened
    opened.close()


@cache
def known_characters() -> list[str]:
    """All characters that Python's Unicode knows, without halves of surrogate pairs and private use.

    A character that one side's Unicode does not have yet is a letter here and a sign there.
    """
    return [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")
    ]


@cache
def strings(count: int) -> list[str]:
    """Strings: cuts of the passage, words of many scripts with all kinds of spaces, any characters."""
    rng = np.random.default_rng(2048)
    everything = known_characters()
    made = ["", " ", "\n", "  \n ", *WORDS]
    while len(made) < count:
        kind = len(made) % 4
        if kind == 0:
            start, length = rng.integers(len(PASSAGE)), rng.integers(1, 60)
            made.append(PASSAGE[start : start + length])
        elif kind == 1:
            parts = [
                rng.choice(WORDS) + "".join(rng.choice(list(SPACES), rng.integers(0, 4)))
                for _ in range(rng.integers(1, 8))
            ]
            made.append("".join(parts))
        elif kind == 2:
            made.append(
                "".join(everything[i] for i in rng.integers(len(everything), size=rng.integers(1, 12)))
            )
        else:
            made.append("".join(rng.choice(list(" ab.,'1\n\té🙂-"), rng.integers(1, 40))))
    return made


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_strings_of_all_kinds_are_tokenized_as_tiktoken_does(engine: Engine, count: int) -> None:
    texts = strings(count)
    assert len(texts) == count
    for start in range(0, len(texts), 500):
        some = texts[start : start + 500]
        for text, ids in zip(some, engine.ask(ask="encode", texts=some), strict=True):
            assert ids == ENCODING.encode_ordinary(text), repr(text)


def test_every_character_that_the_three_unicodes_know_is_cut_alike(engine: Engine) -> None:
    """One by one between letters, where a character's kind decides how the word is cut."""
    texts = [f"a{character}b {character}" for character in known_characters()]
    wrong = [
        text[1]
        for start in range(0, len(texts), 5000)
        for text, ids in zip(
            texts[start : start + 5000],
            engine.ask(ask="encode", texts=texts[start : start + 5000]),
            strict=True,
        )
        if ids != ENCODING.encode_ordinary(text)
    ]
    assert wrong == [], [hex(ord(character)) for character in wrong]


def test_decoding_gives_the_text_back_and_marks_half_characters(engine: Engine) -> None:
    texts = strings(2_000)
    lists = [ENCODING.encode_ordinary(text) for text in texts]
    assert engine.ask(ask="decode", lists=lists) == texts
    cut = [ids[:-1] for ids in lists if ids] + [[ENCODING.eot_token]]
    assert engine.ask(ask="decode", lists=cut) == [ENCODING.decode(ids) for ids in cut]
