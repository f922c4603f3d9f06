"""The board, and the state that it is read from: what counts as passed, changed, open."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from real_grader import ROOT, run_grader

from grader.judging.results import RunResult
from grader.judging.run import Options, judge
from grader.kata.curriculum import STEPS, find_step
from grader.kata.student_source import parse_source, read_source
from grader.student import judging
from grader.student.state import first_not_passed, load_state, remember
from playground.run.implementation import Implementation

Student = Callable[..., Path]
SOLUTIONS = ROOT / "solutions"
WRONG_SOFTMAX = "def softmax(x):\n    e = np.exp(x - x.max())\n    return e / e.sum()\n"
PLAIN = {"MAKELEVEL": "", "NO_COLOR": "1"}


pytestmark = pytest.mark.usefixtures("own_state")


def board(impl: Path, **env: str) -> str:
    done = run_grader("progress", "--impl", impl, env={**PLAIN, **env})
    assert done.returncode == 0, done.stderr
    return done.stdout


def row(text: str, number: int) -> str:
    return next(line for line in text.splitlines() if re.match(rf" *{number}  ", line))


def test_the_board_of_a_new_student_points_to_the_first_stub() -> None:
    text = board(Path("exercises"))
    places = re.findall(r"exercises/\w+\.py:\d+", text)
    for place in places:
        file, line = place.split(":")
        assert (
            "raise NotImplementedError"
            in (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        )
    assert len(places) == len(STEPS) + 1, "one for each step, and one for what is next"
    assert "0 of 14 steps passed, 0 of 140 points" in text
    assert f"next: step 1, gelu in {places[0]}" in text


def test_the_board_knows_passed_wrong_changed_and_not_judged(student: Student) -> None:
    folder = student(
        "exercises", **{name: solution(name) for name in ("gelu", "linear")}, softmax=WRONG_SOFTMAX
    )
    run_grader("run", "--steps", "1,2", "--impl", folder)
    text = board(folder)
    assert re.search(r"ok +10/10 +\d\.\d\d s", row(text, 1))
    assert "wrong" in row(text, 2) and "pico_gpt.py:" in row(text, 2)
    assert "this is one softmax over the whole array" in text
    assert "to do" in row(text, 3)
    assert "not judged" in row(text, 4)
    assert "1 of 14 steps passed, 10 of 140 points" in text
    assert "next: fix step 2, softmax" in text
    file = folder / "pico_gpt.py"
    file.write_text(file.read_text(encoding="utf-8").replace("0.044715", "0.044716"), encoding="utf-8")
    text = board(folder)
    assert "changed" in row(text, 1) and "changed since it was passed" in text
    assert "0 of 14 steps passed, 0 of 140 points" in text
    assert "next: python -m grader run" in text


def solution(name: str) -> str:
    """One function's text."""
    source = read_source(SOLUTIONS / "pico_gpt.py")
    found = source.definitions(name)[-1]
    return "".join(source.lines[found.first - 1 : found.last])


def test_results_outlive_other_changes_of_the_file(student: Student) -> None:
    folder = student()
    run_grader("run", "--steps", "1", "--impl", folder)
    file = folder / "pico_gpt.py"
    text = file.read_text(encoding="utf-8").replace("return x @ w + b", "return w")
    file.write_text("# my kata\n\n" + text.replace("\n", "\r\n"), encoding="utf-8", newline="")
    assert "10/10" in row(board(folder), 1)


@pytest.fixture(scope="module")
def gelu_judged() -> RunResult:
    """The solutions' step 1; nobody changes it."""
    return judge(SOLUTIONS, STEPS[:1])


SCHEMA = b'{"schema": "pico-gpt-kata/state/v1", '


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\x00",
        SCHEMA + b'"results": 3, "hints": []}',
        SCHEMA + b'"results": {"solutions": {"1": {"status": "passed"}, "x": 4, "99": {}}}}',
        SCHEMA + b'"hints": {"1": "a", "77": 2, "2": -1}}',
    ],
)
def test_a_broken_state_file_counts_as_none_and_is_mended(
    content: bytes, own_state: Path, gelu_judged: RunResult
) -> None:
    own_state.mkdir()
    (own_state / "state.json").write_bytes(content)
    assert "not judged" in row(board(SOLUTIONS), 1)
    if content == b"":
        run_grader("step", "1", "--impl", SOLUTIONS)
    else:
        remember(SOLUTIONS, gelu_judged)
    assert "10/10" in row(board(SOLUTIONS), 1)
    assert json.loads((own_state / "state.json").read_text(encoding="utf-8"))["results"]["solutions"]["1"]
    (own_state / "state.json").unlink()
    assert "not judged" in row(board(SOLUTIONS), 1)


def test_a_state_of_another_version_keeps_what_can_be_read(own_state: Path, gelu_judged: RunResult) -> None:
    remember(SOLUTIONS, gelu_judged)
    data = json.loads((own_state / "state.json").read_text(encoding="utf-8"))
    record = data["results"]["solutions"]["1"]
    record["something_new"] = 5
    del record["own_stack_message"]
    (own_state / "state.json").write_text(json.dumps(data), encoding="utf-8")
    assert "10/10" in row(board(SOLUTIONS), 1)


def test_the_board_says_what_is_wrong_with_a_file(student: Student) -> None:
    folder = student("exercises")
    (folder / "bpe.py").write_text("def encode(:\n", encoding="utf-8")
    (folder / "kv_cache.py").unlink()
    text = board(folder)
    assert "broken" in row(text, 13) and f"{folder.as_posix()}/bpe.py:1" in row(text, 13)
    assert "no file" in row(text, 12)


def test_a_narrow_board_keeps_to_60_columns(student: Student) -> None:
    lines = board(Path("exercises"), COLUMNS="60").splitlines()
    assert max(map(len, lines[:-1])) <= 60


def test_the_current_step_is_the_first_that_is_not_known_to_pass(student: Student) -> None:
    folder = student("exercises", gelu=solution("gelu"))
    assert first_not_passed(folder, load_state()) == STEPS[0]
    run_grader("step", "1", "--impl", folder)
    assert first_not_passed(folder, load_state()) == STEPS[1]


# ---------------------------------------------------------------------------------- fingerprints


HELPED = """import numpy as np
LIMIT = 3

def helper(x):
    return x + LIMIT

def gelu(x):
    return helper(np.tanh(x))

def softmax(x):
    return gelu(x)
"""


@pytest.mark.parametrize(
    ("old", "new", "changes_gelu", "changes_softmax"),
    [
        ("np.tanh(x)", "np.tanh(2 * x)", True, False),
        ("return x + LIMIT", "return x - LIMIT", True, False),
        ("LIMIT = 3", "LIMIT = 4", True, False),
        ("import numpy as np", "import numpy.ma as np", True, False),
        ("return gelu(x)", "return 2 * gelu(x)", False, True),
        ("import numpy as np", "# a comment\nimport numpy as np", False, False),
    ],
)
def test_a_functions_fingerprint_covers_what_it_uses_and_nothing_else(
    old: str, new: str, changes_gelu: bool, changes_softmax: bool
) -> None:
    before = parse_source(Path("x.py"), HELPED.encode())
    after = parse_source(Path("x.py"), HELPED.replace(old, new).encode())
    assert (before.fingerprint("gelu") != after.fingerprint("gelu")) == changes_gelu
    assert (before.fingerprint("softmax") != after.fingerprint("softmax")) == changes_softmax


def test_a_file_that_is_saved_during_a_run_is_not_taken_for_the_one_that_was_judged(
    student: Student, tmp_path: Path
) -> None:
    folder = student("exercises", gelu=solution("gelu"))
    file = folder / "pico_gpt.py"
    judged = hashlib.sha256(file.read_bytes()).hexdigest()

    def save(_: object) -> None:
        file.write_text(file.read_text(encoding="utf-8").replace("0.044715", "0.44715"), encoding="utf-8")

    result = judge(folder, STEPS[:1], on_step=save)
    assert result.passed and result.files == {"pico_gpt.py": judged}
    remember(folder, result)
    state = load_state()
    assert state.of(folder, STEPS[0]) is None and first_not_passed(folder, state) is STEPS[0]


def test_a_helper_that_is_saved_during_a_run_makes_the_verdict_on_the_own_stack_old(student: Student) -> None:
    folder = student("solutions")
    file = folder / "pico_gpt.py"

    def save(_: object) -> None:
        file.write_text(file.read_text(encoding="utf-8").replace("0.044715", "0.44715"), encoding="utf-8")

    result = judge(folder, STEPS[11:12], Options(own_stack=False), on_step=save)
    assert sorted(result.files) == ["kv_cache.py", "pico_gpt.py"]
    remember(folder, result)
    assert load_state().of(folder, STEPS[11]) is None


@pytest.mark.parametrize(
    ("body", "is_open"),
    [
        ('    raise NotImplementedError("step 1: gelu")', True),
        ('    """Words."""\n    raise NotImplementedError', True),
        ("    pass", True),
        ("    ...", True),
        ('    """Words."""', True),
        ("    y = x + 1\n    raise NotImplementedError('the rest')", True),
        ("    'one'\n    'two'", True),
        ("    def inner():\n        return 1\n    raise NotImplementedError", True),
        ("    return x", False),
        ("    return x\n    raise NotImplementedError", False),
        ("    if x:\n        return x\n    raise NotImplementedError", False),
        ("    " + "-" * 900 + "x", False),
        ("    raise ValueError('NotImplementedError')", False),
        ("    if x is None:\n        raise NotImplementedError\n    return x", False),
    ],
)
def test_board_and_playground_agree_on_what_is_written(body: str, is_open: bool, tmp_path: Path) -> None:
    data = f"def gelu(x):\n{body}\n".encode()
    assert parse_source(Path("x.py"), data).is_written("gelu") != is_open
    (tmp_path / "pico_gpt.py").write_bytes(data)
    assert Implementation(tmp_path).done("gelu") != is_open


@pytest.mark.parametrize(
    "text", ["gelu = lambda x: x\n", "def gelu(x):\n    pass\n\ndef gelu(x):\n    return x\n"]
)
def test_what_stands_last_in_the_file_counts(text: str, tmp_path: Path) -> None:
    assert parse_source(Path("x.py"), text.encode()).is_written("gelu")
    (tmp_path / "pico_gpt.py").write_text(text, encoding="utf-8")
    assert Implementation(tmp_path).done("gelu")


def test_a_codec_that_refuses_in_its_own_way_is_a_problem_and_no_error() -> None:
    source = parse_source(Path("x.py"), b"# coding: undefined\nx = 1\n")
    assert source.problem.startswith("x.py is not text that Python reads") and not source.is_written("gelu")


def test_a_verdict_is_kept_also_where_nobody_reads_it_to_its_end(
    student: Student,
) -> None:
    """`make test-step-1 | head`, or Ctrl-C while the line at fault is looked for."""

    def leaves(*args: object) -> NoReturn:
        raise KeyboardInterrupt

    impl = student("exercises", gelu="def gelu(x):\n    return x")
    request = judging.Request(impl, None, None, 1, None, False, {}, False)
    with pytest.raises(KeyboardInterrupt):
        judging.run(request, (find_step(1),), lambda step: None, leaves)
    record = load_state().of(impl, find_step(1))
    assert record is not None and record.status == "failed"
