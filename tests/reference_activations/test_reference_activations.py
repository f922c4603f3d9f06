"""Models, the files that they come from, the fixture's promises and the published facts."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from reference_activations import fixture
from reference_activations.facts import load_facts
from reference_activations.goldens import load_goldens
from reference_activations.models import (
    REAL,
    SHIPPED,
    WeightsMissing,
    load_model,
    params_from_tensors,
    read_model,
    weights_dir,
)
from reference_activations.random_weights import Shape, write_random_folder
from reference_activations.tensor_file import TensorFile
from reference_activations.tokens import encoding

ROOT = Path(__file__).parents[2]
SMALL = Shape(n_layer=2, n_head=2, n_embd=128, n_ctx=24, n_vocab=300)


def leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in leaves(branch)]
    if isinstance(tree, list):
        return [leaf for branch in tree for leaf in leaves(branch)]
    return [tree]


# ---------------------------------------------------------------------------------------- models


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_is_what_its_config_says(name: str) -> None:
    model = load_model(name)
    config = json.loads((weights_dir(name) / "config.json").read_text(encoding="utf-8"))
    assert (model.n_layer, model.n_head, model.n_embd) == (
        config["n_layer"],
        config["n_head"],
        config["n_embd"],
    )
    assert (model.n_vocab, model.n_ctx, model.eps) == (config["vocab_size"], config["n_positions"], 1e-5)
    assert model.params["wte"].shape == (model.n_vocab, model.n_embd)
    assert model.params["wpe"].shape == (model.n_ctx, model.n_embd)
    for block in model.params["blocks"]:
        assert block["attn"]["c_attn"]["w"].shape == (model.n_embd, 3 * model.n_embd)
        assert block["mlp"]["c_proj"]["w"].shape == (4 * model.n_embd, model.n_embd)
    assert model.d_head * model.n_head == model.n_embd


@pytest.mark.parametrize("name", SHIPPED)
def test_weights_are_float32_finite_and_cannot_be_written_to(name: str) -> None:
    for array in leaves(load_model(name).params):
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
        assert not array.flags.writeable


def test_every_tensor_of_a_model_lands_in_the_tree_once() -> None:
    stored = load_file(weights_dir("pico") / "model.safetensors")
    tree = load_model("pico").params
    assert sorted(a.tobytes() for a in leaves(tree)) == sorted(a.tobytes() for a in stored.values())
    block = tree["blocks"][3]
    np.testing.assert_array_equal(block["attn"]["c_proj"]["w"], stored["transformer.h.3.attn.c_proj.weight"])
    np.testing.assert_array_equal(block["ln_2"]["g"], stored["transformer.h.3.ln_2.weight"])
    np.testing.assert_array_equal(tree["ln_f"]["b"], stored["transformer.ln_f.bias"])


def test_names_without_the_prefix_mask_buffers_and_a_tied_head_make_no_difference() -> None:
    stored = load_file(weights_dir("fixture") / "model.safetensors")
    plain = {name.removeprefix("transformer."): array for name, array in stored.items()}
    mask = np.tri(32, dtype=np.float32)[None, None]
    for i in range(3):
        plain |= {f"h.{i}.attn.bias": mask, f"h.{i}.attn.masked_bias": np.float32(-1e4)}
    plain["lm_head.weight"] = plain["wte.weight"]
    ours, theirs = params_from_tensors(plain), load_model("fixture").params
    assert list(ours) == list(theirs) == ["wte", "wpe", "blocks", "ln_f"]
    assert all(np.array_equal(a, b) for a, b in zip(leaves(ours), leaves(theirs), strict=True))


@pytest.mark.parametrize(
    "gone, message",
    [
        ("transformer.wpe.weight", "wpe.weight is missing"),
        ("transformer.h.2.mlp.c_fc.bias", "h.2.mlp.c_fc is missing"),
        ("transformer.h.0.ln_1.weight", "h.0.ln_1 is missing"),
        ("transformer.ln_f.bias", "ln_f is missing"),
    ],
)
def test_a_missing_tensor_is_named(gone: str, message: str) -> None:
    tensors = fixture.make_tensors()
    del tensors[gone]
    with pytest.raises(ValueError, match=message):
        params_from_tensors(tensors)


def test_a_missing_block_and_an_unknown_tensor_are_named() -> None:
    tensors = fixture.make_tensors()
    with pytest.raises(ValueError, match="blocks are missing"):
        params_from_tensors({k: v for k, v in tensors.items() if ".h.1." not in k})
    with pytest.raises(ValueError, match=r"h\.0\.attn\.rotary is not a tensor of GPT-2"):
        params_from_tensors(tensors | {"h.0.attn.rotary": np.zeros(3, np.float32)})


def test_missing_weights_say_in_one_line_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICO_GPT_WEIGHTS", str(tmp_path))
    for name in REAL:
        with pytest.raises(WeightsMissing) as caught:
            load_model(name)
        assert f"make weights MODEL={name}" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_an_unknown_model_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(ValueError, match="pico, fixture, gpt2, gpt2-medium"):
        load_model("gpt3")


def test_real_weights_are_found_through_the_environment_and_need_no_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICO_GPT_WEIGHTS", str(tmp_path))
    write_random_folder(tmp_path / "gpt2", SMALL)
    with_config = load_model("gpt2")
    (tmp_path / "gpt2" / "config.json").unlink()
    without = load_model("gpt2")
    assert (with_config.n_head, with_config.n_layer, with_config.n_ctx) == (2, 2, 24)
    assert (without.n_head, without.d_head, without.eps) == (2, 64, 1e-5)


def test_a_file_that_aligns_nothing_is_read_right_and_into_aligned_arrays(tmp_path: Path) -> None:
    write_random_folder(tmp_path, SMALL)
    file = tmp_path / "model.safetensors"
    content, theirs = file.read_bytes(), load_file(file)
    length = int.from_bytes(content[:8], "little")
    for n_spaces in range(4):  # every offset from a whole number of float32s
        padded = (length + n_spaces).to_bytes(8, "little") + content[8 : 8 + length] + b" " * n_spaces
        (tmp_path / f"shifted by {n_spaces}").write_bytes(padded + content[8 + length :])
        ours = TensorFile(tmp_path / f"shifted by {n_spaces}")
        assert set(ours) == set(theirs)
        for name, array in theirs.items():
            assert ours[name].flags.aligned
            np.testing.assert_array_equal(ours[name], array)


def test_a_model_has_its_own_text_and_the_fixture_has_none() -> None:
    pico = load_model("pico")
    ids = pico.encoding.encode_ordinary("O, naïve Romeo!")
    assert pico.encoding.decode(ids) == "O, naïve Romeo!"
    assert max(ids) < pico.n_vocab == pico.encoding.n_vocab
    with pytest.raises(ValueError, match="stand for no text"):
        _ = load_model("fixture").encoding


def test_a_broken_config_is_named(tmp_path: Path) -> None:
    write_random_folder(tmp_path, SMALL)
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"config\.json is not JSON"):
        read_model(tmp_path, "broken")


def test_loading_models_and_goldens_imports_nothing_but_numpy() -> None:
    script = (
        "import sys\n"
        "from reference_activations import facts, fixture, goldens, models\n"
        "models.load_model('pico'), goldens.load_goldens('pico')['romeo/logits'], facts.load_facts()\n"
        "heavy = {'torch', 'transformers', 'safetensors', 'tiktoken'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


# ------------------------------------------------------------------------------------ tensor files


def raw_file(path: Path, header: Any, data: bytes = b"") -> Path:
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + data)
    return path


def test_half_precision_becomes_float32_in_the_tree(tmp_path: Path) -> None:
    tensors = {k: v.astype(np.float16) for k, v in fixture.make_tensors().items()}
    save_file(tensors, tmp_path / "model.safetensors")
    model = read_model(tmp_path, "half")
    assert {a.dtype for a in leaves(model.params)} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(model.params["wte"], tensors["transformer.wte.weight"].astype(np.float32))


def test_bfloat16_is_the_upper_half_of_a_float32(tmp_path: Path) -> None:
    numbers = np.array([1.0, -2.5, 3.140625, 1e30], "<f4")
    data = (numbers.view("<u4") >> 16).astype("<u2").tobytes()
    entry = {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}
    read = TensorFile(raw_file(tmp_path / "b", {"x": entry}, data))["x"]
    assert read.dtype == np.float32
    np.testing.assert_allclose(read.ravel(), numbers, rtol=2**-7)  # cut off, not rounded
    np.testing.assert_array_equal(read.ravel()[:3], numbers[:3])


FOUR_BYTES = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    "header, data, message",
    [
        (b"", b"", "header is broken"),
        (b"not json", b"", "header is broken"),
        ([1, 2], b"", "header is broken"),
        (b"[" * 100_000, b"", "header is broken"),
        ({"x": 3}, b"", "header is broken"),
        ({"x": {"dtype": "F32", "shape": [1]}}, b"1234", "header is broken"),
        ({"x": FOUR_BYTES | {"data_offsets": [0]}}, b"1234", "header is broken"),
        ({"x": FOUR_BYTES | {"shape": [0.5], "data_offsets": [0, 2]}}, b"1234", "header is broken"),
        ({"x": FOUR_BYTES | {"shape": [-1]}}, b"1234", "cut short or damaged"),
        ({"x": FOUR_BYTES}, b"123", "cut short or damaged"),
        ({"x": FOUR_BYTES | {"data_offsets": [4, 8]}}, b"1234", "cut short or damaged"),
        ({"x": FOUR_BYTES | {"data_offsets": [-4, 0]}}, b"1234", "cut short or damaged"),
        ({"x": FOUR_BYTES | {"shape": [2]}}, b"1234", "cut short or damaged"),
        ({"x": FOUR_BYTES | {"dtype": "F8_E4M3"}}, b"1234", "F8_E4M3"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(
    tmp_path: Path, header: Any, data: bytes, message: str
) -> None:
    path = raw_file(tmp_path / "damaged.safetensors", header, data)
    with pytest.raises(ValueError, match=message) as caught:
        TensorFile(path)
    assert "damaged.safetensors" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"1234567", b"\xff" * 8, (10**6).to_bytes(8, "little") + b"{}"])
def test_a_file_without_a_whole_header_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "short").write_bytes(content)
    with pytest.raises(ValueError, match=r"not a (whole )?safetensors file"):
        TensorFile(tmp_path / "short")


def test_every_way_to_cut_a_file_short_is_noticed(tmp_path: Path) -> None:
    save_file({"x": np.arange(6, dtype=np.float32)}, tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    for n in range(len(whole)):
        (tmp_path / "cut").write_bytes(whole[:n])
        with pytest.raises(ValueError):
            TensorFile(tmp_path / "cut")


# ----------------------------------------------------------------------------------------- fixture


def test_the_fixture_is_what_its_seed_gives() -> None:
    assert fixture.check(weights_dir("fixture")) == ""


def test_a_changed_fixture_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixture, "weights_dir", lambda _name: tmp_path)
    assert fixture.main([]) == 0 and fixture.main(["--check"]) == 0
    tensors = load_file(tmp_path / "model.safetensors")
    name = "transformer.h.1.ln_2.bias"
    tensors[name] = np.nextafter(tensors[name], np.float32(1))
    save_file(tensors, tmp_path / "model.safetensors")
    assert name in fixture.check(tmp_path)
    assert fixture.main(["--check"]) == 1


def test_no_two_axes_of_the_fixture_have_the_same_length() -> None:
    model, goldens = load_model("fixture"), load_goldens("fixture")
    for prompt in ("seven", "all_equal", "full_context"):
        n_seq = len(goldens[f"{prompt}/ids"])
        axes = [n_seq, model.n_head, model.d_head, model.n_embd, model.n_vocab, model.n_layer]
        assert len(set(axes)) == len(axes)
    assert model.n_ctx not in (model.n_vocab, model.n_embd)


def test_nothing_in_the_fixture_is_neutral() -> None:
    params = load_model("fixture").params
    norms = [params["ln_f"]] + [block[ln] for block in params["blocks"] for ln in ("ln_1", "ln_2")]
    layers = [
        block[half][layer]
        for block in params["blocks"]
        for half, layer in (("attn", "c_attn"), ("attn", "c_proj"), ("mlp", "c_fc"), ("mlp", "c_proj"))
    ]
    for norm in norms:
        assert np.abs(norm["g"] - 1).min() > 0.15 and np.abs(norm["b"]).min() > 0.1
    for layer in layers:
        assert np.abs(layer["b"]).min() > 0.09
    for same_kind in (norms, layers[0::4], layers[1::4], layers[2::4], layers[3::4]):
        for i, one in enumerate(same_kind):
            for other in same_kind[:i]:
                assert all(np.abs(one[key] - other[key]).max() > 0.1 for key in one)


def test_the_fixtures_first_prompt_has_repeats_and_an_id_beyond_n_ctx() -> None:
    ids = load_goldens("fixture")["seven/ids"].tolist()
    assert len(set(ids)) < len(ids)
    assert max(ids) >= load_model("fixture").n_ctx
    assert ids != sorted(ids)


def test_the_fixtures_rows_are_of_very_different_scale() -> None:
    deviation = load_goldens("fixture")["seven/embed"].std(axis=-1)
    assert deviation.min() < 0.03 and deviation.max() > 5


@pytest.mark.parametrize("i", range(3))
def test_the_fixtures_attention_is_sharp_and_its_gelu_curved(i: int) -> None:
    goldens = load_goldens("fixture")
    for prompt in ("seven", "full_context"):
        weights, fc = goldens[f"{prompt}/h.{i}.weights"], goldens[f"{prompt}/h.{i}.fc"]
        n_seq = weights.shape[-1]
        uniform = np.tri(n_seq) / np.arange(1, n_seq + 1)[:, None]
        assert np.abs(weights - uniform).max() > 0.5
        assert np.abs(weights - uniform)[:, 1:].max(axis=-1).mean() > 0.2
        assert fc.std() > 1.5
        # The straight line that fits gelu best leaves a lot.
        line = np.polynomial.Polynomial.fit(fc.ravel(), goldens[f"{prompt}/h.{i}.gelu"].ravel(), 1)
        assert np.abs(line(fc) - goldens[f"{prompt}/h.{i}.gelu"]).max() > 1


def test_the_fixtures_greedy_continuations_do_not_stand_still() -> None:
    goldens = load_goldens("fixture")
    for prompt in ("seven", "one_token", "all_equal"):
        new = goldens[f"{prompt}/greedy"][len(goldens[f"{prompt}/ids"]) :].tolist()
        assert len(set(new)) >= 4


# ------------------------------------------------------------------------------------------- facts


def test_every_published_fact_has_a_source() -> None:
    facts = load_facts("gpt2")
    records = [r for value in facts.values() if isinstance(value, list) for r in value]
    assert len(records) > 25
    for record in [*records, facts["transformer_explainer"]]:
        assert isinstance(record["source"], str) and len(record["source"]) > 10


def test_the_texts_of_the_facts_are_their_ids() -> None:
    facts, gpt2 = load_facts("gpt2"), encoding()
    pairs = [(r["prompt_text"], r["prompt_ids"]) for r in facts["greedy_124M"] if r["prompt_text"]]
    pairs += [(r["text"], r["ids"]) for r in facts["perplexity_124M"] if "text" in r]
    assert len(pairs) > 15
    for text, ids in pairs:
        assert gpt2.encode_ordinary(text) == ids


def test_the_published_scores_of_block_0_have_a_row_for_every_query_of_every_head() -> None:
    for example in load_facts("gpt2")["transformer_explainer"]["examples"]:
        n_seq = len(example["ids"])
        assert np.array(example["block0_scores"]).shape == (12, n_seq, n_seq)


def test_facts_are_there_for_real_models_only() -> None:
    assert load_facts("gpt2-xl") == {}
    with pytest.raises(ValueError, match="not about 'pico'"):
        load_facts("pico")
