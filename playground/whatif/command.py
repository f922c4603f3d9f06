"""Write the page "What if": a GPT-2 that runs in the browser and can be changed.

    python -m playground whatif [--out FILE]

Without --out it writes instructions/what_if.html and the small pages in instructions/play/, which are
committed; a test checks that they are what this writes.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from playground.whatif.html import inert, page
from playground.whatif.pack import model_facts, model_numbers, token_bytes
from playground.whatif.play_pages import play_pages
from playground.whatif.sources import PAGE, SCRIPT, WORKER, joined, styles
from reference_activations.models import load_model

HERE = Path(__file__).parent
INSTRUCTIONS = HERE.parents[1] / "instructions"
MAX_BYTES = 5_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: instructions/what_if.html")


def main(args: argparse.Namespace) -> int:
    written = {args.out or INSTRUCTIONS / "what_if.html": what_if()}
    if args.out is None:
        written |= {INSTRUCTIONS / "play" / name: contents for name, contents in play_pages().items()}
    try:
        for path, contents in written.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents)
            print(f"{path}: {len(contents) / 1000:.0f} kB. Open it in a browser.")
    except OSError as error:
        print(f"whatif: {error}", file=sys.stderr)
        return 2
    return 0


def what_if(format: str = "float16") -> bytes:
    """The page, with pico's weights in this format."""
    model = load_model("pico")
    facts = {
        "model": model_facts(model, format),
        "tokens": token_bytes(model),
        "mistakes": read_json("mistakes.json"),
        "losses": read_json("losses.json"),
        "passage": (HERE / "passage.txt").read_text(encoding="utf-8"),
    }
    filling = {
        "style": styles(),
        "script": joined(SCRIPT),
        "worker": joined(WORKER),
        "facts": inert(facts),
        "numbers": model_numbers(model, format),
    }
    return page((PAGE / "template.html").read_text(encoding="utf-8"), filling, worker=True)


def read_json(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))
