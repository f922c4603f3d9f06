"""The session: the one decoding loop of the playground, and all that is known about each token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playground_helpers import AWKWARD, SOLUTIONS, scripted, solution_of

from playground.run.implementation import Implementation
from playground.run.session import (
    Session,
    SessionError,
    Settings,
    measure,
    open_implementation,
    open_model,
)
from reference_activations.goldens import load_goldens
from reference_activations.models import Model, load_model

Student = Callable[..., Path]
SAMPLED = Settings(temperature=0.9, top_k=40, top_p=0.9, frequency_penalty=0.3)
PROMPT = "The King said"
FORWARD = (
    *("gelu", "softmax", "layer_norm", "linear", "causal_mask", "attention", "split_heads", "merge_heads"),
    *("mha", "feed_forward", "transformer_block", "gpt2"),
)


@cache
def pico() -> Model:
    return load_model("pico")


@cache
def solutions() -> Implementation:
    return Implementation(SOLUTIONS)


def session(
    prompt: str | Sequence[int] = PROMPT, settings: Settings | None = None, n: int = 0,
    impl: Implementation | None = None, **options: Any,
) -> Session:  # fmt: skip
    """A session on pico that has made `n` tokens."""
    made = Session(options.pop("model", pico()), impl or solutions(), prompt, settings, seed=7, **options)
    if n:
        list(made.run(n))
    return made


# ------------------------------------------------------------------------------- the same text


@pytest.mark.parametrize("use_cache", [None, True, False])
@pytest.mark.parametrize("settings", [Settings(), Settings(frequency_penalty=0.5), SAMPLED, Settings(1.0)])
def test_a_session_writes_what_generate_writes(settings: Settings, use_cache: bool | None) -> None:
    made = session(settings=replace(settings, use_cache=use_cache), n=12)
    expected = solutions().function("generate")(
        made.ids[: made.n_prompt], pico().params, pico().n_head, 12, temperature=settings.temperature,
        frequency_penalty=settings.frequency_penalty, top_k=settings.top_k, top_p=settings.top_p,
        rng=np.random.default_rng(7),
    )  # fmt: skip
    assert made.ids == expected == made.own_generate()


@pytest.mark.parametrize("name", ["romeo", "one_token", "repeated", "non_ascii", "turing"])
def test_the_greedy_text_is_hugging_faces(name: str) -> None:
    goldens = load_goldens("pico")
    expected = goldens[f"{name}/greedy"].tolist()
    made = session(goldens[f"{name}/ids"].tolist())
    list(made.run(len(expected) - made.n_prompt))
    assert made.ids == expected


def test_a_seed_repeats_a_text_also_one_that_was_drawn() -> None:
    first = Session(pico(), solutions(), PROMPT, SAMPLED)
    list(first.run(20))
    again = Session(pico(), solutions(), PROMPT, SAMPLED, seed=first.seed)
    list(again.run(20))
    other = Session(pico(), solutions(), PROMPT, SAMPLED, seed=first.seed + 1)
    list(other.run(20))
    assert again.ids == first.ids != other.ids


def test_looking_inside_changes_nothing() -> None:
    assert session(settings=SAMPLED, n=20, inspect=True).ids == session(settings=SAMPLED, n=20).ids


def test_a_session_can_be_stopped_and_goes_on_as_if_it_had_not_been() -> None:
    made = session(settings=SAMPLED)
    for event in made.run(20):
        if event.index == 6:
            made.stop()
    assert len(made.events) == 7
    made.step()
    list(made.run(12))
    assert made.ids == session(settings=SAMPLED, n=20).ids


def test_settings_can_change_on_the_way_and_each_token_remembers_its_own() -> None:
    made = session(n=3)
    made.settings = Settings(1.5, use_cache=False)
    list(made.run(3))
    made.settings = Settings()
    list(made.run(3))
    assert [e.settings.temperature for e in made.events] == [0, 0, 0, 1.5, 1.5, 1.5, 0, 0, 0]
    assert [e.cache for e in made.events] == ["yours"] * 3 + [None] * 3 + ["yours"] * 3
    whole = solutions().function("gpt2")(made.ids[:-1], **pico().params, n_head=pico().n_head)
    assert made.ids[-1] == int(np.argmax(whole[-1]))


# --------------------------------------------------------------------- no work done twice


def test_with_a_cache_every_position_is_computed_once_and_in_float32() -> None:
    made = session(n=4, inspect=True)
    inputs = [event.look.shapes[0].inputs.split(" ids")[0] for event in made.events]
    assert inputs == [f"inputs [{made.n_prompt}]", "inputs [1]", "inputs [1]", "inputs [1]"]
    assert all(event.logits.dtype == np.float32 for event in made.events)
    assert not any("float64" in row.inputs + row.output for e in made.events for row in e.look.shapes)


def test_without_a_cache_every_position_is_computed_again() -> None:
    made = session(settings=Settings(use_cache=False), n=3, inspect=True)
    inputs = [event.look.shapes[0].inputs.split(",")[0] for event in made.events]
    assert inputs == [f"inputs [{made.n_prompt + i}] ids" for i in range(3)]


def test_the_number_of_heads_is_the_models() -> None:
    for n_head in (2, 4, 8):
        made = session(model=replace(pico(), n_head=n_head), n=1, inspect=True)
        attention = made.events[0].look.attention
        assert attention is not None and attention.shape[:2] == (pico().n_layer, n_head)


@pytest.mark.parametrize(
    ("done", "wish", "cache"),
    [
        ((), None, "reference"),
        (("gelu", "linear"), None, "reference"),
        (("gelu", "mha"), None, None),
        (("gelu", "mha"), True, "reference"),
        (("gelu", "mha"), False, None),
        (("mha", "mha_cached", "gpt2_cached"), None, "yours"),
        (("mha", "mha_cached", "gpt2_cached"), False, None),
    ],
)
def test_whose_cache_is_used(student: Student, done: tuple[str, ...], wish: bool | None, cache: str) -> None:
    impl = Implementation(student("exercises", **solution_of(*done)))
    made = session(impl=impl, settings=Settings(use_cache=wish), n=2)
    assert made.cache == cache and [e.cache for e in made.events] == [cache, cache]


def test_speed_is_measured_with_and_without_a_cache() -> None:
    made = session()
    with_it, without = measure(made, 5, True), measure(made, 5, False)
    assert with_it.ids == without.ids and with_it.tokens_per_second > 0
    assert {e.cache for e in with_it.events} == {"yours"} and {e.cache for e in without.events} == {None}


# ---------------------------------------------------------------------------------- the text


def test_characters_that_span_tokens_come_out_whole(tmp_path: Path) -> None:
    impl = Implementation(scripted(tmp_path / "s", pico(), PROMPT, AWKWARD))
    n = len(pico().encoding.encode_ordinary(AWKWARD))
    made = session(impl=impl, n=n)
    assert made.new_text == AWKWARD and made.text == PROMPT + AWKWARD
    assert any(event.text == "" for event in made.events), "no character spans tokens: the test shows nothing"
    assert b"".join(event.bytes for event in made.events) == AWKWARD.encode()


def test_an_unfinished_character_is_held_back(tmp_path: Path) -> None:
    impl = Implementation(scripted(tmp_path / "s", pico(), PROMPT, "日"))
    first, *rest = pico().encoding.encode_ordinary("日")
    assert rest
    made = session(impl=impl, n=1)
    assert made.new_text == "" and made.pending == pico().encoding.decode_single_token_bytes(first)
    list(made.run(len(rest)))
    assert made.new_text == "日" and made.pending == b""


def test_a_character_may_begin_in_the_prompt() -> None:
    first, *_ = pico().encoding.encode_ordinary("日")
    made = session([first])
    assert made.prompt_text == "" and made.pending
    assert made.token_bytes(first) == made.pending


def test_bytes_that_are_no_text_become_one_mark(tmp_path: Path) -> None:
    continuation = pico().encoding.encode_single_token(b"\x80")
    impl = Implementation(scripted(tmp_path / "s", pico(), PROMPT, "ab"))
    file = tmp_path / "s" / "pico_gpt.py"
    ids = pico().encoding.encode_ordinary("ab")
    file.write_text(file.read_text().replace(str(ids), str([*ids, continuation, *ids])), encoding="utf-8")
    made = session(impl=Implementation(tmp_path / "s"), n=2 * len(ids) + 1)
    assert made.new_text == "ab�ab" and impl.label


# ----------------------------------------------------------------------------- the filters


def by_hand(made: Session, index: int) -> tuple[Any, Any]:
    """(logits of the position before generated token `index`, the same after the penalty)."""
    before = made.ids[: made.n_prompt + index]
    logits = solutions().function("gpt2")(before, **pico().params, n_head=pico().n_head)[-1]
    counts = np.bincount(before[made.n_prompt :], minlength=len(logits)).astype(np.float32)
    return logits, logits - made.events[index].settings.frequency_penalty * counts


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max())
    return e / e.sum()


@pytest.mark.parametrize("index", [0, 7, 19])
def test_the_candidates_are_those_of_the_token_that_was_chosen(index: int) -> None:
    made = session(settings=SAMPLED, n=20)
    event = made.events[index]
    logits, penalised = by_hand(made, index)
    stages = {stage.name: stage.probs for stage in event.stages}
    assert list(stages) == ["model", "penalty", "temperature", "top-k", "top-p"]
    np.testing.assert_allclose(stages["model"], softmax(logits), rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(stages["penalty"], softmax(penalised), rtol=1e-3, atol=1e-7)
    warm = softmax(penalised / 0.9)
    np.testing.assert_allclose(stages["temperature"], warm, rtol=1e-3, atol=1e-7)
    top = np.sort(warm)[-40]
    expected = np.where(warm >= top, warm, 0)
    np.testing.assert_allclose(stages["top-k"], expected / expected.sum(), rtol=1e-3, atol=1e-7)
    assert np.count_nonzero(stages["top-p"]) < np.count_nonzero(stages["top-k"]) == 40
    assert event.prob == pytest.approx(float(stages["top-p"][event.id]), rel=1e-6) and event.prob > 0
    assert event.model_prob == pytest.approx(float(stages["model"][event.id]))
    for probs in stages.values():
        assert float(np.sum(probs, dtype=np.float64)) == pytest.approx(1, abs=1e-4)


def test_greedy_puts_everything_on_the_likeliest_after_the_penalty() -> None:
    made = session(settings=Settings(frequency_penalty=5.0), n=12)
    for event in made.events:
        _, penalised = by_hand(made, event.index)
        assert event.id == int(np.argmax(penalised)) and event.prob == 1
        assert [np.count_nonzero(stage.probs) for stage in event.stages[2:]] == [1, 1, 1]
        assert event.stages[-1].probs[event.id] == 1


def test_no_top_k_keeps_the_whole_vocabulary() -> None:
    event = session(settings=Settings(1.0), n=1).events[0]
    assert {np.count_nonzero(stage.probs) for stage in event.stages} == {pico().n_vocab}


def test_greedy_needs_no_step_11(student: Student) -> None:
    impl = Implementation(student("exercises", **solution_of(*FORWARD)), reference=None)
    made = session(impl=impl, n=8)
    assert made.ids == session(n=8).ids
    assert made.events[0].stages[-1].probs[made.events[0].id] == 1
    made.settings = SAMPLED
    with pytest.raises(SessionError, match=r"^apply_frequency_penalty \(step 11\) is not written yet"):
        made.step()


# ----------------------------------------------------------------------------- looking inside


@pytest.mark.parametrize("use_cache", [True, False])
@pytest.mark.parametrize("name", ["romeo", "one_token", "turing"])
def test_what_is_seen_inside_is_what_hugging_face_computes(name: str, use_cache: bool) -> None:
    goldens, n_layer = load_goldens("pico"), pico().n_layer
    ids = goldens[f"{name}/ids"].tolist()
    made = session(ids, Settings(use_cache=use_cache), n=1, inspect=True)
    event = made.events[0]
    look = event.look
    assert look.note == "" and look.attention is not None and look.stream is not None
    weights = np.stack([goldens[f"{name}/h.{i}.weights"][:, -1] for i in range(n_layer)])
    np.testing.assert_allclose(look.attention, weights, atol=1e-5)
    rows = [goldens[f"{name}/embed"][-1]]
    for i in range(n_layer):
        rows += [goldens[f"{name}/h.{i}.mid"][-1], goldens[f"{name}/h.{i}.out"][-1]]
    np.testing.assert_allclose(look.stream, np.stack(rows), atol=1e-3)
    assert look.stages[:3] == ("embedding", "block 0: after attention", "after block 0")
    np.testing.assert_allclose(event.logits, goldens[f"{name}/logits"][-1], atol=1e-3)
    whole, note = made.attention(len(ids))
    assert whole is not None and note == ""
    expected = np.stack([goldens[f"{name}/h.{i}.weights"] for i in range(n_layer)])
    np.testing.assert_allclose(whole, expected, atol=1e-5)


def test_attention_with_a_cache_is_attention_without() -> None:
    made = session(n=10, inspect=True)
    whole, _ = made.attention()
    assert whole is not None
    for event in made.events:
        row = event.look.attention
        assert row is not None and row.shape[-1] == event.position
        np.testing.assert_allclose(row, whole[:, :, event.position - 1, : event.position], atol=1e-5)


def test_the_logit_lens_computes_the_last_layer_norm_anew_for_every_block() -> None:
    made = session(settings=SAMPLED, n=5, inspect=True)
    event = made.events[-1]
    assert [p.stage for p in event.lens] == [
        "embedding",
        *(f"after block {i}" for i in range(pico().n_layer)),
    ]
    goldens_like = event.look.stream
    assert goldens_like is not None
    for prediction, x in zip(
        event.lens, goldens_like[[0, *range(2, 2 * pico().n_layer + 1, 2)]].astype(float)
    ):
        ln_f = pico().params["ln_f"]
        normed = (x - x.mean()) / np.sqrt(x.var() + 1e-5) * ln_f["g"] + ln_f["b"]
        probs = softmax(normed @ pico().params["wte"].T.astype(float))
        assert [token for token, _ in prediction.top] == list(np.argsort(-probs)[:5])
        assert prediction.top[0][1] == pytest.approx(float(probs.max()), rel=1e-3)
        assert prediction.chosen == pytest.approx(float(probs[event.id]), rel=1e-2)
        assert prediction.rank == 1 + int(np.sum(probs > probs[event.id]))
    assert event.lens[-1].chosen == pytest.approx(event.model_prob, rel=1e-4)


def test_shapes_and_owners_are_those_of_the_calls(student: Student) -> None:
    impl = Implementation(student("exercises", **solution_of("gelu", "gpt2")))
    look = session(impl=impl, n=1, inspect=True).events[0].look
    rows = {(row.depth, row.function): row for row in look.shapes}
    assert rows[0, "gpt2"].output == "[4, 2049]" and rows[0, "gpt2"].owner == "yours"
    assert rows[1, "transformer_block"].calls == pico().n_layer
    assert rows[3, "gelu"].inputs == "x [4, 512]" and rows[3, "gelu"].owner == "yours"
    assert rows[4, "softmax"].output == "[4, 4, 4]" and rows[4, "softmax"].owner == "reference"
    assert look.ran["gelu"] == "yours" and look.ran["mha"] == "reference"


INLINE_ATTENTION = """def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True) @ v
"""
HEAD_BY_HEAD = """def attention(q, k, v, mask):
    out = []
    for i in range(len(q)):
        out.append(softmax(q[i] @ k[i].T / math.sqrt(q.shape[-1]) + mask) @ v[i])
    return np.stack(out)
"""
ROW_BY_ROW = """def attention(q, k, v, mask):
    out = np.zeros_like(q)
    for i in range(len(q)):
        for j in range(q.shape[1]):
            out[i, j] = softmax(q[i, j] @ k[i].T / math.sqrt(q.shape[-1]) + mask[j]) @ v[i]
    return out
"""
IN_PLACE = """def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x += mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x += feed_forward(layer_norm(x, **ln_2), **mlp)
    return x
"""


@pytest.mark.parametrize(
    ("name", "body", "note"),
    [
        ("attention", HEAD_BY_HEAD, ""),
        ("attention", ROW_BY_ROW, ""),
        ("attention", INLINE_ATTENTION, "the reference recomputed the weights from its q, k and v"),
        ("transformer_block", IN_PLACE, ""),
    ],
)
def test_attention_and_stream_are_seen_however_the_function_is_written(
    student: Student, name: str, body: str, note: str
) -> None:
    made = session(impl=Implementation(student("solutions", **{name: body})), n=3, inspect=True,
                   settings=Settings(use_cache=False))  # fmt: skip
    truth = session(n=3, inspect=True)
    for event, expected in zip(made.events, truth.events):
        assert note in event.look.note and bool(note) == bool(event.look.note)
        np.testing.assert_allclose(event.look.attention, expected.look.attention, atol=1e-5)  # type: ignore[arg-type]
        np.testing.assert_allclose(event.look.stream, expected.look.stream, atol=1e-3)  # type: ignore[arg-type]
    whole, said = made.attention()
    np.testing.assert_allclose(whole, truth.attention()[0], atol=1e-5)  # type: ignore[arg-type]
    assert note in said


def test_a_gpt2_in_one_piece_is_looked_into_by_the_reference_which_says_so(tmp_path: Path) -> None:
    impl = Implementation(scripted(tmp_path / "s", pico(), PROMPT, "x"))
    look = session(impl=impl, n=1, inspect=True).events[0].look
    assert "attention and the residual stream: the reference recomputed it" in look.note
    truth = session(n=1, inspect=True).events[0].look
    np.testing.assert_allclose(look.attention, truth.attention, atol=1e-5)  # type: ignore[arg-type]


def test_without_a_reference_a_gpt2_in_one_piece_cannot_be_looked_into(tmp_path: Path) -> None:
    impl = Implementation(scripted(tmp_path / "s", pico(), PROMPT, "x"), reference=None)
    event = session(impl=impl, n=1, inspect=True).events[0]
    assert event.look.attention is None and event.look.stream is None and event.lens == ()
    assert "cannot be seen" in event.look.note


def test_a_session_that_does_not_inspect_says_so() -> None:
    with pytest.raises(SessionError, match="inspect"):
        _ = session(n=1).events[0].look


# ------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: session(""), "^the prompt is empty"),
        (lambda: session([]), "^the prompt is empty"),
        (lambda: session([1] * 256), "too long: it is 256 tokens, and pico looks at 256 at most"),
        (lambda: session([1] * 300), "too long: it is 300 tokens, and pico looks at 256 at most"),
        (lambda: session([1] * 250).run(7), "250 tokens; 7 more do not fit: pico looks at .* room for 6$"),
        (lambda: session().run(0), "must be 1 or more, not 0"),
        (lambda: session([2049]), "an id outside of pico's 0 to 2048"),
        (lambda: session([-1]), "an id outside of pico's 0 to 2048"),
        (lambda: session("x", model=load_model("fixture")), "stand for no text"),
        (lambda: Session(pico(), solutions(), "x", seed=-1), "seed must be 0 or more, not -1"),
        (lambda: Settings(temperature=-0.1), "temperature must be 0 or more, not -0.1"),
        (lambda: Settings(temperature=float("nan")), "temperature must be 0 or more, not nan"),
        (lambda: Settings(temperature=float("inf")), "temperature must be 0 or more, not inf"),
        (lambda: Settings(top_k=0), "top-k must be 1 or more, or off, not 0"),
        (lambda: Settings(top_p=0), "top-p must be above 0 and at most 1, not 0"),
        (lambda: Settings(top_p=1.1), "top-p must be above 0 and at most 1, not 1.1"),
        (lambda: Settings(frequency_penalty=-1), "frequency penalty must be 0 or more, not -1"),
        (lambda: open_model("gpt3"), "there is no model 'gpt3'"),
        (lambda: open_implementation("no/such/folder"), "^there is no folder no/such/folder$"),
    ],
)  # fmt: skip
def test_wrong_input_gets_one_clear_line(make: Callable[[], object], says: str) -> None:
    with pytest.raises(SessionError, match=says) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_missing_weights_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PICO_GPT_WEIGHTS", str(tmp_path))
    with pytest.raises(SessionError, match=r"make weights MODEL=gpt2$"):
        open_model("gpt2")


def test_a_full_context_stops_with_a_line_and_keeps_the_text() -> None:
    made = session([1] * 254, n=2)
    with pytest.raises(SessionError, match=r"the text is full: it has all the 256 tokens"):
        made.step()
    assert len(made.ids) == 256


LATER = """def mha(x, c_attn, c_proj, n_head):
    if n_head > 1:
        raise NotImplementedError("later")
    return x
"""
PENALTY, PROBS = "apply_frequency_penalty", "next_token_probs"
# A one-line body for a function, and what is said about it.
WRONG = [
    ("gpt2", "return None", r"^gpt2 returned NoneType, expected logits \[4, 2049\]$"),
    ("gpt2", "return a[1]['wte'][0]", r"^gpt2 returned the shape \[128\], expected logits"),
    ("gpt2", "return np.full((4, 2049), np.nan)", r"^gpt2 returned logits that are not finite"),
    ("gpt2_cached", "return 5", r"^gpt2_cached returned int, expected the pair"),
    (PROBS, "return a[0][0]", r"^next_token_probs returned numbers that are not probabilities"),
    (PROBS, "return a[0][0][:5]", r"^next_token_probs returned the shape \[5\], expected an array"),
    (PROBS, "return a[0][0] * np.nan", r"^next_token_probs returned numbers that are not finite"),
    (PENALTY, "return []", r"^apply_frequency_penalty returned list, expected an array"),
    ("sample", "return 99999", r"^sample returned 99999, expected an id from 0 to 2048$"),
    ("sample", "return a[0][0]", r"^sample returned the shape \[2049\], expected an id"),
    ("gelu", "raise KeyError('lost')", r"pico_gpt.py:\d+, in gelu: KeyError: 'lost'$"),
    ("gelu", "return a[0][0] / np.ones(7)", r"pico_gpt.py:\d+, in gelu: ValueError: operands could"),
    ("gelu", "raise SystemExit", r"pico_gpt.py:\d+, in gelu: SystemExit: no message$"),
    ("gelu", "return gelu(0)", r"pico_gpt.py:\d+, in gelu: RecursionError: "),
    ("mha", LATER, r"pico_gpt.py:\d+, in mha: not done yet: later$"),
]


@pytest.mark.parametrize(("name", "body", "says"), WRONG, ids=[f"{w[0]}-{i}" for i, w in enumerate(WRONG)])
def test_a_function_that_fails_gets_one_line_with_its_place(
    student: Student, name: str, body: str, says: str
) -> None:
    body = body if "def" in body else f"def {name}(*args, **kwargs):\n    a = args, kwargs\n    {body}\n"
    impl = Implementation(student("solutions", **{name: body}))
    settings = replace(SAMPLED, use_cache=name == "gpt2_cached")
    made = session(impl=impl, settings=settings)
    with pytest.raises(SessionError, match=says) as caught:
        list(made.run(2))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_after_a_failed_step_the_session_is_as_before(student: Student) -> None:
    gelu = solution_of("gelu")["gelu"].replace("def gelu(", "def right_gelu(")
    flaky = "def gelu(x):\n    TRIED.append(1)\n    if len(TRIED) == 10:\n        raise OSError\n"
    body = f"TRIED = []\n\n\n{gelu}\n\n\n{flaky}    return right_gelu(x)\n"
    made = session(impl=Implementation(student("solutions", gelu=body)), inspect=True)
    with pytest.raises(SessionError, match="OSError"):
        list(made.run(5))
    assert len(made.events) == 2
    list(made.run(3))
    assert made.ids == session(n=5).ids
