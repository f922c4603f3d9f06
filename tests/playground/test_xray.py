"""The x-ray page as a file: its numbers, its policy, what it refuses, and the page that is committed."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from real_grader import ROOT, SOLUTIONS
from xray_pages import PROMPT, TO_16_BITS, WRONG, data_of, truth_in, your_numbers

from playground.__main__ import main
from playground.run.implementation import Implementation
from playground.xray.command import MAX_BYTES, chosen, load_kata, render
from playground.xray.data import BLOCK_STAGES, TOLERANCE, as_float64, xray
from playground.xray.pack import order_of, pack, pack_yours, unpack
from playground.xray.walk import walk
from reference_activations.goldens import load_goldens
from reference_activations.models import Model, load_model

COMMITTED = ROOT / "instructions" / "architecture_visualization.html"

Student = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[str, str]]:
    """Run `python -m playground xray …` and give the page and what was printed."""

    def run(prompt: str, impl: Path | str = SOLUTIONS, model: str = "pico") -> tuple[str, str]:
        out = tmp_path / "xray.html"
        status = main(["xray", prompt, "--impl", str(impl), "--model", model, "--out", str(out)])
        assert status == 0
        return out.read_text(encoding="utf-8"), capsys.readouterr().out

    return run


@pytest.fixture(scope="module")
def pico() -> Model:
    return load_model("pico")


# ---------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize("name", ["turing", "non_ascii", "one_token"])
def test_every_number_in_the_file_is_the_golden_one(write: Callable[..., tuple[str, str]], name: str) -> None:
    goldens = load_goldens("pico")
    page, _ = write(goldens.text(name))
    data = data_of(page)
    assert data["ids"] == goldens[f"{name}/ids"].tolist()
    assert data["blocks"] == [0, 1, 2, 3]
    for key in ("embed", *(f"h.{i}.{stage}" for i in range(4) for stage in BLOCK_STAGES), "ln_f"):
        golden = goldens[f"{name}/{key}"]
        np.testing.assert_allclose(truth_in(data, key), golden, rtol=TO_16_BITS, atol=1e-30, err_msg=key)
    for position, entries in enumerate(data["top"]):
        row = goldens[f"{name}/logits"][position]
        probs = np.exp(row) / np.exp(row).sum()
        assert entries[0][0] == int(np.argmax(row))
        for token, logit, prob in entries:
            assert logit == pytest.approx(row[token], rel=1e-5)
            assert prob == pytest.approx(probs[token], rel=1e-5)


def test_the_logit_lens_ends_at_the_golden_prediction_and_the_norms_are_those_of_the_stream(
    write: Callable[..., tuple[str, str]],
) -> None:
    goldens = load_goldens("pico")
    data = data_of(write(goldens.text("turing"))[0])
    logits = goldens["turing/logits"]
    last = data["lens"]["truth"][-1]
    assert [token for token, _ in last] == np.argmax(logits, axis=-1).tolist()
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose([p for _, p in last], shares.max(axis=-1), rtol=1e-5)
    keys = ["embed", *(f"h.{i}.{half}" for i in range(4) for half in ("mid", "out"))]
    norms = [np.linalg.norm(goldens[f"turing/{key}"], axis=-1) for key in keys]
    np.testing.assert_allclose(data["norms"]["truth"], norms, rtol=1e-5)


@pytest.mark.parametrize("name", ["romeo", "repeated"])
def test_for_other_prompts_the_truth_is_what_the_reference_computes_in_float64(
    pico: Model, name: str
) -> None:
    goldens = load_goldens("pico")
    reference = chosen(Implementation(SOLUTIONS))
    stages = walk(reference, as_float64(pico.params), goldens[f"{name}/ids"].tolist(), pico.n_head)
    for key, stage in stages.items():
        if key not in ("mask", "probs"):
            np.testing.assert_allclose(
                stage.value, goldens[f"{name}/{key}"], rtol=1e-7, atol=1e-9, err_msg=key
            )


def off_by(yours: np.ndarray, truth: np.ndarray) -> float:
    """How far a stage is off, in the unit that TOLERANCE is in."""
    rms = math.sqrt(float(np.mean(truth**2)))
    return float(np.max(np.abs(yours - truth) / (rms + np.abs(truth))))


def test_the_tolerance_lies_between_float32_noise_and_the_mildest_mistake(
    pico: Model, student: Student
) -> None:
    right = xray(load_kata(str(SOLUTIONS)), pico, PROMPT)
    noise = max(off_by(s.value, right.truth[key]) for key, s in right.yours.items() if key != "mask")
    assert noise < TOLERANCE / 5
    wrong = xray(load_kata(str(student(gelu=WRONG["erf"][1]))), pico, PROMPT)
    assert off_by(wrong.yours["h.0.gelu"].value, wrong.truth["h.0.gelu"]) > 5 * TOLERANCE


# ------------------------------------------------------------------------------------- the page


def test_the_policy_allows_this_script_and_this_style_and_nothing_else(
    write: Callable[..., tuple[str, str]],
) -> None:
    page, _ = write(PROMPT)
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    policy = dict(part.strip().split(" ", 1) for part in found[1].split(";"))
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in found[1] and "*" not in found[1] and "http" not in found[1]
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert body is not None
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert policy[directive] == f"'sha256-{digest}'"
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_the_page_names_no_address(write: Callable[..., tuple[str, str]]) -> None:
    page, _ = write(PROMPT)
    addresses = set(re.findall(r"https?://[^\s\"'<]+", page)) - {"http://www.w3.org/2000/svg"}
    assert not addresses
    assert not re.search(r"<(link|img|iframe|object|embed|base)\b", page)
    assert not re.search(r"\son\w+=\"|\sstyle=\"", page), (
        "no inline handlers or styles, which the policy forbids"
    )


@pytest.mark.parametrize("prompt", ["</script><img onerror>", "<!--<script>", "{{data}}&amp;", '"\\\u2028'])
def test_markup_in_a_prompt_stays_data(write: Callable[..., tuple[str, str]], prompt: str) -> None:
    page, _ = write(prompt)
    assert data_of(page)["prompt"] == prompt
    assert page.count("</script") == 2
    assert "<img" not in page and "<!--" not in page


def test_a_prompt_in_japanese_with_an_emoji_is_whole(write: Callable[..., tuple[str, str]]) -> None:
    prompt = "日本 👋 é"
    data = data_of(write(prompt)[0])
    assert data["prompt"] == prompt
    raw = b"".join(bytes.fromhex(data["tokens"][str(token)]["bytes"]) for token in data["ids"])
    assert raw.decode() == prompt
    assert all("\ufffd" not in (facts["text"] or "") for facts in data["tokens"].values())


def random_model(n_embd: int, n_layer: int, pico: Model) -> Model:
    """A model of another size with pico's tokens."""
    rng = np.random.default_rng(7)

    def array(*shape: int) -> np.ndarray:
        return (0.05 * rng.standard_normal(shape)).astype(np.float32)

    def linear(n_in: int, n_out: int) -> dict[str, np.ndarray]:
        return {"w": array(n_in, n_out), "b": array(n_out)}

    def norm() -> dict[str, np.ndarray]:
        return {"g": 1 + array(n_embd), "b": array(n_embd)}

    blocks = [
        {
            "ln_1": norm(),
            "attn": {"c_attn": linear(n_embd, 3 * n_embd), "c_proj": linear(n_embd, n_embd)},
            "ln_2": norm(),
            "mlp": {"c_fc": linear(n_embd, 4 * n_embd), "c_proj": linear(4 * n_embd, n_embd)},
        }
        for _ in range(n_layer)
    ]
    params = {"wte": array(pico.n_vocab, n_embd), "wpe": array(64, n_embd), "blocks": blocks, "ln_f": norm()}
    return replace(
        pico, name="gpt2-xl", params=params, n_embd=n_embd, n_layer=n_layer, n_ctx=64, n_head=n_embd // 64
    )


def test_of_a_larger_model_the_page_holds_the_blocks_that_fit(pico: Model, student: Student) -> None:
    model = random_model(256, 8, pico)
    page, blocks = render(xray(load_kata(str(SOLUTIONS)), model, PROMPT))
    assert len(page) < MAX_BYTES
    assert 0 in blocks and 7 in blocks and len(blocks) < 8
    # A wrong function fills the page with differences; the first block that differs stays.
    wrong = xray(load_kata(str(student(gelu=WRONG["erf"][1]))), model, PROMPT)
    page, fewer = render(wrong)
    assert len(page) < MAX_BYTES
    assert len(fewer) < len(blocks) and 0 in fewer
    assert 5 in render(wrong, [5, 2])[1], "the block that was asked for first"


def test_a_prompt_of_which_not_even_one_block_fits_is_refused_with_both_lengths(pico: Model) -> None:
    run = xray(load_kata(str(SOLUTIONS)), random_model(1024, 1, pico), PROMPT + PROMPT[:12])
    with pytest.raises(ValueError, match=r"it has 16 tokens, and of gpt2-xl about \d+ fit into 1000 kB"):
        render(run)


# --------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([""], "xray: the prompt is empty"),
        (["the " * 40], "xray: the prompt is too long: it has 41 tokens of pico, the page holds 16"),
        (["a", "--model", "gpt2"], "xray: the weights of gpt2 are not in"),
        (["a", "--model", "gpt5"], "xray: there is no model 'gpt5'"),
        (["a", "--model", "fixture"], "xray: the model fixture has 97 ids that stand for no text"),
        (["a", "--impl", "nowhere"], "xray: there is no folder nowhere"),
        (["a", "--blocks", "0,4"], "xray: there is no block 4: pico has blocks 0 to 3"),
    ],
)
def test_bad_input_gets_one_line_and_exit_status_2(
    words: list[str],
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PICO_GPT_WEIGHTS", str(tmp_path / "none"))
    out = tmp_path / "xray.html"
    assert main(["xray", *words, "--impl", str(SOLUTIONS), *words[1:], "--out", str(out)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(expected)
    assert printed.err.count("\n") == 1
    assert not out.exists()


# ----------------------------------------------------------------------------- the committed page


def test_the_committed_page_is_what_the_command_writes(pico: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    committed = COMMITTED.read_text(encoding="utf-8")
    data = data_of(committed)
    fresh, _ = render(xray(load_kata(str(SOLUTIONS)), pico, data["prompt"]), pages="steps")
    again = data_of(fresh.decode())

    def without_data(page: str) -> str:
        return re.sub(r'(id="xray-data">).*?(</script>)', r"\1\2", page, flags=re.DOTALL)

    assert without_data(committed) == without_data(fresh.decode()), "make xray, and commit its page"
    for name in data.keys() - {"arrays", "weights", "wte", "wpe", "top", "lens", "norms", "orders"}:
        assert data[name] == again[name], name
    # Another machine's last bit may round differently.
    for key in data["arrays"]:
        np.testing.assert_allclose(truth_in(data, key), truth_in(again, key), rtol=2 * TO_16_BITS, atol=1e-12)


def test_the_committed_page_does_not_print_the_solutions() -> None:
    committed = data_of(COMMITTED.read_text(encoding="utf-8"))
    assert all("code" not in facts for facts in committed["impl"]["functions"].values())
    text = json.dumps(committed)
    source = (SOLUTIONS / "pico_gpt.py").read_text(encoding="utf-8")
    statements = [
        ast.unparse(statement)
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
        for statement in node.body[1:]
    ]
    assert len(statements) > 30
    assert not [statement for statement in statements if len(statement) > 20 and statement in text]


# ----------------------------------------------------------------------------------------- packing


def test_packed_numbers_keep_four_digits_and_what_is_not_finite() -> None:
    values = np.concatenate(
        [np.random.default_rng(1).normal(size=1000) * 10.0 ** np.arange(-20, 20).repeat(25)]
    )
    np.testing.assert_allclose(unpack(pack(values)), values, rtol=TO_16_BITS)
    odd = unpack(pack(np.array([0.0, np.inf, -np.inf, np.nan])))
    assert odd[:3].tolist() == [0.0, np.inf, -np.inf] and np.isnan(odd[3])


def test_the_students_numbers_keep_three_digits_of_themselves_or_of_their_difference() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(size=4000)
    yours = truth + rng.uniform(-2, 2, 4000) * 10.0 ** rng.integers(-2, 3, 4000)
    yours[:3] = np.nan, np.inf, 0.0
    cells = rng.random(4000) < 0.9
    cells[:3] = True
    unpacked = your_numbers(pack_yours(yours, truth, cells), truth)
    np.testing.assert_array_equal(unpacked[~cells], truth[~cells])
    np.testing.assert_array_equal(unpacked[:3], yours[:3])
    error = np.abs(unpacked[3:] - yours[3:])[cells[3:]]
    smaller = np.minimum(np.abs(yours), np.abs(yours - truth))[3:][cells[3:]]
    assert np.all(error <= 1e-3 * smaller + 1e-7 * np.abs(yours[3:]).max())


def test_a_difference_that_would_vanish_beside_a_huge_one_is_kept() -> None:
    truth, cells = np.array([1.0, 2.0, 3.0]), np.array([True, True, False])
    packed = pack_yours(np.array([-1e12, 2.5, 3.0]), truth, cells)
    np.testing.assert_allclose(unpack(packed["yours"]), [-1e12, 2.5, 3.0], rtol=TO_16_BITS)
    assert base64.b64decode(packed["cells"]) == bytes([0b11000000])


def test_numbers_that_only_moved_are_stored_as_an_order() -> None:
    parent = np.arange(24.0).reshape(4, 6)
    moved = parent.reshape(4, 2, 3).transpose(1, 0, 2)
    order = order_of(moved, parent, None)
    assert order is not None
    np.testing.assert_array_equal(parent.ravel()[order].reshape(moved.shape), moved)
    assert order_of(moved + 1, parent, None) is None
