"""What the page should compute, by the kata's own functions in NumPy, in float64.

A mistake is the registered wrong function among the solutions; parts that are off, attention cells and
patches are the solutions' functions with a wrapper around the one place that changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import numpy as np
import numpy.typing as npt
from real_grader import SOLUTIONS

from grader.mistakes import register
from reference_activations.models import load_model

Array = npt.NDArray[Any]
SOURCE = compile((SOLUTIONS / "pico_gpt.py").read_text("utf-8"), "pico_gpt.py", "exec")


def doubled(node: Any) -> Any:
    """A tree of weights in float64."""
    if isinstance(node, np.ndarray):
        return node.astype(np.float64)
    if isinstance(node, list):
        return [doubled(inner) for inner in node]
    return {name: doubled(inner) for name, inner in node.items()}


PICO = load_model("pico")
PARAMS = doubled(PICO.params)


def kata(change: dict[str, Any]) -> dict[str, Any]:
    """The solutions' functions, with a change made to them."""
    space: dict[str, Any] = {"__name__": "changed"}
    exec(SOURCE, space)
    for id in change.get("mistakes", []):
        mistake = register()[id]
        space[mistake.function] = mistake.bound_to(space)
    for part in change.get("off", []):
        switch_off(space, part)
    for cell in change.get("cells", []):
        set_cell(space, cell)
    for patch in change.get("patches", []):
        set_row(space, patch)
    return space


def expected(ids: list[int], change: dict[str, Any]) -> Array:
    return logits_of_all([ids], change)[0]


def logits_of_all(texts: list[list[int]], change: dict[str, Any]) -> list[Array]:
    gpt2 = kata(change)["gpt2"]
    with np.errstate(all="ignore"):
        return [gpt2(ids, **PARAMS, n_head=PICO.n_head) for ids in texts]


@contextmanager
def own_process() -> Iterator[ProcessPoolExecutor]:
    """A process in which NumPy uses one thread: ten times faster for small matrices on a busy machine."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pool.submit(len, [1]).result()  # it has started
            yield pool
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def switch_off(space: dict[str, Any], part: str) -> None:
    """`part` is "0", "0.attn", "0.mlp" or "0.head.3"."""
    words = part.split(".")
    block = PARAMS["blocks"][int(words[0])]
    if len(words) == 1:
        whole = space["transformer_block"]
        space["transformer_block"] = lambda x, **rest: x if rest["mlp"] is block["mlp"] else whole(x, **rest)
    elif words[1] == "attn":
        mha = space["mha"]
        space["mha"] = lambda x, c_attn, c_proj, n_head: (
            mha(x, c_attn, c_proj, n_head) * (c_attn is not block["attn"]["c_attn"])
        )
    elif words[1] == "mlp":
        feed_forward = space["feed_forward"]
        space["feed_forward"] = lambda x, c_fc, c_proj: (
            feed_forward(x, c_fc, c_proj) * (c_fc is not block["mlp"]["c_fc"])
        )
    else:
        inside(space, block, "attention", lambda heads: zeroed(heads, int(words[2])))


def zeroed(heads: Array, head: int) -> Array:
    heads = heads.copy()
    heads[head] = 0
    return heads


def set_cell(space: dict[str, Any], cell: dict[str, Any]) -> None:
    def edited(weights: Array) -> Array:
        weights = weights.copy()
        row = weights[cell["head"], cell["query"]]
        row *= (1 - cell["weight"]) / (1 - row[cell["key"]])
        row[cell["key"]] = cell["weight"]
        return weights

    inside(space, PARAMS["blocks"][cell["block"]], "softmax", edited)


def inside(space: dict[str, Any], block: Any, name: str, then: Any) -> None:
    """Change what the function `name` returns while this block's attention runs."""
    mha, function = space["mha"], space[name]
    here = False

    def watched(x: Array, c_attn: Any, c_proj: Any, n_head: int) -> Array:
        nonlocal here
        here = c_attn is block["attn"]["c_attn"]
        result: Array = mha(x, c_attn, c_proj, n_head)
        here = False
        return result

    space["mha"] = watched
    space[name] = lambda *args: then(function(*args)) if here else function(*args)


def set_row(space: dict[str, Any], patch: dict[str, Any]) -> None:
    """After block `block` (-1: before block 0), the row `place` is row `row` of the text `from`."""
    streams: list[Array] = []
    other = kata({})
    whole = other["transformer_block"]

    def noted(x: Array, **rest: Any) -> Array:
        streams.append(x)
        return np.asarray(whole(x, **rest))

    other["transformer_block"] = noted
    other["layer_norm"], norm = (lambda x, g, b: streams.append(x) or norm(x, g, b)), other["layer_norm"]
    noted_norms = other["layer_norm"]
    other["layer_norm"] = lambda x, g, b: noted_norms(x, g, b) if g is PARAMS["ln_f"]["g"] else norm(x, g, b)
    other["gpt2"](patch["from"], **PARAMS, n_head=PICO.n_head)
    row = streams[patch["block"] + 1][patch["row"]]
    before = space["transformer_block"]

    def patched(x: Array, **rest: Any) -> Array:
        index = next(i for i, block in enumerate(PARAMS["blocks"]) if block["mlp"] is rest["mlp"])
        if patch["block"] == -1 and index == 0:
            x = x.copy()
            x[patch["place"]] = row
        x = before(x, **rest)
        if index == patch["block"]:
            x = x.copy()
            x[patch["place"]] = row
        return x

    space["transformer_block"] = patched
