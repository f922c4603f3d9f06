"""Step 6: split_heads, merge_heads and mha, against Hugging Face's GPT2Attention."""

import numpy as np

from grader.judging.cases import LOUD, Params, block, called, dense, f32, in_order, loud, rows
from grader.judging.failure import Array
from grader.judging.judge import Judge, judges


@judges("split_heads", "core")
def test_split_heads_equals_hugging_face(judge: Judge) -> None:
    for name in ("fixture", "pico"):
        goldens, model = judge.goldens(name), judge.model(name)
        prompt = goldens.prompts[0]
        for i in range(model.n_layer):
            qkv = goldens[f"{prompt}/h.{i}.qkv"]
            for n, part in enumerate("qkv"):
                x = f32(qkv[:, n * model.n_embd : (n + 1) * model.n_embd])
                judge.equal(
                    f"{part} of block {i} of {called(name)}",
                    (x, model.n_head),
                    f32(goldens[f"{prompt}/h.{i}.{part}"]),
                )


@judges("split_heads", "fresh")
def test_split_heads_gives_every_head_its_own_columns(judge: Judge) -> None:
    for n_seq, n_head, d_head in ((3, 4, 5), (5, 2, 3), (1, 3, 2), (4, 1, 6), (4, 4, 4)):
        x = f32(judge.rng.standard_normal((n_seq, n_head * d_head)))
        out = np.empty((n_head, n_seq, d_head))
        for h in range(n_head):
            out[h] = x[:, h * d_head : (h + 1) * d_head]
        judge.equal(f"{n_seq} tokens, {n_head} heads of {d_head}", (x, n_head), out)


@judges("merge_heads", "core")
def test_merge_heads_equals_hugging_face(judge: Judge) -> None:
    for name in ("fixture", "pico"):
        goldens, model = judge.goldens(name), judge.model(name)
        prompt = goldens.prompts[0]
        for i in range(model.n_layer):
            x, y = goldens[f"{prompt}/h.{i}.heads"], goldens[f"{prompt}/h.{i}.merged"]
            judge.equal(f"the heads of block {i} of {called(name)}", (f32(x),), f32(y))


@judges("merge_heads", "fresh")
def test_merge_heads_puts_every_head_into_its_own_columns(judge: Judge) -> None:
    for n_head, n_seq, d_head in ((4, 3, 5), (2, 5, 3), (3, 1, 2), (1, 4, 6), (4, 4, 4)):
        x = f32(judge.rng.standard_normal((n_head, n_seq, d_head)))
        out = np.empty((n_seq, n_head * d_head))
        for h in range(n_head):
            out[:, h * d_head : (h + 1) * d_head] = x[h]
        judge.equal(f"{n_seq} tokens, {n_head} heads of {d_head}", (x,), out)


def _golden(judge: Judge, name: str, prompt: str, i: int) -> tuple[Array, Params, Array]:
    goldens, model = judge.goldens(name), judge.model(name)
    return goldens[f"{prompt}/h.{i}.ln_1"], model.params["blocks"][i]["attn"], goldens[f"{prompt}/h.{i}.attn"]


@judges("mha", "core")
def test_mha_equals_hugging_face_in_every_block(judge: Judge) -> None:
    for name in ("fixture", "pico"):
        model, goldens = judge.model(name), judge.goldens(name)
        for i in range(model.n_layer):
            x, attn, y = _golden(judge, name, goldens.prompts[0], i)
            judge.equal(f"block {i} of {called(name)}", (x, attn["c_attn"], attn["c_proj"], model.n_head), y)


@judges("mha", "core")
def test_mha_equals_hugging_face_on_every_prompt(judge: Judge) -> None:
    model, goldens = judge.model("fixture"), judge.goldens("fixture")
    for prompt in goldens.prompts[1:]:
        x, attn, y = _golden(judge, "fixture", prompt, 1)
        judge.equal(
            f"{len(x)} tokens in block 1 of {called('fixture')}",
            (x, attn["c_attn"], attn["c_proj"], model.n_head),
            y,
        )


@judges("mha", "fresh")
def test_mha_follows_its_heads_and_prefixes_around(judge: Judge) -> None:
    model, goldens = judge.model("fixture"), judge.goldens("fixture")
    x, attn, y = _golden(judge, "fixture", goldens.prompts[0], int(judge.rng.integers(model.n_layer)))
    n = int(judge.rng.integers(2, len(x)))
    judge.equal(f"the first {n} tokens alone", (x[:n], attn["c_attn"], attn["c_proj"], model.n_head), y[:n])
    # Whole heads change places, in c_attn's columns and in c_proj's rows, and so do the features of x: the
    # answer stays.
    order = in_order(judge.rng, model.n_embd)
    columns = np.arange(model.n_embd).reshape(model.n_head, -1)[in_order(judge.rng, model.n_head)].ravel()
    thirds = np.concatenate([columns, model.n_embd + columns, 2 * model.n_embd + columns])
    c_attn = {"w": attn["c_attn"]["w"][order][:, thirds], "b": attn["c_attn"]["b"][thirds]}
    c_proj = {"w": attn["c_proj"]["w"][columns], "b": attn["c_proj"]["b"]}
    judge.equal("heads and features shuffled", (x[:, order], c_attn, c_proj, model.n_head), y)


@judges("mha", "fresh")
def test_mha_of_fresh_layers(judge: Judge) -> None:
    for n_seq, n_embd, n_head in ((5, 12, 3), (4, 8, 2), (6, 10, 5)):
        attn = block(judge.rng, n_embd)["attn"]
        x = f32(judge.rng.standard_normal((n_seq, n_embd)))
        judge.fresh(
            f"{n_seq} tokens, {n_head} heads of {n_embd // n_head}",
            (x, attn["c_attn"], attn["c_proj"], n_head),
        )
    attn = loud(block(judge.rng, 12))["attn"]
    x = f32(judge.rng.standard_normal((6, 12)))
    judge.fresh("scores in the hundreds", (x, attn["c_attn"], attn["c_proj"], 3), error=LOUD)


@judges("mha", "edges")
def test_mha_of_one_token_and_of_one_head(judge: Judge) -> None:
    # One token attends to itself alone, so that its value goes straight through.
    n_embd = 6
    c_attn, c_proj = dense(judge.rng, n_embd, 3 * n_embd), {"w": np.eye(n_embd), "b": np.zeros(n_embd)}
    x = rows(judge.rng, 1, n_embd)
    value = x @ c_attn["w"][:, 2 * n_embd :] + c_attn["b"][2 * n_embd :]
    for n_head in (1, 2, 3, 6):
        judge.equal(f"one token, {n_head} heads", (x, c_attn, c_proj, n_head), value)
    # Queries and keys of 0: every token takes the plain mean of itself and the tokens before.
    w = np.concatenate([np.zeros((n_embd, 2 * n_embd)), np.eye(n_embd)], axis=1)
    x = f32(judge.rng.standard_normal((5, n_embd)))
    mean = np.cumsum(x, 0) / np.arange(1, 6)[:, None]
    judge.equal("equal scores", (x, {"w": w, "b": np.zeros(3 * n_embd)}, c_proj, 1), mean)
