"""Step 2: softmax, against torch's."""

import numpy as np

from grader.judging.cases import HIDDEN, called, f32, in_order, mask, words
from grader.judging.judge import Judge, judges

# float32 numbers near 10000 are 0.001 apart: exp(x - logsumexp(x)) is right there, and this far off.
COARSE = 2e-3


@judges("softmax", "core")
def test_softmax_equals_hugging_face_on_attention_scores(judge: Judge) -> None:
    goldens, model = judge.goldens("fixture"), judge.model("fixture")
    for prompt in goldens.prompts[:3]:
        for i in range(model.n_layer):
            scores = goldens[f"{prompt}/h.{i}.scores"]
            masked = np.maximum(scores + mask(scores.shape[-1]), HIDDEN)
            judge.equal(
                f"the scores of {len(scores)} heads in block {i} of {called('fixture')}",
                (masked,),
                goldens[f"{prompt}/h.{i}.weights"],
                axes=("head", "query", "key"),
            )


@judges("softmax", "core")
def test_softmax_equals_torch_on_the_cases(judge: Judge) -> None:
    for name, case in judge.cases("softmax"):
        if np.abs(case["in.x"]).max() < 80:
            judge.equal(f"the case {words(name)}", (case["in.x"],), case["out"])


@judges("softmax", "fresh")
def test_softmax_follows_its_rows_and_columns_around(judge: Judge) -> None:
    goldens = judge.goldens("fixture")
    prompt = goldens.prompts[0]
    x = goldens[f"{prompt}/h.0.scores"].reshape(-1, goldens[f"{prompt}/h.0.scores"].shape[-1])
    last = x.reshape(4, -1, x.shape[-1])[:, -1]  # the last query sees every key, so no mask is involved
    y = goldens[f"{prompt}/h.0.weights"][:, -1]
    columns, order = in_order(judge.rng, last.shape[1]), in_order(judge.rng, len(last))
    judge.equal("the last query's scores, shuffled", (last[order][:, columns],), y[order][:, columns])
    shifted = f32(last + judge.rng.integers(-8, 8, (len(last), 1)))
    judge.equal("the same with a constant added to every row", (shifted,), y)


@judges("softmax", "fresh")
def test_softmax_of_fresh_scores(judge: Judge) -> None:
    for shape in ((3, 5), (4, 4), (2, 3, 4), (6,)):
        judge.fresh(f"random scores of shape {list(shape)}", (f32(judge.rng.normal(0, 3, shape)),))


@judges("softmax", "edges")
def test_softmax_of_huge_scores_is_finite(judge: Judge) -> None:
    e = np.exp([0.0, 1.0, -1.0])
    judge.equal("scores near 1000", (np.array([[1000.0, 1001.0, 999.0]]),), (e / e.sum())[None], error=COARSE)
    judge.equal(
        "scores near -1000", (np.array([[-1000.0, -999.0, -1001.0]]),), (e / e.sum())[None], error=COARSE
    )
    judge.equal(
        "scores of +-10000",
        (np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, 1e4]]),),
        np.array([[1.0, 0, 0], [0, 0, 1]]),
        error=COARSE,
    )
    for name, case in judge.cases("softmax"):
        if np.abs(case["in.x"]).max() >= 80:
            judge.equal(f"the case {words(name)}", (case["in.x"],), case["out"], error=COARSE)


@judges("softmax", "edges")
def test_softmax_of_rows_of_different_height(judge: Judge) -> None:
    # One maximum taken over the whole array would push the low row into underflow.
    e = np.exp([1.0, 2.0, 3.0, 4.0])
    x = np.array([[1.0, 2, 3, 4], [-999.0, -998, -997, -996], [501.0, 502, 503, 504]])
    judge.equal("rows 1000 apart", (x,), np.tile(e / e.sum(), (3, 1)), error=COARSE)
    judge.equal("one column", (np.array([[3.0], [-7.0]]),), np.ones((2, 1)))
    judge.equal("equal scores", (np.full((2, 5), 7.0),), np.full((2, 5), 0.2))
