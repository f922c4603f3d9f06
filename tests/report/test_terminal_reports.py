"""The failure page: what people read, in colour, in plain text, wide and narrow."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from real_grader import ROOT, run_grader

from grader.judging.compare import Failure, compare_array
from grader.judging.results import StepResult, TestResult
from grader.kata.curriculum import STEPS, find_function, find_step
from grader.report.failure_page import page
from grader.report.heatmap import CIVIDIS, LEVELS, OF_256, cells_across, draw, picture
from grader.report.screen import STYLES, Screen

Student = Callable[..., Path]
SOLUTIONS = ROOT / "solutions"

WRONG_SOFTMAX = "def softmax(x):\n    e = np.exp(x - x.max())\n    return e / e.sum()\n"
NO_SCALE = (
    "def attention(q, k, v, mask):\n"
    "    print('q is', q.shape)\n"
    "    return softmax(q @ k.swapaxes(-1, -2) + mask) @ v\n"
)
PLAIN = {"MAKELEVEL": "", "NO_COLOR": "1"}


pytestmark = pytest.mark.usefixtures("own_state")


def step(number: int, impl: Path, **env: str) -> str:
    done = run_grader("step", str(number), "--impl", impl, "--seed", "7", env={**PLAIN, **env})
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout


def screen(columns: int = 100) -> Screen:
    """A screen that nobody sits before, so wide."""
    made = Screen(io.StringIO())
    made.width = columns
    return made


def written(result: StepResult, columns: int = 100) -> str:
    on = screen(columns)
    on.lines(page(result, on))
    assert isinstance(on.out, io.StringIO)
    return on.out.getvalue()


def failed(function: str, yours: np.ndarray, expected: np.ndarray, printed: str = "") -> StepResult:
    """A step whose only test has compared these two arrays."""
    contract = find_function(function)
    failure = compare_array(yours, "ndarray", expected, contract, "this case")
    assert failure is not None
    failure.printed = printed
    test = TestResult("a test", function, "failed", 0, 10, failure.text(), failure=failure)
    number = next(s.number for s in STEPS if function in s.function_names)
    return StepResult(number, find_step(number).name, [test])


# ------------------------------------------------------------------------------- the failure page


def test_the_mistakes_name_comes_first_then_evidence_pictures_tests_and_one_action(student: Student) -> None:
    text = step(2, student(softmax=WRONG_SOFTMAX))
    order = [
        "step 2: softmax - Scores into probabilities",
        "WRONG  this is one softmax over the whole array",
        "softmax is wrong at",
        "shape  [",
        "|difference|",
        "wrong    softmax equals hugging face",
        "next: ",
        "0 of 10 points",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert text.count("next:") == 1
    assert text.count("WRONG") == 1, "the first problem in full, the other tests in one line each"


def test_the_place_is_named_and_the_heads_that_are_wrong(student: Student) -> None:
    text = step(5, student(attention=NO_SCALE))
    assert re.search(r"the first is head \d, query \d, feature \d+: yours \S+, expected \S+", text)
    assert "query 1-6 wrong, query 0 right" in text
    assert re.search(r"head \d, worst of 4", text)
    assert "down: query 0-6, across: feature 0-11" in text


def test_what_the_code_printed_is_shown_with_the_problem(student: Student) -> None:
    text = step(5, student(attention=NO_SCALE))
    assert "your code printed:\n  | q is (4, 7, 12)" in text


def test_an_exception_gives_the_place_to_go_to(student: Student) -> None:
    folder = student(mha="def mha(x, c_attn, c_proj, n_head):\n    return x.reshape(3, 5)\n")
    text = step(6, folder)
    path = (folder / "pico_gpt.py").as_posix()
    line = (folder / "pico_gpt.py").read_text(encoding="utf-8").splitlines().index(
        "    return x.reshape(3, 5)"
    ) + 1
    assert f"{path}:{line}\n      return x.reshape(3, 5)" in text
    assert "mha raised ValueError" in text


def test_a_problem_of_the_whole_file_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "pico_gpt.py").write_text("def gelu(x)\n    return x\n", encoding="utf-8")
    text = step(1, tmp_path)
    assert text.count("pico_gpt.py cannot be loaded") == 1
    assert f"next: look at {tmp_path.as_posix()}/pico_gpt.py:1" in text
    assert "gelu of large numbers" not in text


def test_functions_that_are_still_stubs_take_one_line(student: Student) -> None:
    text = step(
        5, student(attention='def attention(q, k, v, mask):\n    raise NotImplementedError("later")\n')
    )
    assert re.search(r"to do    attention: \d tests wait for it", text)
    assert "ok       causal mask hides every later key" in text


def test_the_own_stack_says_which_step_to_mend(student: Student) -> None:
    text = step(5, student(softmax=WRONG_SOFTMAX))
    assert "10 of 10 points" in text
    assert "on your stack it fails because of step 2 (softmax)" in text


def test_a_float64_leak_is_one_note_however_many_tests_notice_it(student: Student) -> None:
    text = step(4, student(linear="def linear(x, w, b):\n    return x.astype(float) @ w + b\n"))
    assert text.count("note: ") == 1 and re.search("note: linear .*float64", text)


def test_what_the_code_printed_cannot_steer_the_terminal_and_is_cut() -> None:
    loud = "\x1b[2J\x1b]0;title\x07" + "\n".join(f"line {i}" for i in range(40))
    text = written(failed("gelu", np.zeros((2, 3)), np.ones((2, 3)), printed=loud))
    assert "\x1b" not in text and "\x07" not in text
    assert "line 5" in text and "line 30" not in text
    assert "more lines" in text


def test_a_wrong_shape_has_its_table_and_no_pictures() -> None:
    text = written(failed("attention", np.zeros((7, 4, 12)), np.ones((4, 7, 12))))
    assert re.search(r"shape +\[7, 4, 12\] +\[4, 7, 12\]", text)
    assert "the axes are in another order" in text
    assert "|difference|" not in text


@pytest.mark.parametrize("shape", [(4, 7, 12), (7, 7), (30, 200), (3, 2)])
def test_a_page_shows_a_handful_of_expected_numbers_never_the_array(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    expected = rng.standard_normal(shape) * 3
    function = "attention" if len(shape) == 3 else "gelu"
    text = written(failed(function, expected + 1, expected))
    given_away = [v for v in expected.ravel() if f"{v:.4g}" in text.split()]
    spoken = set(re.findall(r"-?\d+\.\d+", text))
    assert len({f"{v:.4g}" for v in expected.ravel()} & spoken) <= 5, given_away


@pytest.mark.parametrize("columns", [48, 60, 80, 100, 140])
@pytest.mark.parametrize("shape", [(7, 7), (7, 192), (64, 64), (4, 7, 12), (2, 300)])
def test_a_page_keeps_to_its_width(columns: int, shape: tuple[int, ...]) -> None:
    expected = np.random.default_rng(1).standard_normal(shape)
    on = screen(columns)
    on.is_terminal = True
    result = failed("attention" if len(shape) == 3 else "gelu", expected * 1.5, expected, "x" * 300)
    on.lines(page(result, on))
    assert isinstance(on.out, io.StringIO)
    assert max(map(len, on.out.getvalue().splitlines())) <= columns


# --------------------------------------------------------------------------------------- pictures


def drawn(yours: np.ndarray, expected: np.ndarray, axes: tuple[str, ...] = ("query", "key")) -> list[str]:
    pic = picture(yours, expected, axes, 1e-5, 16, cells_across(100, False))
    assert pic is not None
    return ["".join(text for text, _ in line) for line in draw(pic, 99, False)]


def test_a_picture_shows_which_places_are_wrong_and_leaves_the_others_blank() -> None:
    expected = np.tril(np.ones((5, 5)))
    yours = np.tril(np.ones((5, 5)), -1)
    rows = drawn(yours, expected)[1:6]
    differences = [row.split("|")[5] for row in rows]
    assert differences == ["@    ", " @   ", "  @  ", "   @ ", "    @"]
    assert [row.split("|")[3] for row in rows] == ["@    ", "@@   ", "@@@  ", "@@@@ ", "@@@@@"]


def test_of_many_heads_the_worst_is_drawn() -> None:
    expected = np.zeros((3, 4, 5))
    yours = expected.copy()
    yours[0, 1, 1], yours[2, 3, 4] = 0.1, 7.0
    lines = drawn(yours, expected, ("head", "query", "feature"))
    assert lines[0].strip() == "head 2, worst of 3: see the third picture"
    assert lines[5].split("|")[5] == "    @"


def test_one_wrong_number_of_thousands_is_still_seen() -> None:
    expected = np.random.default_rng(0).standard_normal((300, 400))
    yours = expected.copy()
    yours[123, 321] += 0.5
    lines = drawn(yours, expected)
    assert sum(line.split("|")[5].count("@") for line in lines if line.count("|") == 6) == 1
    assert any("a cell is the worst of" in line for line in lines)


def test_numbers_that_are_none_and_numbers_beyond_the_scale_have_their_marks() -> None:
    expected = np.linspace(0, 1, 12).reshape(3, 4)
    yours = expected.copy()
    yours[0, 0], yours[1, 1], yours[2, 2], yours[2, 3] = np.nan, 99, -99, np.inf
    lines = drawn(yours, expected)
    panels = [line.split("|")[1] for line in lines[1:4]]
    assert (panels[0][0], panels[1][1], panels[2][2], panels[2][3]) == ("?", ">", "<", ">")
    assert "< below the scale, > above the scale, ? not a number" in lines[-1]


@pytest.mark.parametrize("shape", [(5,), (1, 9), (9, 1), (2, 2), ()])
def test_small_arrays_and_rows_deserve_no_picture(shape: tuple[int, ...]) -> None:
    assert picture(np.ones(shape), np.zeros(shape), ("row", "column"), 1e-5, 16, 20) is None


def _of_256() -> tuple[str, ...]:
    from rich.color import Color

    return tuple(Color.parse(colour).get_truecolor().hex for colour in OF_256)


@pytest.mark.parametrize("colours", [CIVIDIS, _of_256()], ids=["true colour", "256 colours"])
def test_shades_rise_in_brightness_so_that_no_colour_vision_is_needed(colours: tuple[str, ...]) -> None:
    def brightness(colour: str) -> float:
        r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (r, g, b)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    shades = [brightness(colour) for colour in colours]
    assert len(shades) == LEVELS and shades == sorted(shades)
    assert all(b - a > 0.005 for a, b in pairwise(shades))


# ------------------------------------------------------------------------ colours and characters


def test_pipes_get_plain_text_and_do_not_import_rich(student: Student) -> None:
    folder = student(softmax=WRONG_SOFTMAX)
    code = (
        "import sys; from grader.cli import main\n"
        f"status = main(['step', '2', '--impl', {str(folder)!r}])\n"
        "assert status == 1 and 'rich' not in sys.modules, 'rich was imported for nothing'\n"
    )
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout and "WRONG" in done.stdout


def test_force_color_colours_a_pipe_and_no_color_comes_before_it(student: Student) -> None:
    folder = student(softmax=WRONG_SOFTMAX)
    coloured = step(2, folder, FORCE_COLOR="1", NO_COLOR="", TERM="xterm-256color", COLORTERM="truecolor")
    assert "\x1b[" in coloured and "48;2;254;232;56" in coloured, "cells of the picture are coloured"
    assert "\x1b" not in step(2, folder, FORCE_COLOR="1", NO_COLOR="1")


def test_with_few_colours_the_picture_is_made_of_characters(student: Student) -> None:
    folder = student(softmax=WRONG_SOFTMAX)
    text = step(2, folder, FORCE_COLOR="1", NO_COLOR="", TERM="xterm", COLORTERM="")
    assert "\x1b[" in text and " .:-=+*#%@" in re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    "encoding",
    [
        "ascii",  # which lacks what any of the others lacks
        *(pytest.param(one, marks=pytest.mark.nightly) for one in ("cp1252", "cp437", "latin-1", "utf-8")),
    ],
)
def test_a_terminal_that_lacks_characters_gets_others(encoding: str, student: Student) -> None:
    folder = student(attention=NO_SCALE.replace("'q is'", "'→ ≤ … é 漢'"))
    for words in (
        ("step", "5", "--impl", folder),
        ("progress", "--impl", folder),
        ("hint", "11"),
        ("doctor",),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "grader", *map(str, words)], cwd=ROOT, capture_output=True,
            env={**os.environ, **PLAIN, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        assert b"Traceback" not in done.stderr + done.stdout
        done.stdout.decode(encoding)


def test_every_style_says_something_to_rich() -> None:
    from rich.style import Style

    for style in STYLES.values():
        Style.parse(style)


def test_a_failure_without_arrays_still_makes_a_page() -> None:
    test = TestResult("a test", "sample", "failed", message="sample draws too often", failure=Failure("x"))
    assert "WRONG  sample draws too often" in written(StepResult(11, "sampling", [test]))
