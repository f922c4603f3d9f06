"""Step 5: causal_mask and attention, against Hugging Face's eager attention."""

import numpy as np

from grader.judging.cases import called, f32, in_order, mask, words
from grader.judging.failure import Array
from grader.judging.judge import Judge, judges


@judges("causal_mask", "core")
def test_causal_mask_hides_every_later_key(judge: Judge) -> None:
    for n_seq in (7, 4):
        judge.mask(f"n_seq = {n_seq}", (n_seq,), mask(n_seq))


@judges("causal_mask", "fresh")
def test_causal_mask_of_any_length(judge: Judge) -> None:
    # So many lengths that a table of some of them is of no use.
    for n_seq in (2, int(judge.rng.integers(8, 60)), int(judge.rng.integers(60, 700)), 1):
        judge.mask(f"n_seq = {n_seq}", (n_seq,), mask(n_seq))


def _golden(judge: Judge, model: str, prompt: str, i: int) -> tuple[tuple[Array, ...], Array]:
    goldens = judge.goldens(model)
    q, k, v, out = (goldens[f"{prompt}/h.{i}.{key}"] for key in ("q", "k", "v", "heads"))
    return (q, k, v, mask(q.shape[1])), out


@judges("attention", "core")
def test_attention_equals_hugging_face_in_every_block(judge: Judge) -> None:
    for name in ("fixture", "pico"):
        for i in range(judge.model(name).n_layer):
            args, out = _golden(judge, name, judge.goldens(name).prompts[0], i)
            judge.equal(f"q, k, v of block {i} of {called(name)}", args, out)


@judges("attention", "core")
def test_attention_adds_whatever_mask_it_is_given(judge: Judge) -> None:
    for name, case in judge.cases("attention"):
        if case["in.q"].shape == case["in.k"].shape:
            judge.equal(
                f"the case {words(name)}",
                tuple(case[f"in.{key}"] for key in ("q", "k", "v", "mask")),
                case["out"],
            )


@judges("attention", "fresh")
def test_attention_follows_its_heads_features_and_prefixes_around(judge: Judge) -> None:
    (q, k, v, _), out = _golden(
        judge, "fixture", judge.goldens("fixture").prompts[0], int(judge.rng.integers(3))
    )
    heads, features, values = (in_order(judge.rng, n) for n in (len(q), q.shape[2], v.shape[2]))
    args = (q[heads][..., features], k[heads][..., features], v[heads][..., values], mask(q.shape[1]))
    judge.equal("heads and features shuffled", args, out[heads][..., values])
    n = int(judge.rng.integers(2, q.shape[1]))
    judge.equal(f"the first {n} tokens alone", (q[:, :n], k[:, :n], v[:, :n], mask(n)), out[:, :n])
    some = slice(1, 3)
    judge.equal("two of the heads", (q[some], k[some], v[some], mask(q.shape[1])), out[some])


@judges("attention", "fresh")
def test_attention_of_fresh_heads(judge: Judge) -> None:
    rng = judge.rng
    for n_head, n_seq, d_head in ((2, 4, 4), (3, 5, 8), (5, 3, 2)):
        q, k, v = (f32(rng.normal(0, 1.6, (n_head, n_seq, d_head))) for _ in range(3))
        judge.fresh(f"{n_head} heads, {n_seq} tokens, causal", (q, k, v, mask(n_seq)))
    bias = f32(rng.normal(0, 2, (n_seq, n_seq)))
    judge.fresh("a mask of small numbers, not causal", (q, k, v, bias))


@judges("attention", "edges")
def test_attention_of_one_token_is_its_value(judge: Judge) -> None:
    q, k, v = (f32(judge.rng.normal(0, 2, (3, 1, 5))) for _ in range(3))
    judge.equal("one token", (q, k, v, np.zeros((1, 1))), v)
    v = f32(judge.rng.normal(0, 2, (1, 4, 6)))
    zero = np.zeros((1, 4, 6))
    judge.equal(
        "equal scores, one head, no mask",
        (zero, zero, v, np.zeros((4, 4))),
        np.repeat(v.mean(1, keepdims=True), 4, 1),
    )


@judges("attention", "edges")
def test_attention_takes_large_scores_and_minus_infinity(judge: Judge) -> None:
    (q, k, v, causal), out = _golden(judge, "fixture", judge.goldens("fixture").prompts[0], 1)
    judge.equal("a mask of -inf", (q, k, v, np.where(causal < 0, -np.inf, 0.0)), out)
    # What is added to all scores of a query changes nothing, even where rows lie hundreds apart.
    raised = causal + 200.0 * np.arange(len(causal))[:, None]
    judge.equal("200 more for every next query", (q, k, v, raised), out, error=2e-3)
    # Every query matches one key by far: scores in the thousands, weights 0 or 1.
    keys = np.eye(4)[None] * 100
    values = f32(judge.rng.normal(0, 1, (1, 4, 4)))
    turned = np.array([2, 0, 3, 1])
    judge.equal(
        "scores in the thousands", (keys[:, turned], keys, values, np.zeros((4, 4))), values[:, turned]
    )
