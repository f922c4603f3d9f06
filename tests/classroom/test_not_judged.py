"""A mark is about the student's work, or there is none: what fails on the grader's side is never 0."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from classes.here import class_here
from classes.make_class import solution_files
from classes.results import results_in
from platforms import bring_bytecode
from real_grader import ROOT, run_grader

from grader.classroom import marking, pool
from grader.classroom.kept import locked
from grader.classroom.marking import judge_class
from grader.classroom.plan import plan_class
from grader.classroom.rows import Row
from grader.kata.files import CannotGrade
from grader.kata.settings import Settings, load_settings

pytestmark = pytest.mark.timeout(300)
linux = pytest.mark.skipif(sys.platform != "linux", reason="what Linux limits")


def right_class(folder: Path, *names: str) -> Path:
    for name in names or ("ada",):
        (folder / name).mkdir(parents=True)
        for file, data in solution_files().items():
            (folder / name / file).write_bytes(data)
    return folder


def copy_of_the_kata(folder: Path) -> Path:
    """Where a test may break the grader; what is compiled already comes along."""
    aside = (".git", ".venv*", ".ci", ".kata", "tests", "playground", "instructions")
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*aside))
    bring_bytecode(folder)
    return folder


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def results(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "results").glob("*"))


class Engine:
    """Stands in for the markers: says what each submission comes to, by how often it was tried."""

    def __init__(self, *outcomes: pool.Outcome):
        self.outcomes = outcomes
        self.tried: dict[str, int] = {}

    def __call__(self, work: Any, jobs: int, about_all: Any, mark: Callable[[Any, Any], None]) -> None:
        for submission in work:
            self.tried[submission.id] = self.tried.get(submission.id, 0) + 1
            outcome = self.outcomes[min(self.tried[submission.id], len(self.outcomes)) - 1]
            mark(_Says(outcome), submission)


class _Says:
    def __init__(self, outcome: pool.Outcome):
        self.outcome = outcome

    def mark(self, files: Any, seed: int, seconds: float) -> pool.Outcome:
        return self.outcome


def judged(folder: Path, out: Path, config: Path, *outcomes: pool.Outcome, jobs: int = 2) -> list[Row]:
    plan = plan_class(folder, out, load_settings(config))
    return judge_class(plan, jobs, lambda row, was_there: None, Engine(*outcomes)).rows


# ------------------------------------------------------------------------- whatever fails, by kind


def test_a_suite_that_cannot_start_gives_no_mark_and_the_next_run_does(
    tmp_path: Path, one_step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = right_class(tmp_path / "in", "ada", "bo")
    kata = copy_of_the_kata(tmp_path / "kata")
    suite = kata / "grader" / "suites" / "test_step_01_gelu.py"
    right = suite.read_text(encoding="utf-8")
    suite.write_text("import nosuch\n" + right, encoding="utf-8")
    words = ["class", str(folder), "--out", str(tmp_path / "out"), "--config", str(one_step), "--jobs", "1"]
    done = run_grader(*words, cwd=kata)
    assert done.returncode == 2 and "no mark" in done.stderr and "Type the same line again" in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("grader: 2 of 2, ada first, could not be judged")
    assert results(tmp_path / "out") == [] and not list((tmp_path / "out" / "reports").iterdir())
    for row in rows(tmp_path / "out").values():
        assert row["score"] == row["step_1"] == "" and row["remark"].startswith("not judged: ")
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    assert "Not judged" in page and "have no mark" in page

    suite.write_text(right, encoding="utf-8")
    done = run_grader(*words, cwd=kata)
    assert done.returncode == 0, done.stderr
    assert {row["score"] for row in rows(tmp_path / "out").values()} == {"10"}


def test_a_plugin_of_the_environment_that_breaks_pytest_gives_nobody_0(
    tmp_path: Path, one_step: Path
) -> None:
    folder = right_class(tmp_path / "in")
    words = ("class", folder, "--out", tmp_path / "out", "--config", one_step)
    done = run_grader(*words, env={"PYTEST_PLUGINS": "nosuch"})
    assert done.returncode in (0, 2)
    assert rows(tmp_path / "out")["ada"]["score"] == ("10" if done.returncode == 0 else "")


def test_without_room_for_temporary_files_a_class_does_not_begin(
    tmp_path: Path, one_step: Path, tmpfs: Callable[[str], Path]
) -> None:
    folder, tiny = right_class(tmp_path / "in"), tmpfs("1500k")
    words = ("class", folder, "--out", tmp_path / "out", "--config", one_step, "--jobs", "1")
    done = run_grader(*words, env={"TMPDIR": str(tiny)})
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert f"MiB can still be stored in {tiny}" in done.stderr
    assert "set TMPDIR to a folder with more room" in done.stderr
    assert not (tmp_path / "out").exists()
    done = run_grader("run", "--submission", folder / "ada", "--steps", "1", env={"TMPDIR": str(tiny)})
    assert done.returncode == 2 and "set TMPDIR" in done.stderr and "points" not in done.stdout


def test_room_that_runs_out_while_a_submission_is_marked_costs_nobody_a_point(
    tmp_path: Path, tmpfs: Callable[[str], Path]
) -> None:
    folder, room = right_class(tmp_path / "in"), tmpfs("400m")
    config = tmp_path / "fourteen.toml"
    config.write_text('steps = "14"\n', encoding="utf-8")
    fill = room / "fill"
    script = (
        "import os, sys\nfrom grader import cli\n"
        "from grader.classroom import pool\nbefore = pool.Marker._listen\n"
        "def listen(self, *words):\n"
        f"    os.posix_fallocate(os.open({str(fill)!r}, os.O_CREAT | os.O_WRONLY), 0, 399 << 20)\n"
        "    return before(self, *words)\n"
        "pool.Marker._listen = listen\nsys.exit(cli.main(sys.argv[1:]))\n"
    )
    out = tmp_path / "out"
    words = ["class", str(folder), "--out", str(out), "--config", str(config), "--jobs", "1"]
    env = {**os.environ, "TMPDIR": str(room), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script, *words], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 2 and f"{room}" in done.stderr, done.stderr
    assert rows(out)["ada"]["score"] == "" and results(out) == []
    fill.unlink()
    done = run_grader(*words, env={"TMPDIR": str(room)})
    assert done.returncode == 0 and rows(out)["ada"]["score"] == "10", done.stderr


@linux
def test_with_few_descriptors_a_class_does_not_begin(tmp_path: Path, one_step: Path) -> None:
    folder = right_class(tmp_path / "in")
    words = f"-m grader class {folder} --out {tmp_path}/out --config {one_step}"
    line = f"ulimit -n 24; exec {sys.executable} {words}"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "type ulimit -n 1024 first" in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


@linux
@pytest.mark.skipif(not shutil.which("unshare"), reason="unshare makes somebody else of root")
def test_somebody_without_a_name_and_a_home_gets_the_same_marks(tmp_path: Path, one_step: Path) -> None:
    folder = right_class(tmp_path / "in")
    somebody = ["env", "-u", "HOME", "unshare", "--user", "--map-user=54321", "--map-group=54321"]
    asked = "from pathlib import Path; Path.home()"
    done = subprocess.run([*somebody, sys.executable, "-c", asked], capture_output=True, text=True)
    if "RuntimeError" not in done.stderr:
        pytest.skip("nobody may become somebody without a home here")
    words = ["class", str(folder), "--out", str(tmp_path / "out"), "--config", str(one_step)]
    command = [*somebody, sys.executable, "-B", "-m", "grader", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "out")["ada"]["score"] == "10"


@pytest.mark.parametrize("stage", ["before it is asked", "while it judges", "every time"])
def test_a_marker_that_is_killed_costs_nobody_a_point(
    stage: str, tmp_path: Path, one_step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = right_class(tmp_path / "in", "ada", "bo")
    before, left = pool.Marker._listen, [1 if stage != "every time" else 99]

    def listen(self: pool.Marker, deadline: float, seconds: float) -> pool.Outcome:
        if left[0]:
            left[0] -= 1
            process = self._process
            assert process is not None
            if stage == "while it judges":
                assert process.stdout is not None
            process.kill()
        return before(self, deadline, seconds)

    monkeypatch.setattr(pool.Marker, "_listen", listen)
    plan = plan_class(folder, tmp_path / "out", load_settings(one_step))
    found = {row.id: row for row in judge_class(plan, 2, lambda row, was_there: None).rows}
    if stage == "every time":
        assert {row.score for row in found.values()} == {None} and results(tmp_path / "out") == []
        assert all("process ended while it judged this" in row.not_judged for row in found.values())
    else:
        assert {row.score for row in found.values()} == {10}


def test_an_outcome_without_a_result_and_without_a_reason_is_no_mark(tmp_path: Path, one_step: Path) -> None:
    (row,) = judged(right_class(tmp_path / "in"), tmp_path / "out", one_step, pool.Outcome())
    assert row.score is None and row.not_judged and results(tmp_path / "out") == []


def test_what_was_known_of_a_submission_that_cannot_be_judged_now_does_not_stay(
    tmp_path: Path, one_step: Path
) -> None:
    folder = right_class(tmp_path / "in")
    assert class_here(folder, tmp_path / "out", "--config", one_step).returncode == 0
    assert results(tmp_path / "out") == ["ada.json"]
    (folder / "ada" / "pico_gpt.py").write_text("# another one\n", encoding="utf-8")
    (row,) = judged(folder, tmp_path / "out", one_step, pool.Outcome(why="no room"))
    assert row.not_judged == "no room"
    assert results(tmp_path / "out") == [] and not list((tmp_path / "out" / "reports").iterdir())


def test_a_submission_that_was_too_slow_beside_others_is_tried_again_alone(
    tmp_path: Path, one_step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "busy", lambda: False)
    folder = right_class(tmp_path / "in", "ada", "bo")
    late = pool.Outcome(why="the submission was stopped after 120 s in all", late=True)
    right = class_here(folder, tmp_path / "first", "--config", one_step)
    assert right.returncode == 0
    whole = json.loads((tmp_path / "first" / "results" / "ada.json").read_text(encoding="utf-8"))
    whole.pop("submission")
    found = judged(folder, tmp_path / "out", one_step, late, pool.Outcome(whole))
    assert [row.score for row in found] == [10, 10]
    # Twice too slow, the second time alone: then it is the student's.
    found = judged(folder, tmp_path / "other", one_step, late)
    assert [row.score for row in found] == [0, 0]
    assert "stopped after 120 s in all" in rows_of(found)


def rows_of(found: list[Row]) -> str:
    return " ".join(row.remark for row in found)


def test_a_timeout_on_a_busy_machine_is_no_verdict_yet(
    tmp_path: Path, one_step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = [True]
    monkeypatch.setattr(marking, "busy", lambda: load[0])
    folder = right_class(tmp_path / "in")
    assert class_here(folder, tmp_path / "first", "--config", one_step).returncode == 0
    right = json.loads((tmp_path / "first" / "results" / "ada.json").read_text(encoding="utf-8"))
    slow = json.loads(json.dumps(right))
    slow["steps"][0]["tests"][0]["status"] = "timeout"
    (row,) = judged(folder, tmp_path / "out", one_step, pool.Outcome(slow), pool.Outcome(right), jobs=1)
    assert row.score == 10
    load[0] = False
    (row,) = judged(folder, tmp_path / "out2", one_step, pool.Outcome(slow), pool.Outcome(right), jobs=1)
    assert row.score is not None and row.score < 10


def test_a_check_of_the_graders_that_breaks_is_no_mark(tmp_path: Path, one_step: Path) -> None:
    folder = right_class(tmp_path / "in")
    kata = copy_of_the_kata(tmp_path / "kata")
    suite = kata / "grader" / "suites" / "test_step_01_gelu.py"
    text = suite.read_text(encoding="utf-8")
    place = text.index("(judge", text.index("def test_"))
    body = text.index("\n", place) + 1
    suite.write_text(text[:body] + "    raise ZeroDivisionError('ours')\n" + text[body:], encoding="utf-8")
    words = ["class", str(folder), "--out", str(tmp_path / "out"), "--config", str(one_step)]
    done = run_grader(*words, cwd=kata)
    assert done.returncode == 2 and "ZeroDivisionError" in done.stderr, done.stderr
    assert rows(tmp_path / "out")["ada"]["score"] == "" and results(tmp_path / "out") == []
    words = ["run", "--submission", str(folder / "ada"), "--config", str(one_step)]
    words += ["--json", str(tmp_path / "r.json")]
    (tmp_path / "r.json").write_text('{"score": 140}', encoding="utf-8")
    done = run_grader(*words, cwd=kata)
    assert done.returncode == 2 and not (tmp_path / "r.json").exists(), done.stderr


# ------------------------------------------------------------------------- what is in OUT already


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"schema": 1}'])
def test_a_damaged_class_json_locks_nobody_out(damage: str, tmp_path: Path, one_step: Path) -> None:
    folder = right_class(tmp_path / "in", "ada", "bo")
    words = (folder, tmp_path / "out", "--config", one_step)
    assert class_here(*words).returncode == 0
    before = results_in(tmp_path / "out")
    if damage:
        (tmp_path / "out" / "class.json").write_text(damage, encoding="utf-8")
    else:
        (tmp_path / "out" / "class.json").unlink()
    done = class_here(*words)
    assert done.returncode == 0 and "(2 from before)" in done.stderr, done.stderr
    assert results_in(tmp_path / "out") == before


@pytest.mark.parametrize("harm", ["no steps", "empty report", "score 999", "no test", "not JSON", "zeros"])
def test_a_damaged_result_is_judged_again_or_put_right(harm: str, tmp_path: Path, one_step: Path) -> None:
    folder = right_class(tmp_path / "in")
    words = (folder, tmp_path / "out", "--config", one_step)
    assert class_here(*words).returncode == 0
    path, report = tmp_path / "out" / "results" / "ada.json", tmp_path / "out" / "reports" / "ada.md"
    said = report.read_bytes()
    data = json.loads(path.read_text(encoding="utf-8"))
    if harm == "no steps":
        del data["steps"]
    elif harm == "no test":
        data["steps"][0]["tests"] = []
    elif harm == "score 999":
        data["score"] = data["steps"][0]["score"] = 999
    elif harm == "empty report":
        report.write_bytes(b"")
    path.write_text({"not JSON": "{", "zeros": "\0" * 100}.get(harm) or json.dumps(data), encoding="utf-8")
    assert class_here(*words).returncode == 0
    assert json.loads(path.read_text(encoding="utf-8"))["score"] == 10
    assert report.read_bytes() == said and rows(tmp_path / "out")["ada"]["score"] == "10"


def test_two_runs_into_one_folder_do_not_mix(tmp_path: Path, one_step: Path) -> None:
    from grader.classroom.kept import locked

    folder = right_class(tmp_path / "in")
    with locked(tmp_path / "out"):
        done = run_grader("class", folder, "--out", tmp_path / "out", "--config", one_step)
    assert done.returncode == 2 and "another run writes into" in done.stderr
    assert class_here(folder, tmp_path / "out", "--config", one_step).returncode == 0


def test_nothing_of_a_withdrawn_student_stays(tmp_path: Path, one_step: Path) -> None:
    folder = right_class(tmp_path / "in", "ada", "bo")
    words = (folder, tmp_path / "out", "--config", one_step)
    assert class_here(*words).returncode == 0
    shutil.rmtree(folder / "bo")
    assert class_here(*words).returncode == 0
    names = sorted(path.name for path in (tmp_path / "out").glob("re*/*"))
    assert names == ["ada.html", "ada.json", "ada.md"] and set(rows(tmp_path / "out")) == {"ada"}


def test_no_result_is_kept_without_settings_that_judged_it(tmp_path: Path) -> None:
    with pytest.raises(CannotGrade, match="there are no results of a class in it"):
        right_class(tmp_path / "in")
        plan_class(tmp_path / "in", tmp_path / "out", Settings(), known=[tmp_path / "nowhere"])


def test_what_a_killed_run_had_begun_to_write_goes_before_the_next(tmp_path: Path) -> None:
    begun = ("reports/.ada.html.9lruzu7t", "results/.ada.json.a_b2c3d4", ".grades.csv.abcdefgh")
    kept = ("reports/.notes.of-the-teacher", "reports/ada.html", "results/ada.json", ".mine.txt.abcdefgh")
    for name in (*begun, *kept):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("<!doc", "utf-8")
    with locked(tmp_path):
        left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {*kept, ".lock"}
