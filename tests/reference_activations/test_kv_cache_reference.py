"""The cache of solutions/kv_cache.py, judged by the pass without a cache and by Hugging Face's past."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from grader.judging.reference import Reference
from reference_activations.goldens import load_goldens
from reference_activations.models import load_model

REFERENCE = Reference()
gpt2, generate, mha = (REFERENCE[name] for name in ("gpt2", "generate", "mha"))
mha_cached, gpt2_cached, generate_cached = (
    REFERENCE[name] for name in ("mha_cached", "gpt2_cached", "generate_cached")
)
FIXTURE = load_model("fixture")
PICO = load_model("pico")


def in_chunks(ids: list[int], sizes: list[int], model: Any) -> tuple[NDArray[Any], Any]:
    """Logits of all positions and the last present, fed a chunk at a time."""
    past, rows, start = None, [], 0
    for size in sizes:
        logits, past = gpt2_cached(ids[start : start + size], past, **model.params, n_head=model.n_head)
        rows.append(logits)
        start += size
    assert start == len(ids)
    return np.concatenate(rows), past


@pytest.mark.parametrize("sizes", [[9], [1] * 9, [4, 3, 2], [1, 7, 1], [8, 1]])
def test_chunks_of_any_size_give_the_logits_of_the_full_pass(sizes: list[int]) -> None:
    ids = [96, 5, 5, 40, 0, 33, 96, 7, 61]
    logits, _ = in_chunks(ids, sizes, FIXTURE)
    full = gpt2(ids, **FIXTURE.params, n_head=FIXTURE.n_head)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, full, atol=1e-4)


@pytest.mark.parametrize("first", [1, 63, 64, 65, 130, 199])
def test_a_long_chunk_behind_a_past_gives_the_logits_of_the_full_pass(first: int) -> None:
    ids = [(7 * i * i + 3) % PICO.n_vocab for i in range(200)]
    logits, _ = in_chunks(ids, [first, len(ids) - first], PICO)
    np.testing.assert_allclose(logits, gpt2(ids, **PICO.params, n_head=PICO.n_head), atol=1e-3)


@pytest.mark.parametrize("model", [FIXTURE, PICO], ids=["fixture", "pico"])
def test_the_present_is_hugging_faces_past_key_values(model: Any) -> None:
    goldens = load_goldens(model.name)
    for prompt in goldens.prompts:
        ids = [int(token) for token in goldens[f"{prompt}/ids"]]
        cuts = [len(ids)] if len(ids) < 3 else [len(ids) - 2, 1, 1]
        logits, present = in_chunks(ids, cuts, model)
        assert isinstance(present, list)
        np.testing.assert_allclose(logits, goldens[f"{prompt}/logits"], atol=1e-3)
        for i, (k, v) in enumerate(present):
            assert k.shape == v.shape == (model.n_head, len(ids), model.d_head)
            np.testing.assert_allclose(k, goldens[f"{prompt}/past.{i}.k"], atol=1e-3)
            np.testing.assert_allclose(v, goldens[f"{prompt}/past.{i}.v"], atol=1e-3)


def test_attention_without_a_past_is_mha() -> None:
    x = np.random.default_rng(0).standard_normal((7, 48), dtype=np.float32)
    attn = FIXTURE.params["blocks"][0]["attn"]
    out, (k, v) = mha_cached(x, **attn, n_head=4, past=None)
    np.testing.assert_allclose(out, mha(x, **attn, n_head=4), atol=1e-5)
    assert k.shape == v.shape == (4, 7, 12)


def test_a_past_can_be_used_twice_and_is_not_changed() -> None:
    _, past = in_chunks([3, 1, 4, 1], [4], FIXTURE)
    before = copy.deepcopy(past)
    one, present_one = gpt2_cached([5], past, **FIXTURE.params, n_head=4)
    kept = copy.deepcopy(present_one)
    gpt2_cached([9], past, **FIXTURE.params, n_head=4)
    again, _ = gpt2_cached([5], past, **FIXTURE.params, n_head=4)
    np.testing.assert_array_equal(one, again)
    np.testing.assert_equal(past, before)
    np.testing.assert_equal(present_one, kept)


def test_going_on_behind_the_last_position_is_an_error_and_not_a_wrong_answer() -> None:
    _, past = in_chunks([1] * FIXTURE.n_ctx, [FIXTURE.n_ctx], FIXTURE)
    with pytest.raises(IndexError):
        gpt2_cached([1], past, **FIXTURE.params, n_head=4)


@pytest.mark.parametrize(("model", "prompt", "n_new"), [(FIXTURE, [96, 3, 3], 29), (PICO, [464, 3], 40)])
def test_generation_writes_the_ids_of_generate(model: Any, prompt: list[int], n_new: int) -> None:
    given = list(prompt)
    cached = generate_cached(given, model.params, model.n_head, n_new)
    assert cached == generate(prompt, model.params, model.n_head, n_new)
    assert isinstance(cached, list) and all(type(token) is int for token in cached)
    assert given == prompt


def test_generation_of_nothing_returns_a_new_list() -> None:
    prompt = [3, 1]
    ids = generate_cached(prompt, FIXTURE.params, 4, 0)
    assert ids == prompt and ids is not prompt


@pytest.mark.parametrize(("prompt", "n_new"), [([], 3), ([1] * 30, 3), ([1] * 33, 0)])
def test_generation_refuses_what_does_not_fit_and_says_both_lengths(prompt: list[int], n_new: int) -> None:
    with pytest.raises(ValueError, match=rf"\b{len(prompt)}\b.*\b{n_new}\b.*\b32\b"):
        generate_cached(prompt, FIXTURE.params, 4, n_new)


def test_every_token_but_the_prompt_passes_through_the_linear_layers_alone() -> None:
    """What makes the cache fast: the past is never computed again."""
    rows: list[int] = []
    module = REFERENCE._load("kv_cache.py")
    plain = vars(module)["linear"]

    def counting(x: NDArray[Any], w: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        rows.append(len(x))
        return plain(x, w, b)  # type: ignore[no-any-return]

    vars(module)["linear"] = counting
    try:
        generate_cached([3, 1, 4, 1], FIXTURE.params, 4, 5)
    finally:
        vars(module)["linear"] = plain
    layers = 2 * FIXTURE.n_layer  # c_attn and c_proj of every block
    assert rows == [4] * layers + [1] * 4 * layers
