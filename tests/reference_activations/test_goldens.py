"""The golden activations: whole, described truly, and in agreement with the solutions."""

import hashlib
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from reference_activations import dump
from reference_activations.goldens import SCHEMA, Goldens, goldens_dir, load_cases, load_goldens
from reference_activations.models import HERE, SHIPPED, Model, load_model, weights_dir

ROOT = Path(__file__).parents[2]
LIMIT = 16_000_000  # bytes: everything that is known to be true, weights included
EXACT = 1e-9  # NumPy's and torch's float64 differ by less, whatever the order of their sums


@pytest.fixture(scope="module")
def solved() -> Iterator[tuple[ModuleType, ModuleType]]:
    """The solutions' pico_gpt and kv_cache, as modules that nobody else sees."""
    names, before = ("pico_gpt", "kv_cache"), dict(sys.modules)
    for name in names:
        sys.modules.pop(name, None)
    sys.path.insert(0, str(ROOT / "solutions"))
    try:
        pico_gpt, kv_cache = (importlib.import_module(name) for name in names)
    finally:
        sys.path.remove(str(ROOT / "solutions"))
        for name in names:
            sys.modules.pop(name)
            if name in before:
                sys.modules[name] = before[name]
    yield pico_gpt, kv_cache


def in_float64(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: in_float64(branch) for name, branch in tree.items()}
    if isinstance(tree, list):
        return [in_float64(branch) for branch in tree]
    return tree.astype(np.float64)


def close(given: Any, expected: Any) -> None:
    assert given.shape == expected.shape
    np.testing.assert_allclose(given, expected, rtol=0, atol=EXACT)


# --------------------------------------------------------------------------------- the files


def test_everything_known_to_be_true_is_small_enough_for_git() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "reference_activations"], cwd=ROOT, capture_output=True, check=False
    )
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    if not files:  # not a git checkout: an archive holds nothing but what is committed
        files = [f for f in HERE.rglob("*") if f.is_file() and HERE / "weights" not in f.parents]
    assert {HERE / "pico" / "model.safetensors", HERE / "goldens" / "pico.safetensors"} <= set(files)
    assert sum(file.stat().st_size for file in files) < LIMIT


@pytest.mark.parametrize("name", SHIPPED)
def test_the_manifest_has_the_hashes_of_the_goldens_and_of_their_weights(name: str) -> None:
    manifest = load_goldens(name).manifest
    content = (goldens_dir(name) / manifest["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == manifest["sha256"]
    assert len(content) == manifest["bytes"]
    weights = (weights_dir(name) / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == manifest["weights_sha256"], "run: make golden"
    assert {"python", "numpy", "torch", "transformers"} <= set(manifest["made_by"])


@pytest.mark.parametrize("name", SHIPPED)
def test_the_goldens_are_numbers_and_leave_no_byte_for_anything_else(name: str) -> None:
    """No pickle, no gap: header and arrays cover the file from end to end."""
    content = (goldens_dir(name) / f"{name}.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert "__metadata__" not in header
    end = 0
    for entry in sorted(header.values(), key=lambda entry: entry["data_offsets"]):
        assert entry["dtype"] in ("F64", "I64")
        assert entry["data_offsets"][0] == end
        assert entry["data_offsets"][1] - end == 8 * int(np.prod(entry["shape"]))
        end = entry["data_offsets"][1]
    assert 8 + length + end == len(content)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_array_has_the_shape_and_type_that_the_manifest_says(name: str) -> None:
    goldens = load_goldens(name)
    assert len(goldens) > 300
    for key, array in goldens.items():
        entry = goldens.manifest["tensors"][key]
        assert (list(array.shape), str(array.dtype)) == (entry["shape"], entry["dtype"])
        ids = key.endswith(("/ids", "/greedy"))
        assert array.dtype == (np.int64 if ids else np.float64)
        assert np.isfinite(array).all()
        assert not array.flags.writeable


def shapes(model: Model, n_seq: int) -> dict[str, tuple[int, ...]]:
    rows, heads = (n_seq, model.n_embd), (model.n_head, n_seq, model.d_head)
    square = (model.n_head, n_seq, n_seq)
    wanted = {"ids": (n_seq,), "embed": rows, "ln_f": rows, "logits": (n_seq, model.n_vocab)}
    for i in range(model.n_layer):
        wanted |= {f"h.{i}.{k}": rows for k in ("in", "ln_1", "merged", "attn", "mid", "ln_2", "mlp", "out")}
        wanted |= {f"h.{i}.{k}": heads for k in ("q", "k", "v", "heads")}
        wanted |= {f"h.{i}.{k}": square for k in ("scores", "weights")}
        wanted |= {f"h.{i}.{k}": (n_seq, 4 * model.n_embd) for k in ("fc", "gelu")}
        wanted |= {f"h.{i}.qkv": (n_seq, 3 * model.n_embd), f"past.{i}.k": heads, f"past.{i}.v": heads}
    return wanted


@pytest.mark.parametrize("name", SHIPPED)
def test_every_prompt_has_every_key_in_the_shape_that_the_model_gives(name: str) -> None:
    model, goldens = load_model(name), load_goldens(name)
    assert len(goldens.prompts) >= 4
    for prompt in goldens.prompts:
        have = {
            key.removeprefix(f"{prompt}/"): a.shape
            for key, a in goldens.items()
            if key.startswith(f"{prompt}/")
        }
        n_seq = len(goldens[f"{prompt}/ids"])
        greedy = have.pop("greedy", None)
        assert have == shapes(model, n_seq)
        if greedy is not None:
            n_new = goldens.manifest["prompts"][prompt]["greedy"]["n_new"]
            assert greedy == (n_seq + n_new,) and n_seq + n_new <= model.n_ctx


def test_the_prompts_are_of_the_kinds_that_matter() -> None:
    pico, goldens = load_model("pico"), load_goldens("pico")
    ids = {
        prompt: goldens[f"{prompt}/ids"].tolist() for prompt in [*goldens.prompts, *goldens.sparse_prompts]
    }
    assert len(ids["one_token"]) == 1
    assert len(set(ids["repeated"])) < len(ids["repeated"])
    assert len(ids["full_context"]) == pico.n_ctx
    assert not str(goldens.text("non_ascii")).isascii()
    assert goldens.text("turing") == "Alan Turing theorized that computers would one day become"
    for prompt in goldens.prompts:
        assert pico.encoding.encode_ordinary(str(goldens.text(prompt))) == ids[prompt]
        assert goldens.manifest["prompts"][prompt]["greedy"]["n_new"] == 60
    fixture = load_goldens("fixture")
    assert [len(fixture[f"{p}/ids"]) for p in fixture.prompts] == [7, 1, 9, 32]
    assert len(set(fixture["all_equal/ids"].tolist())) == 1


def test_a_model_without_goldens_says_how_to_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICO_GPT_WEIGHTS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"python -m reference_activations\.dump --model gpt2$"):
        load_goldens("gpt2")


def test_goldens_of_another_schema_and_a_broken_manifest_are_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"schema": "pico-gpt-kata/goldens/v0"}', encoding="utf-8")
    with pytest.raises(ValueError, match=SCHEMA):
        Goldens(tmp_path, "pico")
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="is not JSON"):
        Goldens(tmp_path, "pico")


def test_a_missing_key_is_a_key_error() -> None:
    goldens = load_goldens("fixture")
    assert "seven/h.7.in" not in goldens
    with pytest.raises(KeyError):
        goldens["seven/h.7.in"]


def test_dumping_without_the_weights_is_one_line_and_exit_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PICO_GPT_WEIGHTS", str(tmp_path))
    with pytest.raises(SystemExit) as stopped:
        dump.main(["--model", "gpt2-xl"])
    assert stopped.value.code == 2
    assert "make weights MODEL=gpt2-xl" in capsys.readouterr().err.splitlines()[-1]


def test_dumping_without_torch_is_one_line_and_exit_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "reference_activations.hugging_face", raising=False)
    with pytest.raises(SystemExit) as stopped:
        dump.main(["--check"])
    assert stopped.value.code == 2
    assert "torch is needed to make goldens; run: make setup-golden" in capsys.readouterr().err


# ---------------------------------------------------------------- what must hold by itself


@pytest.mark.parametrize("name", SHIPPED)
def test_no_query_attends_to_a_later_key_and_weights_sum_to_1(name: str) -> None:
    goldens = load_goldens(name)
    weights = [a for key, a in goldens.items() if key.endswith(".weights")]
    assert len(weights) == len(goldens.prompts) * load_model(name).n_layer
    for array in weights:
        assert (np.triu(array, 1) == 0).all()
        close(array.sum(axis=-1), np.ones(array.shape[:-1]))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_residual_stream_adds_up_and_each_block_takes_what_the_last_one_gave(name: str) -> None:
    goldens = load_goldens(name)
    for prompt in goldens.prompts:
        stream = goldens[f"{prompt}/embed"]
        for i in range(load_model(name).n_layer):
            h = f"{prompt}/h.{i}"
            np.testing.assert_array_equal(goldens[f"{h}.in"], stream)
            close(goldens[f"{h}.in"] + goldens[f"{h}.attn"], goldens[f"{h}.mid"])
            close(goldens[f"{h}.mid"] + goldens[f"{h}.mlp"], goldens[f"{h}.out"])
            stream = goldens[f"{h}.out"]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_cache_holds_the_keys_and_values_of_the_full_pass(name: str) -> None:
    goldens = load_goldens(name)
    for prompt in goldens.prompts:
        for i in range(load_model(name).n_layer):
            for part in "kv":
                np.testing.assert_array_equal(
                    goldens[f"{prompt}/past.{i}.{part}"], goldens[f"{prompt}/h.{i}.{part}"]
                )
    for prompt in goldens.manifest["prompts"].values():
        assert prompt["cached_max_abs_difference"] < EXACT
        assert sum(prompt["chunks"]) == prompt["n_seq"]


@pytest.mark.parametrize("name", SHIPPED)
def test_greedy_goes_on_from_the_prompt_with_the_most_likely_token(name: str) -> None:
    goldens = load_goldens(name)
    continued = [prompt for prompt in goldens.prompts if f"{prompt}/greedy" in goldens]
    assert len(continued) >= 3
    for prompt in continued:
        ids, greedy = goldens[f"{prompt}/ids"], goldens[f"{prompt}/greedy"]
        np.testing.assert_array_equal(greedy[: len(ids)], ids)
        assert greedy[len(ids)] == np.argmax(goldens[f"{prompt}/logits"][-1])


@pytest.mark.parametrize("name", SHIPPED)
def test_sampling_cases_are_distributions_that_keep_what_they_say(name: str) -> None:
    cases = list(load_goldens(name).sampling())
    assert len(cases) >= 7
    for _case, settings, logits, probs in cases:
        close(probs.sum(), np.float64(1))
        n_kept = np.count_nonzero(probs)
        if settings["top_k"] is not None:
            assert n_kept <= settings["top_k"]
        if settings["top_k"] is None and settings["top_p"] == 1:
            assert n_kept == len(logits)
        # What is kept is what is most likely, and keeps its proportions.
        kept = np.argsort(-logits)[:n_kept]
        assert set(kept) == set(np.flatnonzero(probs))
        close(np.diff(np.log(probs[kept])) * settings["temperature"], np.diff(logits[kept]))


# ------------------------------------------------------------------------ against the solutions


@pytest.mark.parametrize("name", SHIPPED)
def test_the_solutions_agree_with_every_golden_in_float64(
    name: str, solved: tuple[ModuleType, ModuleType]
) -> None:
    s, _ = solved
    model, goldens = load_model(name), load_goldens(name)
    params = in_float64(model.params)
    seen: set[str] = set()

    for prompt in goldens.prompts:

        def golden(key: str, prompt: str = prompt) -> Any:
            seen.add(f"{prompt}/{key}")
            return goldens[f"{prompt}/{key}"]

        ids = golden("ids").tolist()
        mask = s.causal_mask(len(ids))
        close(params["wte"][ids] + params["wpe"][: len(ids)], golden("embed"))
        for i, block in enumerate(params["blocks"]):
            g = {k: golden(f"h.{i}.{k}") for k in [
                "in", "ln_1", "qkv", "q", "k", "v", "scores", "weights", "heads", "merged", "attn", "mid",
                "ln_2", "fc", "gelu", "mlp", "out",
            ]}  # fmt: skip
            close(s.layer_norm(g["in"], **block["ln_1"]), g["ln_1"])
            close(s.linear(g["ln_1"], **block["attn"]["c_attn"]), g["qkv"])
            for part, qkv in zip("qkv", np.split(g["qkv"], 3, axis=-1)):
                close(s.split_heads(qkv, model.n_head), g[part])
            close(g["q"] @ g["k"].swapaxes(1, 2) / np.sqrt(model.d_head), g["scores"])
            close(s.softmax(g["scores"] + mask), g["weights"])
            close(s.attention(g["q"], g["k"], g["v"], mask), g["heads"])
            close(s.merge_heads(g["heads"]), g["merged"])
            close(s.linear(g["merged"], **block["attn"]["c_proj"]), g["attn"])
            close(s.mha(g["ln_1"], **block["attn"], n_head=model.n_head), g["attn"])
            close(s.layer_norm(g["mid"], **block["ln_2"]), g["ln_2"])
            close(s.linear(g["ln_2"], **block["mlp"]["c_fc"]), g["fc"])
            close(s.gelu(g["fc"]), g["gelu"])
            close(s.linear(g["gelu"], **block["mlp"]["c_proj"]), g["mlp"])
            close(s.feed_forward(g["ln_2"], **block["mlp"]), g["mlp"])
            close(s.transformer_block(g["in"], **block, n_head=model.n_head), g["out"])
            np.testing.assert_array_equal(golden(f"past.{i}.k"), g["k"])
            np.testing.assert_array_equal(golden(f"past.{i}.v"), g["v"])
        close(s.layer_norm(golden(f"h.{model.n_layer - 1}.out"), **params["ln_f"]), golden("ln_f"))
        logits = s.gpt2(ids, **params, n_head=model.n_head)
        close(logits, golden("logits"))
        for n in {1, len(ids) // 2} - {0}:  # causal: a prefix alone gives the same rows
            close(s.gpt2(ids[:n], **params, n_head=model.n_head), golden("logits")[:n])
    left = {key for prompt in goldens.prompts for key in goldens if key.startswith(f"{prompt}/")} - seen
    assert {key.split("/")[1] for key in left} == {"greedy"}


def test_the_solutions_agree_with_the_full_context_of_pico(solved: tuple[ModuleType, ModuleType]) -> None:
    s, _ = solved
    model, goldens = load_model("pico"), load_goldens("pico")
    (prompt,) = goldens.sparse_prompts
    params, ids, last = in_float64(model.params), goldens[f"{prompt}/ids"], goldens[f"{prompt}/logits.last"]
    close(s.gpt2(ids, **params, n_head=model.n_head)[-len(last) :], last)
    out = goldens[f"{prompt}/h.{model.n_layer - 1}.out"]
    assert out.shape == (model.n_ctx, model.n_embd)
    close((s.layer_norm(out, **params["ln_f"]) @ params["wte"].T)[-len(last) :], last)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_solutions_agree_with_hugging_faces_cache(
    name: str, solved: tuple[ModuleType, ModuleType]
) -> None:
    _, kv_cache = solved
    model, goldens = load_model(name), load_goldens(name)
    params = in_float64(model.params)
    cached = [key.split("/")[1] for key in goldens if key.startswith("cached/")]
    assert goldens.prompts[0] in cached
    for prompt in cached:
        ids, past, rows, start = goldens[f"{prompt}/ids"].tolist(), None, [], 0
        for n_new in goldens.manifest["prompts"][prompt]["chunks"]:
            new = ids[start : start + n_new]
            logits, past = kv_cache.gpt2_cached(new, past, **params, n_head=model.n_head)
            rows.append(logits)
            start += n_new
        close(np.concatenate(rows), goldens[f"cached/{prompt}/logits"])
        assert past is not None
        for i, (k, v) in enumerate(past):
            close(k, goldens[f"{prompt}/past.{i}.k"])
            close(v, goldens[f"{prompt}/past.{i}.v"])


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("without_cache", [8, pytest.param(60, marks=pytest.mark.nightly)])
def test_the_solutions_write_hugging_faces_greedy_ids_in_float32(
    name: str, without_cache: int, solved: tuple[ModuleType, ModuleType]
) -> None:
    """Without a cache, which takes a minute, the first eight by day."""
    s, kv_cache = solved
    model, goldens = load_model(name), load_goldens(name)
    for prompt in [prompt for prompt in goldens.prompts if f"{prompt}/greedy" in goldens]:
        ids, greedy = goldens[f"{prompt}/ids"].tolist(), goldens[f"{prompt}/greedy"].tolist()
        n_new = len(greedy) - len(ids)
        assert kv_cache.generate_cached(ids, model.params, model.n_head, n_new) == greedy
        n = min(n_new, without_cache)
        assert s.generate(ids, model.params, model.n_head, n) == greedy[: len(ids) + n]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_solutions_agree_with_hugging_faces_logits_processors(
    name: str, solved: tuple[ModuleType, ModuleType]
) -> None:
    s, _ = solved
    goldens = load_goldens(name)
    for case, settings, logits, probs in goldens.sampling():
        raw, penalty = goldens[f"sampling/{case}/raw"], settings["frequency_penalty"]
        close(s.apply_frequency_penalty(raw, settings["generated"], penalty), logits)
        chosen = {key: settings[key] for key in ("temperature", "top_k", "top_p")}
        close(s.next_token_probs(logits, **chosen), probs)
        in_float32 = s.next_token_probs(logits.astype(np.float32), **chosen)
        np.testing.assert_allclose(in_float32, probs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("function", ["gelu", "softmax", "layer_norm", "linear", "attention"])
def test_the_solutions_agree_with_torch_on_inputs_that_no_model_gives(
    function: str, solved: tuple[ModuleType, ModuleType]
) -> None:
    cases = list(load_cases(function))
    assert len(cases) >= 3
    for _name, case in cases:
        inputs = {part.removeprefix("in."): a for part, a in case.items() if part.startswith("in.")}
        for array in inputs.values():  # a float32 implementation can be given exactly these
            np.testing.assert_array_equal(array.astype(np.float32), array)
        close(getattr(solved[0], function)(**inputs), case["out"])


def test_the_cases_hold_what_hides_in_a_naive_fixture() -> None:
    cases = {f: dict(load_cases(f)) for f in ("gelu", "softmax", "layer_norm", "linear", "attention")}
    landmarks = cases["gelu"]["landmarks"]["in.x"]
    assert {0.0, 10.0, -10.0} <= set(landmarks) and np.abs(np.abs(landmarks) - 2.7).min() < 1e-6
    largest = [np.abs(case["in.x"]).max() for case in cases["softmax"].values()]
    assert any(1e3 < x < 2e3 for x in largest) and any(1e4 < x < 2e4 for x in largest)
    assert {case["in.x"].ndim for case in cases["softmax"].values()} == {1, 2, 3}
    rows = cases["layer_norm"]["rows_of_every_scale"]["in.x"]
    assert rows.std(axis=-1).min() < 0.03 and rows.std(axis=-1).max() > 8
    assert rows.mean(axis=-1).max() > 2
    assert any(np.ptp(row) == 0 for row in cases["layer_norm"]["constant_row"]["in.x"])
    assert float(cases["layer_norm"]["eps_0.1"]["in.eps"]) == np.float32(0.1)
    assert cases["linear"]["square"]["in.w"].shape[0] == cases["linear"]["square"]["in.w"].shape[1]
    assert any(case["in.q"].shape != case["in.k"].shape for case in cases["attention"].values())
    not_causal = [case for case in cases["attention"].values() if np.triu(case["in.mask"] == 0, 1).any()]
    assert len(not_causal) >= 2
