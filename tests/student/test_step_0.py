"""`step 0`: the first hour's loop is judged like the steps, and its common mistakes have names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from real_grader import ROOT, run_grader

from grader.student.first_hour_run import judged

RIGHT = (ROOT / "tests" / "documents" / "first_hour.py").read_text(encoding="utf-8")
LOOP = "        ids.append(int(np.argmax(model(ids))))\n"
DRAW = "        ids.append(int(rng.choice(len(scores), p=scores / scores.sum())))\n"

WRONG = {
    "the list that it was given": (
        ("    ids = list(ids)\n", "", 1),
        "this changes the list that it was given",
    ),
    "the new tokens only": (
        ("    return ids\n", "    return ids[-n_tokens:]\n", 1),
        "the prompt's ids come first",
    ),
    "the worst token": (
        (LOOP, LOOP.replace("argmax", "argmin"), 1),
        "this takes the token with the lowest score",
    ),
    "the last token alone": ((LOOP, LOOP.replace("model(ids)", "model(ids[-1:])"), 1), "one token at a time"),
    "one too many": (("range(n_tokens)", "range(n_tokens + 1)", 1), "9 new tokens, expected 8"),
    "no return": (
        ("    return ids\n", "    pass\n", 1),
        "write returned None: it has no return with a value",
    ),
    "the return inside the loop": (
        ("    return ids\n", "        return ids\n", 1),
        "this ends after one new token of 8: is the return inside the loop?",
    ),
    "text": (("    return ids\n", "    return str(ids)\n", 1), "write returned a text: return the ids"),
    "an array": (("    return ids\n", "    return np.array(ids)\n", 1), "write returned an array"),
    "the score itself": (
        (LOOP, "        ids.append(max(model(ids)))\n", 1),
        "9.5 is a score, not a token id",
    ),
    "tokens in all": (
        ("    for _ in range(n_tokens):", "    while len(ids) < n_tokens:", 1),
        "this stops at 8 tokens in all",
    ),
    "another model": (
        (LOOP, LOOP.replace("model(ids)", "np.eye(11)[3]"), 1),
        "this never asks the model that it is given",
    ),
    "the last score": ((LOOP, LOOP.replace("model(ids)", "model(ids)[-1]"), 1), "every new token is 0"),
    "an argument less": (
        ("def write(model, ids, n_tokens)", "def write(ids, n_tokens)", 1),
        "write is called with 3 arguments: def write(model, ids, n_tokens)",
    ),
    "asked once": (
        (
            "    for _ in range(n_tokens):\n" + LOOP,
            "    scores = model(ids)\n    for _ in range(n_tokens):\n"
            "        ids.append(int(np.argmax(scores)))\n",
            1,
        ),
        "this asks the model once, before the loop",
    ),
    "a score drawn": (
        (DRAW, "        ids.append(rng.choice(scores, p=scores / scores.sum()))\n", 1),
        "3.0 is a score, not a token id",
    ),
    "nothing drawn": (
        (DRAW + "    return ids\n", DRAW, 1),
        "write_by_chance returned None: it has no return with a value",
    ),
    "an error": ((LOOP, "        ids.append(modl(ids))\n", 1), "NameError: name 'modl' is not defined"),
    "the same text again": (
        (LOOP, LOOP.replace("model(ids)", "model(prompt)"), 1),
        "this asks about the prompt every time",
    ),
    "always the best": (
        (DRAW, "        ids.append(int(np.argmax(scores)))\n", 1),
        "this takes the best token every time",
    ),
    "equal shares": (
        (DRAW, "        ids.append(int(rng.choice(len(scores))))\n", 1),
        "this draws tokens whose score is 0",
    ),
    "its own dice": (
        (DRAW, DRAW.replace("rng.choice", "np.random.choice"), 1),
        "the same rng must give the same text",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_common_mistake_has_a_sentence_of_its_own(name: str, tmp_path: Path) -> None:
    (old, new, times), words = WRONG[name]
    text = RIGHT.replace(old, new, times)
    if "prompt" in new:
        text = text.replace("    ids = list(ids)\n", "    prompt, ids = list(ids), list(ids)\n", 1)
    assert text != RIGHT
    file = tmp_path / "first_hour.py"
    file.write_text(text, encoding="utf-8")
    wrong = [check["message"] for check in judged(file) if check["status"] in ("failed", "error")]
    assert wrong and words in wrong[0], wrong


def test_step_0_goes_from_to_do_over_wrong_to_right(tmp_path: Path) -> None:
    impl = tmp_path / "exercises"
    impl.mkdir()
    words = ("step", "0", "--impl", str(impl))
    done = run_grader(*words)
    assert done.returncode == 1 and "TO DO  there is no first_hour.py yet" in done.stdout
    file = tmp_path / "first_hour.py"
    file.write_text("print('hello')\n" + RIGHT.split("def write_by_chance")[0], encoding="utf-8")
    done = run_grader(*words)
    assert done.returncode == 1 and "TO DO  write_by_chance is not written yet" in done.stdout
    assert "next: write the function write_by_chance in first_hour.py" in done.stdout
    file.write_text(RIGHT.replace(LOOP, LOOP.replace("append", "apend"), 1), encoding="utf-8")
    done = run_grader(*words)
    assert done.returncode == 1 and "first_hour.py:9" in done.stdout, done.stdout
    file.write_text("def write(:\n", encoding="utf-8")
    done = run_grader(*words)
    assert done.returncode == 1 and "ERROR  first_hour.py, line 1: " in done.stdout
    file.write_text(RIGHT, encoding="utf-8")
    done = run_grader(*words)
    assert (
        done.returncode == 0 and "Your loop writes" in done.stdout and re.search(r"step[ -]1\b", done.stdout)
    )
    assert run_grader(*words, "--json", str(tmp_path / "r.json")).returncode == 2


def test_a_loop_without_an_end_is_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from grader.student.first_hour import judge_first_hour

    (tmp_path / "first_hour.py").write_text("while True:\n    pass\n", encoding="utf-8")
    assert judge_first_hour(tmp_path / "exercises", seconds=1) == 1
    assert "TOO SLOW  first_hour.py had not ended after 1 s" in capsys.readouterr().out


RAISES = {
    "ids.append(int(np.argmx(model(ids))))": "NumPy has no np.argmx; what you want is np.argmax",
    "ids = ids.append(int(np.argmax(model(ids))))": "append, extend and sort change a list and return None",
    "ids.append(int(np.argmax(pico_scores(ids))))": "write must ask the model that it is given: model(ids)",
    "ids.append(rng.choice(len(model(ids)), p=-model(ids)))": "some scores are below 0, and a probability",
    "ids.append(int(input()))": "there is no keyboard while the grader looks",
}


@pytest.mark.parametrize("line", RAISES)
def test_an_exception_is_said_in_a_beginners_words_with_the_line(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from grader.student.first_hour import judge_first_hour

    head = "import numpy\n"
    head += "from reference_activations.first_hour import pico_scores\nrng = numpy.random.default_rng(1)\n"
    text = head + RIGHT.replace(LOOP.strip(), line, 1)
    (tmp_path / "first_hour.py").write_text(text, encoding="utf-8")
    assert judge_first_hour(tmp_path / "exercises") == 1
    said = capsys.readouterr().out
    assert f"ERROR  {RAISES[line]}" in said and "first_hour.py:12" in said, said
    assert line in said and "Python says " in said and "next: " in said and "Traceback" not in said


def test_a_file_in_the_wrong_place_is_pointed_at(tmp_path: Path) -> None:
    impl = tmp_path / "exercises"
    impl.mkdir()
    (impl / "first_hour.py").write_text(RIGHT, encoding="utf-8")
    done = run_grader("step", "0", "--impl", str(impl))
    assert "TO DO  there is no first_hour.py yet: " in done.stdout and "should be" in done.stdout


def test_its_hints_are_typed_like_those_of_the_steps(tmp_path: Path) -> None:
    env = {"PICO_GPT_KATA_STATE": str(tmp_path / "state"), "MAKELEVEL": "1"}
    for n, more in ((1, "more: make hint N=0"), (2, "more: make hint N=0"), (3, "make hint N=0 LEVEL=1")):
        done = run_grader("hint", "0", env=env)
        assert f"hint {n} of 3" in done.stdout and more in done.stdout and "](" not in done.stdout, (
            done.stdout
        )
    assert (
        run_grader("trace", "0").stderr
        == "grader: step 0 has only a verdict and hints: steps 1 to 14 have the rest\n"
    )


def test_the_table_of_pairs_goes_on_after_any_name() -> None:
    """A count for a token that is not in the plays would be 0 for all, and nothing could be drawn."""
    from reference_activations.first_hour import pair_scores
    from reference_activations.models import load_model

    model = load_model("pico")
    assert all(pair_scores([i]).sum() > 0 for i in range(model.n_vocab))
    assert (
        pair_scores(model.encoding.encode("Zo\u00eb")) == pair_scores(model.encoding.encode("\u674e"))
    ).all()
