"""One small case for every function of the kata, and what right functions make of it, seen from inside."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.judging.cases import mask
from grader.judging.cases import model as fresh_model
from grader.judging.reference import Reference
from grader.mistakes import register
from grader.mistakes.trace import KnownValues, Made, explain_events
from grader.sandbox import looking

N_SEQ, N_HEAD, D_HEAD = 5, 3, 4
N_EMBD = N_HEAD * D_HEAD
RANKS = {bytes([i]): i for i in range(256)} | {b"ab": 256, b"cab": 257}


def _normal(*shape: int) -> Any:
    return np.random.default_rng(list(shape)).normal(0, 1, shape).astype(np.float32)


def arguments_for(function: str) -> tuple[Any, ...]:
    """One case of a function: no two axes are of one length.

    Raises:
        KeyError: it takes files, or a whole model's tensors.
    """
    params = fresh_model(np.random.default_rng(1), n_vocab=29, n_ctx=16, n_embd=N_EMBD, n_layer=2)
    block, x, heads = params["blocks"][0], _normal(N_SEQ, N_EMBD), _normal(N_HEAD, N_SEQ, D_HEAD)
    ids = [4, 7, 1, 7, 2]
    past = tuple(_normal(N_HEAD, 2, D_HEAD) for _ in "kv")
    pasts = [past for _ in params["blocks"]]
    attn, mlp = block["attn"], block["mlp"]
    known: dict[str, tuple[Any, ...]] = {
        "gelu": (x,), "softmax": (x,), "layer_norm": (x, *block["ln_1"].values()),
        "linear": (x, *attn["c_attn"].values()), "causal_mask": (N_SEQ,),
        "attention": (heads, heads[::-1], heads * 2, mask(N_SEQ).astype(np.float32)),
        "split_heads": (x, N_HEAD), "merge_heads": (heads,), "mha": (x, *attn.values(), N_HEAD),
        "feed_forward": (x, *mlp.values()),
        "transformer_block": (x, mlp, attn, block["ln_1"], block["ln_2"], N_HEAD),
        "gpt2": (ids, *(params[name] for name in ("wte", "wpe", "blocks", "ln_f")), N_HEAD),
        "generate": (ids, params, N_HEAD, 3), "generate_cached": (ids, params, N_HEAD, 3),
        "apply_frequency_penalty": (_normal(29), ids, 0.5), "next_token_probs": (_normal(29), 0.7, 5, 0.9),
        "mha_cached": (x, *attn.values(), N_HEAD, past),
        "gpt2_cached": (ids, pasts, *(params[name] for name in ("wte", "wpe", "blocks", "ln_f")), N_HEAD),
        "sample": (np.full(29, 1 / 29), np.random.default_rng(1)),
        "merge_word": (b"abcab", RANKS), "encode": ("ab cab!", RANKS), "decode": ([97, 256, 98], RANKS),
    }  # fmt: skip
    return known[function]


def made_here(function: str, called: Callable[..., Any]) -> tuple[list[Made], str]:
    """What a function of ours makes, looked at in this process; and the exception that it raised, or ""."""
    register()
    from grader.mistakes.step_values import known_values

    space: dict[str, Any] = {"__name__": "looked_into"}
    exec(compile(looking.DRIVER.read_text(encoding="utf-8"), str(looking.DRIVER), "exec"), space)
    outer = sys.gettrace()
    try:
        seen = space["_kata_trace"](called, arguments_for(function), {})
    finally:
        sys.settrace(outer)
    known = KnownValues(known_values(function, Reference(), arguments_for(function), {}))
    return explain_events(seen["events"], known), seen["raised"]
