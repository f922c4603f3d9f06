"""Against Hugging Face itself. These tests need torch and run in an environment of their own:

.venv-golden/bin/python -m pytest -o addopts= tests/reference_activations/golden   (make test-golden)
"""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from transformers import GPT2LMHeadModel

from reference_activations import dump, hugging_face
from reference_activations.goldens import Goldens, goldens_dir, load_goldens
from reference_activations.models import SHIPPED, load_model, weights_dir
from reference_activations.random_weights import Shape, write_random_folder

hugging_face.one_thread()
ROOT = Path(__file__).parents[3]
N_GREEDY = 60
LENGTHS = {"pico": (1, 7, 64, 256), "fixture": (1, 7, 19, 32)}


@pytest.fixture(scope="module")
def solved() -> Iterator[ModuleType]:
    """The finished pico_gpt."""
    sys.path.insert(0, str(ROOT / "solutions"))
    try:
        yield importlib.import_module("pico_gpt")
    finally:
        sys.path.remove(str(ROOT / "solutions"))
        sys.modules.pop("pico_gpt", None)


@pytest.fixture(scope="module", params=SHIPPED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def theirs(name: str) -> Any:
    """As anybody would load it: from_pretrained on the folder, then float64."""
    model = GPT2LMHeadModel.from_pretrained(str(weights_dir(name).relative_to(ROOT)), local_files_only=True)
    return model.double().eval()


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def prompt(name: str, n_seq: int) -> list[int]:
    rng = np.random.default_rng(n_seq)
    if name == "pico":  # text, from the passage whose first n_ctx tokens are a golden
        return load_goldens("pico")["full_context/ids"].tolist()[:n_seq]
    return [int(i) for i in rng.integers(0, load_model(name).n_vocab, n_seq)]


def in_float64(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: in_float64(branch) for key, branch in tree.items()}
    if isinstance(tree, list):
        return [in_float64(branch) for branch in tree]
    return tree.astype(np.float64)


def test_regeneration_agrees_with_what_is_committed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dump.main(["--model", name, "--check"]) == 0
    printed = capsys.readouterr()
    assert f"{name}: {len(load_goldens(name))} arrays" in printed.out
    assert printed.err == ""


def test_a_changed_golden_is_noticed_and_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = f"{load_goldens(name).prompts[0]}/h.1.weights"
    arrays = load_file(goldens_dir(name) / f"{name}.safetensors")
    arrays[key] = arrays[key].copy()
    arrays[key][2, 3, 1] += 1e-7
    save_file(arrays, tmp_path / f"{name}.safetensors")
    (tmp_path / "manifest.json").write_bytes((goldens_dir(name) / "manifest.json").read_bytes())
    assert dump.main(["--model", name, "--check", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{name}: {key} differs by 1.00e-07\n"


@torch.no_grad()
def test_the_solution_agrees_with_hugging_face_at_every_length(
    name: str, theirs: Any, solved: ModuleType
) -> None:
    model = load_model(name)
    for n_seq in LENGTHS[name]:
        ids = prompt(name, n_seq)
        expected = theirs(torch.tensor([ids])).logits[0].numpy()
        in_float32 = solved.gpt2(ids, **model.params, n_head=model.n_head)
        assert in_float32.dtype == np.float32
        assert np.abs(in_float32 - expected).max() < 1e-3
        exact = solved.gpt2(ids, **in_float64(model.params), n_head=model.n_head)
        assert np.abs(exact - expected).max() < 1e-9
    assert n_seq == model.n_ctx


def test_the_solution_writes_60_ids_as_hugging_face_does(name: str, theirs: Any, solved: ModuleType) -> None:
    model = load_model(name)
    n_new = min(N_GREEDY, model.n_ctx - 8)
    for n_seq in (1, 7):
        ids = prompt(name, n_seq)
        expected, _lead = hugging_face.greedy(theirs, ids, n_new)
        assert solved.generate(ids, model.params, model.n_head, n_new) == expected.tolist()


def test_recorded_scores_are_what_hugging_face_gives_to_softmax() -> None:
    """The scores are recorded by a detour; masked and put through softmax they give the weights that
    the model reports about itself when asked for its attentions."""
    model, ids = hugging_face.load(weights_dir("fixture")), [3, 1, 4, 1, 5]
    found = hugging_face.activations(model, ids)
    with torch.no_grad():
        attentions = model(torch.tensor([ids]), output_attentions=True).attentions
    for i, weights in enumerate(attentions):
        np.testing.assert_array_equal(found[f"h.{i}.weights"], weights[0].numpy())
        scores = torch.tensor(found[f"h.{i}.scores"]) + torch.triu(torch.full((5, 5), -torch.inf), 1)
        np.testing.assert_allclose(torch.softmax(scores, dim=-1), weights[0], rtol=0, atol=1e-15)


def test_recording_leaves_hugging_face_as_it_was() -> None:
    from transformers.models.gpt2 import modeling_gpt2

    before = modeling_gpt2.eager_attention_forward
    model = hugging_face.load(weights_dir("fixture"))
    first = hugging_face.activations(model, [1, 2, 3])
    assert modeling_gpt2.eager_attention_forward is before
    assert not any(module._forward_hooks for module in model.modules())
    again = hugging_face.activations(model, [1, 2, 3])
    assert all(np.array_equal(first[key], again[key]) for key in first)


@pytest.mark.parametrize("with_config", [True, False])
def test_goldens_of_a_real_model_go_beside_its_weights(
    with_config: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, solved: ModuleType
) -> None:
    """A file of the real layout and vocabulary, with random numbers, thinner than the real one."""
    monkeypatch.setenv("PICO_GPT_WEIGHTS", str(tmp_path))
    write_random_folder(tmp_path / "gpt2", Shape(n_layer=2, n_head=1, n_embd=64, n_ctx=80))
    if not with_config:
        (tmp_path / "gpt2" / "config.json").unlink()
    assert dump.main(["--model", "gpt2"]) == 0
    assert dump.main(["--model", "gpt2", "--check"]) == 0
    goldens, model = Goldens(tmp_path / "gpt2" / "goldens", "gpt2"), load_model("gpt2")
    assert set(goldens.prompts) == set(load_goldens("pico").prompts)
    params = in_float64(model.params)
    for label in goldens.prompts:
        ids = model.encoding.encode_ordinary(str(goldens.text(label)))
        assert goldens[f"{label}/ids"].tolist() == ids
        logits = solved.gpt2(ids, **params, n_head=model.n_head)
        np.testing.assert_allclose(logits, goldens[f"{label}/logits"], rtol=0, atol=1e-9)


def test_writing_one_model_keeps_the_others_in_the_manifest(tmp_path: Path) -> None:
    for model in ("fixture", "pico", "fixture"):
        part: dict[str, Any] = {"prompts": {}, "sampling": {}, "cases": {}}
        dump.write(model, part, {"a": np.arange(3.0), "b": np.arange(3.0), "c": np.ones(())}, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["models"]) == ["fixture", "pico"]
    goldens = Goldens(tmp_path, "pico")
    assert goldens["c"].shape == () and goldens["b"].tolist() == [0, 1, 2]
    assert goldens.manifest["tensors"]["b"]["stored_as"] == "a"
