"""The small drawings of the step pages, one a page, each from the numbers of a real run (see pictures.py)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from pictures import box, picture, svg, text
from worked import golden, number, pico, prompt_ids, solution
from worked_model import merges

from reference_activations.goldens import load_cases
from reference_activations.tokens import GPT2_RANKS, load_ranks


def tokens(ids: Sequence[int]) -> list[str]:
    """Tokens as a drawing shows them: without quotes, a space as ␣."""
    decode = pico().encoding.decode
    return [repr(decode([int(token)]))[1:-1].replace(" ", "␣") for token in ids]


def bars(
    x: float, zero: float, unit: float, values: Any, names: Sequence[str], width: float = 40, digits: int = 2
) -> list[str]:
    """Upright bars with their numbers, `unit` pixels for 1, and a line at 0."""
    parts = []
    for i, (value, name) in enumerate(zip(values, names)):
        left, height = x + i * (width + 10), abs(float(value)) * unit
        top = zero - height if value >= 0 else zero
        parts.append(box(left, top, width, max(height, 0.5), "shade"))
        above = top - 6 if value >= 0 else top + height + 14
        parts.append(text(left + width / 2, above, number(value, digits), "ink small mid"))
        below = zero + 16 if value >= 0 else zero - 6
        parts.append(text(left + width / 2, below, name, "soft small mono mid"))
    right = x + len(names) * (width + 10) - 10
    parts.append(line(x - 4, zero, right + 4, zero))
    return parts


def line(x1: float, y1: float, x2: float, y2: float, extra: str = ' stroke-opacity="0.6"') -> str:
    return f'<line class="line" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"{extra}/>'


def curve(points: Sequence[tuple[float, float]], kind: str) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" class="{kind}" fill="none" stroke-width="2.5"/>'


@picture("gelu")
def gelu() -> str:
    gelu, unit, x0, y0 = solution().gelu, 62, 300, 230
    xs = np.linspace(-4, 3, 141)
    parts = [line(40, y0, 520, y0), line(x0, 30, x0, 262)]
    for tick in (-4, -3, -2, -1, 1, 2, 3):
        parts.append(line(x0 + tick * unit, y0 - 3, x0 + tick * unit, y0 + 3))
        parts.append(text(x0 + tick * unit, y0 + 20, str(tick), "soft small mid"))
    parts.append(curve([(x0 + x * unit, y0 - max(x, 0) * unit) for x in xs if x <= 3], "line dashed"))
    parts.append(curve([(x0 + x * unit, y0 - float(gelu(x)) * unit) for x in xs], "strong"))
    row = golden("h.0.fc")[0]
    for target in (-1.9, -1, -0.3, 0, 0.3, 1, 2.7):
        x = float(row[np.argmin(np.abs(row - target))])
        parts.append(
            f'<circle class="dot" cx="{x0 + x * unit:.1f}" cy="{y0 - float(gelu(x)) * unit:.1f}" r="5"/>'
        )
    parts += [
        text(545, 70, "gelu(x)", "ink title"), text(545, 92, "dots: the seven numbers", "soft small"),
        text(545, 108, "of the table below", "soft small"),
        text(545, 150, "dashed: max(x, 0),", "soft small"),
        text(545, 166, "for comparison", "soft small"), text(60, 120, "large negative x:", "soft small"),
        text(60, 136, "the gate is shut", "soft small"), text(330, 60, "large positive x:", "soft small"),
        text(330, 76, "the gate is open", "soft small"),
    ]  # fmt: skip
    described = (
        "The curve of gelu from -4 to 3. Far to the left it is 0, it dips a little below 0 around -0.75, "
        "goes through 0, and on the right it follows x. Seven dots mark the numbers of the worked example."
    )
    return svg(720, 280, "gelu", described, parts)


@picture("softmax")
def softmax() -> str:
    scores = golden("h.1.scores")[2, 5, :6]
    names = tokens(prompt_ids()[:6])
    parts = [
        text(190, 30, "six scores, all negative", "ink title mid"),
        text(570, 30, "softmax of them", "ink title mid"),
    ]
    parts += bars(45, 75, 21, scores, names)
    parts += bars(425, 230, 260, solution().softmax(scores), names)
    parts += [text(382, 140, "→", "ink title mid"), text(570, 268, "together they are 1", "soft small mid")]
    described = (
        "Left: six scores, hanging below a line at 0, from -6.70 to -1.37. Right: their softmax, six bars "
        "that sum to 1. The second O, with the largest score, gets 0.59."
    )
    return svg(760, 280, "softmax", described, parts)


@picture("layer_norm")
def layer_norm() -> str:
    case = dict(load_cases("layer_norm"))["few_features"]
    x, g, b = case["in.x"][3], case["in.g"], case["in.b"]
    normed = solution().layer_norm(x, np.ones(4), np.zeros(4))
    panels = [
        ("x", x), ("x - mean", x - x.mean()), ("divided by the root", normed),
        ("times g, plus b", solution().layer_norm(x, g, b)),
    ]  # fmt: skip
    parts: list[str] = []
    for i, (name, values) in enumerate(panels):
        parts.append(text(110 + i * 200, 30, name, "ink title mid"))
        parts += bars(35 + i * 200, 130, 42, values, [str(k) for k in range(4)], 30)
        if i < 3:
            parts.append(text(210 + i * 200, 134, "→", "ink title mid"))
    parts.append(
        text(
            20,
            238,
            "the same four features in every panel; the third has mean 0 and variance 1",
            "soft small",
        )
    )
    described = (
        "Four panels with the same four features as bars: x; x minus its mean, now on both sides of 0; "
        "divided by the root, with variance 1; and after gain and bias."
    )
    return svg(820, 255, "Layer norm of one row", described, parts)


@picture("linear")
def linear() -> str:
    case = dict(load_cases("linear"))["one_row"]
    x, w, b = case["in.x"], case["in.w"], case["in.b"]
    y, size, chosen = solution().linear(x, w, b), 58, 1
    parts = [text(195, 30, "x, one row of 6 features", "ink title mid")]

    def cell(left: float, top: float, value: float, kind: str) -> None:
        parts.append(box(left, top, size, 30, kind))
        parts.append(
            text(
                left + size / 2,
                top + 20,
                number(value, 2),
                f"{'onhead' if kind == 'h0' else 'ink'} small mid",
            )
        )

    for i, value in enumerate(x):
        cell(20 + i * size, 100, value, "h0")
    parts.append(text(495, 30, "w: 6 rows, 3 columns", "ink title mid"))
    for i in range(6):
        for j in range(3):
            cell(410 + j * size, 44 + i * 30, w[i, j], "h0" if j == chosen else "hidden")
    parts.append(text(390, 121, "@", "ink title mid"))
    parts += [text(605, 121, "+", "ink title mid"), text(720, 86, "b", "ink title mid")]
    for j in range(3):
        cell(633 + j * size, 100, b[j], "h0" if j == chosen else "hidden")
    parts.append(text(605, 200, "=", "ink title mid"))
    for j in range(3):
        cell(633 + j * size, 180, y[j], "h0" if j == chosen else "hidden")
    parts.append(text(720, 236, "the result", "ink title mid"))
    parts.append(text(20, 175, "The orange number of the result needs the whole row", "soft small"))
    parts.append(text(20, 193, "of x, one column of w, and one number of b.", "soft small"))
    described = (
        "A row of six numbers times a matrix of six rows and three columns, plus a row of three. One column, "
        "one number of b and one number of the result are coloured: they belong together."
    )
    return svg(825, 252, "A linear layer", described, parts)


@picture("averages")
def averages() -> str:
    names, size = tokens(prompt_ids()[:6]), 50
    plain = np.tril(np.ones((6, 6))) / np.arange(1, 7)[:, None]
    weights = solution().softmax(golden("h.1.scores")[2, :6, :6] + solution().causal_mask(6))
    parts: list[str] = []
    for left, title, grid in ((60, "plain average", plain), (460, "weights that decide", weights)):
        parts.append(text(left + 3 * size, 28, title, "ink title mid"))
        for j, name in enumerate(names):
            parts.append(text(left + j * size + size / 2, 54, name, "ink mono mid"))
        for i, name in enumerate(names):
            parts.append(text(left - 12, 62 + i * size + 30, name, "ink mono end"))
            for j in range(i + 1):
                x, y = left + j * size, 62 + i * size
                parts.append(box(x, y, size, size, "hidden"))
                parts.append(box(x, y, size, size, "shade", f' fill-opacity="{0.75 * grid[i, j]:.2f}"'))
                parts.append(text(x + size / 2, y + 30, f"{grid[i, j]:.2f}", "ink small mid"))
    parts.append(text(60, 390, "each token takes the same share of every token so far", "soft small"))
    parts.append(text(460, 390, "each token decides how much to take of each", "soft small"))
    described = (
        "Two triangles of weights for the tokens R O M E O colon. Left, the plain average: 1.00; 0.50 0.50; "
        "and so on to six times 0.17. Right, pico's own weights: the colon takes 0.59 of the O before it."
    )
    return svg(780, 405, "From a plain average to attention", described, parts)


@picture("feed_forward")
def feed_forward() -> str:
    before, after = np.sort(golden("h.0.fc")[5]), np.sort(golden("h.0.gelu")[5])
    x0, y0, unit = 60, 160, 38
    parts = [line(x0, y0, x0 + 512, y0)]
    for tick in (-3, -2, -1, 1, 2, 3):
        parts.append(text(x0 - 10, y0 - tick * unit + 4, str(tick), "soft small end"))
        parts.append(line(x0 - 4, y0 - tick * unit, x0, y0 - tick * unit))
    for values, kind in ((before, "line dashed"), (after, "strong")):
        parts.append(curve([(x0 + i, y0 - float(v) * unit) for i, v in enumerate(values)], kind))
    parts += [
        text(600, 60, "solid: after gelu", "ink title"), text(600, 82, "dashed: before gelu", "soft"),
        text(600, 120, f"{int((after > 0.1).sum())} units above 0.1", "ink small"),
        text(600, 138, f"{int((abs(after) <= 0.1).sum())} within 0.1 of 0", "ink small"),
        text(600, 156, f"{int((after < -0.1).sum())} a little below 0", "ink small"),
        text(x0 + 256, 300, "the 512 hidden units of one token, sorted", "soft small mid"),
    ]  # fmt: skip
    described = (
        "Two curves over the 512 hidden units of one token, each sorted from smallest to largest. Before "
        "gelu most are clearly negative. After gelu these are between -0.17 and 0, and only the right end "
        "rises."
    )
    return svg(770, 315, "Hidden units before and after gelu", described, parts)


@picture("stream")
def stream() -> str:
    def length(key: str) -> float:
        return float(np.linalg.norm(golden(key)[5]))

    lengths, names = [length("h.0.in")], ["in"]
    for i in range(pico().n_layer):
        lengths += [length(f"h.{i}.mid"), length(f"h.{i}.out")]
        names += [f"+attn {i}", f"+ff {i}"]
    parts = [text(24, 30, "how long the colon's row is, after each addition", "ink title")]
    parts += bars(30, 200, 14, lengths, names, 66, 1)
    parts.append(
        text(
            24,
            242,
            "attn: what attention added in a block;  ff: what the feed-forward part added",
            "soft small",
        )
    )
    described = (
        "Nine bars: the length of one token's row at the start and after each of the eight additions in "
        "pico. It starts at 1.1, jumps to 8.3 after block 0, rises to 10.3, and ends at 8.7."
    )
    return svg(730, 258, "The stream grows by additions", described, parts)


@picture("next_tokens")
def next_tokens() -> str:
    probs = solution().softmax(golden("logits"))[:6]
    ids = prompt_ids()
    parts = [
        text(24, 28, "token", "soft small"),
        text(110, 28, "the three most likely next tokens", "soft small"),
    ]
    parts.append(text(600, 28, "what came next", "soft small"))
    for i in range(6):
        y = 42 + i * 38
        parts.append(text(44, y + 22, tokens([ids[i]])[0], "ink mono mid"))
        for place, k in enumerate(np.argsort(-probs[i])[:3]):
            x, width = 110 + place * 155, 90 * float(probs[i, k])
            right = int(k) == ids[i + 1]
            parts.append(box(x, y + 4, 90, 26, "hidden"))
            parts.append(box(x, y + 4, max(width, 1), 26, "h0" if right else "shade"))
            parts.append(text(x + 98, y + 14, tokens([int(k)])[0], "ink mono small"))
            parts.append(text(x + 98, y + 29, number(probs[i, k], 2), "soft small"))
        parts.append(text(620, y + 22, tokens([ids[i + 1]])[0], "ink mono mid"))
    parts.append(text(110, 290, "orange: the guess was right", "soft small"))
    described = (
        "Six rows, one for each token of ROMEO and a colon. Each has three bars: the most likely next tokens "
        "with their probabilities. In all six rows the first guess is what really came next."
    )
    return svg(700, 305, "Every row predicts its own next token", described, parts)


@picture("loop")
def loop() -> str:
    written = golden("greedy").astype(int)
    n = len(prompt_ids())
    parts = [text(24, 30, "each round reads everything so far, and appends one token", "ink title")]
    for i in range(5):
        y, x = 50 + i * 44, 24.0
        shown = tokens(written[n - 5 : n + i + 1])
        parts.append(text(x, y + 22, "…", "soft"))
        for j, name in enumerate(shown):
            new = j == len(shown) - 1
            width = 24 + 9 * len(name)
            x += 24 if j == 0 else 0
            parts.append(box(x, y, width, 32, "h0" if new else "hidden"))
            parts.append(text(x + width / 2, y + 21, name, f"{'onhead' if new else 'ink'} mono small mid"))
            x += width + 4
        parts.append(text(x + 8, y + 21, f"round {i + 1}: {n + i} tokens in", "soft small"))
    described = (
        "Five rows of boxes. Each row is the end of the text so far; the last box, in orange, is the token "
        "that this round has appended: a line break, a line break, R, O, M."
    )
    return svg(800, 280, "The loop", described, parts)


@picture("temperature")
def temperature() -> str:
    logits = golden("logits")[-1]
    best = np.argsort(-logits)[:5]
    names = [*tokens(best), "others"]
    parts: list[str] = []
    for i, t in enumerate((0.5, 1.0, 2.0)):
        probs = solution().next_token_probs(logits, t)
        values = [*probs[best], 1 - probs[best].sum()]
        parts.append(text(150 + i * 300, 28, f"temperature {t:g}", "ink title mid"))
        parts += bars(20 + i * 300, 210, 155, values, names, 36)
    described = (
        "Three bar charts of the same five tokens and of all the others together, at temperatures 0.5, 1 and "
        "2. The line break has 0.98, 0.50 and 0.05; the others together have 0.01, 0.38 and 0.90."
    )
    return svg(905, 240, "What temperature does", described, parts)


@picture("cache")
def cache() -> str:
    n_prompt, rounds, size = 4, 5, 30
    parts: list[str] = []
    counts = []
    for left, title, cached in ((100, "without a cache", False), (500, "with a cache", True)):
        parts.append(text(left + 120, 28, title, "ink title mid"))
        computed = 0
        for i in range(rounds):
            parts.append(text(left - 10, 62 + i * size, f"round {i + 1}", "soft small end"))
            for j in range(n_prompt + i):
                new = not cached or i == 0 or j == n_prompt + i - 1
                computed += new
                parts.append(box(left + j * size, 42 + i * size, size, size, "h0" if new else "hidden"))
        counts.append(computed)
        parts.append(text(left + 120, 220, f"{computed} rows computed", "ink small mid"))
    assert counts == [sum(range(n_prompt, n_prompt + rounds)), n_prompt + rounds - 1]
    parts.append(
        text(
            20,
            250,
            "one square: one token on its way through all blocks; orange: computed in this round, grey: kept",
            "soft small",
        )
    )
    described = (
        "Five rounds with a prompt of four tokens. Without a cache every round computes all tokens: 30 rows. "
        "With a cache the first round computes four and every later one computes one: 8 rows."
    )
    return svg(780, 265, "What the cache saves", described, parts)


@picture("merges")
def merge_steps() -> str:
    steps = merges(b" Karpathy", load_ranks(GPT2_RANKS))
    parts = [text(24, 28, "the pair with the lowest rank is joined next", "ink title")]
    for row, (pieces, best) in enumerate(steps):
        y, x = 44 + row * 38, 24.0
        joined = next((i for i, (a, b) in enumerate(pairwise(pieces)) if a + b == best), None)
        for i, piece in enumerate(pieces):
            width = 34.0 * len(piece)
            marked = joined is not None and i in (joined, joined + 1)
            parts.append(box(x, y, width, 30, "h0" if marked else "hidden"))
            name = piece.decode().replace(" ", "␣")
            parts.append(text(x + width / 2, y + 20, name, f"{'onhead' if marked else 'ink'} mono mid"))
            x += width + 4
        ranks = load_ranks(GPT2_RANKS)
        words = (
            f"join {best.decode().replace(' ', '␣')}, rank {ranks[best]:,}"
            if best
            else "nothing left to join"
        )
        parts.append(text(380, y + 20, words, "soft small"))
    described = (
        "Seven rows. The word space-Karpathy starts as nine single bytes. In each row the two parts that are "
        "joined next are coloured: at, ar, space-K, ath, arp, athy. The last row has three tokens."
    )
    return svg(560, 325, "Merging a word", described, parts)


@picture("file")
def weights_file() -> str:
    path = pico_file()
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    parts = [text(24, 28, "model.safetensors of pico, from its first byte to its last", "ink title")]
    for x, width, kind, name, words in (
        (24, 90, "h0", "length", "8 bytes"), (118, 200, "h1", "header: JSON", f"{size:,} bytes"),
        (322, 430, "hidden", "data: one tensor after the other", f"{len(data) - size - 8:,} bytes"),
    ):  # fmt: skip
        parts.append(box(x, 48, width, 50, kind))
        parts.append(text(x + width / 2, 78, name, f"{'onhead' if kind != 'hidden' else 'ink'} small mid"))
        parts.append(text(x + width / 2, 118, words, "soft small mid"))
    parts += [
        line(322, 104, 322, 160),
        text(330, 158, f"byte {8 + size:,}: data_offsets count from here", "ink small"),
        text(24, 158, "not to scale", "soft small"),
    ]  # fmt: skip
    described = (
        "A long bar in three parts: 8 bytes with the length of the header, the header as JSON, and the data. "
        "An arrow marks the first byte of the data: offsets count from there."
    )
    return svg(780, 175, "A safetensors file", described, parts)


def pico_file() -> Any:
    from worked import ROOT

    return ROOT / "reference_activations" / "pico" / "model.safetensors"
