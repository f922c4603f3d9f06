"""Text to token ids and back, with GPT-2's own byte-pair encoding.

The rank table `gpt2.tiktoken` is OpenAI's file (MIT licence), committed here and handed to
`tiktoken.Encoding` directly, so nothing is ever downloaded. Any prefix of the table is itself
a valid BPE whose ids are GPT-2's ids; the shipped model pico uses the first `PICO_RANKS` rows.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

RANK_TABLE = Path(__file__).with_name("gpt2.tiktoken")
RANK_TABLE_SHA256 = "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930"
PICO_RANKS = 2048
GPT2_RANKS = 50256
END_OF_TEXT = "<|endoftext|>"

# GPT-2's split of text into words, before any merging (openai/gpt-2, src/encoder.py).
SPLIT_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def load_ranks(n_ranks: int = GPT2_RANKS) -> dict[bytes, int]:
    """The first `n_ranks` rows of GPT-2's rank table: token bytes -> id (lower merges first).

    Raises:
        ValueError: `n_ranks` is not between 256 (the single bytes) and 50256.
    """
    if not 256 <= n_ranks <= GPT2_RANKS:
        raise ValueError(f"n_ranks must be between 256 and {GPT2_RANKS}, not {n_ranks}")
    return _read_ranks(n_ranks)


@lru_cache(maxsize=4)
def _read_ranks(n_ranks: int) -> dict[bytes, int]:
    ranks: dict[bytes, int] = {}
    with RANK_TABLE.open("rb") as table:
        for line, _ in zip(table, range(n_ranks)):
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
    return ranks


def encoding(n_ranks: int = GPT2_RANKS) -> tiktoken.Encoding:
    """The tiktoken encoding of the first `n_ranks` ranks, with `<|endoftext|>` as id `n_ranks`."""
    return _make_encoding(n_ranks)


@lru_cache(maxsize=4)
def _make_encoding(n_ranks: int) -> tiktoken.Encoding:
    import tiktoken

    return tiktoken.Encoding(
        name=f"gpt2-{n_ranks}",
        pat_str=SPLIT_PATTERN,
        mergeable_ranks=load_ranks(n_ranks),
        special_tokens={END_OF_TEXT: n_ranks},
    )
