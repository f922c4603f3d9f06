"""Step 4: linear, against Hugging Face's Conv1D."""

import numpy as np

from grader.judging.cases import called, dense, in_order, rows
from grader.judging.judge import Judge, judges


@judges("linear", "core")
def test_linear_equals_hugging_face_in_every_block(judge: Judge) -> None:
    for name in ("fixture", "pico"):
        goldens, model = judge.goldens(name), judge.model(name)
        prompt = goldens.prompts[0]
        for i, block in enumerate(model.params["blocks"]):
            for place, layer, inputs, outputs in (
                ("c_attn", block["attn"]["c_attn"], "ln_1", "qkv"),
                ("c_proj after the heads", block["attn"]["c_proj"], "merged", "attn"),
                ("c_fc", block["mlp"]["c_fc"], "ln_2", "fc"),
                ("c_proj after gelu", block["mlp"]["c_proj"], "gelu", "mlp"),
            ):
                args = (goldens[f"{prompt}/h.{i}.{inputs}"], layer["w"], layer["b"])
                judge.equal(
                    f"{place} in block {i} of {called(name)}",
                    args,
                    goldens[f"{prompt}/h.{i}.{outputs}"],
                )


@judges("linear", "fresh")
def test_linear_follows_its_inputs_and_outputs_around(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    prompt, i = goldens.prompts[0], int(judge.rng.integers(model.n_layer))
    layer = model.params["blocks"][i]["attn"]["c_proj"]
    x, y = goldens[f"{prompt}/h.{i}.merged"], goldens[f"{prompt}/h.{i}.attn"]
    n_in, n_out = (in_order(judge.rng, n) for n in layer["w"].shape)
    args = (x[:, n_in], layer["w"][n_in][:, n_out], layer["b"][n_out])
    judge.equal("inputs and outputs of a square layer shuffled", args, y[:, n_out])


@judges("linear", "fresh")
def test_linear_of_fresh_rows(judge: Judge) -> None:
    for shape, n_out in (((5, 7), 3), ((4, 6), 6), ((3, 8), 24)):
        layer = dense(judge.rng, shape[-1], n_out)
        judge.fresh(
            f"random rows {list(shape)} into {n_out}", (rows(judge.rng, *shape), layer["w"], layer["b"])
        )


@judges("linear", "edges")
def test_linear_takes_any_leading_axes(judge: Judge) -> None:
    w, b = np.array([[1.0, 2, 3], [10.0, 20, 30]]), np.array([0.5, -0.5, 0.25])
    judge.equal("a single row", (np.array([1.0, 2.0]), w, b), np.array([21.5, 41.5, 63.25]))
    judge.equal("a matrix of one row", (np.array([[1.0, 2.0]]), w, b), np.array([[21.5, 41.5, 63.25]]))
    x = np.arange(12.0).reshape(3, 2, 2)
    y = np.array(
        [
            [[x[i, j, 0] * w[0, k] + x[i, j, 1] * w[1, k] + b[k] for k in range(3)] for j in range(2)]
            for i in range(3)
        ]
    )
    judge.equal("a batch of rows", (x, w, b), y)
    judge.equal(
        "one number in",
        (np.array([[2.0], [3.0]]), np.array([[5.0, 7.0]]), np.array([1.0, -1.0])),
        np.array([[11.0, 13], [16, 20]]),
    )
