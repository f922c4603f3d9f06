"""The pages' pictures, drawn from the arrays that they show: NumPy moves the numbers, not the drawer.

Each picture is one SVG without scripts or fonts of its own. It brings its own background and follows
the reader's light or dark setting.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from pathlib import Path

import numpy as np
from worked import golden, pico, prompt_ids, solution

PICTURES: dict[str, Callable[[], str]] = {}

STYLE = """
  .paper { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e }
  .line { stroke: #59636e; fill: none } .cell { stroke: #ffffff; stroke-width: 2 }
  .hidden { fill: #e6e8eb } .h0 { fill: #f3b95f } .h1 { fill: #7fb4e8 }
  .shade { fill: #3b82c4 } .onhead { fill: #1f2328 } .bad { fill: #c4432b } .good { fill: #2c7a4b }
  .strong { stroke: #3b82c4 } .dashed { stroke-dasharray: 5 4 } .dot { fill: #c4432b }
  text { font: 14px system-ui, "Segoe UI", Helvetica, Arial, sans-serif } .small { font-size: 12px }
  .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace } .mid { text-anchor: middle }
  .end { text-anchor: end } .title { font-weight: 600; font-size: 15px }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #e6edf3 } .soft { fill: #9198a1 } .line { stroke: #9198a1 }
    .cell { stroke: #0d1117 } .hidden { fill: #2a313a } .shade { fill: #58a6ff }
    .strong { stroke: #58a6ff } .dot { fill: #ff8b75 } .bad { fill: #ff8b75 } .good { fill: #6fcf97 }
  }"""


def picture(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Register a function that draws `instructions/images/NAME.svg`."""

    def register(function: Callable[[], str]) -> Callable[[], str]:
        PICTURES[name] = function
        return function

    return register


def svg(width: int, height: int, title: str, description: str, parts: list[str]) -> str:
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="title description">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(description)}</desc>',
        f"<style>{STYLE}\n</style>",
        f'<rect class="paper" width="{width}" height="{height}" rx="8"/>',
        '<defs><pattern id="stripes" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="hidden" width="8" height="8"/>'
        '<line class="line" x1="0" y1="0" x2="0" y2="8" stroke-opacity="0.35"/></pattern></defs>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def text(x: float, y: float, words: str, kind: str = "ink") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}">{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str, extra: str = "") -> str:
    style = f'class="cell {kind}"' if not kind.startswith("url") else f'class="cell" fill="{kind}"'
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" {style}{extra}/>'


# ------------------------------------------------------------------------------------- speed


@picture("speed")
def speed() -> str:
    """What `make bench` has measured on weights of GPT-2's size."""
    report = json.loads((Path(__file__).parent / "measured_gpt2.json").read_text(encoding="utf-8"))
    rows = [row for row in report["rows"] if row["tokens_per_s"]]
    bound = 1 / report["streaming"]["token_s"]
    left, width, top, high = 240, 420, 56, 30
    scale = width / bound
    parts = [text(20, 30, "GPT-2's size: tokens a second", "ink title")]
    for i, row in enumerate(rows):
        y, rate = top + high * i, row["tokens_per_s"]
        label = f"{row['who']}, {row['way'].partition(',')[0]}"
        parts += [
            text(left - 10, y + 15, label, "ink end"),
            box(left, y, max(2.0, round(rate * scale, 1)), 20, "shade" if row["who"] == "solution" else "h1"),
            text(left + max(2.0, round(rate * scale, 1)) + 8, y + 15, f"{rate:.3g}", "ink"),
        ]
    line, bottom = round(left + bound * scale, 1), top + high * len(rows)
    parts += [
        f'<line class="line dashed" x1="{line:g}" y1="{top - 8}" x2="{line:g}" y2="{bottom}"/>',
        text(line - 6, bottom + 16, f"{bound:.0f}: each weight read once a token", "soft small end"),
    ]
    said = ", ".join(f"{row['who']} ({row['way']}) {row['tokens_per_s']:.3g}" for row in rows)
    return svg(720, bottom + 34, "Tokens a second", f"{said}. Reading every weight once: {bound:.0f}.", parts)


# ------------------------------------------------------------------------------ causal mask


@picture("causal_mask")
def causal_mask() -> str:
    n, size = 6, 54
    tokens = [repr(pico().encoding.decode([token]))[1:-1] for token in prompt_ids()[:n]]
    scores = golden("h.1.scores")[2, :n, :n]
    mask = solution().causal_mask(n)
    weights = solution().softmax(scores + mask)
    parts: list[str] = []
    for left, title, below in (
        (70, "scores + mask", "striped: the mask has put -1e10 here"),
        (470, "softmax of each row", "every row sums to 1; striped places are exactly 0"),
    ):
        first = left == 70
        parts.append(text(left + n * size / 2, 34, title, "ink title mid"))
        parts.append(text(left + n * size / 2, 56, "key: who is looked at", "soft small mid"))
        parts.append(text(left + n * size / 2, 90 + n * size + 28, below, "soft small mid"))
        for j, token in enumerate(tokens):
            parts.append(text(left + j * size + size / 2, 80, token, "ink mono mid"))
        for i, token in enumerate(tokens):
            parts.append(text(left - 12, 90 + i * size + size / 2 + 5, token, "ink mono end"))
            for j in range(n):
                x, y = left + j * size, 90 + i * size
                hidden = mask[i, j] != 0
                assert not hidden or weights[i, j] == 0
                if hidden:
                    parts.append(box(x, y, size, size, "url(#stripes)"))
                    continue
                share = weights[i, j]
                parts.append(box(x, y, size, size, "hidden"))
                if not first:
                    parts.append(box(x, y, size, size, "shade", f' fill-opacity="{0.75 * share:.2f}"'))
                words = f"{scores[i, j]:.2f}" if first else f"{share:.2f}"
                parts.append(text(x + size / 2, y + size / 2 + 5, words, "ink small mid"))
    parts.append(
        f'<g transform="rotate(-90)">{text(-90 - n * size / 2, 22, "query: who looks", "soft small mid")}</g>'
    )
    parts.append(text(432, 90 + n * size / 2 + 6, "→", "ink title mid"))
    described = (
        "Two grids of six rows and six columns, one for each token of ROMEO and a colon. Row i is a query, "
        "column j a key. Places above the diagonal are striped: there the mask adds -1e10, and after "
        "softmax the weight is 0. On and below the diagonal stand head 2 of block 1 of pico: left the "
        "scores, right the weights. The colon's row puts most of its weight on the second O."
    )
    return svg(840, 460, "The causal mask", described, parts)


# ------------------------------------------------------------------------- split into heads


def _cells(
    parts: list[str], x: float, y: float, rows: np.ndarray, gap: int, owner: Callable[[int], int]
) -> None:
    """Draw one matrix of numbers, coloured by the head that owns each, with a gap every `gap` columns."""
    size = 36
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            left = x + j * size + (j // gap) * 8
            parts.append(box(left, y + i * size, size, size, f"h{owner(int(value))}"))
            parts.append(text(left + size / 2, y + i * size + size / 2 + 5, str(int(value)), "onhead mid"))


@picture("split_heads")
def split_heads() -> str:
    n_seq, n_head, d_head = 3, 2, 2
    n_embd = n_head * d_head
    x = np.arange(n_seq * n_embd).reshape(n_seq, n_embd)
    cut = x.reshape(n_seq, n_head, d_head)
    right = solution().split_heads(x, n_head)
    wrong = x.reshape(n_head, n_seq, d_head)
    assert np.array_equal(cut.transpose(1, 0, 2), right) and not np.array_equal(wrong, right)

    def owner(value: int) -> int:
        return value % n_embd // d_head

    parts = [
        text(110, 32, "x", "ink title mid"),
        text(110, 52, f"[n_seq, n_embd] = [{n_seq}, {n_embd}]", "soft small mid mono"),
    ]
    for i, token in enumerate(("R", "O", "M")):
        parts.append(text(28, 70 + i * 36 + 23, token, "ink mono end"))
    _cells(parts, 38, 70, x, n_embd, owner)
    parts.append(text(110, 200, "orange: head 0's columns", "soft small mid"))
    parts.append(text(110, 218, "blue: head 1's columns", "soft small mid"))

    parts.append(text(238, 112, "reshape", "good small mid"))
    parts.append(text(238, 132, "→", "good title mid"))
    parts.append(text(360, 32, "cut every row", "ink title mid"))
    parts.append(text(360, 52, f"[n_seq, n_head, d_head] = {list(cut.shape)}", "soft small mid mono"))
    _cells(parts, 284, 70, cut.reshape(n_seq, n_embd), d_head, owner)
    parts.append(text(360, 200, "no number has moved", "soft small mid"))

    parts.append(text(500, 112, "transpose", "good small mid"))
    parts.append(text(500, 132, "→", "good title mid"))
    parts.append(text(660, 32, "heads first", "ink title mid"))
    parts.append(text(660, 52, f"[n_head, n_seq, d_head] = {list(right.shape)}", "soft small mid mono"))
    for head in range(n_head):
        left = 570 + head * 110
        _cells(parts, left, 70, right[head], d_head, owner)
        parts.append(text(left + 36, 200, f"head {head}", "ink small mid"))
    parts.append(text(660, 222, "right: all tokens, its own columns", "good small mid"))

    parts.append('<line class="line" x1="24" y1="246" x2="776" y2="246" stroke-opacity="0.4"/>')
    parts.append(text(238, 322, "reshape", "bad small mid"))
    parts.append(text(238, 342, "→", "bad title mid"))
    _cells(parts, 38, 280, x, n_embd, owner)
    parts.append(text(660, 268, f"[n_head, n_seq, d_head] = {list(wrong.shape)}", "soft small mid mono"))
    parts.append(text(400, 322, "straight to the last shape:", "bad small mid"))
    parts.append(text(400, 342, "the same shape, other numbers", "bad small mid"))
    for head in range(n_head):
        left = 570 + head * 110
        _cells(parts, left, 280, wrong[head], d_head, owner)
        parts.append(text(left + 36, 410, f"head {head}", "ink small mid"))
    parts.append(text(640, 432, "wrong: one and a half tokens, both heads' columns", "bad small mid"))
    described = (
        "Above, the right way: a matrix of three tokens and four columns, numbered 0 to 11, is cut into two "
        "heads of two columns by a reshape in which no number moves, and then transposed so that each head "
        "holds all three tokens with its own two columns: head 0 has 0 1, 4 5, 8 9 and head 1 has 2 3, 6 7, "
        "10 11. Below, the wrong way: one reshape straight to two heads gives head 0 the numbers 0 to 5, "
        "which are columns of both heads and one and a half tokens only."
    )
    return svg(800, 450, "Splitting into heads: reshape, then transpose", described, parts)
