"""Step 1: gelu, against Hugging Face's NewGELUActivation."""

import numpy as np

from grader.judging.cases import called, f32, words
from grader.judging.judge import Judge, judges


@judges("gelu", "core")
def test_gelu_equals_hugging_face_inside_every_block(judge: Judge) -> None:
    for model in ("fixture", "pico"):
        goldens, shipped = judge.goldens(model), judge.model(model)
        prompt = goldens.prompts[0]
        for i in range(shipped.n_layer):
            x, y = goldens[f"{prompt}/h.{i}.fc"], goldens[f"{prompt}/h.{i}.gelu"]
            judge.equal(f"what gelu gets in block {i} of {called(model)}", (x,), y)


@judges("gelu", "core")
def test_gelu_equals_hugging_face_on_a_grid(judge: Judge) -> None:
    for name, case in judge.cases("gelu"):
        judge.equal(f"the case {words(name)}", (case["in.x"],), case["out"])


@judges("gelu", "fresh")
def test_gelu_of_one_number_does_not_depend_on_the_others(judge: Judge) -> None:
    goldens = judge.goldens("fixture")
    x, y = goldens[f"{goldens.prompts[0]}/h.1.fc"].ravel(), goldens[f"{goldens.prompts[0]}/h.1.gelu"].ravel()
    chosen = judge.rng.permutation(x.size)[:60]
    for shape in ((60,), (5, 12), (2, 5, 6)):
        judge.equal(
            f"shuffled activations, shape {list(shape)}",
            (x[chosen].reshape(shape),),
            y[chosen].reshape(shape),
        )


@judges("gelu", "fresh")
def test_gelu_of_fresh_numbers(judge: Judge) -> None:
    judge.fresh("random numbers from -6 to 6", (f32(judge.rng.uniform(-6, 6, (9, 13))),))
    judge.fresh("random numbers near 0", (f32(judge.rng.normal(0, 0.3, 40)),))


@judges("gelu", "edges")
def test_gelu_of_large_numbers_is_the_number_or_0(judge: Judge) -> None:
    x = np.array([-1e4, -300.0, -20.0, 0.0, 20.0, 300.0, 1e4])
    judge.equal("numbers from -10000 to 10000", (x,), np.maximum(x, 0.0))


@judges("gelu", "edges")
def test_gelu_takes_any_shape(judge: Judge) -> None:
    for shape in ((1,), (1, 1), (3, 1, 2), (2, 2, 2, 2)):
        x = np.full(shape, 1.0)
        judge.equal(f"ones of shape {list(shape)}", (x,), np.full(shape, 0.8411919906082768))
