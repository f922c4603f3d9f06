"""A class, marked as a teacher does it: the real program, killed, resumed, sharded and merged.

The made class holds every kind of student, of wrapping and of accident once, but nobody who is right in the
usual way: who is right in an unusual one stands for them; by night many of each. A class is killed at three
moments by day, at ten by night; and what holds up a submission sleeps by day, and computes by night.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from unittest import mock

import pytest
from classes.here import class_here, grader_here
from classes.killing import kill_at
from classes.make_class import COMPUTES, SLEEPS, make_class, solution_files, spoiled
from classes.results import results_in
from platforms import bring_bytecode
from real_grader import ROOT, run_grader

from grader.classroom.plan import fingerprint, shard_of
from grader.kata.curriculum import parse_steps

CLASS_SIZE = int(os.environ.get("CLASS_SIZE", "16"))  # 300 is what tests/classroom/classes/measure.py runs
BY_DAY = parse_steps("1-6,9,12-14")  # of every file some

Make = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]


def marked(folder: Path, out: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return run_grader("class", folder, "--out", out, *words)


def spoil(folder: Path, student: str, name: str, body: str) -> None:
    text = spoiled(solution_files()["pico_gpt.py"], name, body)
    (folder / student / "pico_gpt.py").write_bytes(text)


# ---------------------------------------------------------------------------------- the whole class


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float]]:
    """The class, and what each entry must score; by day it is marked for ten of the steps."""
    folder = tmp_path_factory.mktemp("class")
    with mock.patch("classes.make_class.STEPS", BY_DAY):
        expected = make_class(folder / "submissions", CLASS_SIZE, seed=31, computes=False)
    (folder / "grading.toml").write_text(
        f'steps = "{",".join(str(step.number) for step in BY_DAY)}"\ntime_limit = 2\n', encoding="utf-8"
    )
    words = ("--jobs", "2", "--config", folder / "grading.toml")
    done = marked(folder / "submissions", folder / "out", *words)
    assert done.returncode == 0, done.stderr
    return folder, expected


@pytest.mark.timeout(900)
def test_every_mark_of_a_made_class_is_as_predicted(judged: tuple[Path, dict[str, float]]) -> None:
    folder, expected = judged
    got = {entry: result["score"] for entry, result in results_in(folder / "out").items()}
    assert got == expected


@pytest.mark.nightly
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", [5, 6])
def test_every_mark_of_a_larger_made_class_is_as_predicted(seed: int, tmp_path: Path) -> None:
    expected = make_class(tmp_path / "submissions", 48, seed)
    done = marked(tmp_path / "submissions", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    got = {entry: result["score"] for entry, result in results_in(tmp_path / "out").items()}
    assert got == expected


def test_every_student_has_every_test_a_report_and_a_row(judged: tuple[Path, dict[str, float]]) -> None:
    folder, expected = judged
    results = results_in(folder / "out")
    numbers = {len([t for s in r["steps"] for t in s["tests"]]) for r in results.values()}
    assert len(numbers) == 1 and len(results) == CLASS_SIZE
    for result in results.values():
        assert [step["number"] for step in result["steps"]] == [step.number for step in BY_DAY]
        assert result["max_score"] == 10 * len(BY_DAY)
        report = (folder / "out" / "reports" / f"{result['submission']['id']}.md").read_text(encoding="utf-8")
        assert f"{result['score']} of {result['max_score']} points" in report
        for step in result["steps"]:
            for test in step["tests"]:
                assert test["status"] == "passed" or test["message"], test
    with (folder / "out" / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["submission"].lstrip("'"): float(row["score"]) for row in rows} == expected


def test_no_cell_of_the_table_is_a_formula(judged: tuple[Path, dict[str, float]]) -> None:
    with (judged[0] / "out" / "grades.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t")]


def test_the_class_report_stands_alone(judged: tuple[Path, dict[str, float]]) -> None:
    page = (judged[0] / "out" / "class.html").read_text(encoding="utf-8")
    assert (
        "default-src 'none'" in page
        and "<script" not in page
        and "http:" not in page
        and "https:" not in page
    )
    assert not re.search(r"\son\w+=|\sstyle=|<link|<img|<iframe", page)
    for words in ("Distribution", "Common mistakes", "Written alike", "full marks", "Sandbox"):
        assert words in page
    for step in BY_DAY:
        assert f">{step.number} {step.name}<" in page


def test_a_second_run_judges_nothing_again(judged: tuple[Path, dict[str, float]]) -> None:
    folder, _ = judged
    before = {path: path.stat().st_mtime_ns for path in (folder / "out" / "results").iterdir()}
    done = class_here(folder / "submissions", folder / "out", "--config", folder / "grading.toml")
    assert done.returncode == 0, done.stderr
    assert f"({CLASS_SIZE} from before)" in done.stderr
    assert before == {path: path.stat().st_mtime_ns for path in (folder / "out" / "results").iterdir()}


# --------------------------------------------------------------------- killed, resumed, in shards


def one_marker(folder: Path, config: Path, out: Path) -> list[str]:
    """The command that judges one submission after the other."""
    options = ("--config", str(config), "--jobs", "1", "--out", str(out))
    return [sys.executable, "-m", "grader", "class", str(folder), *options]


@pytest.mark.timeout(300)
def test_a_class_that_was_killed_goes_on_and_comes_to_the_same(
    small_class: Make, tmp_path: Path, one_step: Path
) -> None:
    folder = small_class(tmp_path / "in", 5)
    spoil(folder, "student_2", "gelu", SLEEPS)  # so it is killed while this one is judged
    running = subprocess.Popen(
        one_marker(folder, one_step, tmp_path / "killed"), cwd=ROOT, stderr=subprocess.PIPE, text=True,
        start_new_session=os.name == "posix",
    )  # fmt: skip
    assert running.stderr is not None
    assert running.stderr.readline() and running.stderr.readline().startswith("2 of 5")
    running.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    running.wait()
    running.stderr.close()
    half = results_in(tmp_path / "killed")
    assert set(half) == {"student_0", "student_1"} and not (tmp_path / "killed" / "grades.csv").exists()

    spoil(folder, "student_2", "gelu", "return 0")
    done = class_here(folder, tmp_path / "killed", "--config", one_step)
    assert done.returncode == 0 and "(2 from before)" in done.stderr
    assert class_here(folder, tmp_path / "whole", "--config", one_step).returncode == 0
    assert results_in(tmp_path / "killed") == results_in(tmp_path / "whole")
    for name in ("grades.csv",):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("moments", [3, pytest.param(10, marks=pytest.mark.nightly)])
def test_a_class_that_was_killed_at_any_moment_comes_to_the_same_bytes(
    moments: int, small_class: Make, tmp_path: Path, one_step: Path
) -> None:
    folder, killed, whole = small_class(tmp_path / "in"), tmp_path / "killed", tmp_path / "whole"
    words = ("--config", str(one_step), "--seed", "3", "--jobs", "1")
    started, dice = monotonic(), random.Random(20261129)
    assert marked(folder, whole, *words).returncode == 0
    seconds = monotonic() - started
    each = seconds / moments  # one moment in every part of the time that it takes
    left = kill_at([each * (n + dice.random()) for n in range(moments)], folder, killed, *words)
    assert left == sorted(left), "a result was lost"
    done = class_here(folder, killed, *words)
    assert done.returncode == 0, done.stderr
    assert results_in(killed) == results_in(whole)
    assert files_of(killed) == files_of(whole)


def files_of(out: Path) -> dict[str, bytes]:
    """What a class wrote, but for what says how long it took and when."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.parent.name != "results" and path.name not in ("class.html", "class.json")
    }


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C reaches a program as a signal there")
@pytest.mark.timeout(300)
def test_ctrl_c_stops_a_class_and_leaves_nothing_running(
    small_class: Make, tmp_path: Path, one_step: Path
) -> None:
    folder = small_class(tmp_path / "in", 3)
    spoil(folder, "student_1", "gelu", SLEEPS)  # so it is stopped while this one is judged
    running = subprocess.Popen(
        one_marker(folder, one_step, tmp_path / "out"), cwd=ROOT, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert running.stderr is not None and running.stderr.readline().startswith("1 of 3")
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    markers = children.read_text(encoding="ascii").split() if children.exists() else []
    running.send_signal(signal.SIGINT)
    said = running.stderr.read()
    running.stderr.close()
    assert running.wait() == 130 and said.strip().splitlines()[-1] == "stopped" and "Traceback" not in said
    assert not [pid for pid in markers if Path(f"/proc/{pid}").exists()]
    spoil(folder, "student_1", "gelu", "return 0")
    assert "(1 from before)" in class_here(folder, tmp_path / "out", "--config", one_step).stderr


@pytest.mark.timeout(300)
def test_shards_put_together_are_the_class(small_class: Make, tmp_path: Path, three_steps: Path) -> None:
    folder = small_class(tmp_path / "in", 5)
    assert class_here(folder, tmp_path / "whole", "--config", three_steps).returncode == 0
    for i in (1, 2):
        done = class_here(folder, tmp_path / f"part{i}", "--config", three_steps, "--shard", f"{i}/2")
        assert done.returncode == 0, done.stderr

    done = run_grader("merge", tmp_path / "part1", "--out", tmp_path / "early")
    assert done.returncode == 2 and "give shard 2/2 as well" in done.stderr

    def merged(out: Path, run: Run = grader_here) -> None:
        done = run("merge", tmp_path / "part2", tmp_path / "part1", "--out", out)
        assert done.returncode == 0, done.stderr
        assert results_in(out) == results_in(tmp_path / "whole")
        assert (out / "grades.csv").read_bytes() == (tmp_path / "whole" / "grades.csv").read_bytes()
        pages = [(place / "class.html").read_text("utf-8") for place in (tmp_path / "whole", out)]
        assert len({re.sub(r"in \d+ s with", "", page) for page in pages}) == 1

    merged(tmp_path / "merged", run_grader)
    # What was merged can be looked at again as if it had been judged here.
    done = class_here(folder, tmp_path / "merged", "--config", three_steps)
    assert "(5 from before)" in done.stderr

    # Somebody hands in late: only that shard has something to judge, and the other need not run again.
    shutil.copytree(folder / "student_0", folder / "late")
    i = shard_of("late", 2)
    done = class_here(folder, tmp_path / f"part{i}", "--config", three_steps, "--shard", f"{i}/2")
    assert done.returncode == 0, done.stderr
    assert class_here(folder, tmp_path / "whole", "--config", three_steps).returncode == 0
    merged(tmp_path / "merged again")

    # Results of earlier runs, wherever they lie, are taken where they fit.
    known = ("--known", tmp_path / "part1", tmp_path / "part2")
    done = class_here(folder, tmp_path / "known", "--config", three_steps, *known)
    assert done.returncode == 0 and "(6 from before)" in done.stderr
    assert results_in(tmp_path / "known") == results_in(tmp_path / "whole")

    parts = [tmp_path / "part1", tmp_path / "part2", tmp_path / "part1" / "." / ".." / "part1"]
    done = grader_here("merge", *parts, "--out", tmp_path / "x")
    assert done.returncode == 2 and "give each shard once" in done.stderr
    manifest = tmp_path / "part2" / "class.json"
    right = manifest.read_text("utf-8")
    for there, instead, says in (
        (fingerprint(), "0" * 16, "another version of the grader"),
        ('"numpy": "', '"numpy": "0.', "another NumPy"),
        ('"python": "3', '"python": "2', "another Python"),
    ):
        manifest.write_text(right.replace(there, instead), encoding="utf-8")
        done = grader_here("merge", tmp_path / "part1", tmp_path / "part2", "--out", tmp_path / "y")
        assert done.returncode == 2 and says in done.stderr
    done = class_here(folder, tmp_path / "part1", "--config", three_steps, "--shard", "2/2")
    assert done.returncode == 2 and "give each shard a folder of its own" in done.stderr


def test_a_shard_that_is_not_whole_is_not_merged_and_nothing_is_left_behind(
    small_class: Make, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text('steps = "1"\n', encoding="utf-8")
    two.write_text('steps = "1"\n[points]\n1 = 20\n', encoding="utf-8")
    folder, part, out = small_class(tmp_path / "in", 2), tmp_path / "part", tmp_path / "out"
    assert class_here(folder, part, "--config", one).returncode == 0

    def refused(says: str) -> None:
        done = grader_here("merge", part, "--out", out)
        assert done.returncode == 2 and says in done.stderr and done.stderr.count("\n") == 1
        assert not out.exists()

    # Killed as soon as it began again with other points: the files there are from before.
    left = (part / "results" / "student_1.json").read_bytes()
    assert class_here(folder, part, "--config", two).returncode == 0
    right = (part / "results" / "student_1.json").read_bytes()
    (part / "results" / "student_1.json").write_bytes(left)
    refused("an earlier run judged student_1 with other settings")
    (part / "results" / "student_1.json").write_text("{}", encoding="utf-8")
    refused("is not the result of student_1")
    (part / "results" / "student_1.json").write_bytes(right)
    (part / "reports" / "student_1.md").rename(tmp_path / "kept.md")
    refused("lacks the report of student_1")
    (tmp_path / "kept.md").rename(part / "reports" / "student_1.md")
    (tmp_path / "file").write_bytes(b"")
    assert "is not empty" in grader_here("merge", part, "--out", tmp_path / "file").stderr
    assert grader_here("merge", part, "--out", out).returncode == 0
    (part / "class.json").write_text(
        (part / "class.json").read_text("utf-8").replace('"submissions": [', '"submissions": 3, "x": ['),
        "utf-8",
    )
    assert "is not of schema" in grader_here("merge", part, "--out", tmp_path / "y").stderr


def test_a_shard_without_anybody_still_has_its_columns(
    small_class: Make, tmp_path: Path, three_steps: Path
) -> None:
    folder = small_class(tmp_path / "in", 1)
    done = class_here(folder, tmp_path / "out", "--config", three_steps, "--shard", "2/2")
    assert done.returncode == 0 and done.stdout.startswith("0 submissions")
    header = (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8").strip()
    assert "step_1,step_2,step_3" in header and "\n" not in header
    assert "PicoGPT: 0 submissions" in (tmp_path / "out" / "class.html").read_text(encoding="utf-8")


@pytest.mark.timeout(300)
def test_only_what_changed_is_judged_again(small_class: Make, tmp_path: Path, three_steps: Path) -> None:
    folder = small_class(tmp_path / "in", 3)
    out = tmp_path / "out"
    assert class_here(folder, out, "--config", three_steps).returncode == 0
    before = {path.name: path.stat().st_mtime_ns for path in (out / "results").iterdir()}
    (folder / "student_1" / "pico_gpt.py").write_bytes(solution_files()["pico_gpt.py"])
    assert "(2 from before)" in class_here(folder, out, "--config", three_steps).stderr
    after = {path.name: path.stat().st_mtime_ns for path in (out / "results").iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"student_1.json"}
    assert results_in(out)["student_1"]["score"] == 30
    three_steps.write_text('steps = "1-3"\n[points]\n1 = 20\n', encoding="utf-8")
    done = class_here(folder, out, "--config", three_steps)
    assert "(3 from before)" in done.stderr and results_in(out)["student_1"]["score"] == 40
    report = (out / "reports" / "student_1.md").read_text(encoding="utf-8")
    assert "40 of 40 points" in report and "20 / 20" in report


@pytest.mark.timeout(300)
def test_one_seed_for_all_and_a_seed_from_the_files(
    small_class: Make, tmp_path: Path, one_step: Path
) -> None:
    folder = small_class(tmp_path / "in", 3)
    shutil.copytree(folder / "student_0", folder / "student_0_again")
    class_here(folder, tmp_path / "own", "--config", one_step)
    own = {entry: result["seed"] for entry, result in results_in(tmp_path / "own").items()}
    assert own["student_0"] == own["student_0_again"] != own["student_1"]
    class_here(folder, tmp_path / "one", "--config", one_step, "--seed", "77")
    assert {result["seed"] for result in results_in(tmp_path / "one").values()} == {77}

    one_step.write_text('steps = "1"\nseed = "random"\n', encoding="utf-8")
    done = class_here(folder, tmp_path / "shard", "--config", one_step, "--shard", "1/2")
    assert done.returncode == 2 and "shards need one seed" in done.stderr
    for _ in range(2):  # the second run takes up the seed of the first
        done = class_here(folder, tmp_path / "random", "--config", one_step)
    assert len({r["seed"] for r in results_in(tmp_path / "random").values()}) == 1
    assert "(4 from before)" in done.stderr


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "body", [SLEEPS, pytest.param(COMPUTES, marks=pytest.mark.nightly)], ids=["sleeps", "computes"]
)
def test_a_submission_has_a_limit_and_keeps_what_was_judged_before_it(body: str, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "slow"
    folder.mkdir(parents=True)
    text = spoiled(solution_files()["pico_gpt.py"], "softmax", body)
    (folder / "pico_gpt.py").write_bytes(text)
    config = tmp_path / "grading.toml"
    config.write_text('steps = "1-3"\ntime_limit = 600\nsubmission_limit = 6\n', encoding="utf-8")
    assert class_here(tmp_path / "in", tmp_path / "out", "--config", config).returncode == 0
    result = results_in(tmp_path / "out")["slow"]
    assert [step["status"] for step in result["steps"]] == ["passed", "timeout", "timeout"]
    assert result["score"] == 10
    assert "stopped after 6 s in all" in result["steps"][2]["tests"][0]["message"]
    assert "stopped after 6 s" in (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8")


# --------------------------------------------------------------------------------------- one line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere", "--out", "out"], "nowhere does not exist"),
        (["file.zip", "--out", "out"], "is a file: unpack it first"),
        (["empty", "--out", "out"], "there are no submissions in empty"),
        (["in", "--out", "full"], "holds something else"),
        (["in", "--out", "other"], "holds something else"),
        (["in", "--out", "out", "--shard", "3/2"], "a shard is I/N"),
        (["in", "--out", "out", "--jobs", "0"], "a number of markers from 1"),
        (["in", "--out", "out", "--config", "none.toml"], "cannot read none.toml"),
        (["in"], "--out"),
        (["in", "--out", "file.zip/out"], "cannot keep the secret of marks"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.zip").write_bytes(b"")
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "class.json").write_text('{"mine": 1}', encoding="utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious.txt").write_text("mine", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAKELEVEL", "")
    if words[0] == "nowhere" or "3/2" in words:  # refused by the command, and by the parser of its words
        done = run_grader("class", *words, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    else:
        done = grader_here("class", *words)
    assert done.returncode == 2 and says in done.stderr and done.stderr.count("\n") == 1
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["precious.txt"]


@pytest.mark.skipif(os.name != "posix", reason="other systems lock folders otherwise")
def test_what_cannot_be_read_or_written_is_one_line_and_stops_nobody_else(
    small_class: Make, tmp_path: Path, one_step: Path
) -> None:
    as_anybody = []
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root reads everything, and there is no setpriv to stop it")
        less = "-dac_override,-dac_read_search"
        as_anybody = ["setpriv", f"--inh-caps={less}", f"--bounding-set={less}"]

    folder, locked = small_class(tmp_path / "in", 2), tmp_path / "locked"
    locked.mkdir()
    commands = [
        ["class", locked, "--out", tmp_path / "a"],
        ["class", locked / "in", "--out", tmp_path / "a"],
        ["class", folder, "--out", locked / "out", "--config", one_step],
        ["class", folder, "--out", tmp_path / "a", "--config", locked / "grading.toml"],
        ["merge", locked / "part", "--out", tmp_path / "a"],
        ["release", locked / "edition"],
        ["class", folder, "--out", tmp_path / "out", "--config", one_step, "--jobs", "1"],
    ]
    script = (
        "import json, sys\nfrom classes.here import grader_here\n"
        "ran = [grader_here(*words) for words in json.loads(sys.argv[1])]\n"
        "print(json.dumps([(done.returncode, done.stdout, done.stderr) for done in ran]))\n"
    )
    for path in (folder / "student_1", locked):
        path.chmod(0)
    try:
        command = [*as_anybody, sys.executable, "-B", "-c", script, json.dumps(commands, default=str)]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}
        ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stderr
        *refused, (status, said, trouble) = json.loads(ran.stdout)
        for code, _, why in refused:
            assert code == 2 and why.count("\n") == 1 and why.startswith("grader: "), why
        assert status == 0 and "1 of them hold nothing that can" in said, trouble
        with (tmp_path / "out" / "grades.csv").open(encoding="utf-8", newline="") as file:
            remarks = {row["name"]: row["remark"] for row in csv.DictReader(file)}
        assert remarks["student_1"] == "student_1: it cannot be read: Permission denied"
    finally:
        for path in (folder / "student_1", locked):
            path.chmod(0o755)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
def test_a_class_is_marked_wherever_it_lies(tmp_path: Path, three_steps: Path) -> None:
    """The kata, the class, OUT, TMPDIR and students have names that mean something to pytest or a shell."""
    odd = tmp_path / "Kurs [WS26] a::b für $HOME 100% #1"
    place, out, room = odd / "Abgaben [1]::x", odd / "Noten {a,b} *?", odd / "temporär [x] y::z"
    room.mkdir(parents=True)
    kata = odd / "kata [1]::ü"
    shutil.copytree(ROOT, kata, ignore=shutil.ignore_patterns(".*", "tests", "playground"))
    bring_bytecode(kata)
    expected = {
        "Jörg [2] ~ ::test_x": make_student(place, "Jörg [2] ~ ::test_x", "softmax"),
        "-k gelu": make_student(place, "-k gelu", "gelu"),
    }
    words = ("class", place, "--out", out, "--config", three_steps, "--jobs", "1")
    done = run_grader(*words, cwd=kata, env={"TMPDIR": str(room), "PYTHONPATH": ""})
    assert done.returncode == 0, done.stderr
    assert {entry: result["score"] for entry, result in results_in(out).items()} == expected
    assert not list(room.iterdir()), "something is left"
    assert len(list((out / "reports").iterdir())) == 4


def make_student(place: Path, name: str, wrong: str) -> float:
    """Write a student's three steps, one of them wrong; returns the points."""
    files = solution_files()
    (place / name).mkdir(parents=True)
    (place / name / "pico_gpt.py").write_bytes(spoiled(files["pico_gpt.py"], wrong, "return 0"))
    return 20.0
