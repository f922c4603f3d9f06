"""The x-ray of functions that are wrong, raise or are missing: what it names, and whose code it says ran."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from by_day import one_of_each
from real_grader import SOLUTIONS
from xray_pages import PROMPT, WRONG, data_of, truth_in, your_numbers

from playground.__main__ import main
from playground.run.implementation import Implementation
from playground.xray.command import MAX_BYTES, chosen, load_kata, render
from playground.xray.data import FUNCTIONS, Kata, xray
from reference_activations.goldens import load_goldens
from reference_activations.models import Model, load_model

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


@pytest.mark.parametrize("name", one_of_each(WRONG, lambda name: WRONG[name][0]))
def test_a_wrong_function_is_named_with_the_first_stage_that_differs(
    name: str, write: Callable[..., tuple[str, str]], student: Student
) -> None:
    function, text, stage = WRONG[name]
    page, printed = write(PROMPT, student(**{function: text}))
    data = data_of(page)
    assert data["first_difference"] == stage
    assert data["stages"][stage]["function"] == function
    assert f"First difference: {data['first_difference_text']}" in printed
    assert f"your {function}" in printed
    assert data["stages"][stage]["differ"] > 0
    assert len(page.encode()) < MAX_BYTES
    assert data["blocks"] == [0, 1, 2, 3], "12 tokens of pico fit, even if every number differs"


def test_the_students_own_numbers_can_be_read_from_the_file(
    write: Callable[..., tuple[str, str]], student: Student, pico: Model
) -> None:
    impl = student(attention=WRONG["no scale"][1])
    data = data_of(write(PROMPT, impl)[0])
    run = xray(load_kata(str(impl)), pico, PROMPT)
    for key in ("h.0.scores", "h.1.fc", "ln_f"):
        entry = data["arrays"][key]
        truth, expected = truth_in(data, key).ravel(), run.yours[key].value.ravel()
        yours = your_numbers(entry, truth)
        np.testing.assert_allclose(
            yours, expected, rtol=1e-3, atol=1e-6 * np.abs(expected).max(), err_msg=key
        )
        codes = np.frombuffer(base64.b64decode(entry["codes"]), "<u2")
        assert np.count_nonzero(codes) == data["stages"][key]["differ"]


def test_one_wrong_number_marks_one_cell(student: Student, pico: Model) -> None:
    text = (
        "def merge_heads(x):\n    out = x.transpose(1, 0, 2).reshape(x.shape[1], -1)\n"
        "    out[3, 17] += 0.5\n    return out"
    )
    run = xray(load_kata(str(student(merge_heads=text))), pico, PROMPT)
    difference = run.differences["h.0.merged"]
    assert difference.cells.sum() == 1
    assert difference.at == (3, 17)
    assert difference.yours - difference.truth == pytest.approx(0.5, rel=1e-5)


def test_a_hidden_stage_is_seen_inside_the_function_and_its_line_is_found(
    student: Student, pico: Model
) -> None:
    text = (
        "def attention(q, k, v, mask):\n    scores = q @ k.swapaxes(-1, -2)\n"
        "    shares = softmax(scores + mask)\n    return shares @ v"
    )
    impl = student(attention=text)
    run = xray(load_kata(str(impl)), pico, PROMPT)
    lines = (impl / "pico_gpt.py").read_text(encoding="utf-8").splitlines()
    scores, heads = run.yours["h.0.scores"], run.yours["h.0.heads"]
    assert (scores.how, heads.how) == ("seen inside", "returned")
    assert scores.line is not None and heads.line is not None
    assert lines[scores.line - 1].strip() == "scores = q @ k.swapaxes(-1, -2)"
    assert lines[heads.line - 1].strip() == "return shares @ v"


def test_a_stage_that_no_helper_shows_is_recomputed_and_says_so(student: Student, pico: Model) -> None:
    text = (
        "def attention(q, k, v, mask):\n    s = np.einsum('hqd,hkd->hqk', q, k) / math.sqrt(q.shape[-1])\n"
        "    e = np.exp(s + mask - (s + mask).max(-1, keepdims=True))\n"
        "    return e / e.sum(-1, keepdims=True) @ v"
    )
    run = xray(load_kata(str(student(attention=text))), pico, PROMPT)
    assert run.yours["h.0.scores"].how == "recomputed"
    assert run.first_difference is None


def test_a_function_that_raises_is_named_with_its_line_and_the_walk_goes_on(
    write: Callable[..., tuple[str, str]], student: Student
) -> None:
    impl = student(linear="def linear(x, w, b):\n    return x @ w.T + b")
    page, printed = write(PROMPT, impl)
    data = data_of(page)
    source = (impl / "pico_gpt.py").read_text(encoding="utf-8").splitlines()
    line = source.index("    return x @ w.T + b") + 1
    assert data["first_difference"] == "h.0.qkv"
    assert f"your linear failed (line {line}): ValueError: matmul" in printed
    assert data["stages"]["h.0.q"].get("differ") is None, "the true numbers go on from there"


def test_a_result_of_another_shape_or_kind_is_said(student: Student, pico: Model) -> None:
    shape = xray(load_kata(str(student(gelu="def gelu(x):\n    return x.sum()[None]"))), pico, PROMPT)
    assert shape.yours["h.0.gelu"].error == "gelu returned the shape [1], expected [12, 512]"
    kind = xray(load_kata(str(student(gelu="def gelu(x):\n    return None"))), pico, PROMPT)
    assert kind.yours["h.0.gelu"].error == "gelu returned NoneType, not an array"


def test_numbers_that_are_not_finite_are_shown_as_such(
    write: Callable[..., tuple[str, str]], student: Student
) -> None:
    data = data_of(write(PROMPT, student(gelu="def gelu(x):\n    return x * np.nan"))[0])
    assert data["first_difference"] == "h.0.gelu"
    facts = data["stages"]["h.0.gelu"]
    assert (facts["differ"], facts["yours"]) == (12 * 512, None)


def test_a_function_that_changes_its_input_spoils_nothing_but_its_own_copy(
    student: Student, pico: Model
) -> None:
    text = (
        "def softmax(x):\n    x -= x.max(-1, keepdims=True)\n    np.exp(x, out=x)\n"
        "    x /= x.sum(-1, keepdims=True)\n    return x"
    )
    run = xray(load_kata(str(student(softmax=text))), pico, PROMPT)
    assert run.first_difference is None


# ------------------------------------------------------------------------------- whose code it is


def test_half_done_exercises_run_with_the_reference_in_the_open_places(
    write: Callable[..., tuple[str, str]], student: Student
) -> None:
    impl = student(
        "exercises",
        gelu="def gelu(x):\n    return x * 0.5 * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3)))",
    )
    page, printed = write(PROMPT, impl)
    functions = data_of(page)["impl"]["functions"]
    assert [name for name in FUNCTIONS if functions[name]["origin"] == "yours"] == ["gelu"]
    assert "The reference stands in for softmax, layer_norm" in printed
    assert f"Every number of {load_kata(str(impl)).label} agrees with the reference" in printed
    assert any("np.tanh" in text for _, text in functions["gelu"]["code"])
    assert "code" not in functions["softmax"], "the reference's code is not printed"


def test_a_file_that_does_not_load_is_said_in_one_line(
    write: Callable[..., tuple[str, str]], student: Student
) -> None:
    impl = student()
    (impl / "pico_gpt.py").write_text("def gelu(x:\n", encoding="utf-8")
    page, printed = write(PROMPT, impl)
    assert "pico_gpt.py:1 does not load" in printed
    assert "does not load" in data_of(page)["impl"]["notes"][0]


def test_without_solutions_the_goldens_are_the_truth(student: Student, pico: Model) -> None:
    impl = Implementation(student("exercises", gelu=WRONG["erf"][1]), None)
    kata = Kata(
        impl.label,
        chosen(impl),
        {name: impl.owner(name) for name in FUNCTIONS},
        reference=None,
        steps=impl.steps,
    )
    goldens = load_goldens("pico")
    run = xray(kata, pico, goldens.text("turing") or "")
    assert run.first_difference == "h.0.gelu"
    assert run.yours["h.0.qkv"].how == "not there"
    page, _ = render(run)
    assert data_of(page.decode())["impl"]["functions"]["mha"]["origin"] == "not there"
    with pytest.raises(ValueError, match="only recorded prompts can be shown, such as 'ROMEO"):
        xray(kata, pico, PROMPT)
