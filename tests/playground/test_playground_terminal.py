"""`python -m playground` as it is typed: the real program, its two streams and its exit status."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import warm
from playground_helpers import AWKWARD, SOLUTIONS, scripted, solution_of
from real_grader import ROOT

from playground.run.implementation import Implementation
from playground.run.session import Session, Settings, default_prompt
from playground.terminal import SHADES
from reference_activations.models import load_model

Student = Callable[..., Path]
PROMPT = "The King said"
ON_POSIX = pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal, which Windows does not have")


def play(*words: str | Path, given: bytes | None = None, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program with nothing (or `given`) on stdin, from the repository's root."""
    if given is None and not env:
        done = warm.run("playground", *words, cwd=ROOT, env=os.environ, timeout=60)
        out, err = done.stdout.encode(), done.stderr.encode()
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)
    source: dict[str, Any] = {"stdin": subprocess.DEVNULL} if given is None else {"input": given}
    return subprocess.run(
        [sys.executable, "-m", "playground", *map(str, words)],
        cwd=ROOT, env={**os.environ, **env}, capture_output=True, timeout=60, **source,
    )  # fmt: skip


def text_of(prompt: str, n: int, settings: Settings | None = None, seed: int = 0) -> str:
    made = Session(load_model("pico"), Implementation(SOLUTIONS), prompt, settings, seed=seed)
    list(made.run(n))
    return made.text


def test_the_text_is_on_stdout_and_everything_else_on_stderr() -> None:
    done = play(PROMPT, "--impl", "solutions", "-n", "12")
    assert done.returncode == 0
    assert done.stdout.decode() == text_of(PROMPT, 12) + "\n"
    said = done.stderr.decode().splitlines()
    assert said[0] == "solutions on pico: the reference solutions of all steps"
    assert re.fullmatch(r"12 tokens in \d+\.\d\d s, \d+ tokens/s, your cache", said[1]) and len(said) == 2


def test_generate_is_the_default_command_and_has_a_name() -> None:
    short, long = (play(*words, PROMPT, "-n", "4", "--impl", "solutions") for words in ((), ("generate",)))
    assert short.stdout == long.stdout and short.stdout


def test_a_typed_backslash_n_is_a_new_line() -> None:
    done = play("ROMEO:\\nO", "-n", "3", "--impl", "solutions")
    assert done.stdout.decode() == text_of("ROMEO:\nO", 3) + "\n"


def test_filters_that_greedy_choice_does_not_need_are_said_to_do_nothing() -> None:
    words = ("ROMEO:", "-n", "2", "--impl", "solutions", "--top-k", "5")
    assert "top-k and top-p need one above 0" in play(*words).stderr.decode()
    assert "top-k and top-p" not in play(*words, "--temperature", "1").stderr.decode()


def test_without_a_prompt_pico_goes_on_from_romeo_and_gpt2_from_alan_turing() -> None:
    done = play("-n", "3", "--impl", "solutions")
    assert done.stdout.decode() == text_of("ROMEO:", 3) + "\n"
    assert default_prompt("gpt2") == "Alan Turing theorized that computers would one day become"


def test_all_settings_reach_the_session() -> None:
    done = play(
        PROMPT, "--impl", "solutions", "-n", "15", "--seed", "5", "--temperature", "1.1", "--top-k", "30",
        "--top-p", "0.9", "--penalty", "0.7",
    )  # fmt: skip
    settings = Settings(1.1, 30, 0.9, 0.7)
    assert done.stdout.decode() == text_of(PROMPT, 15, settings, seed=5) + "\n"
    assert b"seed 5" in done.stderr


def test_the_printed_seed_repeats_the_text() -> None:
    words = (PROMPT, "--impl", "solutions", "--temperature", "1", "--top-k", "off")
    first = play(*words)
    found = re.search(rb"seed (\d+)", first.stderr)
    assert found and play(*words, "--seed", found[1].decode()).stdout == first.stdout


@pytest.mark.parametrize(
    ("words", "end"),
    [
        *((("-",), b""), ((), b"\n"), (("-",), b"\r\n")),
        *(
            pytest.param(words, end, marks=pytest.mark.nightly)  # the other pairs
            for words, end in (((), b""), (("-",), b"\n"), ((), b"\r\n"))
        ),
    ],
)
def test_a_piped_prompt_is_read_without_its_last_line_end(words: tuple[str, ...], end: bytes) -> None:
    done = play(*words, "-n", "2", "--impl", "solutions", given="Ro\nmeo 日".encode() + end)
    assert done.stdout.decode().startswith("Ro\nmeo 日") and done.returncode == 0
    assert done.stdout.decode() == text_of("Ro\nmeo 日", 2) + "\n"


def test_a_prompt_on_the_command_line_wins_over_stdin() -> None:
    done = play(PROMPT, "-n", "1", given=b"something else")
    assert done.stdout.decode().startswith(PROMPT)


def test_half_done_exercises_speak_with_the_references_help(student: Student) -> None:
    folder = student("exercises", **solution_of("gelu", "softmax", "layer_norm", "linear"))
    done = play(PROMPT, "--impl", folder, "-n", "5")
    assert done.stdout.decode() == text_of(PROMPT, 5) + "\n"
    assert "yours: steps 1-4 (gelu … linear); the reference stands in for steps 5-14" in done.stderr.decode()


def test_awkward_text_comes_out_byte_for_byte(tmp_path: Path) -> None:
    model = load_model("pico")
    text = AWKWARD + "\x1b[31m\x07\x00"
    folder = scripted(tmp_path / "s", model, PROMPT, text)
    n = len(model.encoding.encode_ordinary(text))
    done = play(PROMPT, "--impl", folder, "-n", str(n), PYTHONIOENCODING="latin-1")
    assert done.stdout == f"{PROMPT}{text}\n".encode()


def test_an_unfinished_character_is_not_written_and_told(tmp_path: Path) -> None:
    folder = scripted(tmp_path / "s", load_model("pico"), PROMPT, "日")
    done = play(PROMPT, "--impl", folder, "-n", "1")
    assert done.stdout.decode() == PROMPT + "\n"
    assert "the last character is not finished: its first bytes are e6" in done.stderr.decode()


def test_a_students_prints_do_not_land_in_the_text(student: Student) -> None:
    gelu = solution_of("gelu")["gelu"].replace("# SOLUTION", 'print("look here")')
    done = play(PROMPT, "--impl", student("solutions", gelu=gelu), "-n", "2")
    assert done.stdout.decode() == text_of(PROMPT, 2) + "\n"
    assert b"look here" in done.stderr


def test_show_probs_lists_what_the_session_knows() -> None:
    words = ("--temperature", "0.8", "--top-k", "20", "--seed", "3", "-n", "6", "--show-probs")
    done = play(PROMPT, "--impl", "solutions", *words)
    made = Session(load_model("pico"), Implementation(SOLUTIONS), PROMPT, Settings(0.8, 20), seed=3)
    lines = [f"{e.id:6d}  {e.model_prob:6.1%}  {e.prob:6.1%}  {e.bytes.decode()!r}" for e in made.run(6)]
    assert done.stdout.decode().splitlines()[1:] == lines


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((PROMPT, "--temperature", "-1"), "temperature must be 0 or more, not -1.0"),
        ((PROMPT, "--temperature", "hot"), "argument --temperature: invalid float value: 'hot'"),
        ((PROMPT, "--top-k", "-3"), "top-k must be 1 or more, or off, not -3"),
        ((PROMPT, "--top-p", "0"), "top-p must be above 0 and at most 1, not 0.0"),
        ((PROMPT, "--penalty", "nan"), "the frequency penalty must be 0 or more, not nan"),
        ((PROMPT, "--seed", "-1"), "the seed must be 0 or more, not -1"),
        ((PROMPT, "-n", "0"), "the number of tokens to generate must be 1 or more, not 0"),
        ((PROMPT, "-n", "999"), "the prompt is 4 tokens; 999 more do not fit: pico looks at 256 at most"),
        (("word " * 600,), "the prompt is too long: it is"),
        (("",), "the prompt is empty: write at least one character"),
        ((PROMPT, "--model", "gpt9"), "there is no model 'gpt9'"),
        ((PROMPT, "--impl", "nowhere"), "there is no folder nowhere"),
        ((PROMPT, "--nonsense"), "unrecognized arguments: --nonsense"),
        (("web", "--port", "99999999"), "a port is a number from 0 to 65535, not 99999999"),
    ],
)
def test_wrong_input_gets_one_line_and_status_2(words: tuple[str, ...], says: str) -> None:
    done = play(*words)
    said = done.stderr.decode().splitlines()
    assert done.returncode == 2 and done.stdout == b""
    assert len(said) == 1 and says in said[0], said


def test_missing_weights_get_one_line_that_helps(tmp_path: Path) -> None:
    done = play(PROMPT, "--model", "gpt2-medium", PICO_GPT_WEIGHTS=str(tmp_path))
    assert done.returncode == 2 and done.stderr.decode().endswith("run: make weights MODEL=gpt2-medium\n")


def test_a_function_that_fails_gets_one_line_and_keeps_the_text(student: Student) -> None:
    gelu = "def gelu(x):\n    return x / np.ones(7)\n"
    done = play(PROMPT, "--impl", student("exercises", gelu=gelu), "-n", "3")
    assert done.returncode == 2 and done.stdout.decode() == PROMPT + "\n"
    last = done.stderr.decode().splitlines()[-1]
    assert re.search(r"pico_gpt\.py:\d+, in gelu: ValueError: operands could not", last), last
    assert b"Traceback" not in done.stderr


def test_a_file_that_does_not_load_is_told_and_the_reference_speaks(student: Student) -> None:
    folder = student("exercises")
    (folder / "kv_cache.py").write_text("def broken(:\n", encoding="utf-8")
    done = play(PROMPT, "--impl", folder, "-n", "2")
    assert done.returncode == 0 and "kv_cache.py:1 does not load: " in done.stderr.decode().splitlines()[0]


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "playground", PROMPT, "--impl", "solutions", "-n", "200"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.read(3) == b"The"
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == 0 and b"Traceback" not in said and b"BrokenPipe" not in said


def test_a_missing_command_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from playground import commands as program

    monkeypatch.setitem(program.COMMANDS, "web", ("playground.not_there", ""))
    assert program.main(["web"]) == 2
    assert capsys.readouterr().err == "python -m playground web: this copy of the kata has no web\n"


def test_without_streamlit_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    import importlib.util

    from playground import __main__ as program

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert program.main(["web"]) == 2
    said = capsys.readouterr().err
    assert "streamlit is not installed; run: make web" in said and said.count("\n") == 1


def test_the_terminal_starts_without_the_web_pages_libraries() -> None:
    code = "import sys, playground.terminal; print({'streamlit', 'pandas', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "set()\n", done.stderr


# ------------------------------------------------------------------------------ on a terminal


def on_a_terminal(*words: str | Path, **env: str) -> Any:
    pexpect = pytest.importorskip("pexpect", reason="pexpect is in the dev requirements: make setup-dev")
    clean = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    return pexpect.spawn(
        sys.executable, ["-m", "playground", *map(str, words)], cwd=str(ROOT), encoding="utf-8", timeout=60,
        env={**clean, "TERM": "xterm-256color", **env},
    )  # fmt: skip


@ON_POSIX
def test_on_a_terminal_tokens_have_the_colour_of_their_probability() -> None:
    child = on_a_terminal(PROMPT, "--impl", "solutions", "-n", "10")
    seen = child.read().replace("\r\n", "\n")
    made = Session(load_model("pico"), Implementation(SOLUTIONS), PROMPT, seed=0)
    for event in made.run(10):
        shade = next(code for below, code in SHADES if event.model_prob < below)
        assert f"\x1b[{shade}m{event.text}\x1b[0m" in seen
    assert f"\x1b[2m{PROMPT}\x1b[0m" in seen


@ON_POSIX
@pytest.mark.parametrize(("words", "env"), [(("--no-color",), {}), ((), {"NO_COLOR": "1"})])
def test_colour_can_be_switched_off(words: tuple[str, ...], env: dict[str, str]) -> None:
    child = on_a_terminal(PROMPT, "--impl", "solutions", "-n", "4", *words, **env)
    assert "\x1b[" not in child.read()


def test_colour_can_be_asked_for_in_a_pipe() -> None:
    assert b"\x1b[" in play(PROMPT, "-n", "3", "--color", NO_COLOR="1").stdout


@ON_POSIX
def test_a_models_text_cannot_steer_the_terminal(tmp_path: Path) -> None:
    folder = scripted(tmp_path / "s", load_model("pico"), PROMPT, "a\x1b]0;title\x07b")
    child = on_a_terminal(PROMPT, "--impl", folder, "-n", "12", "--no-color")
    seen = child.read()
    assert "a␛]0;title␇b" in seen and "\x1b" not in seen


@ON_POSIX
def test_ctrl_c_keeps_the_text_and_shows_no_traceback(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    held = os.open(gate, os.O_RDWR)
    wait = "os.read(os.open(os.environ['GATE'], os.O_RDONLY), 1)"
    folder = scripted(tmp_path / "s", load_model("pico"), PROMPT, "abcdef", before=wait)
    child = on_a_terminal(PROMPT, "--impl", folder, "--no-color", GATE=str(gate))
    os.write(held, b"..")
    child.expect_exact(f"{PROMPT}abc")  # two tokens: "ab" and "c"
    child.kill(signal.SIGINT)
    seen = child.read()
    child.close()
    os.close(held)
    assert child.exitstatus == 130 and "Traceback" not in seen and "KeyboardInterrupt" not in seen
    assert "2 tokens in" in seen
