"""Step 3: layer_norm, against torch.nn.functional.layer_norm inside GPT-2."""

import numpy as np

from grader.judging.cases import called, f32, in_order, norm, rows, words
from grader.judging.judge import Judge, judges


@judges("layer_norm", "core")
def test_layer_norm_equals_hugging_face_in_every_block(judge: Judge) -> None:
    for name in ("fixture", "pico"):
        goldens, model = judge.goldens(name), judge.model(name)
        prompt = goldens.prompts[0]
        for i, block in enumerate(model.params["blocks"]):
            x, y = goldens[f"{prompt}/h.{i}.in"], goldens[f"{prompt}/h.{i}.ln_1"]
            judge.equal(
                f"ln_1 of block {i} of {called(name)}", (x, block["ln_1"]["g"], block["ln_1"]["b"]), y
            )
            x, y = goldens[f"{prompt}/h.{i}.mid"], goldens[f"{prompt}/h.{i}.ln_2"]
            judge.equal(
                f"ln_2 of block {i} of {called(name)}", (x, block["ln_2"]["g"], block["ln_2"]["b"]), y
            )


@judges("layer_norm", "core")
def test_layer_norm_equals_torch_on_the_cases(judge: Judge) -> None:
    for name, case in judge.cases("layer_norm"):
        if "in.eps" not in case:
            judge.equal(f"the case {words(name)}", (case["in.x"], case["in.g"], case["in.b"]), case["out"])


@judges("layer_norm", "fresh")
def test_layer_norm_follows_its_rows_and_features_around(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    prompt, i = goldens.prompts[0], int(judge.rng.integers(model.n_layer))
    ln = model.params["blocks"][i]["ln_2"]
    x, y = goldens[f"{prompt}/h.{i}.mid"], goldens[f"{prompt}/h.{i}.ln_2"]
    order, features = in_order(judge.rng, x.shape[0]), in_order(judge.rng, x.shape[1])
    args = (x[order][:, features], ln["g"][features], ln["b"][features])
    judge.equal("rows and features shuffled", args, y[order][:, features])


@judges("layer_norm", "fresh")
def test_layer_norm_of_fresh_rows(judge: Judge) -> None:
    for shape in ((5, 12), (2, 3, 9), (10,)):
        ln = norm(judge.rng, shape[-1])
        judge.fresh(f"random rows of shape {list(shape)}", (rows(judge.rng, *shape), ln["g"], ln["b"]))


@judges("layer_norm", "edges")
def test_layer_norm_uses_the_eps_it_is_given(judge: Judge) -> None:
    for name, case in judge.cases("layer_norm"):
        if "in.eps" in case:
            judge.equal(
                f"the case {words(name)}",
                (case["in.x"], case["in.g"], case["in.b"], float(case["in.eps"])),
                case["out"],
            )
    x, one = np.array([[3.0, -3.0, 3.0, -3.0]]), np.ones(4)
    judge.equal("a row of variance 9 with eps = 7", (x, one, 0 * one, 7.0), x / 4)


@judges("layer_norm", "edges")
def test_layer_norm_of_constant_and_of_tiny_rows(judge: Judge) -> None:
    g, b = np.array([2.0, 0.5, 1.5, -1.0]), np.array([1.0, -2.0, 0.25, 3.0])
    judge.equal("a constant row", (np.full((2, 4), 0.75), g, b), np.tile(b, (2, 1)))
    x = f32(np.array([[1.0, -1.0, 1.0, -1.0]]) * 0.003)
    y = g * x / np.sqrt(float(x[0, 0]) ** 2 + 1e-5) + b
    judge.equal("a row of variance 9e-6", (x, g, b), y)
    judge.equal(
        "a row of four",
        (np.array([[4.0, 0, 0, 0]]), g, b),
        g * np.array([[3.0, -1, -1, -1]]) / np.sqrt(3.0 + 1e-5) + b,
    )
