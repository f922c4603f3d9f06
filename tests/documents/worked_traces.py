"""The traces in the step pages: what the lines of a right function hold, in shapes and words; no code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from worked import example, solution

from grader.judging.cases import model as fresh_model
from grader.judging.reference import Reference
from grader.kata.curriculum import STEPS, Step
from grader.mistakes import register
from grader.mistakes.trace import KnownValues, Made, explain_events
from grader.sandbox import looking

N_SEQ, N_HEAD, D_HEAD = 5, 3, 4
N_EMBD = N_HEAD * D_HEAD
LAST = 12  # the steps after it make no arrays


def _normal(*shape: int) -> Any:
    return np.random.default_rng(list(shape)).normal(0, 1, shape).astype(np.float32)


def _arguments(function: str) -> tuple[Any, ...]:
    """What a function is called with in its page: no two axes are of one length."""
    params = fresh_model(np.random.default_rng(1), n_vocab=29, n_ctx=16, n_embd=N_EMBD, n_layer=2)
    block, x, heads = params["blocks"][0], _normal(N_SEQ, N_EMBD), _normal(N_HEAD, N_SEQ, D_HEAD)
    ids = [4, 7, 1, 7, 2]
    past = tuple(_normal(N_HEAD, 2, D_HEAD) for _ in "kv")
    pasts = [past for _ in params["blocks"]]
    attn, mlp = block["attn"], block["mlp"]
    known: dict[str, tuple[Any, ...]] = {
        "gelu": (x,), "softmax": (x,), "layer_norm": (x, *block["ln_1"].values()),
        "linear": (x, *attn["c_attn"].values()), "causal_mask": (N_SEQ,),
        "attention": (heads, heads[::-1], heads * 2, solution().causal_mask(N_SEQ)),
        "split_heads": (x, N_HEAD), "merge_heads": (heads,), "mha": (x, *attn.values(), N_HEAD),
        "feed_forward": (x, *mlp.values()),
        "transformer_block": (x, mlp, attn, block["ln_1"], block["ln_2"], N_HEAD),
        "gpt2": (ids, *(params[name] for name in ("wte", "wpe", "blocks", "ln_f")), N_HEAD),
        "generate": (ids, params, N_HEAD, 3), "generate_cached": (ids, params, N_HEAD, 3),
        "apply_frequency_penalty": (_normal(29), ids, 0.5), "next_token_probs": (_normal(29), 0.7, 5, 0.9),
        "mha_cached": (x, *attn.values(), N_HEAD, past),
        "gpt2_cached": (ids, pasts, *(params[name] for name in ("wte", "wpe", "blocks", "ln_f")), N_HEAD),
    }  # fmt: skip
    return known[function]


def _made(function: str, step: Step) -> list[Made]:
    """What a solution's lines bind, looked at in this process: the solutions are ours."""
    register()
    from grader.mistakes.step_values import known_values

    space: dict[str, Any] = {"__name__": "looked_into"}
    exec(compile(looking.DRIVER.read_text(encoding="utf-8"), str(looking.DRIVER), "exec"), space)
    args = _arguments(function)
    called = getattr(solution(Path(step.file).stem), function)
    outer = sys.gettrace()
    try:
        events = space["_kata_trace"](called, args, {})["events"]
    finally:
        sys.settrace(outer)
    known = KnownValues(known_values(function, Reference(), args, {}))
    return [one for one in explain_events(events, known) if one.function == function]


def _table(step: Step) -> str:
    rows: dict[tuple[str, str, str], None] = {}
    for function in step.function_names:
        if function == "sample":
            continue  # it draws: there is nothing to look into
        for one in _made(function, step):
            if one.shape and one.words and one.known:
                name = function if one.name == "return" else one.name
                rows[
                    f"`{name}`", f"`{list(one.shape)}`", one.words.removeprefix("= ").replace("|", "\\|")
                ] = None
    lines = [f"| {name} | {shape} | {words} |" for name, shape, words in rows]
    return "\n".join(["| name | shape | what it is |", "| --- | --- | --- |", *lines])


def _of(step: Step) -> Callable[[], str]:
    return lambda: _table(step)


for _step in STEPS[:LAST]:
    example(f"trace.{_step.number}")(_of(_step))
