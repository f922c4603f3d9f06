"""The benchmark as a picture: a bar chart in SVG, which needs no drawing library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

BLUE, ORANGE, INK, FAINT = "#0072b2", "#d55e00", "#222222", "#888888"  # Okabe and Ito's
ROW, BARS, RIGHT = 34, 400, 110
LETTER = 7.6  # the width of one, on the average and generously


def bar_chart(title: str, bars: Sequence[tuple[str, float, bool]], bound: float, note: str) -> str:
    """Rates as horizontal bars, and a dashed line that none of them can pass.

    Args:
        bars: (label, tokens a second, whether it is the student's own code).
        bound: tokens a second at the dashed line.
        note: one line below.
    """
    left = 30 + LETTER * max((len(label) for label, *_ in bars), default=0)
    full = round(left + BARS + RIGHT)
    height = 70 + ROW * len(bars) + 40
    scale = BARS / max([bound, *(rate for _, rate, _ in bars)])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full} {height}" width="{full}" '
        f'height="{height}" font-family="system-ui, sans-serif" font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{full}" height="{height}" fill="white"/>',
        _text(20, 28, title, "start", INK, 'font-size="16" font-weight="600"'),
    ]
    for i, (label, rate, own) in enumerate(bars):
        y, width, colour = 60 + ROW * i, max(rate * scale, 1.0), ORANGE if own else BLUE
        parts += [
            _text(left - 10, y + 16, label, "end", INK),
            f'<rect x="{left:.1f}" y="{y}" width="{width:.1f}" height="22" fill="{colour}"/>',
            _text(left + width + 6, y + 16, f"{rate:.3g}", "start", INK),
        ]
    line, bottom = left + bound * scale, 60 + ROW * len(bars)
    parts += [
        f'<line x1="{line:.1f}" x2="{line:.1f}" y1="48" y2="{bottom}" '
        f'stroke="{FAINT}" stroke-dasharray="4 3"/>',
        _text(line, 44, f"reading the weights: {bound:.3g}", "middle", FAINT),
        _text(20, bottom + 24, note, "start", FAINT),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, words: str, anchor: str, colour: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" fill="{colour}" {more}>{escape(words)}</text>'
