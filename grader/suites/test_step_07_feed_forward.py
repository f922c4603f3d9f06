"""Step 7: feed_forward, against Hugging Face's GPT2MLP."""

import numpy as np

from grader.judging.cases import block, called, dense, in_order, rows
from grader.judging.judge import Judge, judges


@judges("feed_forward", "core")
def test_feed_forward_equals_hugging_face_in_every_block(judge: Judge) -> None:
    for name in ("fixture", "pico"):
        goldens, model = judge.goldens(name), judge.model(name)
        prompt = goldens.prompts[0]
        for i, layer in enumerate(model.params["blocks"]):
            x, y = goldens[f"{prompt}/h.{i}.ln_2"], goldens[f"{prompt}/h.{i}.mlp"]
            judge.equal(f"block {i} of {called(name)}", (x, layer["mlp"]["c_fc"], layer["mlp"]["c_proj"]), y)


@judges("feed_forward", "fresh")
def test_feed_forward_does_not_care_for_the_order_of_its_hidden_units(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    prompt, i = goldens.prompts[0], int(judge.rng.integers(model.n_layer))
    mlp = model.params["blocks"][i]["mlp"]
    x, y = goldens[f"{prompt}/h.{i}.ln_2"], goldens[f"{prompt}/h.{i}.mlp"]
    hidden, order = in_order(judge.rng, 4 * model.n_embd), in_order(judge.rng, len(x))
    c_fc = {"w": mlp["c_fc"]["w"][:, hidden], "b": mlp["c_fc"]["b"][hidden]}
    c_proj = {"w": mlp["c_proj"]["w"][hidden], "b": mlp["c_proj"]["b"]}
    judge.equal("tokens and hidden units shuffled", (x[order], c_fc, c_proj), y[order])


@judges("feed_forward", "fresh")
def test_feed_forward_of_fresh_layers(judge: Judge) -> None:
    for n_seq, n_embd in ((5, 6), (3, 10)):
        mlp = block(judge.rng, n_embd)["mlp"]
        x = judge.rng.standard_normal((n_seq, n_embd))
        judge.fresh(f"{n_seq} tokens, {n_embd} wide", (x, mlp["c_fc"], mlp["c_proj"]))


@judges("feed_forward", "edges")
def test_feed_forward_treats_every_token_alone(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    prompt, mlp = goldens.prompts[0], model.params["blocks"][0]["mlp"]
    x, y = goldens[f"{prompt}/h.0.ln_2"], goldens[f"{prompt}/h.0.mlp"]
    for n in (0, len(x) - 1):
        judge.equal(f"token {n} alone", (x[n : n + 1], mlp["c_fc"], mlp["c_proj"]), y[n : n + 1])


@judges("feed_forward", "edges")
def test_feed_forward_takes_a_hidden_layer_of_any_width(judge: Judge) -> None:
    # As wide as x: even transposed or swapped the weights fit, so that only their numbers tell.
    square = judge.model("fixture").params["blocks"][0]["attn"]["c_proj"]
    x = judge.goldens("fixture")[f"{judge.goldens('fixture').prompts[0]}/h.0.ln_1"]
    shifted = {"w": square["w"], "b": square["b"] + 1000}  # gelu of numbers near 1000 changes nothing
    y = (x @ square["w"].astype(np.float64) + shifted["b"]) @ square["w"] + square["b"]
    judge.equal("as many hidden units as features", (x, shifted, square), y)
    c_fc, c_proj = dense(judge.rng, 3, 5), dense(judge.rng, 5, 3)
    # Far to the right gelu is the identity, far to the left it is 0: the answer is plain algebra.
    c_fc["b"] = np.array([60.0, 60.0, 60.0, -60.0, -60.0])
    x = rows(judge.rng, 4, 3) * 0.2
    hidden = (x @ c_fc["w"] + c_fc["b"]) * np.array([1.0, 1, 1, 0, 0])
    judge.equal("five hidden units", (x, c_fc, c_proj), hidden @ c_proj["w"] + c_proj["b"])
