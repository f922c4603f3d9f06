"""The worked examples of the guide's and the architecture's pages (see worked.py)."""

from __future__ import annotations

import json

import numpy as np
from worked import example, pico, solution, table

from reference_activations.random_weights import REAL_SHAPES, Shape
from reference_activations.tokens import PICO_RANKS, load_ranks

GPT2 = REAL_SHAPES["gpt2"]


@example("machine")
def _machine() -> str:
    model, text = pico(), "ROMEO:"
    ids = model.encoding.encode(text)
    assert ids == solution("bpe").encode(text, load_ranks(PICO_RANKS))
    logits = solution().gpt2(ids, **model.params, n_head=model.n_head)
    best = model.encoding.decode([int(np.argmax(logits[-1]))])
    lines = [
        (json.dumps(text), "a text", ""),
        (str(ids), "token ids: whole numbers", "step 13"),
        (str([len(ids), model.n_embd]), "a row of numbers for each token", "step 9, the way in"),
        (f"  block 0 … block {model.n_layer - 1}", "each block adds something to each row:", "step 8"),
        ("", "  attention: look at other tokens", "steps 5 and 6"),
        ("", "  feed-forward: think about it", "step 7"),
        (str(list(logits.shape)), "a score for every possible next token", "step 9, the way out"),
        (json.dumps(best), "the best of the last row, or a draw", "steps 10 and 11"),
    ]
    return "```text\n" + "\n".join(f"{a:27}{b:40}{c}".rstrip() for a, b, c in lines) + "\n```"


@example("sizes")
def _sizes() -> str:
    model = pico()
    rows = [
        ("`n_layer`, blocks", model.n_layer, GPT2.n_layer),
        ("`n_head`, heads in a block", model.n_head, GPT2.n_head),
        ("`n_embd`, features", model.n_embd, GPT2.n_embd),
        ("`d_head`, features in a head", model.d_head, GPT2.n_embd // GPT2.n_head),
        ("`n_ctx`, positions", f"{model.n_ctx:,}", f"{GPT2.n_ctx:,}"),
        ("`n_vocab`, tokens", f"{model.n_vocab:,}", f"{GPT2.n_vocab:,}"),
    ]
    return table(("", "pico", "124M"), rows)


@example("mermaid")
def _mermaid() -> str:
    model, text = pico(), "ROMEO:"
    ids = model.encoding.encode(text)
    kept: dict[str, list[int]] = {}
    reference = solution()

    def keep(name: str, value: np.ndarray) -> np.ndarray:
        kept[name] = list(value.shape)
        return value

    block = model.params["blocks"][0]
    x = keep("x", model.params["wte"][ids] + model.params["wpe"][: len(ids)])
    qkv = keep("qkv", reference.linear(reference.layer_norm(x, **block["ln_1"]), **block["attn"]["c_attn"]))
    q, k, v = (keep("q", reference.split_heads(part, model.n_head)) for part in np.split(qkv, 3, axis=-1))
    heads = keep("heads", reference.attention(q, k, v, keep("mask", reference.causal_mask(len(ids)))))
    merged = keep("merged", reference.merge_heads(heads))
    hidden = keep("hidden", reference.linear(merged, **block["mlp"]["c_fc"]))
    logits = keep("logits", reference.gpt2(ids, **model.params, n_head=model.n_head))
    assert hidden.shape[1] == 4 * model.n_embd
    best = model.encoding.decode([int(np.argmax(logits[-1]))])
    best_words = "a line feed" if best == "\n" else best
    shape = {name: str(value) for name, value in kept.items()}
    return f"""```mermaid
flowchart TD
    text(["text: {text}"]) -->|"bytes"| encode["encode (13)"]
    encode -->|"ids {ids}"| embed["wte[ids] + wpe[0 … {len(ids) - 1}] (9)"]
    embed ==>|"x {shape["x"]}"| add1
    subgraph block["transformer_block (8), {model.n_layer} times"]
        direction TB
        subgraph attention_half["mha (6)"]
            direction TB
            c_attn["linear c_attn (4)"] -->|"q, k, v {shape["qkv"]}"| split["split_heads (6)"]
            split -->|"3 of {shape["q"]}"| attend["attention (5), with softmax (2)"]
            mask["causal_mask (5)"] -->|"{shape["mask"]}"| attend
            attend -->|"{shape["heads"]}"| merge["merge_heads (6)"]
            merge -->|"{shape["merged"]}"| c_proj["linear c_proj (4)"]
        end
        subgraph feed_forward_half["feed_forward (7)"]
            direction TB
            c_fc["linear c_fc (4)"] -->|"{shape["hidden"]}"| gelu["gelu (1)"]
            gelu -->|"{shape["hidden"]}"| mlp_proj["linear c_proj (4)"]
        end
        add1(("+")) ==> add2(("+"))
        ln_1["layer_norm ln_1 (3)"] --> c_attn
        c_proj --> add1
        ln_2["layer_norm ln_2 (3)"] --> c_fc
        mlp_proj --> add2
    end
    embed --> ln_1
    add1 --> ln_2
    add2 ==>|"x {shape["x"]}, to the next block, after the last block to"| ln_f["layer_norm ln_f (3)"]
    ln_f -->|"{shape["x"]}"| unembed["times wte, transposed (9)"]
    unembed -->|"logits {shape["logits"]}, the last row"| choose["argmax (10) or sample (11)"]
    choose -->|"id {int(np.argmax(logits[-1]))}"| decode["decode (13)"]
    decode -->|"bytes"| written(["the next token: {best_words}"])
    choose -.->|"append, and again (10); with a cache only the new row (12)"| embed
```"""


@example("weights.count")
def _weights_count() -> str:
    model = pico()
    shapes = [
        ("pico", Shape(model.n_layer, model.n_head, model.n_embd, model.n_ctx, model.n_vocab)),
        ("124M", GPT2),
    ]

    def size(tree: object) -> int:
        if isinstance(tree, dict):
            return sum(size(part) for part in tree.values())
        return sum(map(size, tree)) if isinstance(tree, list) else int(np.size(tree))  # type: ignore[arg-type]

    assert shapes[0][1].n_params == size(model.params)
    parts = [
        ("`wte`", lambda s: s.n_vocab * s.n_embd), ("`wpe`", lambda s: s.n_ctx * s.n_embd),
        ("`ln_1` and `ln_2`, all blocks", lambda s: s.n_layer * 4 * s.n_embd),
        ("`attn`, all blocks", lambda s: s.n_layer * (4 * s.n_embd**2 + 4 * s.n_embd)),
        ("`mlp`, all blocks", lambda s: s.n_layer * (8 * s.n_embd**2 + 5 * s.n_embd)),
        ("`ln_f`", lambda s: 2 * s.n_embd),
    ]  # fmt: skip
    rows = [(name, *(f"{count(shape):,}" for _, shape in shapes)) for name, count in parts]
    for _, shape in shapes:
        assert sum(count(shape) for _, count in parts) == shape.n_params
    rows.append(("**all**", *(f"**{shape.n_params:,}**" for _, shape in shapes)))
    return table(("weights", *(name for name, _ in shapes)), rows)
