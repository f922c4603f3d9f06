"""The judge, tried as a student and as a teacher would: real files, a real worker, real results."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from real_grader import ROOT, SOLUTIONS, Graded, run_grader

from grader.cli import main
from grader.judging.judge import Judge
from grader.judging.run import Options, judge
from grader.kata.curriculum import STEPS, find_step

Grade = Callable[..., Graded]
Student = Callable[..., Path]

WRONG_SOFTMAX = "def softmax(x):\n    e = np.exp(x - x.max())\n    return e / e.sum()\n"
ERF_GELU = "def gelu(x):\n    return np.vectorize(lambda t: 0.5 * t * (1 + math.erf(t / math.sqrt(2))))(x)\n"


def test_the_solutions_get_full_marks_on_both_stacks(grade: Grade) -> None:
    graded = grade(SOLUTIONS)
    assert graded.exit == 0, graded.out + graded.err
    assert graded.result["score"] == graded.result["max_score"] == 10 * len(STEPS)
    assert [s["status"] for s in graded.result["steps"]] == ["passed"] * len(STEPS)
    assert [s["own_stack"] for s in graded.result["steps"]] == ["passed"] * len(STEPS)
    for step in graded.result["steps"]:
        assert step["score"] == step["max_score"] == 10
        assert sum(t["max_score"] for t in step["tests"]) == pytest.approx(10)
        assert all(t["message"] == "" for t in step["tests"]), step


def test_the_stubs_are_not_implemented_and_score_0(grade_here: Grade) -> None:
    graded = grade_here(ROOT / "exercises")
    assert graded.exit == 1
    assert graded.result["score"] == 0
    for step in graded.result["steps"]:
        assert step["status"] == "not_implemented", step
        for test in step["tests"]:
            assert test["status"] == "not_implemented" and test["score"] == 0
            own = next(s for s in STEPS if s.number == step["number"])
            assert test["function"] in {f.name for f in own.functions}
            assert "is not written yet" in test["message"].splitlines()[0]


def test_a_wrong_softmax_fails_step_2_and_steps_above_say_so(grade_here: Grade, student: Student) -> None:
    graded = grade_here(student(softmax=WRONG_SOFTMAX), "--steps", "1-9")
    assert [s["status"] for s in graded.result["steps"]] == ["passed", "failed"] + ["passed"] * 7
    for number in (5, 6, 8, 9):
        step = graded.step(number)
        assert step["own_stack"] == "failed"
        assert "because of step 2 (softmax)" in step["own_stack_message"]
    assert graded.step(7)["own_stack"] == "passed"
    assert graded.result["score"] == 80


def test_a_wrong_gelu_does_not_fail_step_7(grade_here: Grade, student: Student) -> None:
    graded = grade_here(student(gelu=ERF_GELU), "--steps", "1,7")
    assert graded.step(1)["status"] == "failed"
    assert graded.step(7)["status"] == "passed"
    assert "step 1 (gelu)" in graded.step(7)["own_stack_message"]


def test_a_step_on_stubs_passes_alone_and_says_what_its_stack_waits_for(
    grade_here: Grade, student: Student
) -> None:
    text = (SOLUTIONS / "pico_gpt.py").read_text(encoding="utf-8")
    start = text.index("def attention("), text.index("# ---", text.index("def attention("))
    folder = student("exercises", attention=text[slice(*start)])
    graded = grade_here(folder, "--steps", "5")
    attention = graded.tests("attention")
    assert {t["status"] for t in attention} == {"passed"}
    assert {t["status"] for t in graded.tests("causal_mask")} == {"not_implemented"}
    assert graded.result["score"] == 7


def test_the_same_seed_gives_the_same_cases_and_another_seed_others(
    grade_here: Grade, student: Student
) -> None:
    folder = student(linear="def linear(x, w, b):\n    return x @ w\n")

    def messages(seed: str) -> list[str]:
        return [t["message"] for t in grade_here(folder, "--steps", "4", "--seed", seed).step(4)["tests"]]

    first = messages("11")
    assert first == messages("11")
    assert first != messages("12")


def test_answers_copied_from_the_goldens_fail_on_fresh_cases(grade_here: Grade, student: Student) -> None:
    from reference_activations.goldens import load_goldens

    goldens = load_goldens("fixture")
    pairs = []
    for i in range(3):
        key = f"{goldens.prompts[0]}/h.{i}"
        pairs.append((float(goldens[f"{key}.fc"].astype("float32").sum()), goldens[f"{key}.gelu"].tolist()))
    table = json.dumps(pairs)
    body = (
        "def gelu(x):\n"
        f"    for total, answer in {table}:\n"
        "        if abs(float(x.sum()) - total) < 1e-2 and x.shape == np.shape(answer):\n"
        "            return np.array(answer)\n"
        "    return x\n"
    )
    graded = grade_here(student(gelu=body), "--steps", "1")
    assert graded.step(1)["status"] == "failed"
    fresh = [t for t in graded.step(1)["tests"] if "fresh" in t["name"] or "others" in t["name"]]
    assert fresh and all(t["status"] == "failed" for t in fresh)
    assert graded.result["score"] == 0


def test_changing_an_argument_is_a_failure_of_its_own(grade_here: Grade, student: Student) -> None:
    body = (
        "def softmax(x):\n    x -= x.max(-1, keepdims=True)\n    np.exp(x, out=x)\n"
        "    return x / x.sum(-1, keepdims=True)\n"
    )
    step = grade_here(student(softmax=body), "--steps", "2").step(2)
    assert step["status"] == "failed"
    assert any("changed its caller's x" in t["message"] for t in step["tests"])


def test_a_float64_leak_passes_with_advice(grade_here: Grade, student: Student) -> None:
    body = (
        "def gelu(x):\n    x = x.astype(np.float64)\n"
        "    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))\n"
    )
    step = grade_here(student(gelu=body), "--steps", "1").step(1)
    assert step["status"] == "passed" and step["score"] == 10
    assert any("float64" in t["message"] for t in step["tests"])


def test_an_exception_shows_the_students_own_line(grade_here: Grade, student: Student) -> None:
    body = "    qkv = linear(x, **c_attn)\n    return qkv.reshape(3, 5)\n"
    folder = student(mha=f"def mha(x, c_attn, c_proj, n_head):\n{body}")
    test = grade_here(folder, "--steps", "6").tests("mha")[0]
    assert test["status"] == "error"
    assert "mha raised ValueError" in test["message"]
    assert "return qkv.reshape(3, 5)" in test["message"]
    assert "Traceback" not in test["message"]


def test_edge_points_do_not_count_before_the_core_passes(grade_here: Grade, student: Student) -> None:
    folder = student(generate="def generate(*a, **k):\n    raise ValueError('no')\n")
    graded = grade_here(folder, "--steps", "10")
    assert graded.result["score"] == 0


RESULT_SCHEMA = {
    "type": "object",
    "required": [
        "schema", "impl", "files", "seed", "sandbox", "python", "numpy", "grader", "score", "max_score",
        "duration_s", "steps",
    ],
    "properties": {
        "schema": {"const": "pico-gpt-kata/result/v1"},
        "files": {
            "additionalProperties": {
                "type": "object",
                "required": ["sha256"],
                "properties": {"sha256": {"pattern": "^[0-9a-f]{64}$"}},
            }
        },
        "seed": {"type": "integer"},
        "steps": {
            "items": {
                "required": [
                    "number", "name", "status", "own_stack", "score", "max_score", "duration_s", "tests",
                ],
                "properties": {
                    "status": {"$ref": "#/$defs/status"},
                    "own_stack": {"$ref": "#/$defs/status"},
                    "tests": {
                        "minItems": 1,
                        "items": {
                            "required": [
                                "name", "function", "group", "status", "score", "max_score", "message",
                                "diagnosis", "suspect", "duration_s",
                            ],
                            "properties": {
                                "status": {"$ref": "#/$defs/status"},
                                "diagnosis": {"type": ["string", "null"]},
                                "group": {"enum": ["core", "fresh", "edges"]},
                                "suspect": {"type": ["object", "null"]},
                                "message": {"type": "string"},
                            },
                        },
                    },
                },
            }
        },
    },
    "$defs": {"status": {"enum": ["passed", "failed", "not_implemented", "error", "timeout", "not_run"]}},
}  # fmt: skip


def test_the_json_result_has_the_published_form(grade_here: Grade, student: Student) -> None:
    for folder in (ROOT / "exercises", student(softmax=WRONG_SOFTMAX)):
        jsonschema.validate(grade_here(folder, "--steps", "1-3").result, RESULT_SCHEMA)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["step", "15"], "there is no step 15"),
        (["step", "-1"], "'-1' is not a step"),
        (["step", "gelu"], "'gelu' is not a step"),
        (["step", "1", "--impl", "nowhere"], "there is no folder nowhere"),
        (["step", "1", "--impl", "tests"], "there is no pico_gpt.py in tests"),
        (["run", "--steps", "3-1"], "runs backwards"),
        (["run", "--steps", "a"], "is not a selection of steps"),
        (["run", "--json", "no/such/folder/x.json"], "there is no folder"),
        (["run", "--seed", "-4"], "a seed is a whole number"),
        (["polish"], "there is no command 'polish'"),
        (["step"], "step needs the number of a step"),
    ],
)
def test_wrong_usage_gets_one_line_and_exit_2(
    words: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("grader.sandbox.base.start_ahead", lambda limits: None)
    try:
        status = main(words)
    except SystemExit as ends:  # what argparse itself finds
        status = int(ends.code or 0)
    said = capsys.readouterr()
    assert_one_line(status, said.out, said.err, says)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["step", "15"], "there is no step 15"),
        (["run", "--json", "no/such/folder/x.json"], "there is no folder"),
    ],
)
def test_typed_wrong_usage_gets_one_line_and_exit_2(words: list[str], says: str) -> None:
    done = run_grader(*words)
    assert_one_line(done.returncode, done.stdout, done.stderr, says)


def assert_one_line(status: int, out: str, err: str, says: str) -> None:
    assert status == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err + out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def gelu(x)\n    return x\n", "line 1"),
        ("import nothing_like_this\n", "nothing_like_this"),
        ("x = 1\n", "gelu"),
        ("gelu = 3\n", "gelu"),
        ("def gelu():\n    return 1\n", "gelu(x)"),
        ("def gelu(x):\n    pass\n", "returned None"),
        ("def gelu(x):\n    return 'x'\n", "str"),
        ("def gelu(x):\n    return x.T\n", "gelu returned shape"),
    ],
)
def test_a_broken_file_gets_one_clear_line(text: str, says: str, tmp_path: Path, grade_here: Grade) -> None:
    folder = tmp_path / "impl"
    folder.mkdir()
    (folder / "pico_gpt.py").write_text(text, encoding="utf-8")
    graded = grade_here(folder, "--steps", "1")
    assert graded.exit == 1 and graded.result["score"] == 0
    first = graded.step(1)["tests"][0]["message"].splitlines()[0]
    assert says in graded.step(1)["tests"][0]["message"], first
    assert first and len(first) <= 300


def test_a_step_that_is_wrong_on_its_own_is_not_judged_again_on_the_own_stack(
    student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[frozenset[str]] = []
    send = Judge._send_many

    def note(self: Judge, *args: Any) -> Any:
        served.append(self.own)
        return send(self, *args)

    monkeypatch.setattr(Judge, "_send_many", note)
    wrong = "def attention(q, k, v, mask):\n    return v\n"
    for functions, alone in (({}, False), ({"attention": wrong}, True)):
        served.clear()
        judge(student("solutions", **functions), (find_step(5),), Options())
        assert served and all(len(own) == 1 for own in served) == alone
