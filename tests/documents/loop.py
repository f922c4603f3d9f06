"""The picture at the top of the README: the loop of `watch`, as it looked in a terminal.

    python tests/documents/loop.py        draw it again

A real `watch` runs in a terminal of 76 columns. gelu is written with one wrong constant, saved, fixed and
saved again. What is written is covered, but for that constant: students read the README too. The SVG shows
the three screens one after the other, with the lines in the file above them. Only the seed and the time of a
run are made the same. A reader who wants no motion sees the mistake with its name.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parents[1]), str(HERE.parents[1] / "tests" / "student")]
else:
    sys.path.append(str(HERE.parents[1] / "tests" / "student"))

from pages import ROOT  # noqa: E402
from terminal.program import Program, change  # noqa: E402

PICTURE = ROOT / "instructions" / "images" / "watch.svg"
COLUMNS, ROWS = 76, 16
STUB = '    raise NotImplementedError("step 1: gelu")'
WRONG = (
    "    inner = math.sqrt(2 / math.pi) * (x + 0.44715 * x * x * x)\n"
    "    return 0.5 * x * (1 + np.tanh(inner))"
)
RIGHT = WRONG.replace("0.44715", "0.044715")
SECONDS = (2.5, 5.0, 4.0)  # how long each screen is shown
CELL, LINE, TOP = 7.9, 18, 118  # pixels: a character's width, a line's height, where the terminal begins
INK = {"default": "#cfd6e4", "faint": "#7a869a"}


def draw() -> str:
    """The SVG, from a `watch` that runs now."""
    with tempfile.TemporaryDirectory() as scratch:
        mine = Path(scratch) / "exercises"
        shutil.copytree(ROOT / "exercises", mine)
        file = mine / "pico_gpt.py"
        env = {"VIRTUAL_ENV": sys.prefix, "PYTHONPATH": str(ROOT)}
        with Program(
            "watch", "1", "--impl", "exercises", folder=Path(scratch), columns=COLUMNS, rows=ROWS, env=env,
            cwd=Path(scratch), command=[sys.executable, "-m", "grader", "watch", "1"],
        ) as program:  # fmt: skip
            screens = [_screen(program, "not written yet", "q quit")]
            for before, after, says in ((STUB, WRONG, "0.44715 where"), (WRONG, RIGHT, "10 of 10 points")):
                change(file, before, after)
                screens.append(_screen(program, says, "q quit"))
    return _svg(list(zip((STUB, WRONG, RIGHT), screens)))


def _screen(program: Program, *words: str) -> list[list[tuple[str, str]]]:
    """The screen, once it shows these words: each line as (text, style of an SVG) pieces."""
    program.see(*words)
    rows = []
    for row in range(program.screen.lines):
        pieces: list[tuple[str, str]] = []
        for column in range(program.screen.columns):
            cell = program.screen.buffer[row][column]
            ink = INK["default"] if cell.fg == "default" else f"#{cell.fg}"
            style = f'fill="{ink}"' + (' font-weight="bold"' if cell.bold else "")
            if pieces and pieces[-1][1] == style:
                pieces[-1] = (pieces[-1][0] + cell.data, style)
            else:
                pieces.append((cell.data, style))
        rows.append(pieces)
    return rows


def _svg(frames: list[tuple[str, list[list[tuple[str, str]]]]]) -> str:
    width, height = round(COLUMNS * CELL + 32), TOP + LINE * (ROWS + 1)
    total, at, rules = sum(SECONDS), 0.0, []
    for i, seconds in enumerate(SECONDS):
        start, end = 100 * at / total, 100 * (at + seconds) / total
        at += seconds
        before = f"0%,{start:.2f}%{{visibility:hidden}}" if i else ""
        after = f"{end + 0.01:.2f}%,100%{{visibility:hidden}}" if end < 99.9 else ""
        shown = f"{start + 0.01 if i else 0:.2f}%,{min(end, 100):.2f}%{{visibility:visible}}"
        rules.append(f"@keyframes f{i}{{{before}{shown}{after}}}#f{i}{{animation:f{i} {total:g}s infinite}}")
    rules.append(
        "@media (prefers-reduced-motion:reduce){g{animation:none!important}#f0,#f2{visibility:hidden}}"
    )
    rules.append(
        "text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
        "white-space:pre}"
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" '
        'role="img" aria-label="A wrong gelu is saved, and watch names the mistake. Fixed, it passes.">',
        "<style>", *rules, "</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#11151c"/>',
        _text(16, 24, [("exercises/pico_gpt.py", f'fill="{INK["faint"]}"')]),
        f'<line x1="0" y1="{TOP - 20}" x2="{width}" y2="{TOP - 20}" stroke="#2a3240"/>',
        _text(16, TOP, [("$ make watch", f'fill="{INK["faint"]}"')]),
    ]  # fmt: skip
    for i, (body, rows) in enumerate(frames):
        lines.append(f'<g id="f{i}">')
        for n, row in enumerate(["def gelu(x):", *body.split("\n")]):
            lines.append(_text(16, 46 + LINE * n, [(_covered(row), f'fill="{INK["default"]}"')]))
        for n, pieces in enumerate(rows):
            if "".join(text for text, _ in pieces).strip():
                lines.append(_text(16, TOP + LINE * (n + 1), pieces))
        lines.append("</g>")
    return normalised("\n".join([*lines, "</svg>"]) + "\n")


def _text(x: float, y: float, pieces: list[tuple[str, str]]) -> str:
    while pieces and not pieces[-1][0].strip():
        pieces = pieces[:-1]
    spans = "".join(f"<tspan {style}>{escape(text, quote=False)}</tspan>" for text, style in pieces)
    return f'<text x="{x:g}" y="{y:g}">{spans}</text>'


def _covered(line: str) -> str:
    """A line of the student's with everything covered that would give the answer away."""
    if not any(line in body.split("\n") for body in (WRONG, RIGHT)):
        return line
    before, constant, after = re.split(r"(0\.0?44715|\Z)", line, maxsplit=1)
    return re.sub(r"\S", "\u2592", before) + constant + re.sub(r"\S", "\u2592", after)


def normalised(text: str) -> str:
    """The text with one seed and one time everywhere, and without blanks at the ends of lines."""
    text = re.sub(r"\(seed \d+, \d+\.\d s\)", "(seed 42, 0.1 s)", text)
    return re.sub(r" +</tspan></text>", "</tspan></text>", text)


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8", newline="\n")
    print(f"wrote {PICTURE.relative_to(ROOT)}")
