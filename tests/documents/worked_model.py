"""The worked examples of steps 7 to 14 (see worked.py)."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
from worked import PROMPT, ROOT, example, golden, number, pico, piece, prompt_ids, solution, table

from reference_activations.goldens import load_goldens
from reference_activations.random_weights import REAL_SHAPES
from reference_activations.tokens import GPT2_RANKS, PICO_RANKS, load_ranks

GPT2 = REAL_SHAPES["gpt2"]


def most_likely(scores: np.ndarray, n: int) -> list[int]:
    return [int(token) for token in np.argsort(-scores)[:n]]


# -------------------------------------------------------------------------------- the model


@example("feed_forward")
def _feed_forward() -> str:
    mlp = pico().params["blocks"][0]["mlp"]
    x = golden("h.0.ln_2")[5]
    hidden = solution().linear(x, **mlp["c_fc"])
    after, out = solution().gelu(hidden), solution().feed_forward(x, **mlp)
    cells = [
        (f"x, {len(x)} numbers", x),
        (f"after c_fc, {len(hidden)} numbers", hidden),
        (f"after gelu, {len(after)} numbers", after),
        (f"after c_proj, {len(out)} numbers", out),
    ]
    rows = [(name, *(number(value) for value in values[:5]), "…") for name, values in cells]
    words = (
        f"There are {len(after)} hidden units. After gelu, {int(np.sum(after > 0.1))} are above 0.1, "
        f"{int(np.sum(np.abs(after) <= 0.1))} are within 0.1 of 0, and the other "
        f"{int(np.sum(after < -0.1))} are between {number(after.min(), 2)} and -0.1."
    )
    return table(("token 5, `':'`, block 0", "0", "1", "2", "3", "4", ""), rows) + "\n\n" + words


@example("block.sums")
def _block_sums() -> str:
    block = pico().params["blocks"][0]
    x = golden("h.0.in")
    out = solution().transformer_block(x, **block, n_head=4)
    attn, mlp = golden("h.0.attn"), golden("h.0.mlp")
    assert np.allclose(out, x + attn + mlp)
    cells = [
        ("x, the residual stream", x), ("+ what attention found", attn),
        ("= the stream in the middle", x + attn),
        ("+ what the feed-forward layer made", mlp), ("= what the block returns", out),
    ]  # fmt: skip
    rows = [(name, *(number(value) for value in values[5, :4])) for name, values in cells]
    return table(("token 5, `':'`, block 0", *(f"feature {i}" for i in range(4))), rows)


@example("block.lengths")
def _block_lengths() -> str:
    def length(key: str) -> str:
        return number(float(np.linalg.norm(golden(key)[5])), 2)

    rows = [
        (i, *(length(f"h.{i}.{key}") for key in ("in", "attn", "mid", "mlp", "out")))
        for i in range(pico().n_layer)
    ]
    return table(("block", "x", "attention adds", "in the middle", "feed-forward adds", "out"), rows)


@example("gpt2.embedding")
def _embedding() -> str:
    params, ids = pico().params, prompt_ids()
    rows = []
    for position in (0, 4):
        token = params["wte"][ids[position], :4]
        place = params["wpe"][position, :4]
        name = f"`wte[{ids[position]}]`, {piece(ids[position])}"
        rows.append((name, *(number(value) for value in token)))
        rows.append((f"`wpe[{position}]`", *(number(value) for value in place)))
        rows.append((f"row {position} of x", *(number(value) for value in token + place)))
    assert np.allclose(golden("embed")[4, :4], token + place)
    return table(("", *(f"feature {i}" for i in range(4))), rows)


@example("gpt2.logits")
def _logits() -> str:
    logits = solution().gpt2(prompt_ids(), **pico().params, n_head=4)
    rows = []
    for i, token in enumerate(prompt_ids()[:6]):
        best = most_likely(logits[i], 3)
        rows.append((i, piece(token), *(f"{piece(k)} {number(logits[i, k], 2)}" for k in best)))
    return table(("row", "after", "largest logit", "second", "third"), rows)


@example("generate")
def _generate() -> str:
    ids = prompt_ids()
    written = solution().generate(ids, pico().params, 4, 6)
    assert written == golden("greedy")[: len(written)].tolist()
    rows = []
    for n in range(len(ids), len(written)):
        logits = solution().gpt2(written[:n], **pico().params, n_head=4)[-1]
        first, second = most_likely(logits, 2)
        assert first == written[n]
        rows.append((n - len(ids) + 1, n, piece(first), number(logits[first], 2),
                     f"{piece(second)} {number(logits[second], 2)}"))  # fmt: skip
    return table(("round", "tokens in", "largest logit: taken", "logit", "second best"), rows)


@example("generate.text")
def _generate_text() -> str:
    greedy = load_goldens("pico")[f"{PROMPT}/greedy"].tolist()
    assert solution().generate(prompt_ids(), pico().params, 4, 20) == greedy[:35]
    return "```text\n" + pico().encoding.decode(greedy[:35]) + "\n```"


# -------------------------------------------------------------------------------- sampling


@example("sampling.temperature")
def _temperature() -> str:
    logits = golden("logits")[-1]
    probs = solution().next_token_probs
    chosen = most_likely(logits, 5)
    cells = {t: probs(logits, t) for t in (0, 0.5, 1.0, 2.0)}
    rows = [(piece(k), number(logits[k], 2), *(number(cells[t][k]) for t in cells)) for k in chosen]
    rows.append((f"the other {len(logits) - 5}", "", *(number(1 - sum(cells[t][chosen])) for t in cells)))
    return table(("token", "logit", *(f"T = {t:g}" for t in cells)), rows)


@example("sampling.filters")
def _filters() -> str:
    logits = golden("logits")[-1]
    probs = solution().next_token_probs
    chosen = most_likely(logits, 5)
    plain = probs(logits)
    top_p = 0.9
    kept = int(np.sum(probs(logits, top_p=top_p) > 0))
    mass = np.cumsum(np.sort(plain)[::-1])
    assert mass[kept - 2] < top_p <= mass[kept - 1]
    columns = [plain, probs(logits, top_k=3), probs(logits, top_p=top_p)]
    rows = [(piece(k), *(number(column[k]) for column in columns)) for k in chosen]
    rows.append(("tokens left", *(int(np.sum(column > 0)) for column in columns)))
    words = (
        f"The {kept - 1} most likely tokens hold {number(mass[kept - 2], 4)}, which is less than {top_p}; "
        f"the next one brings them to {number(mass[kept - 1], 4)}. That one crosses the line, and it "
        f"stays, so {kept} are kept."
    )
    return table(("token", "T = 1", "top_k = 3", f"top_p = {top_p}"), rows) + "\n\n" + words


@example("sampling.penalty")
def _penalty() -> str:
    logits = golden("logits")[-1]
    chosen = most_likely(logits, 3)
    generated = [chosen[0], chosen[0], chosen[2]]
    after = solution().apply_frequency_penalty(logits, generated, 0.5)
    rows = [(piece(k), generated.count(k), number(logits[k], 3), number(after[k], 3)) for k in chosen]
    return table(("token", "times generated", "logit", "after a penalty of 0.5"), rows)


# ------------------------------------------------------------------------------- the cache


@example("cache.rows")
def _cache_rows() -> str:
    n_prompt, rows = len(prompt_ids()), []
    for new in (1, 20, 40, 240):
        without = sum(n_prompt + done for done in range(new))
        with_cache = n_prompt + new - 1
        rows.append((new, f"{without:,}", f"{with_cache:,}", f"{without / with_cache:.1f}"))
    header = ("tokens to write", "rows computed without a cache", "with a cache", "times fewer")
    return table(header, rows)


@example("cache.shapes")
def _cache_shapes() -> str:
    kv_cache = solution("kv_cache")
    ids, past, rows = prompt_ids(), None, []
    for first, last in ((0, 4), (4, 6), (6, 7)):
        logits, past = kv_cache.gpt2_cached(ids[first:last], past, **pico().params, n_head=4)
        full = solution().gpt2(ids[:last], **pico().params, n_head=4)
        difference = float(np.abs(logits - full[first:last]).max())
        assert difference < 1e-3
        rows.append((f"tokens {first} … {last - 1}", str(list(logits.shape)), str(list(past[0][0].shape))))
    return table(("call", "logits", "shape of `past[0][0]` (block 0's keys) afterwards"), rows)


@example("cache.memory")
def _cache_memory() -> str:
    model = pico()
    sizes = [
        ("pico", model.n_layer, model.n_embd, model.n_ctx),
        ("124M", GPT2.n_layer, GPT2.n_embd, GPT2.n_ctx),
    ]
    rows = [
        (name, f"{layers} · 2 · {ctx} · {width}", f"{layers * 2 * ctx * width:,}",
         f"{layers * 2 * ctx * width * 4 / 1e6:.1f} MB")
        for name, layers, width, ctx in sizes
    ]  # fmt: skip
    header = ("model", "blocks · (k and v) · n_ctx · n_embd", "numbers in a full cache", "as float32")
    return table(header, rows)


# --------------------------------------------------------------------------- bpe and weights


def merges(word: bytes, ranks: dict[bytes, int]) -> list[tuple[list[bytes], bytes | None]]:
    """The parts of a word before every merge, and the pair that merges next."""
    parts, steps = [bytes([byte]) for byte in word], []
    while True:
        pairs = [a + b for a, b in pairwise(parts) if a + b in ranks]
        if not pairs:
            steps.append((parts, None))
            assert [ranks[part] for part in parts] == solution("bpe").merge_word(word, ranks)
            return steps
        best = min(pairs, key=lambda pair: ranks[pair])
        steps.append((parts, best))
        merged: list[bytes] = []
        for part in parts:
            if merged and merged[-1] + part == best:
                merged[-1] = best
            else:
                merged.append(part)
        parts = merged


def _merge_table(word: str, n_ranks: int) -> str:
    ranks = load_ranks(n_ranks)
    rows = []
    for parts, best in merges(word.encode(), ranks):
        shown = " ".join(part.decode().replace(" ", "␣") for part in parts)
        candidates = sorted({a + b for a, b in pairwise(parts) if a + b in ranks}, key=ranks.__getitem__)
        found = ", ".join(f"{pair.decode().replace(' ', '␣')} {ranks[pair]}" for pair in candidates)
        rows.append(
            (
                f"`{shown}`",
                f"`{found}`" if found else "none: done",
                f"`{best.decode().replace(' ', '␣')}`" if best else "",
            )
        )
    return table(("parts", "neighbours that make a token, with its id", "merged"), rows)


@example("bpe.merges")
def _bpe_merges() -> str:
    word = " Karpathy"
    ids = solution("bpe").merge_word(word.encode(), load_ranks(GPT2_RANKS))
    return _merge_table(word, GPT2_RANKS) + f"\n\nThe ids are {ids}."


@example("bpe.words")
def _bpe_words() -> str:
    bpe, rows = solution("bpe"), []
    for text in ("The dog", "it's", "a  b", "café"):
        words = bpe.SPLIT_PATTERN.findall(text)
        ids = (f"`{bpe.encode(text, load_ranks(n))}`" for n in (PICO_RANKS, GPT2_RANKS))
        rows.append((f"`{text!r}`", f"`{words}`", *ids))
    return table(("text", "words", "ids, pico", "ids, GPT-2"), rows)


@example("bpe.bytes")
def _bpe_bytes() -> str:
    bpe, ranks, rows = solution("bpe"), load_ranks(PICO_RANKS), []
    for token in bpe.encode("é🤗", ranks):
        raw = next(key for key, value in ranks.items() if value == token)
        rows.append((token, f"`{raw.hex(' ')}`", f"`{bpe.decode([token], ranks)}`"))
    whole = bpe.decode([row[0] for row in rows], ranks)
    return table(("id", "its bytes", "decoded alone"), rows) + f"\n\nAll of them decoded together: `{whole}`."


@example("weights.bytes")
def _weights_bytes() -> str:
    path = ROOT / "reference_activations" / "pico" / "model.safetensors"
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    name = "transformer.ln_f.bias" if "transformer.ln_f.bias" in header else "ln_f.bias"
    entry = header[name]
    begin, end = entry["data_offsets"]
    values = solution("weights").read_safetensors(path)[name]
    start = 8 + size + begin
    assert np.array_equal(np.frombuffer(data[start : start + 4 * values.size], "<f4"), values)
    rows = [
        ("0 … 7", f"`{data[:8].hex(' ')}`", f"the header's length, {size:,}"),
        (f"8 … {8 + size - 1:,}", f"`{data[8:24].decode()}…`", "the header, JSON"),
        ("in it", f"`{name}`", f"`{json.dumps(entry)}`"),
        (f"{start:,} … {start + 3:,}", f"`{data[start : start + 4].hex(' ')}`",
         f"the first of its {(end - begin) // 4} numbers, {number(values[0], 6)}"),
    ]  # fmt: skip
    words = f"{start:,} is 8 + {size:,} + {begin:,}."
    return table(("bytes", "what is there", "what it means"), rows) + "\n\n" + words
