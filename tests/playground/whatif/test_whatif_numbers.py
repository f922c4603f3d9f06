"""The page's JavaScript computes what the kata's NumPy functions compute, with every switch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest
from by_day import one_of_each
from real_grader import SOLUTIONS

from grader.mistakes import register
from tests.playground.whatif.whatif_node import Engine, needs_node
from tests.playground.whatif.whatif_numpy import PICO, SOURCE, Array, logits_of_all, own_process

pytestmark = needs_node
PASSAGE = (SOLUTIONS.parent / "playground" / "whatif" / "passage.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("whatif"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def in_numpy() -> Iterator[Callable[..., Future[list[Array]]]]:
    """Start computing the logits of some texts under a change; `.result()` waits for them."""
    with own_process() as pool:
        yield lambda texts, change: pool.submit(logits_of_all, texts, change)


@pytest.fixture(scope="module")
def half_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("whatif"), "float16")
    yield opened
    opened.close()


def prompts() -> list[list[int]]:
    """50 prompts: windows of the passage of 1 to 20 tokens, other scripts, and ids drawn at random."""
    rng = np.random.default_rng(18)
    text = PICO.encoding.encode(PASSAGE)
    starts = rng.integers(0, len(text) - 20, 40)
    made = [text[start : start + 1 + i % 12] for i, start in enumerate(starts)]
    made += [PICO.encoding.encode(other) for other in ("ROMEO:", "žluťoučký", "日本 🙂", "\n\n  \t x", "0")]
    made += [[int(token) for token in rng.integers(0, PICO.n_vocab, 12)] for _ in range(5)]
    return made


def switches() -> dict[str, dict[str, Any]]:
    """Every switch of the page by a name, as the change that it makes."""
    listed: dict[str, dict[str, Any]] = {"nothing": {}}
    listed |= {id: {"mistakes": [id]} for id in MISTAKES}
    for block in range(PICO.n_layer):
        parts = [str(block), f"{block}.attn", f"{block}.mlp"]
        parts += [f"{block}.head.{head}" for head in range(PICO.n_head)]
        listed |= {f"off {part}": {"off": [part]} for part in parts}
    return listed


MISTAKES = [
    "gelu.relu", "gelu.tanh", "gelu.erf", "layer_norm.axis-0", "layer_norm.no-gain-no-bias", "linear.no-bias",
    "causal_mask.no-mask", "causal_mask.one-ahead", "attention.no-scale", "attention.q-and-k-swapped",
    "attention.softmax-over-queries", "split_heads.reshape-only", "merge_heads.reshape-only", "mha.v-k-q",
    "mha.no-projection", "feed_forward.no-gelu", "transformer_block.post-norm",
    "transformer_block.no-residuals", "transformer_block.no-first-residual",
    "transformer_block.no-second-residual", "transformer_block.no-norms", "transformer_block.parallel",
    "gpt2.no-positions", "gpt2.positions-from-1", "gpt2.blocks-reversed", "gpt2.no-ln_f",
]  # fmt: skip
PROMPTS = prompts()
LONG = PICO.encoding.encode(PASSAGE)[40:60]
DIFFERENCES: dict[str, float] = {}  # what the tests below have seen, by switch
UNCHANGED: dict[str, Any] = {"mistakes": [], "off": [], "cells": [], "patches": []}


NumPy = Callable[..., "Future[list[Array]]"]


def difference(
    engine: Engine, in_numpy: NumPy, texts: list[list[int]], change: dict[str, Any], **how: Any
) -> float:
    """The largest difference of any logit of these texts."""
    computing = in_numpy(texts, change)
    seen = [engine.ask(ask="logits", ids=ids, change={**UNCHANGED, **change}, **how) for ids in texts]
    return max(float(np.max(np.abs(a - b))) for a, b in zip(seen, computing.result(), strict=True))


def test_the_mistakes_of_this_test_are_those_of_the_page(engine: Engine) -> None:
    assert engine.ask(ask="mistakes") == MISTAKES
    assert set(MISTAKES) <= set(register())


@pytest.mark.parametrize("name", one_of_each(switches(), kind=lambda name: re.sub(r"head\.\d", "head", name)))
@pytest.mark.parametrize(
    "texts",
    [
        pytest.param([PROMPTS[i] for i in (5, 23, 41, 47)], id="4 prompts"),
        pytest.param(PROMPTS, id="50 prompts", marks=pytest.mark.nightly),
    ],
)
def test_every_switch_gives_numpys_logits(
    engine: Engine, in_numpy: NumPy, texts: list[list[int]], name: str
) -> None:
    """By day on a short and a long text, another script and ids drawn at random, by night on all.

    Of the heads by day one in each block.
    """
    largest = difference(engine, in_numpy, texts, switches()[name])
    DIFFERENCES[name] = largest
    assert largest < 1e-8, "both sides compute in double precision, from float32 weights"


def test_the_largest_difference_of_all_switches_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    name = max(DIFFERENCES, key=lambda name: DIFFERENCES[name], default=None)
    with capsys.disabled():
        if name is not None:
            print(f"\n  {len(DIFFERENCES)} switches, float32 weights:", end=" ")
            print(f"logits differ by at most {DIFFERENCES[name]:.0e} ({name})", end="")


def test_every_attention_cell_and_every_patch_gives_numpys_logits(engine: Engine, in_numpy: NumPy) -> None:
    """Drawn for a third of the prompts, of all lengths."""
    rng = np.random.default_rng(5)
    largest = 0.0
    for ids in PROMPTS[1::3]:
        n = len(ids)
        query = int(rng.integers(n))
        cell = {
            "block": int(rng.integers(4)), "head": int(rng.integers(4)), "query": query,
            "key": int(rng.integers(query + 1)), "weight": round(float(rng.random()), 3),
        }  # fmt: skip
        other = [int(token) for token in rng.permutation(ids)]
        patch = {"block": int(rng.integers(-1, 4)), "place": int(rng.integers(n)), "from": other}
        patch["row"] = int(rng.integers(n))
        changes = [{"patches": [patch]}, {"patches": [patch], "mistakes": ["gpt2.no-positions"]}]
        if query:  # the first query has one key only, and no weight to give away
            changes += [{"cells": [cell]}, {"cells": [cell], "off": ["1.mlp"], "patches": [patch]}]
        largest = max(largest, *(difference(engine, in_numpy, [ids], change) for change in changes))
    assert largest < 1e-8


def test_two_mistakes_at_once_give_numpys_logits(engine: Engine, in_numpy: NumPy) -> None:
    pairs = [
        ("gelu.relu", "gpt2.no-ln_f"),
        ("attention.no-scale", "gpt2.no-positions"),
        ("linear.no-bias", "transformer_block.post-norm"),
        ("causal_mask.no-mask", "merge_heads.reshape-only"),
    ]
    for pair in pairs:
        assert difference(engine, in_numpy, PROMPTS[::7], {"mistakes": list(pair)}) < 1e-8, pair


def test_with_float16_weights_the_logits_are_nearly_the_same(half_engine: Engine, in_numpy: NumPy) -> None:
    apart = difference(half_engine, in_numpy, PROMPTS[5::15], {})
    assert 0 < apart < 0.02, "as the page says in its small print"


@pytest.mark.nightly  # it measures; what the page says is shown by the test above
def test_how_far_apart_float16_weights_are_with_each_switch_is_printed(
    half_engine: Engine, in_numpy: NumPy, capsys: pytest.CaptureFixture[str]
) -> None:
    apart = {
        name: difference(half_engine, in_numpy, PROMPTS[5::15], change) for name, change in switches().items()
    }
    ordered = sorted(apart, key=lambda name: -apart[name])
    with capsys.disabled():
        print(f"\n  float16 weights: logits differ by at most {apart['nothing']:.4f} unchanged,", end=" ")
        print(", ".join(f"{apart[name]:.3f} with {name}" for name in (*ordered[:3], ordered[27])), end="")


# ----------------------------------------------------------------------------------------- memory


def test_layers_taken_from_memory_give_the_same_numbers(engine: Engine, in_numpy: NumPy) -> None:
    ids = LONG
    changes = [
        {}, {"off": ["3.mlp"]}, {"off": ["1"]}, {"mistakes": ["gelu.relu"]}, {"mistakes": ["gpt2.no-ln_f"]},
        {"off": ["3.head.0"], "mistakes": ["gpt2.no-ln_f"]}, {},
    ]  # fmt: skip
    for change in [*changes, *reversed(changes)]:
        assert difference(engine, in_numpy, [ids], change) < 1e-8
    for change in changes:
        assert difference(engine, in_numpy, [ids], change, fresh=True) < 1e-8


@pytest.mark.parametrize(
    ("change", "blocks"),
    [
        ({"off": ["3.mlp"]}, 1),
        ({"off": ["2.head.1"]}, 2),
        ({"off": ["0"]}, 4),
        ({"mistakes": ["gpt2.no-ln_f"]}, 0),
        ({"mistakes": ["gelu.tanh"]}, 4),
        ({"cells": [{"block": 1, "head": 0, "query": 3, "key": 1, "weight": 1}]}, 3),
        ({}, 0),
    ],
)
def test_a_change_computes_only_the_blocks_that_it_reaches(
    engine: Engine, change: dict[str, Any], blocks: int
) -> None:
    answer = engine.ask(ask="edit", ids=LONG, change={**UNCHANGED, **change})
    assert answer["computed"] == blocks


@pytest.mark.parametrize("id", [None, *MISTAKES])
def test_writing_token_by_token_gives_the_same_numbers_or_is_refused(
    engine: Engine, in_numpy: NumPy, id: str | None
) -> None:
    """Where keys and values of the past are kept, they are right; a mistake that forbids it says so."""
    ids, change = LONG, {"mistakes": [id] if id else []}
    prefixes = [ids[:n] for n in range(6, len(ids) + 1)]
    right = in_numpy(prefixes, change).result()
    try:
        seen = engine.ask(ask="grown", ids=ids, change={**UNCHANGED, **change}, start=5)
    except RuntimeError as error:
        assert "nothing may be kept" in str(error)
        assert np.max(np.abs(right[-1][5] - right[0][5])) > 1e-6, "it could have been kept"
        return
    for row, logits in zip(seen, right, strict=True):
        assert np.max(np.abs(row - logits[-1])) < 1e-8


def test_patches_and_cells_hold_while_tokens_are_added(engine: Engine, in_numpy: NumPy) -> None:
    ids = LONG
    change = {
        "patches": [{"block": 1, "place": 2, "from": ids[::-1], "row": 3}],
        "cells": [{"block": 2, "head": 1, "query": 4, "key": 0, "weight": 0.5}],
        "off": ["0.head.1", "3"],
    }
    seen = engine.ask(ask="grown", ids=ids, change={**UNCHANGED, **change}, start=6)
    right = in_numpy([ids[:n] for n in range(7, len(ids) + 1)], change).result()
    for row, logits in zip(seen, right, strict=True):
        assert np.max(np.abs(row - logits[-1])) < 1e-8


# ---------------------------------------------------------------------------------------- sampling


def test_sampling_gives_the_solutions_probabilities(engine: Engine, in_numpy: NumPy) -> None:
    space: dict[str, Any] = {"__name__": "solutions"}
    exec(SOURCE, space)
    rng = np.random.default_rng(11)
    for logits in in_numpy(PROMPTS, {}).result():
        scores = logits[-1]
        written = [int(token) for token in rng.choice(np.argsort(-scores)[:9], 6)]
        temperature = float(rng.choice([0, 0.3, 0.7, 1, 1.6]))
        top_k = int(rng.choice([0, 1, 5, 40, 2049]))
        top_p = float(rng.choice([0.2, 0.5, 0.9, 0.99, 1]))
        penalty = float(rng.choice([0, 0.5, 2]))
        settings = {"temperature": temperature, "topK": top_k, "topP": top_p, "penalty": penalty}
        seen = engine.ask(ask="probs", scores=scores.tolist(), settings=settings, written=written)[0]
        penalised = space["apply_frequency_penalty"](scores, written, penalty)
        right = space["next_token_probs"](penalised, temperature, top_k or None, top_p)
        np.testing.assert_allclose(seen, right, atol=1e-12, err_msg=str(settings))


def test_surprise_is_minus_the_logarithm_of_softmax(engine: Engine) -> None:
    row = [0.5, -2.0, 700.0, 699.0]
    right = -np.log(np.exp(-1.0) / (1 + np.exp(-1.0)))
    assert engine.ask(ask="surprise", row=row, token=3) == pytest.approx(right, rel=1e-12)


def test_erf_is_right_to_14_digits(engine: Engine) -> None:
    import math

    xs = np.linspace(-6, 6, 241).tolist()
    seen = engine.ask(ask="erf", xs=xs)[0]
    np.testing.assert_allclose(seen, [math.erf(x) for x in xs], atol=3e-15, rtol=1e-13)


# ------------------------------------------------------------------------------------------- speed


@pytest.mark.nightly  # it measures, and shows nothing
def test_how_long_an_edit_takes_at_32_tokens_is_printed(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = PICO.encoding.encode(PASSAGE)[:32]
    for name in ("off 3.mlp", "off 0", "attention.no-scale", "causal_mask.no-mask"):
        change = {**UNCHANGED, **switches()[name]}
        times = sorted(engine.ask(ask="edit", ids=ids, change=change)["ms"] for _ in range(9))
        with capsys.disabled():
            print(f"\n  an edit at 32 tokens, {name}: {times[4]:.0f} ms (median of 9)", end="")
