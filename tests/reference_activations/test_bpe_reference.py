"""The tokenizer of solutions/bpe.py, judged by tiktoken."""

from __future__ import annotations

import random
import unicodedata

import numpy as np
import pytest

from grader.judging.reference import Reference
from reference_activations.tokens import GPT2_RANKS, PICO_RANKS, encoding, load_ranks

encode, decode, merge_word = (Reference()[name] for name in ("encode", "decode", "merge_word"))
SIZES = (256, 300, PICO_RANKS, GPT2_RANKS)
more_by_night = pytest.mark.parametrize("times", [100, pytest.param(500, marks=pytest.mark.nightly)])

TEXTS_THAT_BITE = (
    "",
    " ",
    "it's we'll I'VE don't 'tis rock'n'roll ''s",
    "a  b   c    \n\n  d\t\te \r\n f",
    "trailing  ",
    "\n\n\n",
    "1234567890 3.14159 １２３ ٣٤٥ Ⅷ ²",
    "🤗🤗 👨‍👩‍👧‍👦 🇩🇪 1️⃣",
    "日本語の文章。한국어 ไทย हिन्दी",
    "e\u0301 n\u0303o\u0308 \u200b\u00a0\u2003\u3000\ufeff",
    "<|endoftext|> <|endoftext |endoftext|>",
    "Karpathy Turing ilayer Supercalifragilisticexpialidocious",
    "=" * 300 + " " * 300 + "a" * 300,
    "def f(x):\n    return x**2  # square\n",
    "\x00\x01\x7f\u0085",
)


def random_text(rng: random.Random) -> str:
    """Up to 40 pieces out of everything that splitting and merging treat differently.

    Characters that Unicode has not assigned are left out: whether one of them is a letter depends on the
    Unicode version that regex and tiktoken were built with, and they differ.
    """
    common = [
        "the",
        "ing",
        "'s",
        "'LL",
        " ",
        "  ",
        "\n",
        "\t",
        "42",
        ".",
        "--",
        "é",
        "漢",
        "🤗",
        "\u0301",
        "\u3000",
    ]
    pieces = []
    for _ in range(rng.randint(0, 40)):
        if rng.random() < 0.7:
            pieces.append(rng.choice(common))
        else:
            character = chr(rng.randrange(0x110000))
            pieces.append(character if unicodedata.category(character) not in ("Cs", "Cn") else "?")
    return "".join(pieces)


@pytest.mark.parametrize("n_ranks", SIZES)
@pytest.mark.parametrize("text", TEXTS_THAT_BITE)
def test_text_that_bites_becomes_the_ids_of_tiktoken_and_comes_back(text: str, n_ranks: int) -> None:
    ids = encode(text, load_ranks(n_ranks))
    assert ids == encoding(n_ranks).encode_ordinary(text)
    assert decode(ids, load_ranks(n_ranks)) == text


@more_by_night
@pytest.mark.parametrize("n_ranks", SIZES)
def test_random_text_becomes_the_ids_of_tiktoken_and_comes_back(n_ranks: int, times: int) -> None:
    rng = random.Random(n_ranks)
    for _ in range(times):
        text = random_text(rng)
        ids = encode(text, load_ranks(n_ranks))
        assert ids == encoding(n_ranks).encode_ordinary(text), repr(text)
        assert decode(ids, load_ranks(n_ranks)) == text


def test_random_bytes_merge_as_in_tiktoken() -> None:
    rng = random.Random(0)
    for _ in range(500):
        word = bytes(rng.choice(b"abcdeings \xc3\xa9\xff") for _ in range(rng.randint(0, 30)))
        assert merge_word(word, load_ranks()) == encoding()._encode_single_piece(word) if word else True


@more_by_night
def test_random_ids_decode_as_in_tiktoken(times: int) -> None:
    rng = random.Random(0)
    for _ in range(times):
        ids = [rng.randrange(GPT2_RANKS + 1) for _ in range(rng.randint(0, 12))]
        assert decode(ids, load_ranks()) == encoding().decode(ids)


def test_every_single_token_comes_back() -> None:
    ranks = load_ranks()
    for token, token_id in ranks.items():
        assert merge_word(token, ranks) == [token_id]


def test_end_of_text_is_ordinary_when_encoded_and_the_last_id_when_decoded() -> None:
    for n_ranks in SIZES:
        assert n_ranks not in encode("<|endoftext|>", load_ranks(n_ranks))
        assert decode([n_ranks], load_ranks(n_ranks)) == "<|endoftext|>"


def test_ids_may_be_a_numpy_array() -> None:
    assert decode(np.array([464, 3290, 50256]), load_ranks()) == "The dog<|endoftext|>"


@pytest.mark.parametrize(("text", "position"), [("ab\ud83dc", 2), ("\ude00", 0), ("\ud83d\ude00", 0)])
def test_half_a_surrogate_pair_is_refused_in_one_line(text: str, position: int) -> None:
    with pytest.raises(ValueError, match=f"position {position}") as refused:
        encode(text, load_ranks(256))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("token_id", [-1, 2049, 50256])
def test_an_id_that_no_token_has_is_refused_in_one_line(token_id: int) -> None:
    with pytest.raises(ValueError, match=f"no token has the id {token_id}"):
        decode([5, token_id], load_ranks(PICO_RANKS))


def test_a_long_run_of_one_sign_does_not_take_forever() -> None:
    text = "-" * 50_000 + " " * 50_000
    assert encode(text, load_ranks()) == encoding().encode_ordinary(text)


def test_the_whole_table_is_in_memory_once_however_it_is_asked_for() -> None:
    assert load_ranks() is load_ranks(GPT2_RANKS)
    assert encoding() is encoding(GPT2_RANKS)
