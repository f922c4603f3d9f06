"""The panels of the web page as HTML: plain functions from a session's numbers to text.

Everything that comes from a model, a prompt or a student's file goes through `esc`. The numbers are text,
so that they can be read, copied and tested; bars and shades only repeat them.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from playground.run.events import TokenEvent
from playground.run.introspection import Look
from playground.run.session import Session
from playground.terminal import control_picture
from playground.web.truth import Compared


def esc(text: object) -> str:
    """Text for HTML, control characters as pictures (HTML cannot carry them)."""
    return html.escape("".join(control_picture(c) for c in str(text)))


def token_text(raw: bytes) -> str:
    """A token's bytes as they can be seen: `·` for a space, `⏎` for a line feed, hex where it is not text."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.hex(" ").upper()
    shown = text.replace(" ", "·").replace("\n", "⏎").replace("\t", "⇥")
    return "".join(control_picture(c) for c in shown) or "∅"


def percent(p: float) -> str:
    """`12.3 %`, `0.045 %`, `< 0.001 %`, `0`: small probabilities keep two digits."""
    if p == 0:
        return "0"
    if p >= 0.001:
        return f"{100 * p:.1f} %"
    return f"{100 * p:.2g} %" if p >= 1e-5 else "< 0.001 %"


def output(session: Session | None, running: bool) -> str:
    """The text, plain: nothing in it is Markdown or HTML."""
    if session is None:
        empty = "The text appears here. Choose a prompt and press Generate."
        return f'<div class="pg-output pg-empty" data-testid="output">{empty}</div>'
    caret = '<span class="pg-caret" aria-hidden="true"></span>' if running else ""
    held = ""
    if session.pending and not running:
        held = (
            f'<p class="pg-note">An unfinished character: its first bytes are {session.pending.hex(" ")}.</p>'
        )
    return (
        '<div class="pg-output" data-testid="output" role="log" aria-live="polite" aria-label="The text">'
        f'<span class="pg-prompt" data-testid="prompt-text">{esc(session.prompt_text)}</span>'
        f'<span class="pg-new" data-testid="new-text">{esc(session.new_text)}</span>{caret}</div>{held}'
    )


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A row of small label-and-value pairs."""
    cells = "".join(
        f'<div class="pg-fact"><dt>{esc(k)}</dt><dd data-testid="fact-{esc(k)}">{esc(v)}</dd></div>'
        for k, v in pairs
    )
    return f'<dl class="pg-facts">{cells}</dl>'


def table(name: str, heads: Sequence[str], rows: Iterable[str]) -> str:
    """A table that scrolls by itself where the screen is narrow; heads and rows are HTML."""
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    head = f"<thead><tr>{head}</tr></thead>" if heads else ""
    return (
        f'<div class="pg-scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<table class="pg-table pg-{name}" data-testid="{name}">'
        f"{head}<tbody>{''.join(rows)}</tbody></table></div>"
    )


def code(session: Session, token: int) -> str:
    """A token as it can be seen."""
    return f"<code>{esc(token_text(session.token_bytes(token)))}</code>"


def session_facts(session: Session, model: str, label: str) -> list[tuple[str, str]]:
    cache = {"yours": "yours", "reference": "the reference's"}.get(session.cache or "", "none")
    return [
        ("tokens", f"{session.n_prompt} + {len(session.events)}"),
        ("speed", f"{session.tokens_per_second:.0f} tokens/s"),
        ("cache", cache),
        ("seed", str(session.seed)),
        ("model", model),
        ("code", label),
    ]


def banner(line: str, problems: Sequence[str] = ()) -> str:
    """Whose code runs."""
    trouble = "".join(f'<p class="pg-trouble">{esc(problem)}</p>' for problem in problems)
    return f'<div class="pg-banner" data-testid="banner"><p>{esc(line)}</p>{trouble}</div>'


def alert(message: str) -> str:
    return f'<div class="pg-alert" role="alert" data-testid="error">{esc(message)}</div>'


def note(message: str) -> str:
    return f'<p class="pg-note">{esc(message)}</p>' if message else ""


def verdict(compared: Compared) -> str:
    """One line: where the code that wrote the text first differs from the reference."""
    kind = "pg-differs" if compared.differs else "pg-agrees"
    mark = "≠ " if compared.differs else ""
    return f'<p class="pg-note {kind}" data-testid="verdict">{mark}{esc(compared.text)}</p>'


# ------------------------------------------------------------------- the way through the filters

FILTERS = {
    "model": "model says",
    "penalty": "− penalty",
    "temperature": "÷ temperature",
    "top-k": "top-k",
    "top-p": "top-p",
}


def candidates(session: Session, event: TokenEvent, n_rows: int = 12) -> str:
    """The candidates for the token that was chosen, after each filter, the chosen one among them.

    The rows are the likeliest before and after the filters; the last row sums up the rest of the vocabulary.
    """
    stages = event.stages
    before, after = stages[0].probs, stages[-1].probs
    likely = [*np.argsort(-before, kind="stable")[: n_rows - 2], *np.argsort(-after, kind="stable")[:2]]
    shown = sorted({event.id, *map(int, likely)}, key=lambda token: -before[token])
    top = max(float(stage.probs[shown].max()) for stage in stages)
    heads = [f"{esc(FILTERS[stage.name])}<small>{_kept(stage.probs)}</small>" for stage in stages]
    rows = [_candidate(session, event, token, stages, top) for token in shown]
    left = [max(0.0, 1 - float(stage.probs[shown].sum(dtype=np.float64))) for stage in stages]
    rest = "".join(_bar(p, top, stage.name) for p, stage in zip(left, stages))
    name = f"the other {len(before) - len(shown):,} tokens"
    rows.append(f'<tr class="pg-rest"><th scope="row" colspan="2">{name}</th>{rest}</tr>')
    return table("candidates", ["token", "id", *heads], rows)


def _kept(probs: Any) -> str:
    kept = int(np.count_nonzero(probs))
    return f"{kept:,} token{'' if kept == 1 else 's'}"


def _candidate(session: Session, event: TokenEvent, token: int, stages: Sequence[Any], top: float) -> str:
    chosen = token == event.id
    cells = "".join(_bar(float(s.probs[token]), top, s.name) for s in stages)
    mark = ' <span class="pg-mark">chosen</span>' if chosen else ""
    kind = ' class="pg-chosen" data-testid="chosen"' if chosen else ""
    return (
        f'<tr data-token="{token}"{kind}>'
        f'<th scope="row">{code(session, token)}{mark}</th>'
        f"<td>{token}</td>{cells}</tr>"
    )


def _bar(p: float, top: float, name: str) -> str:
    if p == 0:
        return f'<td class="pg-cut" data-stage="{esc(name)}" data-value="0">cut</td>'
    width = 100 * min(1.0, p / max(top, 1e-12))
    return (
        f'<td data-stage="{esc(name)}" data-value="{p:.6g}"><span class="pg-bar" style="width:{width:.1f}%">'
        f"</span><span>{percent(p)}</span></td>"
    )


def vocabulary_curve(event: TokenEvent, floor: float, n_points: int = 240) -> list[dict[str, Any]]:
    """The whole vocabulary after each filter, likeliest first: points (rank, probability) for a chart.

    Ranks are taken evenly on a log scale; a curve ends where its filter cuts, or below `floor`.
    """
    points = []
    for stage in event.stages:
        ordered = np.sort(stage.probs)[::-1]
        kept = max(1, int(np.count_nonzero(ordered > floor)))
        ranks = np.unique(np.geomspace(1, kept, n_points).round().astype(int))
        points += [
            {"filter": FILTERS[stage.name], "rank": int(r), "probability": float(ordered[r - 1])}
            for r in ranks
        ]
    return points


# -------------------------------------------------------------- attention, logit lens, residual


def looks_at(session: Session, event: TokenEvent, layer: int, head: int, n_rows: int = 8) -> str:
    """Where the position that predicted the token looks, for one head."""
    look = event.look
    if look.attention is None:
        return ""
    row = look.attention[layer, head]
    rows = [
        f'<tr><th scope="row">{code(session, session.ids[key])}</th><td>{key}</td>'
        f"{_bar(float(row[key]), float(row.max()), 'attention')}</tr>"
        for key in map(int, np.argsort(-row, kind="stable")[:n_rows])
    ]
    source = code(session, session.ids[event.position - 1])
    lead = f"To predict {code(session, event.id)}, layer {layer}, head {head} looks from {source} at:"
    return f'<p class="pg-lead">{lead}</p>' + table("looks-at", ["token", "position", "weight"], rows)


def lens(session: Session, event: TokenEvent) -> str:
    """The logit lens as a table: one row a stage, the likeliest tokens with their probability."""
    predictions = event.lens
    if not predictions:
        return ""

    def cell(token: int, p: float) -> str:
        kind = "pg-lens pg-chosen" if token == event.id else "pg-lens"
        shade = f'style="--p:{p**0.5:.3f}"'
        text = f"{code(session, token)}<small>{percent(p)}</small>"
        return f'<td class="{kind}" data-value="{p:.6g}" {shade}>{text}</td>'

    rows = [
        f'<tr><th scope="row">{esc(prediction.stage)}</th>{"".join(cell(*pair) for pair in prediction.top)}'
        f"<td>{percent(prediction.chosen)}</td><td>{prediction.rank:,}</td></tr>"
        for prediction in reversed(predictions)
    ]
    places = [f"{place}." for place in range(1, len(predictions[0].top) + 1)]
    return table("lens", ["if it ended here", *places, code(session, event.id), "its rank"], rows)


def residual(look: Look) -> str:
    """How long the residual stream's vector is at each stage, and what each half of a block adds to it."""
    if look.stream is None:
        return ""
    stream = look.stream.astype(np.float64)
    norms = np.linalg.norm(stream, axis=-1)
    longest = float(np.max(norms))
    added = np.concatenate([[norms[0]], np.linalg.norm(np.diff(stream, axis=0), axis=-1)])
    cosine = np.sum(stream[1:] * stream[:-1], axis=-1) / np.maximum(norms[1:] * norms[:-1], 1e-12)
    same = ["–", *(f"{c:.2f}" for c in cosine)]
    rows = [
        f'<tr><th scope="row">{esc(name)}</th>{_length(norm, longest)}'
        f"{_length(plus, longest)}<td>{c}</td></tr>"
        for name, norm, plus, c in zip(look.stages, norms, added, same)
    ]
    heads = ["stage", "length of the stream", "length of what was added", "cosine with the stage before"]
    return table("residual", heads, rows)


def _length(value: float, top: float) -> str:
    width = 100 * value / max(top, 1e-12)
    bar = f'<span class="pg-bar" style="width:{width:.1f}%"></span>'
    return f'<td data-value="{value:.6g}">{bar}<span>{value:.2f}</span></td>'


# ------------------------------------------------------------------------------ shapes and speed


def shapes(look: Look) -> str:
    """The call tree with shapes, and whose code each function is."""
    rows = [
        f'<tr><th scope="row" style="--depth:{row.depth}"><code>{esc(row.function)}</code>'
        f"{f' <small>× {row.calls}</small>' if row.calls > 1 else ''}</th>"
        f'<td><span class="pg-owner pg-{row.owner.split()[0]}">{esc(row.owner)}</span></td>'
        f"<td><code>{esc(row.inputs)}</code></td><td><code>{esc(row.output)}</code></td></tr>"
        for row in look.shapes
    ]
    return table("shapes", ["function", "whose", "takes", "returns"], rows)


def speeds(rates: dict[str, float]) -> str:
    """Tokens per second as bars."""
    top = max(rates.values(), default=1.0)
    rows = [
        f'<tr><th scope="row">{esc(name)}</th><td data-value="{rate:.6g}"><span class="pg-bar" '
        f'style="width:{100 * rate / top:.1f}%"></span><span>{rate:.0f} tokens/s</span></td></tr>'
        for name, rate in rates.items()
    ]
    return table("speeds", [], rows)
