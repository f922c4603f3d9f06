"""Small pages that move, for the steps' pages: softmax, the nucleus, the cache, byte-pair encoding.

Their numbers are pico's own, from the goldens that Hugging Face's GPT-2 made in float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from playground.whatif.html import inert, page
from playground.whatif.pack import token_bytes
from playground.whatif.sources import PAGE, styles
from reference_activations.goldens import load_goldens
from reference_activations.models import load_model

PLAY = Path(__file__).with_name("play")
# What every one of them is made of, besides a script of its own.
SHARED = ("tokenizer.js", "layers.js", "sampling.js", "dom.js", "chart.js")
PAGES = {
    "softmax": ("Softmax: from scores to shares", "02_softmax.md", "step 2"),
    "nucleus": ("Temperature, top-k and top-p: which tokens may come next", "11_sampling.md", "step 11"),
    "kv_cache": ("The cache: what is computed again, and what is kept", "12_kv_cache.md", "step 12"),
    "bpe": ("Byte-pair encoding: how a word becomes tokens", "13_bpe.md", "step 13"),
}


def play_pages() -> dict[str, bytes]:
    """All of them, by the name of the file."""
    return {f"{name}.html": play_page(name, data) for name, data in numbers().items()}


def play_page(name: str, data: Mapping[str, Any]) -> bytes:
    title, step_page, step = PAGES[name]
    sources = [*(PAGE / part for part in SHARED), PLAY / f"{name}.js", PLAY / "start.js"]
    body = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    filling = {
        "title": title,
        "page": step_page,
        "step": step,
        "style": styles(("base.css",)) + styles(("style.css",), PLAY),
        "script": f'(() => {{\n"use strict";\n{body}}})();\n',
        "data": inert(data),
    }
    return page((PLAY / "template.html").read_text(encoding="utf-8"), filling)


def numbers() -> dict[str, dict[str, Any]]:
    """What each page shows: real numbers of pico, rounded to what can be seen."""
    goldens, model = load_goldens("pico"), load_model("pico")
    tokens = token_bytes(model)
    last = goldens["turing/logits"][-1]
    best = [int(token) for token in np.argsort(-last, kind="stable")[:6]]
    ids = model.encoding.encode(str(goldens.text("romeo")))[:10]
    return {
        "softmax": {
            "tokens": tokens,
            "text": goldens.text("turing"),
            "ids": best,
            "scores": [round(float(last[token]), 2) for token in best],
        },
        "nucleus": {
            "tokens": tokens,
            "logits": [round(float(score), 4) for score in goldens["one_token/logits"][-1]],
        },
        "kv_cache": {
            "tokens": tokens,
            "ids": ids,
            "keys": [[round(float(n), 3) for n in row[:4]] for row in goldens["romeo/h.0.k"][0][: len(ids)]],
            "n_layer": model.n_layer,
            "n_ctx": model.n_ctx,
        },
        "bpe": {"tokens": tokens},
    }
