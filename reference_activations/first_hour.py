"""Two models that are given, for the first hour of the course (`instructions/steps/00_first_hour.md`).

    pico_scores(ids)     what pico answers, recorded for one text and its continuation
    pair_scores(ids)     how often each token follows the last one, counted in Shakespeare's plays

Both take token ids and return one score for each token of pico's vocabulary. Nothing here shows how
GPT-2 works: one is a recording, and the other is a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from reference_activations.tensor_file import Array, TensorFile

FILE = Path(__file__).with_name("first_hour.safetensors")


@lru_cache
def _data() -> TensorFile:
    return TensorFile(FILE)


def pico_scores(ids: Sequence[int]) -> Array:
    """What pico answered to this text: a score for each token that may come next.

    Args:
        ids: the recorded prompt, or the prompt and the first tokens that pico wrote after it.
    Returns:
        float32 array [n_vocab].
    Raises:
        ValueError: this text was not recorded.
    """
    text, recorded = _data()["text"], _data()["scores"]
    first = len(text) - len(recorded) + 1  # as long as the prompt, and one more than the prompt, and so on
    n = len(ids)
    if not first <= n <= len(text) or list(ids) != text[:n].tolist():
        raise ValueError("pico's answer to this text was not recorded; pair_scores takes any text")
    row: Array = recorded[n - first].astype(np.float32)
    return row


def pair_scores(ids: Sequence[int]) -> Array:
    """How often each token follows the last token of this text in Shakespeare's plays.

    Args:
        ids: any text of at least one token. Only the last one counts.
    Returns:
        float32 array [n_vocab] of counts. After a token that they lack: how often they have each.
    Raises:
        ValueError: there is no last token.
    """
    if len(ids) == 0:
        raise ValueError("a text needs at least one token")
    first, following, times = (_data()[name] for name in ("first", "next", "times"))
    n_vocab = _data()["scores"].shape[1]
    here = slice(*np.searchsorted(first, [ids[-1], ids[-1] + 1]))
    if here.start == here.stop:
        return np.bincount(following, times, n_vocab).astype(np.float32)
    counts = np.zeros(n_vocab, np.float32)
    counts[following[here]] = times[here]
    return counts
