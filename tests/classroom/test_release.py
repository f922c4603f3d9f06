"""The student's edition: nothing in it gives a solution away, and it marks as the teacher's edition does."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import warm
from classes.here import class_here, grader_here
from classes.results import results_in
from platforms import bring_bytecode
from real_grader import ROOT, run_grader

from grader.classroom.edition import LEAST, leaks, shipped_files, telling_lines, write_zip
from grader.classroom.proof import scripts
from grader.cli import COMMANDS, TEACHERS
from grader.judging.step_run import NEEDS_REFERENCE
from grader.kata.curriculum import FILES, STEPS, function_names, parse_steps
from grader.kata.files import CannotGrade
from grader.kata.sealed import seal, unsealed
from grader.kata.stubs import MARKER, stub_files

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("release") / "kata"
    done = run_grader("release", out, "--zip", "--workflow", f"school/kata@{COMMIT}")
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module", autouse=True)
def compiled_beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What Python compiles of an edition is kept, but not in the edition, which is compared with others."""
    folder = str(tmp_path_factory.mktemp("compiled"))
    with mock.patch.dict(os.environ, PYTHONPYCACHEPREFIX=folder, PYTHONDONTWRITEBYTECODE=""):
        yield


def here(edition: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`python -m WORDS…` as it is typed in an edition."""
    env = {**os.environ, "NO_COLOR": "1", "MAKELEVEL": "", "COLUMNS": "100"}
    return warm.run(*words, cwd=edition, env=env)


def graded(edition: Path, impl: Path, out: Path, *words: str) -> dict[str, Any]:
    """The result of `python -m grader run` of an edition."""
    bring_bytecode(edition)
    done = here(edition, "grader", "run", "--impl", str(impl), "--json", str(out), *words)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    result: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return result


def marks(result: dict[str, Any]) -> list[tuple[int, str, float, float]]:
    return [(s["number"], s["status"], s["score"], s["max_score"]) for s in result["steps"]]


def wrong_folder(folder: Path) -> Path:
    """Three functions wrong, on which most others stand; a fourth right only in its first tests."""
    folder.mkdir()
    for file in FILES:
        text = (ROOT / "solutions" / file).read_text(encoding="utf-8")
        text = text.replace("np.sum(exp_x, axis=-1, keepdims=True)", "np.sum(exp_x)")
        text = text.replace("0.5 * x * (1 + np.tanh", "0.5 * x * (1.1 + np.tanh")
        text = text.replace(
            "g * (x - mean) / np.sqrt(variance + eps) + b", "g * (x - mean) / np.sqrt(variance + 1e-5) + b"
        )
        (folder / file).write_text(text, encoding="utf-8")
    return folder


# -------------------------------------------------------------------------------- what is in it


def test_it_holds_what_a_learner_needs(edition: Path) -> None:
    for name in ("LICENSE", "AGENTS.md", "CLAUDE.md", ".gitignore", ".vscode/tasks.json", "README.md"):
        assert (edition / name).is_file(), name
    for file in FILES:
        assert (edition / "exercises" / file).read_text(encoding="utf-8") == stub_files()[file]
    for step in STEPS:
        for path in (step.suite, step.page):
            assert (edition / path.relative_to(ROOT)).is_file()
    for name in ("pico/model.safetensors", "goldens/manifest.json", "gpt2.tiktoken"):
        assert (edition / "reference_activations" / name).is_file()


def test_it_holds_no_solutions_no_tests_and_no_mistakes(edition: Path) -> None:
    names = {path.relative_to(edition).as_posix() for path in edition.rglob("*")}
    assert not {
        name for name in names if name.split("/")[0] in ("solutions", "tests", ".git", ".venv", ".ci")
    }
    assert not {
        name for name in names if re.search(r"mistakes/step_|__pycache__|picogpt_way|/weights/", name)
    }
    assert MARKER not in (edition / "exercises" / "pico_gpt.py").read_text(encoding="utf-8")


def test_no_line_of_a_solution_stands_anywhere_in_it(edition: Path) -> None:
    assert leaks(edition) == []


def test_the_search_for_lines_of_solutions_finds_them(tmp_path: Path) -> None:
    """The check bites: every function's body is found, however it is indented or commented."""
    telling = telling_lines()
    assert set(telling.values()) >= set(function_names()) - {
        "linear",
        "causal_mask",
        "sample",
        "encode",
        "decode",
    }
    assert all(len(line) > LEAST for line in telling)
    line = next(line for line, function in telling.items() if function == "mha")
    (tmp_path / "hint.md").write_text(f"Try this:\n\n      {line}  # so\n", encoding="utf-8")
    (tmp_path / "x.py").write_text("def softmax(x):\n    return mine(x)\n", encoding="utf-8")
    (tmp_path / "y.py").write_text("def softmax(scores):\n    return mine(scores)\n", encoding="utf-8")
    (tmp_path / "z.py").write_text("if 1:\n  def  \\\n  gelu (x):\n    return mine(x)\n", encoding="utf-8")
    found = [f"hint.md shows a line of mha: {line}", "x.py defines softmax", "z.py defines gelu"]
    assert leaks(tmp_path) == found


def test_what_is_sealed_cannot_be_read_by_eye(edition: Path) -> None:
    sealed = (edition / "grader" / "reference.sealed").read_bytes()
    text = sealed.decode("ascii")
    for word in ("def ", "np.", "return", "softmax", "import"):
        assert word not in text
    for line in telling_lines():
        assert line not in text


def test_what_was_sealed_comes_out_whole(tmp_path: Path) -> None:
    (tmp_path / "reference.sealed").write_bytes(seal(ROOT / "solutions"))
    script = (
        "import sys; from pathlib import Path; from grader.kata.sealed import unsealed; "
        "folder = unsealed(Path(sys.argv[1])); print(folder); "
        "import shutil; shutil.copytree(folder, sys.argv[2])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "reference.sealed"), str(tmp_path / "opened")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not Path(done.stdout.strip()).exists()  # it ends with the program
    for file in FILES:
        assert (tmp_path / "opened" / file).read_bytes() == (ROOT / "solutions" / file).read_bytes()


def test_the_workflow_names_the_teachers_repository_at_one_commit(edition: Path) -> None:
    text = (edition / ".github" / "workflows" / "grade.yml").read_text(encoding="utf-8")
    assert f"uses: school/kata/.github/workflows/grade.yml@{COMMIT}" in text


def test_the_zip_is_the_folder(edition: Path) -> None:
    with zipfile.ZipFile(edition.with_name("kata.zip")) as opened:
        assert opened.testzip() is None
        packed = {name.removeprefix("kata/") for name in opened.namelist()}
    assert packed == {p.relative_to(edition).as_posix() for p in edition.rglob("*") if p.is_file()}


def test_two_releases_are_the_same_files(edition: Path, tmp_path: Path) -> None:
    done = grader_here("release", tmp_path / "kata", "--zip", "--workflow", f"school/kata@{COMMIT}")
    assert done.returncode == 0
    assert (tmp_path / "kata.zip").read_bytes() == edition.with_name("kata.zip").read_bytes()


# --------------------------------------------------------------------------------- what it says


def test_no_page_of_it_speaks_of_what_only_teachers_have(edition: Path) -> None:
    pages = [edition / "README.md", edition / "Makefile", edition / "pyproject.toml", edition / "AGENTS.md"]
    for page in [*pages, *sorted((edition / "instructions").rglob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        for word in ("IMPL=solutions", "CONTRIBUTING", "instructor_guide", "make class", "make stubs",
                     "make release", "teacher -->", "<!-- student", "setup-dev"):  # fmt: skip
            assert word not in text, f"{page.name}: {word}"


def test_its_help_shows_what_a_student_can_type(edition: Path) -> None:
    help_ = here(edition, "grader").stdout
    for command in TEACHERS:
        assert f"  {command} " not in help_
        done = here(edition, "grader", command)
        assert done.returncode == 2 and "in the teacher's edition" in done.stderr
        assert done.stderr.count("\n") == 1
    assert all(f"  {command} " in help_ for command in COMMANDS if command not in TEACHERS)
    assert "in the teacher's edition" in help_


def test_nothing_that_it_prints_names_a_make_target_that_it_lacks(edition: Path) -> None:
    known = set(re.findall(r"^([\w-]+):", (edition / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    known |= {f"test-step-{n}" for n in range(15)} | {"test-step-", "test-step-N"}
    english = {"it", "the", "its", "them", "all", "a", "an", "one", "no", "of", "is"}
    wrong = []
    for path in [*edition.rglob("*.py"), edition / ".vscode" / "tasks.json"]:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text) if path.suffix == ".py" else ast.parse(repr(text))
        told = {id(node.body[0].value) for node in ast.walk(tree)  # a docstring is for maintainers
                if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
                and node.body and isinstance(node.body[0], ast.Expr) and len(tree.body) > 1}  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                words = re.findall(r"\bmake ([a-z][\w-]*)", node.value)
                wrong += [f"{path.name}: make {word}" for word in words if word not in known | english]
    assert wrong == []


def test_make_test_says_there_what_to_type_instead(edition: Path) -> None:
    done = subprocess.run(
        ["make", "-s", "test"],
        cwd=edition,
        capture_output=True,
        text=True,
        env={**os.environ, "MAKELEVEL": ""},
    )
    assert done.returncode == 0 and "make test-step-1" in done.stdout
    assert not done.stderr


def test_diff_opens_the_sealed_solution_of_a_step_that_has_passed(edition: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(ROOT / "solutions", mine)
    done = here(edition, "grader", "diff", "2", "--impl", str(mine))
    assert done.returncode == 0 and "line for line the same" in done.stdout
    closed = here(edition, "grader", "diff", "2")
    assert closed.returncode == 1 and "shown once step 2 passes" in closed.stdout
    (edition / "grading.toml").write_text("show_solutions = false\n", encoding="utf-8")
    try:
        off = here(edition, "grader", "diff", "2", "--impl", str(mine))
    finally:
        (edition / "grading.toml").unlink()
    assert off.returncode == 2 and "your teacher has switched this off" in off.stderr


def test_the_reference_stands_in_for_what_is_not_written(edition: Path, tmp_path: Path) -> None:
    for prompt in ("ROMEO:", "ROMEO:\\nO", "any text"):
        out = tmp_path / "xray.html"
        done = here(edition, "playground", "xray", prompt, "--out", str(out))
        assert done.returncode == 0 and "The reference stands in for" in done.stdout, done.stderr
    done = here(edition, "playground", "ROMEO:", "-n", "3")
    assert done.returncode == 0 and "the reference stands in for steps 1-14" in done.stderr


def test_without_a_reference_an_xray_shows_the_students_own_numbers(tmp_path: Path) -> None:
    kata = tmp_path / "kata"
    assert grader_here("release", kata, "--without-reference").returncode == 0
    words = ("playground", "xray", "any text", "--out", str(tmp_path / "xray.html"))
    done = here(kata, *words, "--impl", str(ROOT / "solutions"))
    assert done.returncode == 0 and "the numbers are shown, and not compared" in done.stdout, done.stderr
    done = here(kata, *words)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "only recorded prompts can be shown" in done.stderr


def test_the_proof_of_an_edition_finds_what_does_not_work() -> None:
    text = "<!-- run: true -->\n```sh\nmake web\n```\n\n```sh\nmake hint N=1\n```\n```powershell\npy x\n```\n"
    assert scripts(text) == [(2, "true"), (6, "make hint N=1")]


# --------------------------------------------------------------------------------- what it marks


@pytest.mark.timeout(400)
@pytest.mark.parametrize("steps", ["1,6,9,12-14", pytest.param("1-14", marks=pytest.mark.nightly)])
def test_a_right_submission_gets_full_marks_in_both_editions(
    steps: str, edition: Path, tmp_path: Path
) -> None:
    """The student's with `run`, the teacher's with `class`, as each is used; by day steps of every file."""
    config = tmp_path / "grading.toml"
    config.write_text(f'steps = "{steps}"\n', encoding="utf-8")
    here = graded(edition, ROOT / "solutions", tmp_path / "student.json", "--seed", "5", "--steps", steps)
    shutil.copytree(ROOT / "solutions", tmp_path / "class" / "ada")
    done = class_here(tmp_path / "class", tmp_path / "out", "--seed", "5", "--config", config)
    assert done.returncode == 0, done.stderr
    [teachers] = results_in(tmp_path / "out").values()
    assert marks(here) == marks(teachers)
    assert here["score"] == here["max_score"] == teachers["score"] == 10 * len(parse_steps(steps))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("steps", ["1-3,8", pytest.param("1-14", marks=pytest.mark.nightly)])
def test_a_wrong_submission_gets_the_same_marks_in_both_editions(
    steps: str, edition: Path, tmp_path: Path
) -> None:
    """By day their own steps, and the first one that uses all three wrong functions."""
    wrong = wrong_folder(tmp_path / "wrong")
    here = graded(edition, wrong, tmp_path / "student.json", "--seed", "5", "--steps", steps)
    teachers = graded(ROOT, wrong, tmp_path / "teacher.json", "--seed", "5", "--steps", steps)
    assert marks(here) == marks(teachers)
    assert [s["score"] for s in here["steps"][:2]] == [0, 0] and 0 < here["steps"][2]["score"] < 10
    assert all(s["score"] == s["max_score"] for s in here["steps"][3:])
    for one, other in zip(here["steps"], teachers["steps"]):
        for mine, theirs in zip(one["tests"], other["tests"], strict=True):
            assert (mine["status"], mine["diagnosis"]) == (theirs["status"], theirs["diagnosis"])
    assert "softmax.sum-of-all" in {t["diagnosis"] for t in here["steps"][1]["tests"]}


@pytest.mark.timeout(400)
def test_without_any_reference_the_grader_says_which_checks_need_it(tmp_path: Path) -> None:
    done = grader_here("release", tmp_path / "kata", "--without-reference")
    assert done.returncode == 0 and not (tmp_path / "kata" / "grader" / "reference.sealed").exists()
    result = graded(tmp_path / "kata", ROOT / "solutions", tmp_path / "result.json", "--steps", "1,5,9")
    tests = [test for step in result["steps"] for test in step["tests"]]
    unjudged = [test for test in tests if test["status"] == "not_run"]
    assert 0 < len(unjudged) < len(tests)
    assert {test["message"] for test in unjudged} == {NEEDS_REFERENCE} and {
        t["max_score"] for t in unjudged
    } == {0}
    assert result["score"] == result["max_score"] == 30
    assert {step["status"] for step in result["steps"]} == {"passed"}
    stubs = graded(
        tmp_path / "kata", tmp_path / "kata" / "exercises", tmp_path / "stubs.json", "--steps", "1-3"
    )
    assert stubs["score"] == 0 and {s["status"] for s in stubs["steps"]} == {"not_implemented"}


def test_a_damaged_seal_is_one_line(edition: Path, tmp_path: Path) -> None:
    path = tmp_path / "reference.sealed"
    for data in (b"", b"hello", (edition / "grader" / "reference.sealed").read_bytes()[:-400]):
        path.write_bytes(data)
        with pytest.raises(CannotGrade, match="is damaged"):
            unsealed(path)


# ------------------------------------------------------------------------------------- usage


def test_wrong_usage_is_one_line(edition: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("mine", encoding="utf-8")
    for words, says in (
        ([tmp_path / "full"], "is not empty"),
        ([ROOT / "grader" / "new"], "is inside the kata"),
        ([tmp_path / "new", "--workflow", "school/kata@main"], "all 40 digits"),
        ([], "OUT"),
    ):
        done = grader_here("release", *words) if words else run_grader("release")
        assert done.returncode == 2 and says in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()
    done = here(edition, "grader", "release", str(tmp_path / "again"))
    assert done.returncode == 2 and "release is for teachers: it is in the teacher's edition" in done.stderr


def test_only_what_git_keeps_is_shipped() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines()
    shipped = {str(path) for path in shipped_files()}
    assert shipped and shipped <= set(tracked)


def copy_of_the_kata(folder: Path) -> Path:
    for name in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines():
        if name.split("/")[0] != "tests" and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def released(kata: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return here(kata, "grader", "release", *words)


def test_the_teachers_points_go_with_it_also_before_git_knows_them(tmp_path: Path) -> None:
    kata = copy_of_the_kata(tmp_path / "copy")
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=kata, check=True, capture_output=True)
    (kata / "grading.toml").write_text('steps = "1-3"\n[points]\n1 = 20\n', encoding="utf-8")
    for page in ("instructions/our_course.md", "notes.md", "solutions/other.py"):
        (kata / page).write_text("# Ours\n", encoding="utf-8")
    done = released(kata, str(tmp_path / "edition"))
    assert done.returncode == 0 and "with your grading.toml" in done.stdout, done.stderr
    # A page that was forgotten is said; what no edition holds is not.
    assert done.stdout.splitlines()[1].endswith("(git add): instructions/our_course.md"), done.stdout
    assert not (tmp_path / "edition" / "instructions" / "our_course.md").exists()
    made = graded(tmp_path / "edition", ROOT / "solutions", tmp_path / "result.json")
    assert (made["score"], made["max_score"], len(made["steps"])) == (40, 40, 3)
    (kata / "grading.toml").write_text("steps = 99\n", encoding="utf-8")
    done = released(kata, str(tmp_path / "other"))
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "there is no step 99" in done.stderr
    assert not (tmp_path / "other").exists()


def test_a_zip_that_cannot_be_written_leaves_no_half_of_it(edition: Path, tmp_path: Path) -> None:
    (tmp_path / "kata.zip").mkdir()
    with pytest.raises(CannotGrade, match=r"cannot write .*kata\.zip"):
        write_zip(edition / "exercises", tmp_path / "kata.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["kata.zip"]


def test_a_copy_without_history_makes_the_same_edition(edition: Path, tmp_path: Path) -> None:
    kata = copy_of_the_kata(tmp_path / "copy")
    done = released(kata, str(tmp_path / "kata"), "--workflow", f"school/kata@{COMMIT}")
    assert done.returncode == 0, done.stderr
    made, wanted = (
        {
            p.relative_to(f): p.read_bytes()
            for p in f.rglob("*")
            if p.is_file() and p.relative_to(f).parts[0] != ".kata" and p.suffix != ".pyc"
        }
        for f in (tmp_path / "kata", edition)
    )
    assert made == wanted


def test_what_was_typed_for_make_release_does_not_reach_the_commands_that_it_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grader.classroom import proof

    monkeypatch.setenv("MAKEFLAGS", " -- OUT=elsewhere")
    monkeypatch.setenv("OUT", "elsewhere")
    proof._run(tmp_path, 'echo "[$OUT]" > seen')
    assert (tmp_path / "seen").read_text() == "[]\n"
