"""What others have published about the outputs of the real GPT-2, each number with its source.

    load_facts("gpt2")["greedy_124M"]     [{"name", "prompt_ids", "expected_new_ids", "source", ...}, ...]

Keys: `greedy_124M` (continuations), `logits_124M`, `logprobs_124M`, `losses_124M`,
`perplexity_124M`, `hidden_124M` (a row after ln_f), and `transformer_explainer` (q k^T of block 0,
unscaled and unmasked, [n_head][query][key]; its `top10_erf` logits come from an erf gelu and are
what a GPT-2 with the wrong gelu says).
"""

from __future__ import annotations

import json
from typing import Any

from reference_activations.models import HERE, REAL

FACTS = {"gpt2": HERE / "facts" / "gpt2_124m_published.json"}


def load_facts(model: str = "gpt2") -> dict[str, Any]:
    """The published facts about a real model; empty where nobody has published any.

    Raises:
        ValueError: no real model has this name.
    """
    if model not in REAL:
        raise ValueError(f"there are facts only about {', '.join(REAL)}, not about {model!r}")
    if model not in FACTS:
        return {}
    facts: dict[str, Any] = json.loads(FACTS[model].read_text(encoding="utf-8"))
    return facts
