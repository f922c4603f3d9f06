"""The two models that are given in the first hour are what they say: pico's answers, and counted pairs."""

from __future__ import annotations

import os
from pathlib import Path

import first_hour
import numpy as np
import pytest
from first_hour_data import pairs, recorded
from pages import ROOT, read_page
from worked import golden, pico, prompt_ids

from reference_activations.first_hour import FILE, pair_scores, pico_scores
from reference_activations.tensor_file import TensorFile

CORPUS = Path(os.environ.get("PICO_GPT_CORPUS", ROOT.parent / "shared" / "corpus" / "tinyshakespeare.txt"))
PAGE = ROOT / "instructions" / "steps" / "00_first_hour.md"


def test_the_recording_writes_what_hugging_face_wrote() -> None:
    written = first_hour.write(pico_scores, prompt_ids(), len(golden("greedy")) - len(prompt_ids()))
    assert written == golden("greedy").tolist()


def test_the_recorded_scores_are_picos_to_three_digits() -> None:
    logits = golden("logits")[-1]
    assert np.allclose(pico_scores(prompt_ids()), logits, rtol=1e-3, atol=1e-3)
    for name, values in recorded().items():
        assert np.allclose(TensorFile(FILE)[name], values, rtol=2e-3, atol=2e-3), name


def test_a_text_that_was_not_recorded_is_refused_in_one_line() -> None:
    for ids in (pico().encoding.encode("JULIET:"), prompt_ids()[:-1], [*golden("greedy").tolist(), 0], []):
        with pytest.raises(ValueError, match="not recorded"):
            pico_scores(ids)
    with pytest.raises(ValueError, match="at least one token"):
        pair_scores([])


def test_the_table_of_pairs_is_counted_in_the_text_that_pico_was_trained_on() -> None:
    if not CORPUS.is_file():
        pytest.skip(f"tinyshakespeare is not at {CORPUS}: set PICO_GPT_CORPUS")
    for name, values in pairs(CORPUS).items():
        assert np.array_equal(TensorFile(FILE)[name], values), name


@pytest.mark.parametrize("every", [50, pytest.param(1, marks=pytest.mark.nightly)])
def test_the_table_takes_any_token_of_the_vocabulary(every: int) -> None:
    for token in (*range(0, pico().n_vocab, every), pico().n_vocab - 1):
        scores = pair_scores([token])
        assert scores.shape == (pico().n_vocab,) and scores.min() >= 0
    assert np.array_equal(pair_scores(prompt_ids()), pair_scores(prompt_ids()[-1:]))


def test_the_page_asks_and_does_not_show_the_loop() -> None:
    text = read_page(PAGE).text
    assert "np.argmax(model" not in text and ".append(" not in text
    assert "### Hint 3" in text and "<details>" in text
