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
    assert "next: write write_by_chance in first_hour.py" in done.stdout
    file.write_text(RIGHT.replace(LOOP, LOOP.replace("append", "apend"), 1), encoding="utf-8")
    done = run_grader(*words)
    assert done.returncode == 1 and "first_hour.py:9" in done.stdout, done.stdout
    file.write_text("def write(:\n", encoding="utf-8")
    done = run_grader(*words)
    assert done.returncode == 1 and "SyntaxError" in done.stdout and "first_hour.py:1" in done.stdout
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
