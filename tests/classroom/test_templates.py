"""Every classroom template, run as its platform runs it: the folders, the environment, the steps.

Only what Python compiles is there already: a platform compiles it in every process of every job.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from classes.make_class import solution_files, spoiled
from platforms import bash, bring_bytecode, check_schema, commit_all, compile_all, environment, started_in
from real_grader import ROOT, run_grader

from grader.judging.suite import suite_tests

TEMPLATES = ROOT / "grader" / "classroom" / "templates"
SCHEMAS = ROOT / "tests" / "schemas"
STEPS_JUDGED = "1-3"

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="these platforms run their jobs on Linux"),
    pytest.mark.timeout(400),
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The teacher's repository: what git holds here, in a repository of its own, with a grading.toml."""
    folder = tmp_path_factory.mktemp("teacher") / "kata"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / "grading.toml").write_text(f'steps = "{STEPS_JUDGED}"\n', encoding="utf-8")
    compile_all(folder)
    commit_all(folder)
    return folder


@pytest.fixture
def student(tmp_path: Path) -> Path:
    """A student's checkout: softmax is wrong, everything else is right."""
    folder = tmp_path / "checkout"
    (folder / "exercises").mkdir(parents=True)
    for name, data in solution_files().items():
        if name == "pico_gpt.py":
            data = spoiled(data, "softmax", "return _shifted(_right(*args, **kwargs))")
        (folder / "exercises" / name).write_bytes(data)
    # What a student might hope for; none of it is looked at.
    (folder / "grading.toml").write_text("[points]\n2 = 0\n", encoding="utf-8")
    (folder / "conftest.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    (folder / "grader").mkdir()
    (folder / "grader" / "__main__.py").write_text("print('full marks')\n", encoding="utf-8")
    commit_all(folder)
    return folder


@pytest.fixture
def shim(tmp_path: Path) -> Path:
    """A folder for PATH with a `python` that notes what pip is asked for, and then runs as this Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "python"
    script.write_text(
        f'#!/bin/sh\necho "$PWD" >> {tmp_path}/where.log\n'
        f'if [ "$1 $2" = "-m pip" ]; then echo "$PWD: $@" >> {tmp_path}/pip.log; exit 0; fi\n'
        f'exec {sys.executable} "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    return folder


# -------------------------------------------------------------------------------------- Gradescope


@pytest.fixture(scope="module")
def unpacked(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in the zip that the teacher uploads."""
    folder = tmp_path_factory.mktemp("gradescope")
    done = subprocess.run(
        [sys.executable, "-m", "grader", "gradescope", "--out", str(folder / "autograder.zip")],
        cwd=repository, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(folder / "autograder.zip") as opened:
        names = opened.namelist()
        assert {"setup.sh", "run_autograder"} <= set(names)  # at the root of the zip, not in a folder
        assert not [name for name in names if "tests/" in name or ".git/" in name or name.endswith(".pyc")]
        opened.extractall(folder / "source")
    for compiled in repository.rglob("__pycache__"):
        shutil.copytree(compiled, folder / "source" / "kata" / compiled.relative_to(repository))
    bring_bytecode(folder / "source" / "kata")
    return folder / "source"


@pytest.fixture
def autograder(unpacked: Path, tmp_path: Path) -> Path:
    """A tree laid out as /autograder is when a submission arrives: zip unpacked, set up, ready to run."""
    root = tmp_path / "autograder"
    shutil.copytree(unpacked, root / "source")
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
    for folder in ("submission", "results"):
        (root / folder).mkdir()
    (root / "submission_metadata.json").write_text("{}", encoding="utf-8")
    (root / "venv").symlink_to(sys.prefix)
    return root


def started(root: Path, **more: str) -> subprocess.CompletedProcess[str]:
    (root / "run_autograder").chmod(0o755)
    return subprocess.run(
        ["./run_autograder"], cwd=root, capture_output=True, text=True, timeout=300,
        env={"PATH": os.environ["PATH"], "AUTOGRADER_ROOT": str(root), **more},
    )  # fmt: skip


def run_autograder(root: Path, **more: str) -> dict[str, Any]:
    done = started(root, **more)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))
    check_schema(result, "gradescope")
    return result


def test_gradescope_marks_one_file_a_whole_repository_and_an_empty_submission(
    autograder: Path, student: Path
) -> None:
    shutil.copy(student / "exercises" / "pico_gpt.py", autograder / "submission")
    secret = {"PICO_GPT_KATA_SECRET": "what only the teacher knows"}
    result = run_autograder(autograder, **secret)
    assert result["score"] == 20 and result["extra_data"]["max_score"] == 30
    assert len(result["tests"]) == sum(len(suite_tests(n)) for n in (1, 2, 3))
    assert {t["status"] for t in result["tests"] if "softmax" in t["tags"]} == {"failed"}
    before = result["extra_data"]["seed"]
    shutil.copytree(student, autograder / "submission", dirs_exist_ok=True)
    (autograder / "submission" / "pico_gpt.py").unlink()
    whole = run_autograder(autograder, **secret)
    assert whole["score"] == 20 and whole["extra_data"]["seed"] == before  # the same files, the same cases
    shutil.rmtree(autograder / "submission")
    (autograder / "submission").mkdir()
    empty = run_autograder(autograder)
    assert empty["score"] == 0 and "there is no pico_gpt.py" in empty["tests"][0]["output"]


@pytest.mark.parametrize("harm", ["no python", "no grader", "out of time", "no room"])
def test_gradescope_gets_no_points_from_a_grader_that_could_not_work(
    harm: str, autograder: Path, student: Path, tmpfs: Callable[[str], Path]
) -> None:
    shutil.copy(student / "exercises" / "pico_gpt.py", autograder / "submission")
    (autograder / "results" / "results.json").write_text('{"score": 140}', encoding="utf-8")
    more = {}
    if harm == "no python":
        (autograder / "venv").unlink()
    elif harm == "no grader":
        shutil.rmtree(autograder / "source" / "kata")
    elif harm == "no room":
        more["TMPDIR"] = str(tmpfs("1500k"))
    else:
        more["AUTOGRADER_SECONDS"] = "0.1"
    done = started(autograder, **more)
    assert done.returncode == 2 and "it is not a mark: tell your teacher" in done.stdout
    assert not (autograder / "results" / "results.json").exists()


def test_gradescopes_setup_installs_the_katas_requirements_and_looks_for_a_sandbox(
    autograder: Path, shim: Path, tmp_path: Path
) -> None:
    """`python -m venv` is played by a script that puts the writing-down `python` into the new folder."""
    (autograder / "venv").unlink()
    maker = tmp_path / "maker"
    maker.write_text(
        '#!/bin/sh\nif [ "$1 $2" = "-m venv" ]; then '
        f'mkdir -p "$3/bin" && cp {shim}/python "$3/bin"; exit; fi\n'
        f'exec {sys.executable} "$@"\n',
        encoding="utf-8",
    )
    maker.chmod(0o755)
    env = environment(shim, AUTOGRADER_ROOT=str(autograder), AUTOGRADER_PYTHON=str(maker))
    done = bash(f"bash {autograder}/source/setup.sh", autograder, env)
    assert done.returncode == 0, done.stderr
    assert "student code is confined by: " in done.stdout
    asked = (tmp_path / "pip.log").read_text(encoding="utf-8")
    kata = autograder / "source" / "kata"
    assert asked.strip().endswith(f"install --quiet --disable-pip-version-check {kata}")
    assert "dependencies" in (kata / "pyproject.toml").read_text(encoding="utf-8")
    assert (kata / "README.md").is_file() and (kata / "LICENSE").is_file()  # the build reads both


def test_the_gradescope_zip_is_built_from_a_config_that_is_right(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("nonsense = 1\n", encoding="utf-8")
    for words, says in (
        (["--config", bad], "there is no setting 'nonsense'"),
        (["--out", tmp_path / "no" / "x.zip"], "there is no folder"),
    ):
        done = run_grader("gradescope", *words)
        assert done.returncode == 2 and says in done.stderr and done.stderr.count("\n") == 1
    good = tmp_path / "good.toml"
    good.write_text("steps = '7'\n", encoding="utf-8")
    done = run_grader("gradescope", "--out", tmp_path / "x.zip", "--config", good, "--without-reference")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "x.zip") as opened:
        assert opened.read("kata/grading.toml") == good.read_bytes()
        assert not [name for name in opened.namelist() if name.startswith("kata/solutions/")]
        modes = {name: opened.getinfo(name).external_attr >> 16 for name in ("setup.sh", "run_autograder")}
    assert {mode & 0o111 for mode in modes.values()} == {0o111}


# ------------------------------------------------------------------------------------ Classroom 50


def classroom50(
    student: Path, repository: Path, shim: Path, folder: Path, commit: str
) -> subprocess.CompletedProcess[str]:
    """Start the autograder as Classroom 50's runner does: in the checkout, with its environment."""
    text = (TEMPLATES / "classroom50" / "autograder.py").read_text(encoding="utf-8")
    text = text.replace("https://github.com/TEACHER/REPOSITORY.git", str(repository))
    text = text.replace('COMMIT = "COMMIT"', f'COMMIT = "{commit}"')
    bundle = folder / "bundle"
    bundle.mkdir()
    (bundle / "autograder.py").write_text(text, encoding="utf-8")
    sha = subprocess.run(
        ["git", "-C", student, "rev-parse", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    page = "https://github.com/school/nlp-pico-gpt-ada"
    env = environment(
        shim, CLASSROOM="nlp", ASSIGNMENT="pico-gpt", SUBMISSION_TAG="submit/2026-11-02T10-00-00Z-abc",
        USERNAME="ada", OWNER="ada", ASSIGNMENT_TYPE="individual", COMMIT_URL=f"{page}/commit/{sha}",
        RELEASE_URL=f"{page}/releases/tag/x", REVIEW_URL=f"{page}/compare/a...b", GITHUB_SHA=sha,
        GITHUB_WORKSPACE=str(student), GITHUB_REPOSITORY="school/nlp-pico-gpt-ada", GITHUB_ACTOR="ada",
        CLASSROOM50_BUNDLE_DIR=str(bundle),
    )  # fmt: skip
    return subprocess.run(
        [sys.executable, str(bundle / "autograder.py")],
        cwd=student,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_classroom_50_gets_its_result_and_follows_no_link(
    student: Path, repository: Path, shim: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    other.write_text("mine", encoding="utf-8")
    (student / "result.json").symlink_to(other)
    (student / "tempfile.py").write_text("raise SystemExit(0)", encoding="utf-8")
    head = subprocess.run(
        ["git", "-C", repository, "rev-parse", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    done = classroom50(student, repository, shim, tmp_path, head)
    assert done.returncode == 0, done.stdout + done.stderr
    assert other.read_text(encoding="utf-8") == "mine" and not (student / "result.json").is_symlink()
    result = json.loads((student / "result.json").read_text(encoding="utf-8"))
    check_schema(result, "classroom50")
    assert (result["score"], result["max-score"], result["owner"]) == (20, 30, "ada")
    when = subprocess.run(
        ["git", "-C", student, "show", "-s", "--format=%ct"], capture_output=True, text=True
    ).stdout
    from datetime import datetime, timezone

    committed = datetime.fromtimestamp(int(when), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert result["datetime"] == committed


@pytest.mark.parametrize("left", ["nothing", "a file", "a link", "a folder"])
def test_classroom_50_hears_of_a_grader_that_cannot_be_had_whatever_was_committed(
    left: str, student: Path, repository: Path, shim: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    other.write_text("mine", encoding="utf-8")
    committed = student / "result.json"
    if left == "a file":
        committed.write_text('{"score": 140}', encoding="utf-8")
    elif left == "a link":
        committed.symlink_to(other)
    elif left == "a folder":
        committed.mkdir()
    done = classroom50(student, repository, shim, tmp_path, "0" * 40)
    assert done.returncode != 0 and not os.path.lexists(committed)
    assert other.read_text(encoding="utf-8") == "mine"


def test_classroom_50_takes_no_exception_for_a_mark(
    student: Path, repository: Path, shim: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(repository, broken, ignore=shutil.ignore_patterns(".git"))
    shutil.rmtree(broken / "grader" / "judging" / "__pycache__")
    (broken / "grader" / "judging" / "run.py").write_text("raise RuntimeError('x')\n", encoding="utf-8")
    done = classroom50(student, broken, shim, tmp_path, commit_all(broken))
    assert done.returncode != 0 and not (student / "result.json").exists()


# ------------------------------------------------------------------------------------------ GitHub


def github_job(path: Path, job: str) -> dict[str, Any]:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets" not in path.read_text(encoding="utf-8").replace("no secrets", "")
    found: dict[str, Any] = workflow["jobs"][job]
    assert found["timeout-minutes"] <= 90
    return found


def run_github(job: dict[str, Any], workspace: Path, checkouts: dict[str, Path], env: dict[str, str]) -> str:
    """Run a job's steps in order: checkouts are copies, every `run` is run, other actions are GitHub's own.

    Args:
        checkouts: "repository" as the step says it ("" for the repository itself) -> a folder.
    """
    said = ""
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            about = step.get("with", {})
            assert about.get("persist-credentials", False) is False
            target = workspace / about.get("path", ".")
            shutil.copytree(checkouts[about.get("repository", "")], target, dirs_exist_ok=True)
        elif "run" in step:
            assert "${{" not in step["run"], "expressions belong into env, where they cannot become code"
            more = {key: env.get(key, "") for key in step.get("env", {})}
            done = bash(step["run"], workspace, {**env, **more})
            said += done.stdout
            if done.returncode != 0:
                return said + f"\nexit {done.returncode}\n{done.stderr}"
    return said + "\nexit 0\n"


def test_the_reusable_workflow_grades_a_students_repository(
    student: Path, repository: Path, shim: Path, tmp_path: Path
) -> None:
    job = github_job(ROOT / ".github" / "workflows" / "grade.yml", "grade")
    checkouts = {"": student, "${{ job.workflow_repository }}": repository}
    pinned = [step["with"] for step in job["steps"] if step.get("with", {}).get("path") == "grader"]
    assert [about["ref"] for about in pinned] == ["${{ job.workflow_sha }}"]
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    files = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "output")}
    env = environment(shim, GITHUB_WORKSPACE=str(workspace), GITHUB_ACTIONS="true", **files)
    said = run_github(job, workspace, checkouts, env)
    assert said.rstrip().splitlines()[-1] == "exit 1", said  # softmax is wrong, and the check is red
    result = json.loads((workspace / "result" / "result.json").read_text(encoding="utf-8"))
    assert (result["score"], result["max_score"]) == (20, 30)
    assert (workspace / "result" / "junit.xml").is_file()
    assert "20 of 30 points" in (tmp_path / "summary").read_text(encoding="utf-8")
    source = (student / "exercises" / "pico_gpt.py").read_text(encoding="utf-8").splitlines()
    line = next(n for n, text in enumerate(source, 1) if text.startswith("def softmax("))
    assert f"::error file=exercises/pico_gpt.py,line={line},title=step 2" in said
    encoded = (tmp_path / "output").read_text(encoding="utf-8").strip().removeprefix("result=")
    check_schema(json.loads(base64.b64decode(encoded)), "classroom_reporter")
    assert "install --quiet --disable-pip-version-check ./grader" in (tmp_path / "pip.log").read_text("utf-8")
    assert started_in(tmp_path) == {str(workspace), str(workspace / "grader")}


def test_a_student_calls_the_teachers_workflow_and_gives_it_nothing() -> None:
    workflow = yaml.safe_load((TEMPLATES / "github" / "grade.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"] == {"grade": {"uses": "TEACHER/REPOSITORY/.github/workflows/grade.yml@COMMIT"}}
    called = yaml.safe_load((ROOT / ".github" / "workflows" / "grade.yml").read_text(encoding="utf-8"))
    assert "workflow_call" in called[True]  # YAML reads `on` as true


def submissions(folder: Path, number: int) -> Path:
    """Two students, one for each of two runners; the first is right. Or one alone."""
    for n in range(number):
        place = folder / f"student_{n}"
        place.mkdir(parents=True)
        data = solution_files()["pico_gpt.py"]
        (place / "pico_gpt.py").write_bytes(spoiled(data, "gelu", "return None") if n % 2 else data)
    return folder


def test_a_class_on_a_fleet_of_github_runners(repository: Path, shim: Path, tmp_path: Path) -> None:
    path = TEMPLATES / "github" / "class.yml"
    shard, merge = github_job(path, "shard"), github_job(path, "merge")
    number = len(shard["strategy"]["matrix"]["shard"])
    assert shard["strategy"]["matrix"]["shard"] == list(range(1, number + 1))
    number = 2  # runners, with one submission each
    home = tmp_path / "home"
    submissions(home / "submissions", number)
    checkouts = {"": home, "${{ env.GRADER_REPOSITORY }}": repository}
    shards = tmp_path / "merge" / "shards"
    for i in range(1, number + 1):
        workspace = tmp_path / f"runner{i}"
        workspace.mkdir()
        said = run_github(shard, workspace, checkouts, environment(shim, SHARD=f"{i}/{number}"))
        assert said.endswith("exit 0\n"), said
        shutil.copytree(workspace / "shards", shards, dirs_exist_ok=True)  # upload, download, merge-multiple
    said = run_github(merge, tmp_path / "merge", checkouts, environment(shim))
    assert said.endswith("exit 0\n"), said
    rows = (tmp_path / "merge" / "marks" / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[4] for row in rows[1:]] == ["30", "20"]


# ------------------------------------------------------------------------------------------ GitLab


def gitlab(path: Path, job: str) -> tuple[dict[str, Any], str]:
    """A job with what it extends, and its script as one text."""
    pipeline = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = {**pipeline.get(pipeline[job].get("extends", ""), {}), **pipeline[job]}
    return found, "\n".join([*found.get("before_script", []), *found["script"]])


def test_gitlab_grades_a_students_repository(
    student: Path, repository: Path, shim: Path, tmp_path: Path
) -> None:
    job, script = gitlab(TEMPLATES / "gitlab" / "grade.yml", "grade")
    head = subprocess.run(
        ["git", "-C", repository, "rev-parse", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    done = bash(script, student, environment(shim, GRADER_URL=str(repository), GRADER_COMMIT=head))
    assert done.returncode == 1, done.stdout + done.stderr
    result = json.loads((student / "result.json").read_text(encoding="utf-8"))
    assert (result["score"], result["max_score"]) == (20, 30)
    assert (student / job["artifacts"]["reports"]["junit"]).is_file() and job["artifacts"]["when"] == "always"
    assert started_in(tmp_path) == {str(student.parent / "grader")}


def test_a_class_on_a_fleet_of_gitlab_runners(repository: Path, shim: Path, tmp_path: Path) -> None:
    path = TEMPLATES / "gitlab" / "class.yml"
    head = subprocess.run(
        ["git", "-C", repository, "rev-parse", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    assert gitlab(path, "shard")[0]["parallel"] > 1
    total = 2  # runners, of which one has nothing to do
    for i in range(1, total + 1):
        checkout = tmp_path / f"runner{i}"
        submissions(checkout / "submissions", 1)
        env = environment(shim, GRADER_URL=str(repository), GRADER_COMMIT=head, CI_NODE_INDEX=str(i),
                          CI_NODE_TOTAL=str(total))  # fmt: skip
        done = bash(gitlab(path, "shard")[1], checkout, env)
        assert done.returncode == 0, done.stdout + done.stderr
        shutil.copytree(checkout / "shards", tmp_path / "last" / "shards", dirs_exist_ok=True)
    env = environment(shim, GRADER_URL=str(repository), GRADER_COMMIT=head)
    done = bash(gitlab(path, "merge")[1], tmp_path / "last", env)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = (tmp_path / "last" / "marks" / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[4] for row in rows[1:]] == ["30"]


# ---------------------------------------------------------------------------------------- Exercism


def test_an_exercism_runner_exits_with_0_whatever_the_tests_say(
    student: Path, repository: Path, shim: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    run = f"{TEMPLATES}/exercism/run.sh pico-gpt {student}/exercises/ {tmp_path}/out/"
    done = bash(run, tmp_path, environment(shim, GRADER=str(repository)))
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    check_schema(result, "exercism")
    assert result["status"] == "fail"
    assert {test["task_id"] for test in result["tests"] if test["status"] == "fail"} == {2}


def test_what_a_shard_has_done_is_kept_when_its_time_is_up() -> None:
    shard = github_job(TEMPLATES / "github" / "class.yml", "shard")
    kept = [step for step in shard["steps"] if "upload-artifact" in step.get("uses", "")]
    assert kept and all(step["if"] == "always()" for step in kept)
    (judge,) = (step["run"] for step in shard["steps"] if "grader class" in step.get("run", ""))
    minutes = int(re.findall(r"timeout --signal=INT (\d+)m", judge)[0])
    assert minutes < shard["timeout-minutes"]
    assert gitlab(TEMPLATES / "gitlab" / "class.yml", "shard")[0]["artifacts"]["when"] == "always"
