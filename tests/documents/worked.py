"""The worked examples of the pages: every number in them is computed here, from the shipped model,
the fixture or the goldens, through the solutions' functions. `write.py` puts them into the pages,
`test_numbers.py` compares.

A page holds an example between two comments:

    <!-- numbers: NAME -->
    …
    <!-- /numbers -->
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from reference_activations.goldens import load_cases, load_goldens
from reference_activations.models import Model, load_model

ROOT = Path(__file__).resolve().parents[2]
PROMPT = "romeo"
EXAMPLES: dict[str, Callable[[], str]] = {}


def example(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Register a function that writes the Markdown between `<!-- numbers: name -->` and its end."""

    def register(function: Callable[[], str]) -> Callable[[], str]:
        assert name not in EXAMPLES, name
        EXAMPLES[name] = function
        return function

    return register


@lru_cache
def solution(name: str = "pico_gpt") -> ModuleType:
    """One of the solutions' files, as a module of its own name."""
    if name != "pico_gpt":
        sys.modules.setdefault("pico_gpt", solution())  # kv_cache imports it
    spec = importlib.util.spec_from_file_location(f"solutions_{name}", ROOT / "solutions" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pico() -> Model:
    return load_model("pico")


def golden(key: str) -> Any:
    """One of pico's activations on the prompt."""
    return load_goldens("pico")[f"{PROMPT}/{key}"]


def prompt_ids() -> list[int]:
    return [int(token) for token in golden("ids")]


def piece(token: int) -> str:
    """A token as the pages show it: its text in quotes, in a code span."""
    return f"`{pico().encoding.decode([int(token)])!r}`"


def pieces(n: int | None = None) -> list[str]:
    return [piece(token) for token in prompt_ids()[:n]]


def number(x: float, digits: int = 3) -> str:
    """Fixed digits, a real minus sign never, and no -0."""
    text = f"{float(x):.{digits}f}"
    return text[1:] if text.startswith("-") and float(text) == 0 else text


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [list(header), ["---"] * len(header), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# -------------------------------------------------------------------------------- the bricks


@example("gelu")
def _gelu() -> str:
    x = golden("h.0.fc")[0]
    chosen = sorted({int(np.argmin(np.abs(x - target))) for target in (-1.9, -1, -0.3, 0, 0.3, 1, 2.7)},
                    key=lambda unit: x[unit])  # fmt: skip
    y = solution().gelu(x)
    rows = [(unit, number(x[unit]), number(y[unit] / x[unit]), number(y[unit])) for unit in chosen]
    return table(("place in the row", "x", "gate: 0.5 (1 + tanh(…))", "gelu(x) = x · gate"), rows)


@example("gelu.difference")
def _gelu_difference() -> str:
    from math import erf, sqrt

    x = 2.7
    exact = 0.5 * x * (1 + erf(x / sqrt(2)))
    tanh = float(solution().gelu(np.float64(x)))
    rows = [("with tanh (GPT-2)", f"{tanh:.6f}"), ("with erf (exact)", f"{exact:.6f}")]
    return table(("form", f"gelu({x})"), rows)


@example("softmax")
def _softmax() -> str:
    scores = golden("h.1.scores")[2, 5, :6]
    exps, probs = np.exp(scores), solution().softmax(scores)
    rows = [
        (token, number(score), number(e, 4), number(p))
        for token, score, e, p in zip(pieces(6), scores, exps, probs)
    ]
    rows.append(("sum", "", number(exps.sum(), 4), number(probs.sum())))
    return table(("looking at", "score", "exp(score)", "probability"), rows)


@example("softmax.shifted")
def _softmax_shifted() -> str:
    softmax, scores = solution().softmax, golden("h.1.scores")[2, 5, :6]
    rows = [
        (what, ", ".join(number(p) for p in softmax(scores + shift)))
        for what, shift in (("the scores", 0), ("the scores + 100", 100), ("the scores - 10000", -10000))
    ]
    return table(("softmax of", "gives"), rows)


@example("softmax.overflow")
def _softmax_overflow() -> str:
    with np.errstate(over="ignore"):
        rows = [
            (f"`{kind.__name__}`", f"{kind(np.exp(kind(fits))):.3g}", str(np.exp(kind(bursts))))
            for kind, fits, bursts in ((np.float32, 88, 89), (np.float64, 709, 710))
        ]
    return table(
        ("type", "the last whole number that fits", "the first one that does not"),
        [
            (rows[0][0], f"exp(88) = {rows[0][1]}", f"exp(89) = {rows[0][2]}"),
            (rows[1][0], f"exp(709) = {rows[1][1]}", f"exp(710) = {rows[1][2]}"),
        ],
    )


@example("layer_norm")
def _layer_norm() -> str:
    case = dict(load_cases("layer_norm"))["few_features"]
    x, g, b = case["in.x"][3], case["in.g"], case["in.b"]
    normed = solution().layer_norm(x, np.ones(4), np.zeros(4))
    y = solution().layer_norm(x, g, b)
    cells = [
        ("x", x), ("x - mean", x - x.mean()), ("divided by the root", normed),
        ("g", g), ("b", b), ("layer_norm(x)", y),
    ]  # fmt: skip
    rows = [(name, *(number(value) for value in values)) for name, values in cells]
    words = (
        f"The mean is {number(x.mean(), 4)}, the variance {number(x.var(), 4)}, "
        f"and the root of (variance + eps) {number(np.sqrt(x.var() + 1e-5), 4)}."
    )
    return words + "\n\n" + table(("", "feature 0", "feature 1", "feature 2", "feature 3"), rows)


@example("layer_norm.rows")
def _layer_norm_rows() -> str:
    layer_norm = solution().layer_norm
    rows = []
    for i in range(pico().n_layer):
        x = golden(f"h.{i}.in")[5]
        y = layer_norm(x, np.ones_like(x), np.zeros_like(x))
        rows.append((f"block {i}", number(x.mean()), number(x.var()), number(y.mean()), number(y.var())))
    return table(("what enters", "mean before", "variance before", "mean after", "variance after"), rows)


@example("linear")
def _linear() -> str:
    case = dict(load_cases("linear"))["one_row"]
    x, w, b = case["in.x"], case["in.w"], case["in.b"]
    y = solution().linear(x, w, b)
    rows = [
        (f"x[{i}] = {number(x[i])}", *(f"{number(x[i])} · {number(w[i, j])} = {number(x[i] * w[i, j])}"
                                       for j in range(3)))
        for i in range(len(x))
    ]  # fmt: skip
    rows.append(("sum of the column", *(number(x @ w[:, j]) for j in range(3))))
    rows.append(("b", *(number(value) for value in b)))
    rows.append(("**sum + b**", *(f"**{number(value)}**" for value in y)))
    return table(("", "output 0", "output 1", "output 2"), rows)


@example("linear.layers")
def _linear_layers() -> str:
    block = pico().params["blocks"][0]
    layers = [("c_attn", "attn"), ("c_proj", "attn"), ("c_fc", "mlp"), ("c_proj", "mlp")]
    rows = []
    for name, part in layers:
        w, b = block[part][name]["w"], block[part][name]["b"]
        real = [768 * n // pico().n_embd for n in w.shape]
        rows.append((f"`{part}.{name}`", str(list(w.shape)), str(list(b.shape)), str(real)))
    return table(("layer of a block", "w in pico", "b in pico", "w in the 124M model"), rows)


# -------------------------------------------------------------------------------- attention


def _square(matrix: Any, digits: int, corner: str) -> str:
    names = pieces(len(matrix))
    rows = [(name, *(number(value, digits) for value in row)) for name, row in zip(names, matrix)]
    return table((corner, *names), rows)


@example("attention.scores")
def _scores() -> str:
    q, k = golden("h.1.q")[2, :6], golden("h.1.k")[2, :6]
    return _square(q @ k.T / np.sqrt(q.shape[1]), 2, "query ↓ key →")


@example("attention.weights")
def _weights() -> str:
    q, k = golden("h.1.q")[2, :6], golden("h.1.k")[2, :6]
    one = np.eye(6)[None]  # values that pick out the weights
    weights = solution().attention(q[None], k[None], one, solution().causal_mask(6))[0]
    return _square(weights, 3, "query ↓ key →")


@example("attention.average")
def _average() -> str:
    weights, v = golden("h.1.weights")[2, 5, :6], golden("h.1.v")[2, :6, :4]
    rows = [
        (token, number(w), *(number(value) for value in row)) for token, w, row in zip(pieces(6), weights, v)
    ]
    q, k = golden("h.1.q")[2:3, :6], golden("h.1.k")[2:3, :6]
    out = solution().attention(q, k, v[None], solution().causal_mask(6))[0, 5]
    rows.append(("**weighted sum**", "", *(f"**{number(value)}**" for value in out)))
    return table(("value of", "weight", *(f"feature {i}" for i in range(4))), rows)


@example("attention.scale")
def _scale() -> str:
    q, k = golden("h.1.q")[2, 5], golden("h.1.k")[2, :6]
    root = np.sqrt(len(q))
    softmax = solution().softmax
    rows = [
        ("q kᵀ / sqrt(d_head)", *(number(p) for p in softmax(k @ q / root))),
        ("q kᵀ", *(number(p) for p in softmax(k @ q))),
    ]
    return table(("weights of `':'`, from", *pieces(6)), rows)


@example("heads.split")
def _split() -> str:
    x = np.arange(8).reshape(2, 4)
    right, wrong = solution().split_heads(x, 2), x.reshape(2, 2, 2)
    rows = [
        ("x, two tokens of four columns", str(x.tolist())),
        ("`split_heads(x, 2)`, right", str(right.tolist())),
        ("`x.reshape(2, 2, 2)`, wrong", str(wrong.tolist())),
    ]
    return table(("array", "its numbers"), rows)


@example("heads.columns")
def _columns() -> str:
    rows = []
    for name, n_embd, n_head in (("fixture", 48, 4), ("pico", 128, 4), ("124M", 768, 12)):
        d_head = n_embd // n_head
        ids = np.arange(3 * n_embd)[None]
        q, k, v = (solution().split_heads(part, n_head) for part in np.split(ids, 3, axis=-1))
        for head in (0, 2):
            cells = [f"{part[head].min()} … {part[head].max()}" for part in (q, k, v)]
            rows.append((name, str(head), *cells))
        assert d_head == q.shape[-1]
    return table(("model", "head", "columns of its q", "of its k", "of its v"), rows)


@example("heads.numbers")
def _numbers() -> str:
    qkv = golden("h.1.qkv")
    q, k, v = (solution().split_heads(part, 4) for part in np.split(qkv, 3, axis=-1))
    rows = []
    for name, array, third in (("q", q, 0), ("k", k, 1), ("v", v, 2)):
        column = third * 128 + 2 * 32
        rows.append((f"`{name}[2, 5, 0]`", number(array[2, 5, 0], 4), f"`qkv[5, {column}]`",
                     number(qkv[5, column], 4)))  # fmt: skip
        assert array[2, 5, 0] == qkv[5, column]
    return table(("head 2, token 5, feature 0", "number", "is in c_attn's output", "number"), rows)
