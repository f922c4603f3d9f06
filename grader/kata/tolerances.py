"""How far an answer may be from the truth, function by function, in one table.

An answer is compared in float64. The error at a place is |yours - expected| divided by
max(1, largest |expected| of that row), so that a number is judged by the size of its row.
Every tolerance is at least 10 times above the float32 noise of right implementations and, but
for the mistakes named in `python -m grader margins`, 10 times below the nearest known mistake.
`make margins` measures both.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """The largest error that passes, and why it is this one."""

    error: float
    reason: str


TOLERANCES: dict[str, Tolerance] = {
    "gelu": Tolerance(2e-6, "a few float32 roundings of numbers near 1; the erf form is 4.7e-4 away"),
    "softmax": Tolerance(4.5e-6, "exp of differences up to 20 carries the rounding of the difference"),
    "layer_norm": Tolerance(2e-4, "x - mean loses digits where the mean is large against the spread"),
    "linear": Tolerance(2e-5, "sums of n_in products, in whatever order BLAS adds them"),
    "causal_mask": Tolerance(1e-12, "its visible part is exactly 0; the rest is judged by its effect"),
    "attention": Tolerance(5e-5, "softmax of scores of size 10 amplifies their rounding"),
    "split_heads": Tolerance(1e-7, "numbers are moved, not computed"),
    "merge_heads": Tolerance(1e-7, "numbers are moved, not computed"),
    "mha": Tolerance(5e-5, "two matrix products around attention"),
    "feed_forward": Tolerance(5e-5, "two matrix products around gelu"),
    "transformer_block": Tolerance(4e-5, "attention and feed-forward on one residual stream"),
    "gpt2": Tolerance(5e-5, "the noise of every block adds up, and ln_f rescales it"),
    "apply_frequency_penalty": Tolerance(1e-5, "one product and one difference"),
    "next_token_probs": Tolerance(4e-5, "a softmax, renormalised"),
    "mha_cached": Tolerance(4e-5, "as mha"),
    "gpt2_cached": Tolerance(5e-5, "as gpt2"),
    "read_safetensors": Tolerance(0.0, "numbers are read, not computed"),
    "to_params": Tolerance(0.0, "numbers are moved, not computed"),
}


# Mistakes that lie nearer to a right answer than 10 tolerances, and why they are caught all the same.
NEAR_MISTAKES: dict[str, str] = {
    "gelu.constant-0.0447": "the rounded constant moves gelu by 8.8e-6 at most: too near for a factor of 10, "
    "and still 4 tolerances away on the grid of the core tests, where it fails",
}
