"""Write the x-ray of a prompt: one HTML file that holds the page, its script and every number.

    python -m playground xray "PROMPT" --model pico --impl exercises --out xray.html

The file opens from disk, needs no network and may ask for none: its Content-Security-Policy allows only
the one script and the one style sheet in it, by their hashes. What the prompt says is shown as text.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.kata.curriculum import ROOT
from playground.run.implementation import REFERENCE, Implementation, ImplementationError
from playground.run.said import fitted
from playground.run.session import typed_text
from playground.xray.data import FUNCTIONS, NOT_COMPARED, Kata, Xray, describe_first_difference, xray
from playground.xray.pack import page_data
from reference_activations.models import load_model

HELP = "write one HTML page that follows a token through every function, with all its numbers"
DEFAULT_PROMPT = "we are such stuff as dreams are made on"  # 12 tokens of pico
DEFAULT_OUT = Path(".kata/xray.html")
MAX_BYTES = 1_000_000

PAGE = Path(__file__).with_name("page")
SCRIPTS = (
    "data.js",
    "draw.js",
    "inspector.js",
    "animation.js",
    "map.js",
    "stages.js",
    "views.js",
    "readout.js",
    "app.js",
)


LIVE_SCRIPTS = (*SCRIPTS, "live.js")  # the page that follows each save


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "prompt",
        nargs="?",
        default=DEFAULT_PROMPT,
        help=f"at most 16 tokens; \\n is a new line (default: {DEFAULT_PROMPT!r})",
    )
    parser.add_argument(
        "--model", default="pico", help="pico, or a GPT-2 whose weights are there (default: pico)"
    )
    parser.add_argument(
        "--impl",
        default="exercises",
        metavar="DIR",
        help="the folder whose functions run (default: exercises)",
    )
    parser.add_argument(
        "--blocks",
        type=block_numbers,
        metavar="0,5,11",
        help="blocks to hold, the most wanted first (default: all, or as many as fit into a megabyte)",
    )
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help=f"default: {DEFAULT_OUT}")


def main(args: argparse.Namespace) -> int:
    try:
        run = xray(load_kata(args.impl), load_model(args.model), typed_text(args.prompt))
        page, blocks = render(run, args.blocks, pages_from(args.out))
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_bytes(page)
    except (ValueError, OSError, ImplementationError) as error:
        print(f"xray: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    for line in report(run, args.out, len(page), blocks):
        print(fitted(line, sys.stdout))
    return 0


def load_kata(folder: str) -> Kata:
    """The functions of a student's folder, with the reference's where they are not done.

    Raises:
        ImplementationError: there is no such folder, or no pico_gpt.py in it.
    """
    return kata_of(Implementation(folder))


def kata_of(implementation: Implementation) -> Kata:
    """The functions of an implementation that is loaded already."""
    reference = implementation.reference
    return Kata(
        label=implementation.label,
        functions=chosen(implementation),
        origin={name: implementation.owner(name) for name in FUNCTIONS},
        reference=None if reference is None else chosen(reference),
        steps=implementation.steps,
        show_code=implementation.folder != REFERENCE.resolve(),
        notes=implementation.problems,
    )


def chosen(implementation: Implementation) -> dict[str, Callable[..., Any]]:
    return {name: implementation.function(name) for name in FUNCTIONS if implementation.has(name)}


def report(run: Xray, out: Path, n_bytes: int, blocks: list[int]) -> list[str]:
    """What was written, whose functions ran, and where they first differ."""
    lines = [
        f"{out}: {len(run.ids)} tokens of {run.model.name}, {n_bytes / 1000:.0f} kB. Open it in a browser."
    ]
    if len(blocks) < run.model.n_layer:
        held = ", ".join(map(str, blocks))
        lines.append(f"It holds blocks {held} of 0 to {run.model.n_layer - 1}; more would not fit.")
    lines += run.kata.notes
    for origin, words in (("reference", "The reference stands in for"), ("not there", "Nobody has")):
        names = [name for name, owner in run.kata.origin.items() if owner == origin]
        lines += [f"{words} {', '.join(names)}."] if names else []
    first = describe_first_difference(run)
    if first:
        lines.append(f"First difference: {first}")
    elif run.source == NOT_COMPARED:
        lines.append("This copy has no reference for this prompt: the numbers are shown, and not compared.")
    elif "yours" in run.kata.origin.values():
        lines.append(f"Every number of {run.kata.label} agrees with {run.source}.")
    return lines


# ---------------------------------------------------------------------------------------- the page


def block_numbers(text: str) -> list[int]:
    """`0,5,11` as numbers, each once.

    Raises:
        argparse.ArgumentTypeError: it is anything else.
    """
    if not re.fullmatch(r"\d+(,\d+)*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of block numbers such as 0,5,11")
    return list(dict.fromkeys(int(part) for part in text.split(",")))


def render(run: Xray, wanted: list[int] | None = None, pages: str | None = None) -> tuple[bytes, list[int]]:
    """The page as UTF-8, with as many blocks as fit into a megabyte.

    Args:
        wanted: the blocks to hold, the most wanted first; None for all.
        pages: where the steps' pages lie, seen from the page; None for no links to them.
    Returns:
        The page, and the blocks that it holds.
    Raises:
        ValueError: there is no such block, or not even one fits; the message says both lengths.
    """
    blocks = wanted or by_interest(run)
    last = run.model.n_layer - 1
    if max(blocks) > last:
        raise ValueError(f"there is no block {max(blocks)}: {run.model.name} has blocks 0 to {last}")
    page = fill(page_data(run, blocks, pages))
    while len(page) > MAX_BYTES and len(blocks) > 1:
        blocks = blocks[:-1]
        page = fill(page_data(run, blocks, pages))
    if len(page) > MAX_BYTES:
        empty = len(fill({}))
        fitting = int(len(run.ids) * (MAX_BYTES - empty) / (len(page) - empty))
        raise ValueError(
            f"the prompt is too long for the page: it has {len(run.ids)} tokens, and of {run.model.name}"
            f" about {fitting} fit into {MAX_BYTES // 1000} kB"
        )
    return page, sorted(blocks)


def pages_from(out: Path) -> str | None:
    """The folder of the steps' pages as an address seen from a file; None where there is no such way."""
    try:
        return Path(os.path.relpath(ROOT / "instructions" / "steps", out.resolve().parent)).as_posix()
    except ValueError:  # another drive
        return None


def by_interest(run: Xray) -> list[int]:
    """All blocks: the first that differs, the first, the last, then the others in order."""
    first = re.match(r"h\.(\d+)\.", run.first_difference or "")
    head = [int(first[1])] if first else []
    return list(dict.fromkeys([*head, 0, run.model.n_layer - 1, *range(run.model.n_layer)]))


def fill(data: dict[str, Any], scripts: tuple[str, ...] = SCRIPTS, connect: bool = False) -> bytes:
    """The template with the style, the script and the data in it, and a policy that allows just these.

    Args:
        connect: allow the page to ask the address that it came from, and only that one.
    """
    style = slim((PAGE / "style.css").read_text(encoding="utf-8"))
    parts = [slim((PAGE / name).read_text(encoding="utf-8")) for name in scripts]
    script = '(() => {\n"use strict";\n' + "".join(parts) + "})();\n"
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {hash_of(script)}",
            f"style-src {hash_of(style)}",
            *(["connect-src 'self'"] if connect else []),
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        )
    )
    filling = {"policy": policy, "style": style, "script": script, "data": inert(data)}
    template = (PAGE / "template.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: filling[match[1]], template).encode()


def slim(source: str) -> str:
    """A script or style sheet without indentation, empty lines and comment lines; no line means less."""
    lines = (line.strip() for line in source.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith(("//", "/*")))


def hash_of(text: str) -> str:
    """A text's hash as a Content-Security-Policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def inert(data: dict[str, Any]) -> str:
    """JSON that cannot end its script element, nor open anything in it, whatever the prompt says."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
