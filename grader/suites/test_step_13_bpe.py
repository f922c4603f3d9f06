"""Step 13: GPT-2's tokenizer, against tiktoken."""

from typing import Any

import numpy as np

from grader.judging.judge import Judge, judges
from reference_activations.tokens import GPT2_RANKS, PICO_RANKS, encoding, load_ranks

# Words on which "leftmost pair first" and "longest match" go wrong, and common ones.
WORDS = [
    "h",
    "he",
    "hello",
    "ilayer",
    " Karpathy",
    " Turing",
    " the",
    "aaaaaaaaa",
    " tokenization",
    "ababab",
    "ROMEO",
    "First",
    " worst",
    " dreams",
    " ribs",
    "woe",
]
TEXTS = [
    "The dog",
    "Hello, world!",
    "it's we'll I'd they've DON'T 'S",
    "a  b",
    "a   b\n\n  c \t d  ",
    "\n\n\n",
    "  ",
    " leading and trailing ",
    "x=3.14159; y+=10**20",
    "1234567890 12,345",
    "🤗 naïve café",
    "日本語のテキスト",
    "e\u0301 combining, flags 🇩🇪, family 👩‍👩‍👧",
    "<|endoftext|>",
    "a<|endoftext|>b",
    "ꙮ\u200b\u00a0\u3000x",
    "ÀÉÎ Straße",
    "O'Malley's 'Tis",
    "a._b (_c, __d__)",
]
ALPHABET = list("  aaabeehinorstt\n\t.,'’!?-0123456789ABC") + list("éßøжяあ漢字🤗👍\u0301\u00a0")


def _ranks(judge: Judge, n_ranks: int) -> Any:
    return judge.put(f"ranks-{n_ranks}", load_ranks(n_ranks))


def _random_text(judge: Judge, n: int) -> str:
    return "".join(ALPHABET[int(i)] for i in judge.rng.integers(0, len(ALPHABET), n))


@judges("merge_word", "core")
def test_merge_word_merges_the_lowest_rank_first(judge: Judge) -> None:
    for n_ranks in (GPT2_RANKS, PICO_RANKS):
        ranks, truth = _ranks(judge, n_ranks), encoding(n_ranks)
        judge.all_ids(
            [
                (f"the word {word!r}, {n_ranks} ranks", (word.encode(), ranks), truth.encode_ordinary(word))
                for word in WORDS
            ]
        )


@judges("merge_word", "core")
def test_merge_word_works_on_bytes(judge: Judge) -> None:
    ranks, truth = _ranks(judge, GPT2_RANKS), encoding(GPT2_RANKS)
    words = ("é", " 🤗", "漢", "日本語", "жизнь")
    judge.all_ids(
        [
            *((f"the bytes of {w!r}", (w.encode(), ranks), truth.encode_ordinary(w)) for w in words),
            ("one byte", (b"\xf0", ranks), [load_ranks()[b"\xf0"]]),
            ("no byte at all", (b"", ranks), []),
        ]
    )


@judges("merge_word", "fresh")
def test_merge_word_of_random_words(judge: Judge) -> None:
    # Most with pico's small table: handing out GPT-2's whole one takes longer than merging a word.
    letters = "etaoinshrdlu" * 3 + "cmwfgypbvkjxqzETAOIN"
    cases: list[Any] = []
    for n_ranks, n in ((GPT2_RANKS, 5), (PICO_RANKS, 20)):
        ranks, truth = _ranks(judge, n_ranks), encoding(n_ranks)
        for _ in range(n):
            length = int(judge.rng.integers(2, 18))
            word = "".join(letters[int(i)] for i in judge.rng.integers(0, len(letters), length))
            case = f"the word {word!r}, {n_ranks} ranks"
            cases.append((case, (word.encode(), ranks), truth.encode_ordinary(word)))
    judge.all_ids(cases)


def _judge_texts(judge: Judge, texts: list[str], n_ranks: int = GPT2_RANKS) -> None:
    ranks, truth = _ranks(judge, n_ranks), encoding(n_ranks)
    judge.all_ids([(repr(text), (text, ranks), truth.encode_ordinary(text)) for text in texts])


@judges("encode", "core")
def test_encode_equals_tiktoken(judge: Judge) -> None:
    _judge_texts(judge, TEXTS)


@judges("encode", "core")
def test_encode_equals_tiktoken_with_picos_ranks(judge: Judge) -> None:
    some = ["ROMEO:\nWhat light is that I see?", "Alan Turing theorized that computers", TEXTS[4], TEXTS[10]]
    _judge_texts(judge, some, PICO_RANKS)


@judges("encode", "fresh")
def test_encode_of_random_text(judge: Judge) -> None:
    for n_ranks, n in ((GPT2_RANKS, 5), (PICO_RANKS, 20)):
        texts = [_random_text(judge, int(judge.rng.integers(3, 50))) for _ in range(n)]
        _judge_texts(judge, texts, n_ranks)


@judges("encode", "fresh")
def test_encode_of_random_white_space(judge: Judge) -> None:
    _judge_texts(
        judge,
        [
            "".join(" \n\t a1.'"[int(i)] for i in judge.rng.integers(0, 8, int(judge.rng.integers(2, 14))))
            for _ in range(15)
        ],
        PICO_RANKS,
    )


@judges("encode", "edges")
def test_encode_of_nothing_and_of_half_a_surrogate_pair(judge: Judge) -> None:
    ranks = _ranks(judge, GPT2_RANKS)
    judge.ids("a plain text", ("a plain text", ranks), encoding().encode_ordinary("a plain text"))
    judge.ids("the empty text", ("", ranks), [])
    judge.raises("half of a surrogate pair", ("a\ud83e b", ranks))


@judges("decode", "core")
def test_decode_puts_bytes_together_before_it_reads_them(judge: Judge) -> None:
    # Most with pico's small table: many turn the whole table round in every call.
    cases: list[Any] = []
    for n_ranks, texts in ((GPT2_RANKS, TEXTS[10:12]), (PICO_RANKS, TEXTS)):
        ranks, truth = _ranks(judge, n_ranks), encoding(n_ranks)
        cases += (
            (f"{n_ranks} ranks, {text!r}", (truth.encode_ordinary(text), ranks), text) for text in texts
        )
        cases.append((f"{n_ranks} ranks, no id at all", ([], ranks), ""))
    judge.all_texts(cases)


@judges("decode", "core")
def test_decode_takes_the_end_of_text_and_broken_bytes(judge: Judge) -> None:
    ranks, truth = _ranks(judge, GPT2_RANKS), encoding(GPT2_RANKS)
    ids = [*truth.encode_ordinary("To be"), GPT2_RANKS, *truth.encode_ordinary("or not")]
    broken = truth.encode_ordinary("x🤗")[:-1]
    judge.all_texts(
        [
            ("50256 in the middle", (ids, ranks), "To be<|endoftext|>or not"),
            ("2048 with pico's ranks", ([40, PICO_RANKS], _ranks(judge, PICO_RANKS)), "I<|endoftext|>"),
            ("half of an emoji", (broken, ranks), truth.decode(broken)),
        ]
    )


@judges("decode", "fresh")
def test_decode_of_random_ids(judge: Judge) -> None:
    cases: list[Any] = []
    for n_ranks, n in ((GPT2_RANKS, 1), (PICO_RANKS, 11)):
        ranks, truth = _ranks(judge, n_ranks), encoding(n_ranks)
        random = [[int(i) for i in judge.rng.integers(0, n_ranks, 9)] for _ in range(n)]
        cases += ((f"{n_ranks} ranks, the ids {ids}", (ids, ranks), truth.decode(ids)) for ids in random)
    text = _random_text(judge, 60)
    cases.append(("ids as an array", (np.array(truth.encode_ordinary(text)), ranks), text))
    judge.all_texts(cases)


@judges("decode", "edges")
def test_decode_refuses_an_id_that_no_token_has(judge: Judge) -> None:
    ranks = _ranks(judge, PICO_RANKS)
    judge.text("the last id there is", ([40, PICO_RANKS], ranks), "I<|endoftext|>")
    for token_id in (PICO_RANKS + 1, -1, 10**6):
        judge.raises(
            f"the ids 40 and {token_id}, where ids go from 0 to {PICO_RANKS}", ([40, token_id], ranks)
        )
