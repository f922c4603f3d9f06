"""An x-ray as JSON-ready data: what the page is made of.

How numbers are stored, base64:
- truth: three bytes each, the float32 without its last byte (rounded to 16 significant bits, a relative
  error of at most 2**-16), so that the four digits that the page shows are right to one in the last;
- the student's, where any cell of a stage differs: 16 bits each, times a power of two per stage. 0 in
  cells that agree with the truth; else a float16 without its last bit, whose place says whether this is
  the student's number (1) or its difference from the truth (0), whichever is smaller. So a number is off
  by at most a thousandth of itself or of its difference, plus 1e-7 of the stage's largest. Where
  a difference would be lost, the numbers themselves as above, and one bit per cell: whether it differs.
"""

from __future__ import annotations

import base64
import inspect
import math
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from grader.kata.curriculum import STEPS
from playground.xray.data import (
    BLOCK_STAGES,
    FUNCTIONS,
    TOLERANCE,
    Kata,
    Xray,
    as_float64,
    describe_first_difference,
    softmax64,
)
from playground.xray.walk import Array, numbered_source
from reference_activations.models import Model

FORMAT = "pico-gpt-kata/xray/v1"
TOP = 10  # next tokens listed per position
WIDE = 256  # of a wider model the page does not carry their embeddings


def page_data(run: Xray, blocks: Iterable[int], pages: str | None = None) -> dict[str, Any]:
    """Everything that the page needs, as JSON-ready data, with all activations of `blocks`.

    Args:
        pages: where the steps' pages lie, seen from the page; None for no links to them.
    """
    kept, model = sorted(blocks), run.model
    keys = ["embed", "mask", *(f"h.{i}.{name}" for i in kept for name in BLOCK_STAGES), "ln_f"]
    stages = {key: stage_facts(run, key) for key in (*keys, "logits", "probs")}
    first = run.first_difference
    if first is not None and first not in stages:
        stages[first] = stage_facts(run, first)
    sizes = ("n_layer", "n_head", "n_embd", "d_head", "n_ctx", "n_vocab", "eps")
    top = [top_tokens(run, position) for position in range(len(run.ids))]
    carried = 3 if model.n_embd <= WIDE else 0
    rows = {*run.ids, *(entry[0] for entries in top for entry in entries[:carried])}
    yours = {key: stage.value for key, stage in run.yours.items()}
    lens = {"truth": logit_lens(run.truth, model)}
    norms = {"truth": stream_norms(run.truth, model)}
    if first is not None:
        lens["yours"] = logit_lens(yours, model)
        norms["yours"] = stream_norms(yours, model)
    orders: dict[str, str] = {}
    arrays = {key: stored(run, key, orders) for key in keys}
    shown = {token for table in lens.values() for line in table for token, _ in line}
    shown |= {entry[0] for entries in top for entry in entries} | set(run.ids)
    return {
        "format": FORMAT,
        "prompt": run.prompt,
        "source": run.source,
        "model": {"name": model.name} | {name: getattr(model, name) for name in sizes},
        "blocks": kept,
        "ids": run.ids,
        "tokens": {str(token): token_facts(model, token) for token in sorted(shown)},
        "impl": {
            "label": run.kata.label,
            "notes": list(run.kata.notes),
            "functions": {name: function_facts(run.kata, name, pages) for name in FUNCTIONS},
        },
        "tolerance": TOLERANCE,
        "first_difference": first,
        "first_difference_text": describe_first_difference(run),
        "stages": stages,
        "arrays": arrays,
        "orders": {name: text for text, name in orders.items()},
        "weights": {name: pack(array) for name, array in small_weights(model, kept)},
        "wte": {str(token): pack(model.params["wte"][token]) for token in sorted(rows)},
        "wpe": pack(model.params["wpe"][: len(run.ids)]),
        "top": top,
        "lens": lens,
        "norms": norms,
        **({} if pages is None else {"pages": {step.number: f"{pages}/{step.page.name}" for step in STEPS}}),
    }


def stage_facts(run: Xray, key: str) -> dict[str, Any]:
    """Who made a stage's numbers, how they were seen, and how many differ."""
    stage, difference = run.yours[key], run.differences.get(key)
    facts: dict[str, Any] = {"function": stage.function, "how": stage.how}
    if run.kata.show_code and run.kata.origin[stage.function] == "yours" and stage.line is not None:
        facts["line"] = stage.line
    if stage.error is not None:
        facts["error"] = stage.error
    if difference is not None:
        facts |= {
            "differ": int(difference.cells.sum()),
            "cells": int(difference.cells.size),
            "at": list(difference.at),
            "yours": number(difference.yours),
            "truth": number(difference.truth),
        }
    return facts


def stored(run: Xray, key: str, orders: dict[str, str]) -> dict[str, Any]:
    """A stage's numbers, as the page unpacks them.

    q, k, v and merged only move numbers that are in the page already; then the entry says from where and
    in which order, as long as that is so: for the truth in `from`, `part`, `order`, for the student's
    numbers in `your_order`. The order is "right" where it is split_heads' or merge_heads', or else one that
    `orders` collects (base64 of uint16).
    """
    truth = run.truth[key]
    entry: dict[str, Any] = {"shape": list(truth.shape)}
    parent, part = PARENTS.get(key.rpartition(".")[2], ("", 0))
    parent_key = f"{key.rpartition('.')[0]}.{parent}"
    order = order_of(truth, run.truth[parent_key], part) if parent else None
    if order is None:
        entry["truth"] = pack(truth)
    else:
        right = right_order(truth.shape, run.truth[parent_key].shape)
        entry |= {"from": parent_key, "part": part, "order": named(order, right, orders)}
    difference = run.differences.get(key)
    if difference is None:
        return entry
    yours = run.yours[key].value
    if order is not None:
        order = order_of(yours, run.yours[parent_key].value, part)
    if order is None:
        return entry | pack_yours(yours.astype(np.float64), truth, difference.cells)
    return entry | {"your_order": named(order, right, orders), "cells": pack_bits(difference.cells)}


# Stages that hold another stage's numbers in other places: that stage, and which third of its columns.
PARENTS = {"q": ("qkv", 0), "k": ("qkv", 1), "v": ("qkv", 2), "merged": ("heads", None)}


def order_of(values: Array, parent: Array, part: int | None) -> Array | None:
    """Where in `parent` (or a third of its columns) each of `values` stands; None where one does not."""
    source = (parent if part is None else np.split(parent, 3, axis=-1)[part]).ravel()
    flat = values.ravel()
    right = right_order(values.shape, parent.shape)
    if np.array_equal(source[right], flat, equal_nan=True):
        return right
    here, there = np.argsort(flat, kind="stable"), np.argsort(source, kind="stable")
    if len(flat) > 1 << 16 or not np.array_equal(flat[here], source[there]):
        return None
    order = np.empty(len(flat), np.int64)
    order[here] = there
    return order


def right_order(shape: tuple[int, ...], parent: tuple[int, ...]) -> Array:
    """Where split_heads and merge_heads find their numbers: to [n_head, n_seq, d_head], and from it."""
    n_head, n_seq, d_head = shape if len(shape) == 3 else parent
    first, second = (n_seq, n_head) if len(shape) == 3 else (n_head, n_seq)
    order: Array = np.arange(n_head * n_seq * d_head).reshape(first, second, d_head).transpose(1, 0, 2)
    return order.ravel()


def named(order: Array, right: Array, orders: dict[str, str]) -> str:
    """The name of an order in the page: "right", or that of one that the page carries."""
    if np.array_equal(order, right):
        return "right"
    return orders.setdefault(base64.b64encode(order.astype("<u2").tobytes()).decode(), f"order {len(orders)}")


def small_weights(model: Model, blocks: list[int]) -> Iterable[tuple[str, Array]]:
    """Gains and biases: the weights in the page's formulas, besides the embeddings."""
    for index in blocks:
        block = model.params["blocks"][index]
        for name in ("ln_1", "ln_2"):
            yield f"h.{index}.{name}.g", block[name]["g"]
            yield f"h.{index}.{name}.b", block[name]["b"]
        for name, node in (("qkv", block["attn"]["c_attn"]), ("attn", block["attn"]["c_proj"])):
            yield f"h.{index}.{name}.b", node["b"]
        for name, node in (("fc", block["mlp"]["c_fc"]), ("mlp", block["mlp"]["c_proj"])):
            yield f"h.{index}.{name}.b", node["b"]
    yield "ln_f.g", model.params["ln_f"]["g"]
    yield "ln_f.b", model.params["ln_f"]["b"]


def top_tokens(run: Xray, position: int) -> list[list[Any]]:
    """The likeliest next tokens at a position, by either run, and the prompt's own next one.

    Returns:
        Lists of id, logit and probability, and the student's logit and probability where any differ.
    """
    truth, probs = (run.truth[key][position] for key in ("logits", "probs"))
    yours, your_probs = (run.yours[key].value[position] for key in ("logits", "probs"))
    columns = [truth, probs]
    listed = [int(i) for i in np.argsort(-truth, kind="stable")[:TOP]]
    for key in ("logits", "probs"):  # the cell that the page's first line names
        worst = run.differences.get(key)
        if worst is not None and worst.at[0] == position and worst.at[1] not in listed:
            listed.append(worst.at[1])
    if "logits" in run.differences or "probs" in run.differences:
        columns += [yours, your_probs]
        listed += [int(i) for i in np.argsort(-yours, kind="stable")[:TOP]]
    listed += run.ids[position + 1 : position + 2]
    ordered = sorted(set(listed), key=lambda token: (-truth[token], token))
    return [[token, *(number(column[token]) for column in columns)] for token in ordered]


def logit_lens(stages: Mapping[str, Array], model: Model) -> list[list[tuple[int, float | None]]]:
    """What each position would predict after each block: the final layer norm and wte, recomputed there.

    Returns:
        One row for the embeddings and one per block; in it, per position, the likeliest token and its
        probability. Everything is computed in float64.
    """
    ln_f, wte = as_float64(model.params["ln_f"]), as_float64(model.params["wte"])
    table = []
    for key in ("embed", *(f"h.{i}.out" for i in range(model.n_layer))):
        x = stages[key].astype(np.float64)
        with np.errstate(all="ignore"):
            centred = x - np.mean(x, axis=-1, keepdims=True)
            normed = centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + model.eps)
            probs = softmax64((normed * ln_f["g"] + ln_f["b"]) @ wte.T)
        best = [int(i) for i in np.argmax(probs, axis=-1)]
        table.append([(token, number(row[token])) for token, row in zip(best, probs)])
    return table


def stream_norms(stages: Mapping[str, Array], model: Model) -> list[list[float | None]]:
    """The L2 norm of every position's residual stream: embeddings, then `mid` and `out` of each block."""
    keys = ["embed", *(f"h.{i}.{name}" for i in range(model.n_layer) for name in ("mid", "out"))]
    with np.errstate(all="ignore"):
        return [
            [number(norm) for norm in np.linalg.norm(stages[key].astype(np.float64), axis=-1)] for key in keys
        ]


# ------------------------------------------------------------------------- what is shown beside them


def token_facts(model: Model, token: int) -> dict[str, str | None]:
    """A token's bytes in hexadecimal, and its text where the bytes are whole characters."""
    raw = model.encoding.decode_single_token_bytes(token)
    try:
        text: str | None = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    return {"text": text, "bytes": raw.hex(" ")}


def function_facts(kata: Kata, name: str, pages: str | None) -> dict[str, Any]:
    """Whose function it is, its docstring's first sentence and formula, and the student's own code."""
    origin = kata.origin[name]
    facts: dict[str, Any] = {"origin": origin, "step": kata.steps.get(name)}
    step = next((step for step in STEPS if name in step.function_names), None)
    if pages is not None and step is not None:
        facts["page"] = f"{pages}/{step.page.name}"
    documented = (kata.reference or kata.functions).get(name)
    if documented is not None:
        facts |= docstring_facts(documented)
    if origin == "yours" and kata.show_code:
        facts["code"] = [[line, text] for line, text in numbered_source(kata.functions[name])]
    return facts


def docstring_facts(function: Callable[..., Any]) -> dict[str, str]:
    """The summary of a docstring and its formula: the lines that stand indented before `Args:`."""
    text = inspect.getdoc(function) or ""
    body = text.split("\nArgs:")[0]
    summary = " ".join(body.split("\n\n")[0].split())
    formula = [line for line in body.splitlines() if line.startswith("    ") and line.strip()]
    return {"summary": summary, "formula": textwrap.dedent("\n".join(formula))}


# ------------------------------------------------------------------------------------------ packing


def number(value: Any) -> float | None:
    """A float for JSON, six digits; None where it is not finite."""
    value = float(value)
    return float(f"{value:.6g}") if math.isfinite(value) else None


def pack(values: Array) -> str:
    """Floats as base64, three bytes each: float32 rounded to 16 significant bits, little-endian."""
    bits = np.ascontiguousarray(values, dtype="<f4").view("<u4").astype(np.uint64)
    kept = ((bits + 0x80) >> 8).astype("<u4")
    return base64.b64encode(kept.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()).decode()


def unpack(text: str) -> Array:
    """The inverse of `pack`, as float32."""
    kept = np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, 3)
    full = np.zeros((len(kept), 4), np.uint8)
    full[:, 1:] = kept
    return full.view("<f4").ravel()


def pack_yours(yours: Array, truth: Array, cells: Array) -> dict[str, Any]:
    """What a student's stage needs beside the truth; `cells` says which of its numbers differ."""
    with np.errstate(all="ignore"):
        difference = yours - truth
        itself = ~(np.abs(difference) <= np.abs(yours))  # the smaller of the two; NaN is itself
        values = np.where(itself, yours, difference)
        sizes = np.abs(values[cells & np.isfinite(values)])
        scale = 2.0 ** math.floor(math.log2(sizes.max())) if sizes.any() else 1.0
        # Rounded once, to the bits that stay: float32's mantissa has 14 more than they are.
        singles = (values / scale).astype("<f4")
        rounded = ((singles.view("<u4") + 0x2000) & 0xFFFFC000).astype("<u4").view("<f4")
        bits = np.where(np.isfinite(singles), rounded, singles).astype("<f2").view("<u2")
    codes = np.where(cells, (bits & 0xFFFE) | itself, 0).astype("<u2")
    if np.any(cells & (codes == 0)):
        return {"yours": pack(yours), "cells": pack_bits(cells)}
    return {"codes": base64.b64encode(codes.tobytes()).decode(), "scale": scale}


def pack_bits(cells: Array) -> str:
    """One bit per cell, eight to a byte, the first one highest."""
    return base64.b64encode(np.packbits(cells.ravel()).tobytes()).decode()
