"""Mistakes of step 5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.mistakes import mistake

if TYPE_CHECKING:
    from solutions.pico_gpt import softmax


@mistake(
    "attention.no-scale",
    "this is attention without dividing by sqrt(d_head)",
    "How large do the scores get when d_head grows, and what does softmax make of large scores?",
)
def attention(q, k, v, mask):
    return softmax(q @ k.swapaxes(-1, -2) + mask) @ v
