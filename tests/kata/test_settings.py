"""grading.toml: what a teacher may change, and one clear line for everything else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from real_grader import ROOT, run_grader

from grader.kata.curriculum import STEPS, find_step
from grader.kata.files import CannotGrade
from grader.kata.late import KEYS as LATE
from grader.kata.prices import apportion
from grader.kata.seeds import given_secret, marks_seed, secret_beside
from grader.kata.settings import KEYS, Settings, load_settings

EXAMPLE = ROOT / "grader" / "classroom" / "templates" / "grading.toml"


def settings(text: str, folder: Path) -> Settings:
    path = folder / "grading.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def points(found: Settings) -> dict[str, float]:
    steps = found.priced(STEPS)
    return {f"{step.number}.{f.name}": sum(f.points.values()) for step in steps for f in step.functions}


def test_without_a_file_every_step_is_worth_what_the_curriculum_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = load_settings()
    assert found == Settings() and points(found) == points(Settings())
    assert [step.points for step in found.priced(STEPS)] == [step.points for step in STEPS]


def test_a_file_at_the_root_is_found_and_an_empty_one_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grading.toml").write_text("", encoding="utf-8")
    assert load_settings() == Settings()
    (tmp_path / "grading.toml").write_bytes("\ufeffsteps = '2'\r\n".encode())
    assert load_settings().steps == (find_step(2),)


def test_the_example_means_the_defaults_and_names_every_key() -> None:
    assert load_settings(EXAMPLE) == Settings()
    text = EXAMPLE.read_text(encoding="utf-8")
    for key in KEYS:
        assert f"# {key} =" in text or f"[{key}]" in text


def test_the_example_still_reads_with_its_comments_taken_away(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    bare = [line.removeprefix("# ") for line in lines if " = " in line and not line.startswith("#   ")]
    head = [line for line in bare if line.split(" =")[0] in KEYS]
    late = [line for line in bare if line.split(" =")[0] in LATE]
    more = [line for line in bare if line.startswith('"')]
    prices = [line for line in bare if line not in [*head, *late, *more]]
    tables = [*head, "[points]", *prices, "[late]", *late, "[late.extensions]", *more]
    found = settings("\n".join(tables), tmp_path)
    assert found.extra == {12, 13} and found.late and len(found.late.extensions) == 2
    assert found.seed == "submission" and found.time_limit == 5 and found.submission_limit == 120
    assert points(found)["1.gelu"] == 5 and points(found)["11.generate"] == 3


def test_points_of_a_step_are_shared_as_the_curriculum_shares_them(tmp_path: Path) -> None:
    found = settings("[points]\n5 = 20\n", tmp_path)
    assert points(found)["5.causal_mask"] == 6 and points(found)["5.attention"] == 14
    assert found.priced((find_step(5),))[0].points == 20


def test_points_of_a_function_of_a_group_and_of_a_function_judged_again(tmp_path: Path) -> None:
    found = settings(
        "[points]\ngelu = 2.5\nsoftmax = {core = 1, fresh = 2, edges = 4}\n11.generate = 6\n", tmp_path
    )
    assert points(found)["1.gelu"] == 2.5 and points(found)["2.softmax"] == 7
    assert points(found)["11.generate"] == 6 and points(found)["10.generate"] == 10
    step = found.priced((find_step(2),))[0]
    assert step.functions[0].points == {"core": 1, "fresh": 2, "edges": 4}


def test_extra_points_count_above_the_others_and_change_no_price(tmp_path: Path) -> None:
    found = settings("[points]\n12.extra = true\n13 = {points = 20, extra = true}\n", tmp_path)
    assert [step.number for step in found.priced(STEPS) if step.extra] == [12, 13]
    assert [step.points for step in found.priced(STEPS)][10:] == [10, 10, 20, 10]
    assert found.judging_digest() == Settings().judging_digest() and found.digest() != Settings().digest()


def test_a_groups_table_leaves_out_what_it_does_not_name(tmp_path: Path) -> None:
    found = settings("[points]\nsoftmax = {core = 5}\n", tmp_path)
    assert points(found)["2.softmax"] == 5


@pytest.mark.parametrize("total", [0, 1, 7, 333, 1000])
def test_shares_add_up_whatever_is_shared(total: int) -> None:
    for weights in ([1], [1, 1, 1], [5, 3, 2], [0, 2, 1], [0, 0]):
        shares = apportion(total, weights)
        assert sum(shares) == total and all(share >= 0 for share in shares)
    assert apportion(0, []) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("step = '1'", "there is no setting 'step': did you mean 'steps'?"),
        ("steps = '0-3'", "there is no step 0"),
        ("steps = true", "steps is a text"),
        ("steps = '3-1'", "runs backwards"),
        ("seed = -1", "seed is a whole number"),
        ("seed = true", "seed is a whole number"),
        ("seed = 'sometimes'", "seed is a whole number"),
        ("time_limit = 0", "time_limit is a number of seconds"),
        ("time_limit = true", "time_limit is a number of seconds"),
        ("time_limit = nan", "time_limit is a number of seconds"),
        ("submission_limit = '1 min'", "submission_limit is a number of seconds"),
        ("allow_unsandboxed = 1", "allow_unsandboxed is true or false"),
        ("points = 3", "points is a table"),
        ("[points]\ngleu = 3", "did you mean 'gelu'?"),
        ("[points]\n15 = 3", "there is no function or step '15'"),
        ("[points]\ngelu = -1", "gelu is worth a number from 0"),
        ("[points]\ngelu = inf", "gelu is worth a number from 0"),
        ("[points]\ngelu = true", "gelu is worth a number from 0"),
        ("[points]\ngelu = 1.005", "more than two decimals"),
        ("[points]\nsample = {edges = 1}", "sample has no tests 'edges'"),
        ("[points]\n11.generat = 1", "did you mean 'generate'?"),
        ("[points]\n1 = 3\ngelu = 2", "both price gelu"),
        ("[points]\ngelu = {}", "gelu = 0 makes it worth nothing"),
        ("[points.5]", "the table of 5 is empty"),
        ("steps = '1'\n[points]\n1 = 0", "worth 0"),
        ("steps = ", "is not TOML"),
        ("[points]\n1 = 2\n1 = 3", "is not TOML"),
        ("[points]\n12.extra = 1", "12.extra is true or false"),
        ("[points]\n15.extra = true", "there is no step 15"),
        ("[points]\n12 = {points = 3, mha_cached = 2}", "12 is priced as a whole and by its functions"),
        ("steps = '1'\n[points]\n1.extra = true", "worth 0"),
        ("late = 3", "late is a table"),
        ("[late]\nper_day = 3", "late: due is missing"),
        ("[late]\ndue = 2027-03-01T12:00:00", "late: per_day is missing"),
        ("[late]\ndue = 2027-03-01\nper_day = 3", "late.due is a day and a time"),
        ("[late]\ndue = 2027-03-01T12:00:00Z\nper_day = 3", "late.due is a day and a time without a zone"),
        ("[late]\ndue = 2027-03-01T12:00:00\nper_day = 101", "late.per_day is a number from 0 to 100"),
        ("[late]\ndue = 2027-03-01T12:00:00\nper_day = 3\ngrace_min = 3", "did you mean 'grace_minutes'?"),
        ("[late]\ndue = 2027-03-01T12:00:00\nper_day = 3\nextensions = 3", "late.extensions is a table"),
        (
            "[late]\ndue = 2027-03-01T12:00:00\nper_day = 3\nextensions.ada = 'yes'",
            'ada gets a number of days or "excused"',
        ),
    ],
)
def test_what_has_no_meaning_is_one_clear_line(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(CannotGrade) as caught:
        settings(text, tmp_path)
    assert says in str(caught.value) and "grading.toml" in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CannotGrade, match="No such file"):
        load_settings(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xe9\n")
    with pytest.raises(CannotGrade, match="not UTF-8"):
        load_settings(tmp_path / "latin.toml")


def test_bad_settings_end_the_program_with_2_and_one_line(tmp_path: Path) -> None:
    (tmp_path / "grading.toml").write_text("seed = 'x'", encoding="utf-8")
    for words in (["run", "--impl", "solutions"], ["step", "1", "--impl", "solutions"]):
        done = run_grader(*words, "--config", tmp_path / "grading.toml")
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and done.stdout == ""


def test_the_same_meaning_has_the_same_digest(tmp_path: Path) -> None:
    one = settings("[points]\ngelu = 5\nsoftmax = 7\n", tmp_path).digest()
    other = settings("# new\n[points]\nsoftmax = 7.0\ngelu = 5\n", tmp_path).digest()
    assert one == other != settings("[points]\ngelu = 6\nsoftmax = 7\n", tmp_path).digest()


FILES = {"pico_gpt.py": "a" * 64, "bpe.py": "b" * 64}


def test_the_seed_of_marks_is_the_files_and_the_secret_and_nothing_else() -> None:
    secret = b"0123456789abcdef"
    seed = marks_seed(FILES, secret)
    assert marks_seed(dict(reversed(FILES.items())), secret) == seed < 2**64
    assert marks_seed({**FILES, "bpe.py": "c" * 64}, secret) != seed
    assert marks_seed(FILES, b"0123456789abcdeF") != seed
    for settings in (Settings(), Settings(seed="submission")):
        assert settings.seed_of_marks(FILES, secret) == seed
    assert Settings(seed=5).seed_of_marks(FILES, secret) == 5


def test_without_a_secret_nobody_knows_the_seed_of_marks_beforehand() -> None:
    for settings, secret in ((Settings(), None), (Settings(seed="random"), b"0123456789abcdef")):
        drawn = {settings.seed_of_marks(FILES, secret) for _ in range(8)}
        assert len(drawn) == 8 and max(drawn) >= 2**48


def test_a_class_makes_its_secret_once_and_keeps_it_beside_its_results(tmp_path: Path) -> None:
    secret = secret_beside(tmp_path / "marks")
    assert secret_beside(tmp_path / "marks") == secret == secret_beside(tmp_path / "shard-2")
    [kept] = tmp_path.iterdir()
    assert kept.read_bytes().strip() == secret and len(secret) == 64
    assert os.name == "nt" or kept.stat().st_mode & 0o077 == 0
    assert secret_beside(tmp_path / "other" / "marks") != secret
    kept.write_text("\n", encoding="utf-8")
    with pytest.raises(CannotGrade, match="holds no secret"):
        secret_beside(tmp_path / "marks")


def test_the_environment_gives_the_secret_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICO_GPT_KATA_SECRET", "from the settings of the runner")
    assert secret_beside(tmp_path / "marks") == given_secret() == b"from the settings of the runner"
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("PICO_GPT_KATA_SECRET", "1234")
    with pytest.raises(CannotGrade, match="has 4 characters"):
        given_secret()


def test_a_marked_run_has_a_long_seed_and_with_the_secret_the_same_one_again(tmp_path: Path) -> None:
    def seed(env: dict[str, str]) -> int:
        words = ["run", "--submission", "solutions", "--steps", "1", "--json", tmp_path / "r.json"]
        done = run_grader(*words, env=env)
        assert done.returncode == 0, done.stderr
        return int(json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["seed"])

    secret = {"PICO_GPT_KATA_SECRET": "a secret of the course"}
    assert seed(secret) == seed(secret) != seed({"PICO_GPT_KATA_SECRET": "a secret of another one"})
    assert seed({}) != seed({})
    assert run_grader("step", "1", "--impl", "solutions", "--seed", str(2**64 - 1)).returncode == 0


def test_all_tests_passed_is_full_marks_whatever_the_points(tmp_path: Path) -> None:
    """Solutions get exactly what the file gives away; a wrong function loses exactly its own points."""
    config = tmp_path / "grading.toml"
    config.write_text(
        "steps = '1-2'\nseed = 9\n[points]\n1 = 3.33\nsoftmax = {core = 1, edges = 0.5}\n", "utf-8"
    )
    out = tmp_path / "result.json"
    done = run_grader("run", "--impl", "solutions", "--config", config, "--json", out)
    result = json.loads(out.read_text(encoding="utf-8"))
    assert done.returncode == 0
    assert result["score"] == result["max_score"] == 4.83
    assert result["seed"] == 9 and [step["number"] for step in result["steps"]] == [1, 2]
    assert sum(t["max_score"] for s in result["steps"] for t in s["tests"]) == pytest.approx(4.83)

    wrong = tmp_path / "wrong"
    wrong.mkdir()
    text = (ROOT / "solutions" / "pico_gpt.py").read_text(encoding="utf-8")
    (wrong / "pico_gpt.py").write_text(
        text.replace("0.5 * x * (1 + np", "0.6 * x * (1 + np"), encoding="utf-8"
    )
    done = run_grader("run", "--impl", wrong, "--config", config, "--json", out)
    result = json.loads(out.read_text(encoding="utf-8"))
    assert done.returncode == 1 and (result["score"], result["max_score"]) == (1.5, 4.83)


def test_a_step_worth_nothing_is_still_judged_and_shown(tmp_path: Path) -> None:
    config = tmp_path / "grading.toml"
    config.write_text("[points]\n1 = 0\n", "utf-8")
    out = tmp_path / "result.json"
    run_grader("run", "--impl", "solutions", "--steps", "1-2", "--config", config, "--json", out)
    result = json.loads(out.read_text(encoding="utf-8"))
    assert [(s["status"], s["score"], s["max_score"]) for s in result["steps"]] == [
        ("passed", 0, 0),
        ("passed", 10, 10),
    ]


def test_marks_need_a_sandbox_unless_the_teacher_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    from grader.judging.run import NoSandbox, Options, judge
    from grader.sandbox.host import Host

    monkeypatch.setattr(Host, "sandbox", property(lambda self: "none"))
    with pytest.raises(NoSandbox, match="allow_unsandboxed = true"):
        judge(ROOT / "solutions", (find_step(1),), Options(needs_sandbox=True))
    assert judge(ROOT / "solutions", (find_step(1),), Options()).passed
