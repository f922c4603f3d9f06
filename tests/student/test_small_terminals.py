"""In a small terminal the first thing that is wrong stays on the screen, even after the command has ended."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playground_helpers import solution_of
from real_grader import ROOT, replace_function

pytest.importorskip("termios", reason="pseudo-terminals exist on Linux and macOS only")
pytest.importorskip("pexpect", reason="pexpect is installed by make setup-dev, except on Windows")
from terminal.program import Program, change

from grader.kata.curriculum import STEPS
from grader.report.screen import Screen
from grader.student.progress import Row, board

SIZES = [(80, 24), (60, 20)]
NAMED = "this has 0.44715 where the formula has 0.044715"
STUB = 'raise NotImplementedError("step 1: gelu")'
BODY = "return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + {} * x * x * x)))"


@pytest.mark.parametrize(
    ("columns", "rows"), [pytest.param(80, 24, marks=pytest.mark.nightly), (60, 20)], ids=str
)  # by day the smaller; the board below is drawn in both
def test_step_progress_and_watch_keep_the_first_mistake_on_the_screen(
    columns: int, rows: int, tmp_path: Path
) -> None:
    impl = tmp_path / "exercises"
    shutil.copytree(ROOT / "exercises", impl)
    change(impl / "pico_gpt.py", STUB, BODY.format("0.44715"))
    size = {"columns": columns, "rows": rows, "folder": tmp_path, "cwd": tmp_path}
    there = f"cd {shlex.quote(str(tmp_path))}; PYTHONPATH={shlex.quote(str(ROOT))}"
    python = shlex.quote(sys.executable)
    for words, first in (("step 1", f"WRONG  {NAMED}"), ("progress", NAMED)):
        line = f"{there} {python} -m grader {words}; printf '$ '"
        with Program(
            command=["/bin/sh", "-c", f"echo '$ python -m grader {words}'; {line}"], **size
        ) as program:
            program.ends()
            assert program.text.startswith(f"$ python -m grader {words}"), program.text
            assert _flat(first) in _flat(program.text) and program.text.endswith("$")
            assert "next: " in program.text
    with Program("watch", "--impl", impl, **{**size, "cwd": ROOT}) as program:
        page = program.see("q quit")
        assert page.startswith("step 1: gelu") and _flat(f"WRONG  {NAMED}") in _flat(page)


COMMANDS = [
    *(f"grader {it}" for it in ("step 5", "trace 5", "run --steps 4-5", "progress", "hint 5")),
    *(f"grader {it}" for it in ("doctor", "submit")),
    *(f"playground {it}" for it in ("-n 2 --top-k 3", "xray", "live --help", "xray --help")),
]  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS)
def test_no_line_reaches_over_the_edge_of_a_narrow_terminal(words: str, tmp_path: Path) -> None:
    """Where one does, the terminal breaks it inside a word."""
    impl = tmp_path / "exercises"
    judges_all = words == "grader submit"  # which takes long where all is written
    shutil.copytree(ROOT / ("exercises" if judges_all else "solutions"), impl)
    if judges_all:
        text = (impl / "pico_gpt.py").read_text(encoding="utf-8")
        written = replace_function(text, "attention", solution_of("attention")["attention"])
        (impl / "pico_gpt.py").write_text(written, encoding="utf-8")
    change(impl / "pico_gpt.py", " / math.sqrt(q.shape[-1])", "")
    line = [sys.executable, "-m", *shlex.split(words)]
    env = {"PYTHONPATH": str(ROOT)}
    with Program(command=line, columns=60, rows=20, folder=tmp_path, cwd=tmp_path, env=env) as program:
        assert program.ends() in (0, 1), program.said
        long = [row for row in program.said.splitlines() if len(row) > 60]
        assert all(re.fullmatch(r"\s*(?:sha256 )?\S+(?:  [\d,]+ bytes)?", row) for row in long), long


def test_the_help_of_make_fits_60_columns() -> None:
    done = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout and [row for row in done.stdout.splitlines() if len(row) > 60] == []


def test_doctor_says_again_at_its_end_what_is_missing(tmp_path: Path) -> None:
    env = {"PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "grader", "doctor"]  # there is no exercises/ here
    with Program(command=line, columns=80, rows=24, folder=tmp_path, cwd=tmp_path, env=env) as program:
        assert program.ends() == 1
        assert "the kata does not work yet" in program.text
        assert "there is no pico_gpt.py" in program.text and "--file brings it back" in program.text


@pytest.mark.parametrize("n_wrong", [0, 1, 5, 14])
@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_board_fits_and_keeps_the_first_wrong_step_and_its_note(
    columns: int, rows: int, n_wrong: int
) -> None:
    screen = Screen()
    screen.is_terminal, screen.width, screen.height = True, columns, rows
    place = f"some/longer/folder/{'x' * 30}/pico_gpt.py:130"
    made = [
        Row(step, "wrong", "failed", 3, 10, 0.5, place, f"step {step.number} is wrong: {'so ' * 30}")
        if step.number > 14 - n_wrong
        else Row(step, "ok", "passed", 10, 10, 0.5)
        for step in STEPS
    ]
    lines = ["".join(text for text, _ in line) for line in board(made, screen)]
    assert len(lines) < rows and max(map(len, lines)) < columns + 60 * bool(n_wrong)
    if n_wrong:
        first = 15 - n_wrong
        assert any(line.split()[:1] == [str(first)] and "wrong" in line for line in lines)
        assert any(f"step {first} is wrong: so so" in line for line in lines)
        assert any(line.startswith(f"next: fix step {first}") for line in lines)
    assert any(" of 140 points" in line for line in lines)


def _flat(text: str) -> str:
    return " ".join(text.split())
