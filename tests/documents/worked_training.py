"""The numbers of instructions/training.md: a loss, a slope, and a small training run, all in NumPy.

The text is the prompt `full_context`: 256 tokens of *As You Like It*, with the stream after pico's last
block recorded. Only the last layer norm is trained, so the gradient needs no more than the chain rule.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from worked import example, golden, number, pico, piece, prompt_ids, solution, table

from reference_activations.goldens import load_goldens

RATES = (1, 10, 100)
SHOWN = (0, 1, 2, 10, 100)
NUDGE = 0.01


@lru_cache
def text() -> tuple[Any, Any, Any]:
    """What goes in (normalised rows), what came next, and the token embeddings."""
    goldens = load_goldens("pico")
    x = solution().layer_norm(goldens["full_context/h.3.out"], np.ones(128), np.zeros(128))
    return x[:-1], goldens["full_context/ids"][1:].astype(int), pico().params["wte"].astype(float)


def loss_and_gradient(g: Any, b: Any) -> tuple[float, Any, Any]:
    """The mean of -log p over the text, and its slope for every number of g and b."""
    normed, following, wte = text()
    p = (normed * g + b) @ wte.T
    p -= p.max(axis=-1, keepdims=True)  # softmax, in the memory of its argument: it is asked for 300 times
    np.exp(p, out=p)
    p /= p.sum(axis=-1, keepdims=True)
    here = np.arange(len(following)), following
    loss = float(-np.log(p[here]).mean())
    p[here] -= 1
    d = p @ wte / len(following)
    return loss, (d * normed).sum(axis=0), d.sum(axis=0)


def picos_own() -> tuple[Any, Any]:
    ln_f = pico().params["ln_f"]
    return ln_f["g"].astype(float), ln_f["b"].astype(float)


def training_run(rate: float, steps: int) -> list[float]:
    """The losses of a run from g = 1 and b = 0, before each step and at the end."""
    g, b, losses = np.ones(128), np.zeros(128), []
    for _ in range(steps + 1):
        loss, slope_g, slope_b = loss_and_gradient(g, b)
        losses.append(loss)
        g, b = g - rate * slope_g, b - rate * slope_b
    return losses


def steepest() -> int:
    """The feature whose bias has the largest slope at the start."""
    return int(np.argmax(np.abs(loss_and_gradient(np.ones(128), np.zeros(128))[2])))


@example("training.loss")
def _loss() -> str:
    ids, logits = prompt_ids(), golden("logits")
    p = solution().softmax(logits)[np.arange(len(ids) - 1), ids[1:]]
    rows = [(piece(token), number(share, 4), number(-np.log(share), 2)) for token, share in zip(ids[1:], p)]
    rows.append(("**mean**", "", f"**{number(-np.log(p).mean(), 2)}**"))
    return table(("next token", "probability that pico gave it", "-log of it"), rows)


@example("training.nudge")
def _nudge() -> str:
    k, g, b = steepest(), np.ones(128), np.zeros(128)
    loss, _, slope = loss_and_gradient(g, b)
    rows, found = [], {}
    for nudge in (-NUDGE, 0.0, NUDGE):
        moved = b.copy()
        moved[k] += nudge
        found[nudge] = loss_and_gradient(g, moved)[0]
        rows.append((number(nudge, 2), number(found[nudge], 5)))
    by_nudging = (found[NUDGE] - found[-NUDGE]) / (2 * NUDGE)
    assert abs(by_nudging - slope[k]) < 1e-4 and loss == found[0.0]
    words = (
        f"The slope is ({number(found[NUDGE], 5)} - {number(found[-NUDGE], 5)}) / {number(2 * NUDGE, 2)} = "
        f"{number(by_nudging, 3)}. The formula below gives {number(slope[k], 3)}."
    )
    return table((f"`b[{k}]`", "loss"), rows) + "\n\n" + words


@example("training.steps")
def _steps() -> str:
    runs = {rate: training_run(rate, SHOWN[-1]) for rate in RATES}
    rows = [(step, *(number(runs[rate][step], 2) for rate in RATES)) for step in SHOWN]
    return table(("after step", *(f"rate {rate}" for rate in RATES)), rows)


@example("training.gains")
def _gains() -> str:
    params = pico().params
    norms = [(f"block {i}, `{name}`", block[name]) for i, block in enumerate(params["blocks"])
             for name in ("ln_1", "ln_2")]  # fmt: skip
    rows = [("every layer norm, at the start", "1.00", "1.00", "0.00", "0.00")]
    for name, norm in [*norms, ("`ln_f`", params["ln_f"])]:
        cells = (norm["g"].min(), norm["g"].max(), norm["b"].min(), norm["b"].max())
        rows.append((name, *(number(value, 2) for value in cells)))
    return table(("layer norm", "smallest g", "largest g", "smallest b", "largest b"), rows)
