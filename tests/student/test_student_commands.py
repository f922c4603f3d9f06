"""hint, diff, doctor, submit and step --in-process, as a student types them."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playground_helpers import solution_of
from real_grader import ROOT, run_grader
from terminal.commands import says

from grader.judging.marks import unjudged
from grader.judging.results import RunResult
from grader.kata.curriculum import STEPS
from grader.kata.this_python import requirements
from grader.student.hint import LEVELS, hints_of, parse_hints
from grader.student.joy import END, SENTENCES
from grader.student.state import remember

Student = Callable[..., Path]
STUBS = ROOT / "exercises" / "pico_gpt.py"
MINE = "def softmax(x):\n    # all mine\n    return x\n"


pytestmark = pytest.mark.usefixtures("own_state")


# -------------------------------------------------------------------------------------------- hints


def test_every_step_has_three_hints_and_none_of_them_is_a_line_of_the_solution() -> None:
    for step in STEPS:
        hints = " ".join(" ".join(hints_of(step)).split())
        assert len(hints_of(step)) == LEVELS
        assert "?" in hints_of(step)[0], "the first hint asks"
        for line in (ROOT / "solutions" / step.file).read_text(encoding="utf-8").splitlines():
            code = line.split("  #")[0].strip()
            if len(code) > 20 and not code.startswith(("#", '"""', "def ", "import ", "from ")):
                assert code not in hints, f"step {step.number}: {code}"


def test_hints_come_one_after_the_other_and_can_be_read_again() -> None:
    shown = [says("hint", "5") for _ in range(4)]
    assert ["hint 1 of 3" in shown[0], "hint 2 of 3" in shown[1], "hint 3 of 3" in shown[2]] == [True] * 3
    assert shown[3] == shown[2]
    assert says("hint", "5", "--level", "1") == shown[0]
    assert "hint 3 of 3" in says("hint", "5"), "looking back is not going back"
    assert "hint 1 of 3" in says("hint", "6"), "every step has its own"


def test_a_hint_is_the_text_of_the_steps_page() -> None:
    for level, hint in enumerate(hints_of(STEPS[4]), 1):
        page = " ".join(STEPS[4].page.read_text(encoding="utf-8").split())
        printed = " ".join(says("hint", "5", "--level", str(level)).split())
        assert " ".join(hint.split()) in page and " ".join(hint.split()) in printed


def test_a_hint_without_a_number_is_for_the_current_step(student: Student) -> None:
    folder = student()
    assert "step 1: gelu, hint 1" in says("hint", "--impl", folder)
    says("step", "1", "--impl", folder)
    assert "step 2: softmax, hint 1" in says("hint", "--impl", folder)


@pytest.mark.parametrize("words", [("hint", "99"), ("hint", "x"), ("hint", "1", "--level", "4"), ("reset",),
                                   ("diff", "0"), ("hint", "1", "--level", "two")])  # fmt: skip
def test_wrong_numbers_get_one_line(words: tuple[str, ...]) -> None:
    says(*words, status=2)


def test_make_users_are_told_make_targets() -> None:
    assert "more: make hint N=5" in says("hint", "5", env={"MAKELEVEL": "1"})


def test_hints_are_read_from_their_section_alone() -> None:
    page = """# Step
### Hint 1
not in the section
## Hints
intro
### Hint 1
first
```python
## no heading
### Hint 2
```
#### detail
### Hint 2
second

### Other
not this
### Hint 3
third
## After
### Hint 4
no
"""
    assert parse_hints(page) == ("first\n```python\n## no heading\n### Hint 2\n```", "second", "third")


# --------------------------------------------------------------------------------------------- diff


OTHER_WAY = (
    "def softmax(x):\n    e = np.exp(x - x.max(-1, keepdims=True))\n    return e / e.sum(-1, keepdims=True)\n"
)


def test_diff_shows_both_once_the_step_passes(student: Student) -> None:
    folder = student(softmax=OTHER_WAY)
    text = says("diff", "2", "--impl", folder)
    assert "-    e = np.exp(x - x.max(-1, keepdims=True))" in text
    assert "+    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))" in text
    assert "Turn scores into probabilities" not in text, "the docstring is not what they differ in"
    wide = says("diff", "2", "--impl", folder, env={"COLUMNS": "150"})
    row = next(line for line in wide.splitlines() if "e = np.exp(x - x.max" in line)
    assert "| " in row and "exp_x = np.exp" in row
    assert max(map(len, wide.splitlines())) <= 150
    assert "line for line the same" in says("diff", "4", "--impl", folder)


def test_diff_keeps_the_solution_to_itself_until_then(student: Student) -> None:
    text = says("diff", "2", "--impl", student(softmax=MINE), status=1)
    assert "shown once step 2 passes" in text
    assert "exp_x" not in text
    assert "exp_x" not in says("diff", "2", status=1)


@pytest.fixture(scope="module")
def students_edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a student gets: without solutions/."""
    edition = tmp_path_factory.mktemp("edition") / "kata"
    left_out = shutil.ignore_patterns("__pycache__", "weights", ".*", "solutions", "tests")
    for room in ("exercises", "reference_activations", "grader", "instructions"):
        shutil.copytree(ROOT / room, edition / room, ignore=left_out)
    shutil.copy(ROOT / "pyproject.toml", edition)
    return edition


def test_without_any_reference_diff_says_so_and_reset_still_works(students_edition: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return run_grader(*words, cwd=students_edition)

    done = run("diff", "2")
    assert done.returncode == 2 and "this copy has no solutions" in done.stderr
    file = students_edition / "exercises" / "pico_gpt.py"
    whole = file.read_bytes()
    file.write_text(
        whole.decode().replace('raise NotImplementedError("step 1: gelu")', "return x"), encoding="utf-8"
    )
    assert run("reset", "1", "--yes").returncode == 0
    assert file.read_bytes() == whole
    assert run("progress").returncode == 0 and run("hint", "3").returncode == 0


# ------------------------------------------------------------------------------------------- doctor


def test_doctor_finds_this_machine_fit_for_the_kata() -> None:
    text = says("doctor")
    for what in ("Python", "numpy", "watchfiles", "reference_activations/pico/model.safetensors", "worker",
                 "exercises/pico_gpt.py", "sandbox", "real GPT-2", "terminal"):  # fmt: skip
        assert re.search(rf"^(OK|note) +{re.escape(what)}: ", text, re.MULTILINE), what
    assert "the kata works on this machine" in text
    assert not re.search("^missing", text, re.MULTILINE)


def test_doctor_says_what_to_type_when_a_package_is_missing(tmp_path: Path) -> None:
    code = (
        "import importlib.metadata as m, sys\n"
        "real = m.version\n"
        "def version(name):\n"
        "    if name == 'tiktoken': raise m.PackageNotFoundError(name)\n"
        "    return '1.0.0' if name == 'numpy' else real(name)\n"
        "m.version = version\n"
        "from grader.cli import main; sys.exit(main(['doctor']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search(
        r"missing +tiktoken: not installed \(>=0.8\)\n +-> (make setup|python -m pip install \.)", done.stdout
    )
    assert re.search(r"missing +numpy: 1.0.0 \(>=1.26,<3\)", done.stdout)
    assert "does not work yet: see numpy, tiktoken" in done.stdout


def test_doctor_finds_damaged_models_and_missing_files(students_edition: Path, tmp_path: Path) -> None:
    broken = tmp_path / "kata"
    shutil.copytree(students_edition, broken)
    model = broken / "reference_activations" / "pico" / "model.safetensors"
    model.write_bytes(model.read_bytes()[:-1] + b"\x00")
    (broken / "exercises" / "bpe.py").unlink()
    crlf = broken / "exercises" / "weights.py"
    crlf.write_bytes(crlf.read_bytes().replace(b"\n", b"\r\n"))
    done = run_grader("doctor", cwd=broken)
    assert done.returncode == 1
    assert "pico/model.safetensors: damaged" in done.stdout
    assert re.search(r"missing +exercises/bpe.py: .*\n +-> python -m grader reset 13 --file", done.stdout)
    assert "exercises/weights.py: utf-8, CRLF line ends" in done.stdout


def run_with(python: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run([python, *words], cwd=ROOT, capture_output=True, text=True, env={**kept, **env})


@pytest.mark.parametrize("words", ["grader step 1", "grader run", "grader watch", "grader submit",
                                   "grader class x", "playground ROMEO:", "playground xray"])  # fmt: skip
def test_a_python_without_the_packages_is_one_line(words: str) -> None:
    """-S: the standard library alone, whatever is installed."""
    done = run_with(sys.executable, "-S", "-m", *words.split())
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    assert "lacks numpy, pytest, pytest-timeout" in done.stderr
    assert sys.executable in done.stderr and re.search(r"use \S+python|make setup|pip install", done.stderr)


def test_a_python_that_has_some_of_them_is_told_which_it_lacks(tmp_path: Path) -> None:
    for name in ("numpy", "pytest", "regex", "tqdm", "rich"):
        (tmp_path / f"{name}.py").touch()
    done = run_with(sys.executable, "-S", "-m", "grader", "step", "1", PYTHONPATH=str(tmp_path))
    assert done.returncode == 2 and "lacks pytest-timeout, tiktoken, safetensors, watchfiles" in done.stderr


def test_doctor_runs_without_any_package() -> None:
    done = run_with(sys.executable, "-S", "-m", "grader", "doctor")
    assert done.returncode == 1 and "missing   numpy: not installed" in done.stdout, done.stderr


@pytest.mark.parametrize("room", ["grader", "playground"])
def test_the_first_module_that_runs_is_read_by_old_pythons(room: str) -> None:
    text = (ROOT / room / "__main__.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 4))
    assert "from __future__" not in text and text.index("version_info <") < text.index(f"from {room}.")


def test_whatever_grader_and_playground_import_is_what_make_setup_installs() -> None:
    declared = {needed.module for needed in requirements() or ()}
    own = {
        "grader",
        "playground",
        "reference_activations",
        "tests",
        *(Path(step.file).stem for step in STEPS),
    }
    extra = {"streamlit", "torch", "transformers", "ctranslate2"}  # make web, make bench
    known = own | extra | set(sys.stdlib_module_names)
    for path in sorted([*(ROOT / "grader").rglob("*.py"), *(ROOT / "playground").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            found = {name.split(".")[0] for name in names} - known
            assert found <= declared | {"tomli"}, f"{path}: {found - declared}"


# --------------------------------------------------------------------------------- prompt, and joy


def test_a_tutors_prompt_has_rules_report_page_and_functions_and_no_hint(student: Student) -> None:
    text = says("prompt", "2", "--impl", student(softmax=MINE))
    assert "Never write the function" in text and "# all mine" in text and "WRONG" in text
    assert "## What it is for" in text or "# Step 2: softmax" in text
    assert "## Hints" not in text and "<failure report>" not in text and "<step page>" not in text
    for hint in hints_of(STEPS[1]):
        assert hint.split("\n")[0] not in text


def test_a_first_pass_gets_one_sentence_and_the_next_one_none(student: Student) -> None:
    folder = student()
    assert SENTENCES[2] in says("step", "2", "--impl", folder)
    assert SENTENCES[2] not in says("step", "2", "--impl", folder)
    assert "Your own code writes now" in says("step", "10", "--impl", folder)


def test_the_end_gets_a_sentence_too(student: Student) -> None:
    folder = student()
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    passed = unjudged(STEPS[:13], status="passed")
    remember(folder, RunResult(str(folder), digests, seed=1, sandbox="", steps=passed))
    assert SENTENCES[2] not in says("step", "2", "--impl", folder), "it is known to have passed"
    assert END in says("step", "14", "--impl", folder)


def test_what_the_code_prints_is_shown_on_a_pass_as_well(student: Student) -> None:
    loud = OTHER_WAY.replace("    return", '    print("shape", x.shape)\n    return')
    text = says("step", "2", "--impl", student(softmax=loud))
    assert "your code printed:" in text and "| shape (" in text


def test_make_ends_well_after_a_verdict() -> None:
    if shutil.which("make") and (ROOT / ".venv" / ".ready").exists():
        done = subprocess.run(["make", "test-step-1"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0 and "Error" not in done.stderr


# ------------------------------------------------------------------------------------------- submit


def test_submit_packs_the_katas_files_and_judges_what_it_packed(student: Student, own_state: Path) -> None:
    folder = student("exercises", **solution_of("gelu", "layer_norm"), softmax=MINE)
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    text = says("submit", "--impl", folder)
    archive = own_state / "submission.zip"
    with zipfile.ZipFile(archive) as packed:
        assert packed.namelist() == ["pico_gpt.py", "kv_cache.py", "bpe.py", "weights.py"]
        for name in packed.namelist():
            assert packed.read(name) == (folder / name).read_bytes()
    assert "20 of 140 points" in text
    assert hashlib.sha256(archive.read_bytes()).hexdigest() in text
    assert str(archive) in text and "submit --out FOLDER" in text


def test_the_same_files_give_the_same_archive(student: Student, tmp_path: Path) -> None:
    from grader.kata.files import packed
    from grader.student.submit import collect

    one, two = student(), student()
    for i, folder in enumerate((one, two)):
        os.utime(folder / "pico_gpt.py", (1e9 + i, 1e9 + i))
    assert packed(collect(one)) == packed(collect(two))


def test_submit_says_which_files_are_not_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(STUBS, folder)
    text = says("submit", "--impl", folder, "--out", tmp_path)
    assert "not in the archive: kv_cache.py, bpe.py, weights.py" in text
    assert (tmp_path / "submission.zip").is_file() and "0 of 140 points" in text


@pytest.mark.parametrize("odd", ["directory", "link", "huge", "nothing", "no folder", "no place"])
def test_submit_refuses_odd_files_in_one_line(odd: str, student: Student, tmp_path: Path) -> None:
    folder, out = student(), tmp_path / "out.zip"
    file = folder / "bpe.py"
    if odd == "directory":
        file.unlink()
        file.mkdir()
    elif odd == "link":
        if os.name == "nt":
            pytest.skip("links need rights on Windows that tests do not have")
        file.unlink()
        file.symlink_to("/etc/passwd")
    elif odd == "huge":
        file.write_bytes(b"#" * 300_000)
    elif odd == "nothing":
        for path in folder.iterdir():
            path.unlink()
    elif odd == "no folder":
        folder = tmp_path / "nowhere"
    else:
        out = tmp_path / "nowhere" / "out.zip"
    says("submit", "--impl", folder, "--out", out, status=2)
    assert not out.exists()


# --------------------------------------------------------------------------------- in this process


def test_a_breakpoint_works_in_process(student: Student, tmp_path: Path) -> None:
    pytest.importorskip("pexpect", reason="pseudo-terminals exist on Linux and macOS only")
    from terminal.program import Program

    folder = student(gelu="def gelu(x):\n    answer = 41\n    breakpoint()\n    return x * answer\n")
    with Program("step", "1", "--in-process", "--impl", folder, folder=tmp_path, columns=200) as program:
        program.see("(Pdb)")
        program.press("p answer + 1\n")
        program.see("42")
        program.press("p x.shape\n")
        program.see("(7, 192)")
        program.press("q\n")
        assert program.ends() == 130
        assert "stopped" in program.said and "Traceback" not in program.said


def test_in_process_gives_a_verdict_and_keeps_no_marks(student: Student, own_state: Path) -> None:
    folder = student(gelu="def gelu(x):\n    print('seen by nobody but me')\n    return x\n")
    text = says("step", "1", "--in-process", "--impl", folder, status=1)
    assert "seen by nobody but me" in text and "WRONG" in text
    assert "for debugging, never for marks" in text
    assert not (own_state / "state.json").exists()


def test_ctrl_c_stops_a_run_with_one_word(student: Student, tmp_path: Path) -> None:
    pytest.importorskip("pexpect", reason="pseudo-terminals exist on Linux and macOS only")
    from terminal.program import Program

    folder = student(softmax="def softmax(x):\n    while True: pass\n")
    with Program(
        "run", "--steps", "1,2", "--time-limit", "3600", "--impl", folder, folder=tmp_path
    ) as program:
        program.see("step  1  gelu")
        program.press("\x03")
        assert program.ends() == 130
        assert "stopped" in program.said and "Traceback" not in program.said


@pytest.mark.parametrize(("level", "says"), [("0", "make reset N=3"), ("", "-m grader reset 3")])
def test_a_command_without_its_step_says_what_to_type(level: str, says: str) -> None:
    done = run_grader("reset", env={"MAKELEVEL": level})
    assert done.returncode == 2 and done.stderr.startswith(
        "grader: reset needs the number of a step, as in: "
    )
    assert says in done.stderr and done.stderr.count("\n") == 1 and "--help" not in done.stderr
    wrong = run_grader("hint", "99", env={"MAKELEVEL": level})
    assert wrong.returncode == 2 and wrong.stderr == "grader: there is no step 99: steps are 1 to 14\n"


def test_a_folder_that_is_not_there_yet_is_made_for_the_archive(tmp_path: Path) -> None:
    """`make submit OUT=hand in` once wrote a file called "hand in", which no platform takes for a zip."""
    impl = tmp_path / "exercises"
    impl.mkdir()
    shutil.copy(ROOT / "exercises" / "weights.py", impl)  # the file that is judged fastest
    done = run_grader("submit", "--impl", impl, "--out", tmp_path / "hand in")
    assert done.returncode == 0 and "hand in/submission.zip" in done.stdout, done.stdout + done.stderr
    assert zipfile.is_zipfile(tmp_path / "hand in" / "submission.zip")
    done = run_grader("submit", "--impl", impl, "--out", tmp_path / "mine.zip")
    assert done.returncode == 0 and zipfile.is_zipfile(tmp_path / "mine.zip")


def test_a_run_says_what_to_do_next(tmp_path: Path) -> None:
    impl = tmp_path / "exercises"
    shutil.copytree(ROOT / "exercises", impl)
    text = (impl / "pico_gpt.py").read_text(encoding="utf-8")
    stub = 'raise NotImplementedError("step 2: softmax")'
    (impl / "pico_gpt.py").write_text(text.replace(stub, "return x"), encoding="utf-8")
    for steps, next_ in (("1-2", 2), ("3-4", 3)):  # what is wrong comes before what is to do
        done = run_grader("run", "--steps", steps, "--impl", impl)
        assert (
            done.stdout.splitlines()[-1].startswith("next: ")
            and f"step {next_}" in done.stdout.splitlines()[-1]
        )


def test_a_target_of_make_without_its_variables_says_which_they_are() -> None:
    done = run_grader("class", "hand-ins", env={"MAKELEVEL": "1"})
    assert done.returncode == 2 and done.stderr == "grader: class needs more words: make class OUT=…\n"
