"""The suites as people run them: with plain pytest, in both editions, from folders of any name."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import warm
from real_grader import ROOT, SOLUTIONS, Graded, run_grader

from grader.judging.run import judge
from grader.judging.suite import suite_tests
from grader.kata.curriculum import STEPS

Student = Callable[..., Path]
HALF_RIGHT = "def gelu(x):\n    return x * (x > 0)\n"
N_TESTS = sum(len(suite_tests(step.number)) for step in STEPS)


def run_pytest(
    *words: str | Path, cwd: Path = ROOT, is_new: bool = False
) -> subprocess.CompletedProcess[str]:
    """`pytest WORDS…` as a user types it.

    Args:
        is_new: in an interpreter of its own; else pytest warns that it had been imported before.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env |= {"COLUMNS": "200", "NO_COLOR": "1"}
    if not is_new:
        return warm.run("pytest", *words, cwd=cwd, env=env)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *map(str, words)], cwd=cwd, env=env, capture_output=True, text=True,
        encoding="utf-8", timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The student's edition, in a folder whose name means something to pytest, to a shell, or to a path."""
    out = tmp_path_factory.mktemp("courses") / "Kurs [WS26] a::b für $HOME"
    done = run_grader("release", out)
    assert done.returncode == 0, done.stderr
    return out


def test_in_a_fresh_edition_every_test_fails_in_one_line_that_says_not_written_yet(edition: Path) -> None:
    done = run_pytest(cwd=edition, is_new=True)  # without a path, as an editor's test panel does
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"^{N_TESTS} failed in", done.stdout, re.MULTILINE), done.stdout
    failures = done.stdout.split("= FAILURES =")[1].split("exercises, with --seed")[0]
    said = [line for line in failures.splitlines() if line and not line.startswith(("_", "="))]
    assert len(said) == N_TESTS
    assert all(re.fullmatch(r"step \d+: \w+ is not written yet", line) for line in said), said
    assert "python -m grader run counts the points" in done.stdout


@pytest.mark.nightly  # by day tests/classroom/test_release.py runs the command in that edition
def test_the_command_line_lists_the_same_tests_in_that_edition(edition: Path, tmp_path: Path) -> None:
    done = run_grader("run", "--json", tmp_path / "r.json", cwd=edition)
    assert done.returncode == 1, done.stderr
    result = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    tests = [test for step in result["steps"] for test in step["tests"]]
    assert len(tests) == N_TESTS and {test["status"] for test in tests} == {"not_implemented"}


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((1, 2, 14), id="some steps"),
        pytest.param(range(1, len(STEPS) + 1), id="all steps", marks=pytest.mark.nightly),
    ],
)
def test_the_solutions_pass_every_test_also_in_several_processes(steps: Sequence[int]) -> None:
    """By day the tests of two files. That the solutions pass all is seen in test_judging.py, too."""
    suites = [STEPS[number - 1].suite for number in steps]
    done = run_pytest(*suites, "--impl", "solutions", "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{sum(len(suite_tests(number)) for number in steps)} passed" in done.stdout


def test_a_failure_shows_what_the_command_shows_and_no_traceback(
    student: Student, grade_here: Callable[..., Graded]
) -> None:
    folder = student("solutions", gelu=HALF_RIGHT)
    commanded = grade_here(folder, "--steps", "1", "--seed", "5").step(1)["tests"]
    done = run_pytest("grader/suites/test_step_01_gelu.py", "--impl", folder, "--seed", "5")
    assert done.returncode == 1
    failed = [test for test in commanded if test["status"] == "failed"]
    for test in failed:
        assert test["message"] in done.stdout
    n_passed = len(commanded) - len(failed)
    assert f"{len(failed)} failed, {n_passed} passed" in done.stdout
    assert "Traceback" not in done.stdout and "plugin.py" not in done.stdout


def test_selections_of_pytest_work_also_from_another_folder(student: Student, tmp_path: Path) -> None:
    folder = student("solutions", gelu=HALF_RIGHT)
    suites = ROOT / "grader" / "suites"
    cache = f"cache_dir={tmp_path / 'cache'}"
    done = run_pytest(suites, "-k", "gelu", "-x", "--impl", folder.name, "-o", cache, cwd=folder.parent)
    assert "1 failed" in done.stdout and "this is ReLU" in done.stdout
    (folder / "pico_gpt.py").write_bytes((SOLUTIONS / "pico_gpt.py").read_bytes())
    done = run_pytest(suites, "--lf", "--impl", folder.name, "-o", cache, cwd=folder.parent)
    assert done.returncode == 0 and "1 passed" in done.stdout


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = run_pytest("grader/suites/test_step_01_gelu.py", "--impl", tmp_path / "nothing")
    assert done.returncode == 4 and f"there is no folder {tmp_path / 'nothing'}" in done.stdout


def test_the_same_seed_gives_the_same_cases_with_pytest_and_with_the_command(
    student: Student, grade_here: Callable[..., Graded]
) -> None:
    folder = student("solutions", softmax="def softmax(x):\n    return np.exp(x) / np.exp(x).sum()\n")
    said = {test["message"] for test in grade_here(folder, "--steps", "2", "--seed", "11").step(2)["tests"]}
    done = run_pytest("grader/suites/test_step_02_softmax.py", "--impl", folder, "--seed", "11")
    assert all(message in done.stdout for message in said if "counts once" not in message)


@pytest.mark.skipif(sys.platform == "win32", reason="pexpect needs a terminal")
def test_a_breakpoint_in_the_students_function_opens_the_debugger(student: Student) -> None:
    pexpect = pytest.importorskip("pexpect")
    folder = student("solutions", gelu="def gelu(x):\n    breakpoint()\n    return x\n")
    words = ["-m", "pytest", "grader/suites", "-k", "gelu and grid", "--in-process", "--impl", str(folder)]
    program = pexpect.spawn(sys.executable, words, cwd=str(ROOT), encoding="utf-8", timeout=60)
    program.expect_exact("(Pdb)")
    program.sendline("p x.shape")
    program.expect(r"\(\d+,\)")
    program.sendline("q")
    program.expect(pexpect.EOF)
    program.close()


@pytest.mark.skipif(sys.platform == "win32", reason="pexpect needs a terminal")
def test_pdb_opens_where_an_answer_was_found_to_be_wrong(student: Student) -> None:
    pexpect = pytest.importorskip("pexpect")
    folder = student("solutions", gelu=HALF_RIGHT)
    words = ["-m", "pytest", "grader/suites", "-k", "gelu and grid", "--pdb", "--impl", str(folder)]
    program = pexpect.spawn(sys.executable, words, cwd=str(ROOT), encoding="utf-8", timeout=60)
    program.expect_exact("this is ReLU")
    program.expect_exact("(Pdb)")
    program.sendline("p answer.value.shape")
    program.expect(r"\(\d+,\)")
    program.sendline("q")
    program.expect(pexpect.EOF)
    program.close()


# ------------------------------------------------------------------------ where a suite cannot run


def test_what_the_environment_tells_pytest_changes_no_verdict(student: Student, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n", encoding="utf-8")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not for the grader')\n", encoding="utf-8")
    odd = {"PYTEST_PLUGINS": "nosuch", "PYTEST_ADDOPTS": "-k nothing", "PYTHONPATH": str(ROOT)}
    done = run_grader("step", "1", "--impl", SOLUTIONS, cwd=tmp_path, env=odd)
    assert done.returncode == 0 and "10 of 10 points" in done.stdout, done.stderr


def test_a_user_without_a_home_gets_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    assert judge(SOLUTIONS, STEPS[:1]).passed


def test_a_check_that_breaks_is_the_graders_fault_and_no_verdict(tmp_path: Path) -> None:
    """Even if a student could think of it: whatever breaks a check gives no mark, not 0."""
    script = (
        "import sys\n"
        "from grader.judging import judge as j\n"
        "def breaks(*a, **k): raise ZeroDivisionError('in a check of ours')\n"
        "j.compare_array = breaks\n"
        "from grader.cli import main\n"
        "sys.exit(main(['step', '1', '--impl', 'solutions', '--json', sys.argv[1]]))\n"
    )
    report = tmp_path / "r.json"
    done = subprocess.run(
        [sys.executable, "-c", script, str(report)], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PICO_GPT_KATA_STATE": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 2, done.stdout
    assert done.stderr.startswith("grader: the grader itself failed in step 1, gelu equals hugging face")
    assert "ZeroDivisionError: in a check of ours" in done.stderr and "Traceback" not in done.stderr
