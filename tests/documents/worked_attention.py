"""The worked examples of step 0 and of the way into attention: averages first, then weights that decide."""

from __future__ import annotations

import numpy as np
from worked import example, golden, number, piece, pieces, prompt_ids, solution, table

from reference_activations.first_hour import pair_scores, pico_scores


@example("attention.plain")
def _plain() -> str:
    """The plain average of all tokens so far, feature 0 of a head's values."""
    values = golden("h.1.v")[2, :6, 0]
    zeros = np.zeros((1, 6, 1))
    averages = solution().attention(zeros, zeros, values[None, :, None], solution().causal_mask(6))[0, :, 0]
    assert np.allclose(averages, np.cumsum(values) / np.arange(1, 7))
    rows = [
        (token, number(value), f"{i + 1} of {number(1 / (i + 1))}", number(average))
        for i, (token, value, average) in enumerate(zip(pieces(6), values, averages))
    ]
    return table(("token", "its value", "weights", "average of the values so far"), rows)


@example("first.scores")
def _scores() -> str:
    rows = []
    for name, model in (("pico", pico_scores), ("the table of pairs", pair_scores)):
        scores = model(prompt_ids())
        best = np.argsort(-scores, kind="stable")[:4]
        digits = 2 if model is pico_scores else 0
        rows.append((name, *(f"{piece(k)} {number(scores[k], digits)}" for k in best)))
    return table(("model", "best score", "second", "third", "fourth"), rows)
