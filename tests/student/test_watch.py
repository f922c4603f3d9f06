"""`watch`, driven as a student drives it: the real program in a pseudo-terminal, and real saves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest
from real_grader import ROOT

pytest.importorskip("termios", reason="pseudo-terminals exist on Linux and macOS only")
pytest.importorskip("pexpect", reason="pexpect is installed by make setup-dev, except on Windows")
from terminal.program import ESCAPE, Program, change

STUB = 'raise NotImplementedError("step 1: gelu")'
WRONG = "return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.44715 * x * x * x)))"
RIGHT = WRONG.replace("0.44715", "0.044715")
NAMED = "this has 0.44715 where the formula has 0.044715"
KEYS = "q quit"

Start = Callable[..., Program]


@pytest.fixture
def impl(tmp_path: Path) -> Path:
    """A student's folder, nothing done yet."""
    folder = tmp_path / "mine"
    shutil.copytree(ROOT / "exercises", folder)
    return folder


@pytest.fixture
def watch(impl: Path, tmp_path: Path) -> Iterator[Start]:
    started: list[Program] = []

    def start(*words: str, **settings: object) -> Program:
        program = Program("watch", *words, "--impl", impl, folder=tmp_path, **settings)  # type: ignore[arg-type]
        started.append(program)
        return program

    yield start
    for program in started:
        program.close()


@dataclass(frozen=True)
class Seen:
    """What one session showed: a page for each save, and all that was said before the first right one.

    `modes` are the terminal's, before watch has it and while it does.
    """

    stub: str
    wrong: str
    right: str
    next_step: str
    said: str
    modes: list[tuple[bool, bool]]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """A session in a low terminal, from step 1's stub to step 2; it is over, and only looked at."""
    folder = tmp_path_factory.mktemp("session")
    file = folder / "mine" / "pico_gpt.py"
    shutil.copytree(ROOT / "exercises", file.parent)
    with Program("watch", "--impl", file.parent, folder=folder, rows=24) as program:
        modes = [program.mode()]
        stub = program.see("gelu is not written yet", "next: write gelu in", KEYS)
        modes.append(program.mode())
        change(file, STUB, WRONG)
        wrong, said = program.see("WRONG", NAMED, "0 of 10 points", KEYS), program.said
        change(file, WRONG, RIGHT)
        right = program.see("10 of 10 points", KEYS)
        change(file, 'raise NotImplementedError("step 2: softmax")', "return x")
        next_step = program.see("step 2: softmax - ", "WRONG")
        program.press("q")
        assert program.ends() == 0
        assert "Traceback" not in program.said
    return Seen(stub, wrong, right, next_step, said, modes)


def test_a_save_brings_the_verdict_from_stub_to_mistake_to_pass(seen: Seen) -> None:
    assert "x = " in seen.wrong and "yours" in seen.wrong
    assert "next: Count the zeros" in seen.wrong
    assert "next: step 2, softmax" in seen.right and "pico_gpt.py:5" in seen.right
    assert "WRONG" not in seen.right, "every verdict begins a new page"


def test_the_first_wrong_answer_is_shown_before_the_mistake_has_a_name(seen: Seen) -> None:
    said = seen.said
    assert said.index("judging the other tests") < said.index(NAMED)
    assert said.index("WRONG  gelu is wrong at") < said.index(NAMED)


def test_the_next_save_goes_on_to_the_next_step_by_itself(seen: Seen) -> None:
    assert seen.next_step.startswith("step 2: softmax - ") and "WRONG  softmax" in seen.next_step


def test_the_page_fits_a_low_terminal(seen: Seen) -> None:
    assert seen.wrong.startswith("step 1: gelu"), "nothing has scrolled away"
    assert "x = 1.562" in seen.wrong


def test_watch_n_stays_at_its_step(watch: Start, impl: Path) -> None:
    program = watch("4")
    program.see("linear is not written yet", KEYS)
    change(impl / "pico_gpt.py", STUB, RIGHT)
    program.hear("linear is not written yet", 2)
    program.see("step 4: linear", KEYS)


# ------------------------------------------------------------------------------------------- keys


def test_t_shows_what_each_line_made_of_a_wrong_function_and_of_a_right_one(watch: Start, impl: Path) -> None:
    program = watch()
    program.see("gelu is not written yet", KEYS)
    program.press("t")
    program.see("gelu is not written yet: there is nothing to trace", KEYS)
    slip = "inner = x - 0.044715 * x**3\n    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * inner))"
    change(impl / "pico_gpt.py", STUB, slip)
    program.see("WRONG", KEYS)
    program.press("t")
    program.see("gelu (not right yet), called once", "is nothing that GPT-2 computes", KEYS)
    change(impl / "pico_gpt.py", "x - 0.044715", "x + 0.044715")
    program.see("10 of 10 points", KEYS)


def test_keys_hint_list_next_help_and_quit(watch: Start) -> None:
    program = watch()
    program.see("step 1: gelu", KEYS)
    program.press("h")
    program.see("gelu, hint 1 of 3", "press h")
    program.press("h")
    program.see("gelu, hint 2 of 3")
    program.press("l")
    page = program.see("0 of 14 steps passed", "transformer_block")
    assert "hint 2 of 3" not in page
    program.press("n")
    program.see("softmax is not written yet", KEYS)
    program.press("h")
    program.see("softmax, hint 1 of 3")
    program.press("?")
    program.see("q  quit; so does Ctrl-C")
    program.press("\x1b[A")  # an arrow key means nothing here
    program.press("q")
    assert program.ends() == 0


def test_reset_asks_first_and_keeps_a_backup(watch: Start, impl: Path, tmp_path: Path) -> None:
    program = watch()
    program.see(KEYS)
    change(impl / "pico_gpt.py", STUB, WRONG)
    program.see(NAMED, KEYS)
    mine = (impl / "pico_gpt.py").read_bytes()
    program.press("r")
    program.see("back to the start? y/N")
    program.press("n")
    program.see("nothing was changed")
    assert (impl / "pico_gpt.py").read_bytes() == mine
    program.press("r")
    program.hear("back to the start? y/N", 2)
    program.press("y")
    program.see("TO DO", "gelu is not written yet", KEYS)
    assert (impl / "pico_gpt.py").read_bytes() == (ROOT / "exercises" / "pico_gpt.py").read_bytes()
    backups = list((tmp_path / "state" / "backups").iterdir())
    assert [backup.read_bytes() for backup in backups] == [mine]


# ------------------------------------------------------------------------------------- the terminal


def test_the_terminal_is_watchs_until_q(seen: Seen) -> None:
    assert seen.modes == [(True, True), (False, False)]


@pytest.mark.parametrize("way", ["ctrl-c", "sigterm"])
def test_the_terminal_is_as_before_however_watch_ends(watch: Start, way: str) -> None:
    program = watch()
    before = program.mode()
    program.see(KEYS)
    assert program.mode() == (False, False)
    if way == "sigterm":
        program.child.kill(signal.SIGTERM)
    else:
        program.press("\x03")
    assert program.ends() == 0
    assert before == (True, True)
    assert "Traceback" not in program.said


def test_the_terminal_is_given_back_while_watch_is_suspended(impl: Path, tmp_path: Path) -> None:
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("job control is tried with bash, which is not here")
    with Program(
        folder=tmp_path, command=[shell, "--norc", "--noprofile", "-i"], env={"PS1": "$ "}
    ) as program:
        program.press(f"'{sys.executable}' -m grader watch --impl '{impl}'\n")
        program.see(KEYS)
        assert program.mode() == (False, False)
        program.press("\x1a")
        program.see("Stopped")
        program.press("stty -a | grep -o -w -e echo -e icanon | tr '\\n' '+'\n")
        assert "icanon+echo+" in program.see("icanon+echo+")
        program.press("fg\n")
        program.press("l")
        program.see("0 of 14 steps passed", KEYS)
        assert program.mode() == (False, False)
        program.press("q")
        program.press("exit\n")
        program.ends()


def test_no_color_means_no_colour_and_60_columns_mean_60_columns(watch: Start, impl: Path) -> None:
    program = watch(columns=60, env={"NO_COLOR": "1"})
    program.see(KEYS)
    change(impl / "pico_gpt.py", STUB, WRONG)
    page = program.see("WRONG", "0.044715", KEYS)
    assert set(ESCAPE.findall(program.raw)) <= {"\x1b[H", "\x1b[2J"}
    lines = program.said.splitlines()
    assert max(map(len, lines)) <= 60
    assert "1.562" in page, "the input that gave the wrong number"


@pytest.mark.nightly
@pytest.mark.parametrize("rows", [34, 50])
def test_the_page_fits_a_higher_terminal(watch: Start, impl: Path, rows: int) -> None:
    """By day: 24 rows, in the session above."""
    program = watch(rows=rows)
    program.see(KEYS)
    change(impl / "pico_gpt.py", STUB, WRONG)
    page = program.see(NAMED, "next: Count the zeros", KEYS)
    assert page.startswith("step 1: gelu"), "nothing has scrolled away"
    assert "x = 1.562" in page


# -------------------------------------------------------------------------------------------- saves


def test_editors_that_replace_the_file_are_noticed(watch: Start, impl: Path) -> None:
    program = watch()
    program.see(KEYS)
    file, temporary = impl / "pico_gpt.py", impl / ".pico_gpt.py.swp"
    temporary.write_text(file.read_text(encoding="utf-8").replace(STUB, WRONG), encoding="utf-8")
    temporary.replace(file)
    program.see(NAMED, KEYS)
    backup = impl / "pico_gpt.py~"  # vim: rename the old one away, write a new one
    text = file.read_text(encoding="utf-8")
    file.rename(backup)
    file.write_text(text.replace(WRONG, RIGHT), encoding="utf-8")
    program.see("10 of 10 points", KEYS)


def test_a_file_that_does_not_parse_or_is_gone_never_ends_the_watch(watch: Start, impl: Path) -> None:
    program = watch()
    program.see(KEYS)
    file = impl / "pico_gpt.py"
    whole = file.read_text(encoding="utf-8").replace(STUB, RIGHT)
    file.write_text(whole[: whole.index("tanh(math")], encoding="utf-8")
    program.see("ERROR", "was never closed", "next: look at", KEYS)
    file.unlink()
    program.see("there is no pico_gpt.py", KEYS)
    file.mkdir()
    program.see("is a directory", KEYS)
    file.rmdir()
    file.write_bytes(b"\xff\xfe\x00 no text \x00")
    program.see("ERROR", "pico_gpt.py", KEYS)
    file.write_text(whole, encoding="utf-8")
    program.see("10 of 10 points", KEYS)
    assert "Traceback" not in program.said


def test_a_folder_that_is_replaced_is_watched_on(watch: Start, impl: Path) -> None:
    program = watch()
    program.see(KEYS)
    old = impl.with_name("old")
    impl.rename(old)
    shutil.copytree(old, impl)
    change(impl / "pico_gpt.py", STUB, WRONG)
    program.see(NAMED, KEYS)
    change(impl / "pico_gpt.py", WRONG, RIGHT)
    program.see("10 of 10 points", KEYS)


def test_polling_notices_a_save_too(watch: Start, impl: Path) -> None:
    program = watch("--poll")
    program.see(KEYS)
    change(impl / "pico_gpt.py", STUB, WRONG)
    program.see(NAMED, KEYS)


# ---------------------------------------------------------------------------------- endless loops

MASK = 'raise NotImplementedError("step 5: causal_mask")'
ATTENTION = 'raise NotImplementedError("step 5: attention")'
LOOP = "while True: pass"


def stuck_in_a_loop(watch: Start, impl: Path) -> Program:
    """A watch that is in an endless loop of step 5, and would stay there for an hour."""
    program = watch("5", "--time-limit", "3600")
    program.see(KEYS)
    text = (impl / "pico_gpt.py").read_text(encoding="utf-8")
    wrong = "return np.zeros((n_seq, n_seq))"
    (impl / "pico_gpt.py").write_text(text.replace(MASK, wrong).replace(ATTENTION, LOOP), encoding="utf-8")
    page = program.see("WRONG  causal_mask", "judging the other tests")
    assert KEYS not in page
    return program


def test_a_save_ends_the_judging_of_what_was_there_before(watch: Start, impl: Path) -> None:
    program = stuck_in_a_loop(watch, impl)
    change(impl / "pico_gpt.py", LOOP, "return softmax(q @ k.swapaxes(-1, -2) + mask) @ v")
    program.see("wrong    attention equals", KEYS)


@pytest.mark.parametrize("key", ["q", "\x03"])
def test_quitting_does_not_wait_for_an_endless_loop(watch: Start, impl: Path, key: str) -> None:
    program = stuck_in_a_loop(watch, impl)
    program.press(key)
    assert program.ends() == 0
    assert "Traceback" not in program.said


# ------------------------------------------------------------------------------- without a terminal


def test_without_a_terminal_there_are_plain_lines(impl: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PICO_GPT_KATA_STATE": str(tmp_path / "state"), "MAKELEVEL": ""}
    process = subprocess.Popen(
        [sys.executable, "-m", "grader", "watch", "--impl", str(impl)], cwd=ROOT, env=env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
    )  # fmt: skip
    lines: Queue[str] = Queue()
    assert process.stdout is not None
    stream = process.stdout
    Thread(target=lambda: [lines.put(line) for line in stream], daemon=True).start()
    heard = ""

    def hear(words: str) -> None:
        nonlocal heard
        while words not in heard:
            heard += lines.get(timeout=90)

    try:
        hear("0 of 10 points")
        change(impl / "pico_gpt.py", STUB, WRONG)
        hear("step 1, gelu: wrong: gelu is wrong at")
        hear(NAMED)
        change(impl / "pico_gpt.py", WRONG, RIGHT)
        hear("10 of 10 points")
    finally:
        process.terminate()
        process.wait(30)
    assert "\x1b" not in heard and "Traceback" not in heard
    assert KEYS not in heard


def test_a_state_that_cannot_be_kept_does_not_stop_the_watch(
    watch: Start, impl: Path, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file where a folder should be", encoding="utf-8")
    program = watch()
    program.see(KEYS)
    change(impl / "pico_gpt.py", STUB, RIGHT)
    program.see("10 of 10 points", "next: step 2", KEYS)
    change(impl / "pico_gpt.py", 'raise NotImplementedError("step 2: softmax")', "return x")
    program.see("step 2: softmax - ", "WRONG")


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with Program("watch", "--impl", tmp_path / "nowhere", folder=tmp_path) as program:
        assert program.ends() == 2
        assert "there is no folder" in program.said and len(program.said.strip().splitlines()) <= 2
