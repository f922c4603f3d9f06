"""Every report of seven kinds of submission, compared whole with the files in reports/, and with the
platforms' schemas. WRITE_EXPECTED=1 writes reports/ again; read the difference before you commit it."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from real_grader import ROOT, run_grader

from grader.judging.marks import unjudged
from grader.judging.results import RunResult, StepResult, TestResult
from grader.judging.suite import suite_tests
from grader.kata.curriculum import STEPS, find_step
from grader.report import FORMATS as WRITERS
from grader.report import classroom50, exercism, github, gradescope, writer
from grader.report.text import fence, first_line, inline, readable

EXPECTED = Path(__file__).with_name("reports")
SCHEMAS = ROOT / "tests" / "schemas"

GELU = """def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
"""
SOFTMAX = """def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
"""
HEAD = "import math\n\nimport numpy as np\n\n\n"
STUBS = """def gelu(x):
    raise NotImplementedError("step 1: gelu")


def softmax(x):
    raise NotImplementedError("step 2: softmax")
"""
# case -> (the student's file, the words that judge it)
CASES = {
    "right": (HEAD + GELU + "\n\n" + SOFTMAX, "--steps 1-2"),
    "partly_right": (
        HEAD + GELU + "\n\ndef softmax(x):\n    print('x is', x.shape)\n    return x * 0\n",
        "--steps 1-2",
    ),
    "stub": (HEAD + STUBS, "--steps 1-2"),
    "syntax_error": (HEAD + GELU + "\n\ndef softmax(x)\n    return x\n", "--steps 1-2"),
    "import_error": ("import torch\n\n\n" + GELU, "--steps 1"),
    "timeout": (HEAD + "def gelu(x):\n    while True: pass\n", "--steps 1 --time-limit 0.5"),
    "crash": ("import os\n\n\ndef gelu(x):\n    print('good bye')\n    os._exit(0)\n", "--steps 1"),
}
PLATFORM = {
    "CLASSROOM": "nlp", "ASSIGNMENT": "pico-gpt", "SUBMISSION_TAG": "submit/2026-11-02T10-00-00Z-abc1234",
    "OWNER": "ada", "ASSIGNMENT_TYPE": "individual", "GITHUB_REPOSITORY": "school/nlp-pico-gpt-ada",
    "COMMIT_URL": "https://github.com/school/nlp-pico-gpt-ada/commit/abc1234",
    "RELEASE_URL": "https://github.com/school/nlp-pico-gpt-ada/releases/tag/submit",
    "REVIEW_URL": "https://github.com/school/nlp-pico-gpt-ada/compare/1...2",
    "GITHUB_SERVER_URL": "https://github.com", "GITHUB_ACTOR": "ada", "GITHUB_ACTOR_ID": "7",
    "GITHUB_SHA": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """case -> file -> text: what the real program wrote, with what differs from run to run made the same."""
    made = {}
    for case, (source, words) in CASES.items():
        folder = tmp_path_factory.mktemp(case)
        (folder / "exercises").mkdir()
        (folder / "exercises" / "pico_gpt.py").write_text(source, encoding="utf-8")
        files = {name: folder / f"{name}.out" for name in WRITERS}
        options = [word for name, path in files.items() for word in (f"--{name}", path)]
        github_files = {
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_OUTPUT": str(folder / "output"),
        }
        done = run_grader(
            "run", *words.split(), "--seed", "7", *options, "--github",
            cwd=folder, env={"PYTHONPATH": str(ROOT), **PLATFORM, **github_files},
        )  # fmt: skip
        assert done.returncode == (0 if case == "right" else 1), f"{case}: {done.stdout}{done.stderr}"
        found = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
        found["github_summary"] = (folder / "summary").read_text(encoding="utf-8")
        encoded = (folder / "output").read_text(encoding="utf-8").removeprefix("result=")
        found["github_result"] = json.dumps(json.loads(base64.b64decode(encoded)), indent=2) + "\n"
        commands = [line for line in done.stdout.splitlines() if line.startswith("::error")]
        found["github_annotations"] = "".join(f"{line}\n" for line in commands)
        made[case] = {name: settled(text, case == "timeout") for name, text in found.items()}
    return made


def settled(text: str, stopped: bool) -> str:
    """The text without durations, dates and the name of this machine's sandbox.

    Args:
        stopped: even without the line at which a loop was seen last, which may be known or not.
    """
    if stopped:
        text = re.sub(r"(\\n|\n|%0A) *pico_gpt\.py, line \d+: while True: pass", "", text)
        text = re.sub(r"(\bline=|\"line_no\": )\d+", r"\g<1>0", text)
    text = re.sub(r'("(?:duration_s|execution_time|duration)": )[\d.e-]+', r"\g<1>0", text)
    text = re.sub(r'("(?:datetime|graded_at)": ")[^"]+', r"\g<1>2026-01-01T00:00:00Z", text)
    text = re.sub(r'("sandbox": ")[^"]+', r"\g<1>SANDBOX", text)
    text = re.sub(r'("(?:python|numpy|grader)": ")[^"]+', r"\g<1>VERSION", text)
    text = re.sub(r'( time=")[\d.]+', r"\g<1>0", text)
    return re.sub(r"(Seed \d+, sandbox ).*, [\d.]+ s\.", r"\g<1>SANDBOX.", text)


pytestmark = pytest.mark.timeout(300)  # the first test waits for the seven runs of the fixture
FORMATS = (*WRITERS, "github_summary", "github_result", "github_annotations")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_a_report_is_what_it_always_was(case: str, name: str, reports: dict[str, dict[str, str]]) -> None:
    path = EXPECTED / case / name
    if os.environ.get("WRITE_EXPECTED"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(reports[case][name], encoding="utf-8")
    assert reports[case][name] == path.read_text(encoding="utf-8")


@lru_cache
def jenkins_schema() -> xmlschema.XMLSchema:
    """junit-10.xsd, with which Jenkins' xUnit plugin looks at a report before it reads it."""
    return xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")


def assert_that_jenkins_reads(text: str) -> None:
    assert [f"{error.path}: {error.reason}" for error in jenkins_schema().iter_errors(text)] == []


@pytest.mark.parametrize("case", CASES)
def test_every_format_agrees_on_marks_and_lists_every_test(
    case: str, reports: dict[str, dict[str, str]]
) -> None:
    found = reports[case]
    result = json.loads(found["json"])
    tests = [test for step in result["steps"] for test in step["tests"]]
    wanted = [t.name for step in result["steps"] for t in suite_tests(step["number"])]
    assert sorted(test["name"] for test in tests) == sorted(wanted)
    assert result["score"] == pytest.approx(sum(test["score"] for test in tests))

    gradescope = json.loads(found["gradescope"])
    assert gradescope["score"] == result["score"]
    assert sum(test["score"] for test in gradescope["tests"]) == pytest.approx(result["score"])
    assert sum(test["max_score"] for test in gradescope["tests"]) == pytest.approx(result["max_score"])
    assert len(gradescope["tests"]) == len(tests)

    classroom = json.loads(found["classroom50"])
    assert classroom["max-score"] == result["max_score"] == sum(t["max-score"] for t in classroom["tests"])
    assert abs(classroom["score"] - result["score"]) <= 0.5
    assert all(t["score"] <= t["max-score"] for t in classroom["tests"])

    suites = ET.fromstring(found["junit"])
    assert_that_jenkins_reads(found["junit"])
    assert int(suites.get("tests", "")) == len(tests) == len(suites.findall(".//testcase"))
    for kind, tag in (("failures", "failure"), ("errors", "error")):
        assert int(suites.get(kind, "")) == len(suites.findall(f".//{tag}"))
    skipped = sum(int(suite.get("skipped", "")) for suite in suites)  # the schema has none at the root
    assert skipped == len(suites.findall(".//skipped"))

    reporter = json.loads(found["github_result"])
    assert sum(test["score"] for test in reporter["tests"]) == pytest.approx(result["score"])
    assert len(json.loads(found["exercism"])["tests"]) == len(tests)


@pytest.mark.parametrize(
    ("name", "schema"),
    [("gradescope", "gradescope"), ("classroom50", "classroom50"), ("exercism", "exercism"),
     ("github_result", "classroom_reporter")],
)  # fmt: skip
@pytest.mark.parametrize("case", CASES)
def test_a_report_keeps_to_its_schema(
    case: str, name: str, schema: str, reports: dict[str, dict[str, str]]
) -> None:
    rules = json.loads((SCHEMAS / f"{schema}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.Draft202012Validator(rules).validate(json.loads(reports[case][name]))


def test_the_verdicts_are_those_of_the_case(reports: dict[str, dict[str, str]]) -> None:
    statuses = {
        case: sorted({t["status"] for s in json.loads(found["json"])["steps"] for t in s["tests"]})
        for case, found in reports.items()
    }
    assert statuses == {
        "right": ["passed"], "partly_right": ["failed", "passed"], "stub": ["not_implemented"],
        "syntax_error": ["error"], "import_error": ["error"], "timeout": ["timeout"], "crash": ["error"],
    }  # fmt: skip
    exercism = {case: json.loads(found["exercism"])["status"] for case, found in reports.items()}
    assert (
        exercism["right"] == "pass" and exercism["partly_right"] == "fail" and exercism["timeout"] == "fail"
    )
    assert exercism["syntax_error"] == "error"


def test_an_annotation_points_at_the_line_that_is_wrong(reports: dict[str, dict[str, str]]) -> None:
    line = CASES["syntax_error"][0].splitlines().index("def softmax(x)") + 1
    found = reports["syntax_error"]["github_annotations"].splitlines()
    assert len(found) == 1 and f"line={line}," in found[0]
    wrong = reports["partly_right"]["github_annotations"].splitlines()
    line = CASES["partly_right"][0].splitlines().index("def softmax(x):") + 1
    assert len(wrong) == 1 and wrong[0].startswith(f"::error file=exercises/pico_gpt.py,line={line},")


# ------------------------------------------------------------------------------- hostile contents


NASTY = "\x00\x1b[31m\ud800 ]]> <b>&amp;\u202e ```` ::error::no %0A ##[group]x | = \x85\u2028" + "x" * 200_000


@pytest.fixture
def nasty() -> RunResult:
    test = TestResult("of anything", "gelu", "failed", 0, 10, NASTY, None, 0.1)
    return RunResult("exercises", {"pico_gpt.py": "0" * 64}, 1, "none", [StepResult(1, "gelu", [test])])


def nasty_texts(result: RunResult, folder: Path) -> Iterator[tuple[str, str]]:
    for name in ("json", "junit", "gradescope", "exercism"):
        path = folder / name
        writer(name)(result, path)
        yield name, path.read_text(encoding="utf-8")
    path = folder / "classroom50"
    path.write_text(json.dumps(classroom50.to_dict(result, PLATFORM)), encoding="utf-8")
    yield "classroom50", path.read_text(encoding="utf-8")


def test_what_a_student_prints_breaks_no_format(nasty: RunResult, tmp_path: Path) -> None:
    for name, text in nasty_texts(nasty, tmp_path):
        if name == "junit":
            assert len(ET.fromstring(text).findall(".//failure")) == 1
            assert_that_jenkins_reads(text)
        else:
            data = json.loads(text)
            if name != "json":
                rules = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
                jsonschema.Draft202012Validator(rules).validate(data)


@pytest.mark.parametrize("status", ["passed", "failed", "not_implemented", "error", "timeout", "not_run"])
@pytest.mark.parametrize("seconds", [0.0, 0.00049, 999.9996, 12345.678])
def test_jenkins_reads_every_verdict_and_every_duration(
    status: str, seconds: float, nasty: RunResult, tmp_path: Path
) -> None:
    nasty.duration_s = nasty.steps[0].tests[0].duration_s = seconds
    nasty.steps[0].tests[0].status = status
    writer("junit")(nasty, tmp_path / "junit")
    assert_that_jenkins_reads((tmp_path / "junit").read_text(encoding="utf-8"))


def test_what_a_student_prints_is_no_workflow_command(nasty: RunResult) -> None:
    commands = github.error_commands(nasty)
    assert len(commands) == 1 and "\n" not in commands[0] and "\r" not in commands[0]
    summary = github.summary(nasty)
    assert len(summary.encode()) < 1_000_000
    inside = summary.split("`````text\n")[1].split("\n`````")[0]
    assert "````" in inside and "\x1b" not in summary


@pytest.mark.parametrize(("words", "actions"), [(["--github"], ""), ([], "true")])
def test_commands_are_off_while_a_student_may_speak(words: list[str], actions: str, tmp_path: Path) -> None:
    (tmp_path / "exercises").mkdir()
    loud = (
        HEAD + "def gelu(x):\n    print('::add-mask::points')\n    print('  ::error::mine')\n    return x\n"
    )
    (tmp_path / "exercises" / "pico_gpt.py").write_text(loud, encoding="utf-8")
    environment = {"PYTHONPATH": str(ROOT), "GITHUB_ACTIONS": actions}
    done = run_grader("step", "1", *words, cwd=tmp_path, env=environment)
    off: str | None = None
    for line in done.stdout.splitlines():
        command = line.strip()
        if off is None and command.startswith("::stop-commands::"):
            off = command.removeprefix("::stop-commands::")
        elif off is not None and command == f"::{off}::":
            off = None
        elif off is None and command.startswith("::"):
            assert command.startswith("::error file=exercises/pico_gpt.py,line=")
    assert off is None
    assert "::add-mask::points" in done.stdout  # it was printed, and it was held


def test_a_long_print_is_cut_to_what_exercism_allows() -> None:
    from grader.judging.compare import Failure

    test = TestResult("t", "gelu", "failed", 0, 1, "no", failure=Failure("no", printed="é" * 5_000))
    result = RunResult("exercises", {}, 1, "none", [StepResult(1, "gelu", [test])])
    output = exercism.to_dict(result)["tests"][0]["output"]
    assert len(output) == 500 and "cut" in output


def test_a_message_is_no_longer_than_exercism_stores_also_in_other_alphabets() -> None:
    for letter in ("x", "é", "漢", "😀"):
        test = TestResult("t", "gelu", "error", 0, 1, letter * 70_000)
        found = exercism.to_dict(RunResult("exercises", {}, 1, "none", [StepResult(1, "gelu", [test])]))
        for message in (found["message"], found["tests"][0]["message"]):
            assert 65_000 < len(message.encode()) <= 65_535 and "cut" in message


def test_a_file_that_is_missing_is_one_annotation_and_not_one_for_each_function(tmp_path: Path) -> None:
    tests = [
        TestResult("t", name, "error", 0, 1, f"there is no bpe.py in exercises\n  next: define {name}")
        for name in ("merge_word", "encode", "decode")
    ]
    result = RunResult("handed-in", {}, 1, "none", [StepResult(13, "bpe", tests)])
    (command,) = github.error_commands(result)
    assert command.startswith("::error file=handed-in/bpe.py,title=step 13")


# ---------------------------------------------------------------------------------------- details


def test_a_plan_lists_what_a_run_judges() -> None:
    """What is written when nothing could run has the tests, the order and the points of a real run."""
    from grader.judging.run import Options, judge

    steps = tuple(find_step(n) for n in (1, 5, 14))
    real = judge(ROOT / "solutions", steps, Options(seed=3, own_stack=False)).steps
    planned = unjudged(steps, "why")
    for one, other in zip(planned, real, strict=True):
        assert [(t.name, t.function, t.group, t.max_score) for t in one.tests] == [
            (t.name, t.function, t.group, t.max_score) for t in other.tests
        ]


def test_every_group_that_has_points_has_tests() -> None:
    for step in STEPS:
        groups = {(test.function, test.group) for test in suite_tests(step.number)}
        wanted = {(f.name, group) for f in step.functions for group, points in f.points.items() if points}
        assert wanted == groups, f"step {step.number}"


def fractions(*scores: tuple[float, float]) -> dict[str, Any]:
    tests = [
        TestResult(f"t{i}", "gelu", "passed" if s else "failed", s, m, "no")
        for i, (s, m) in enumerate(scores)
    ]
    return classroom50.to_dict(RunResult("x", {}, 1, "none", [StepResult(1, "gelu", tests)]), PLATFORM)


@pytest.mark.parametrize(
    ("scores", "score", "most"),
    [
        ([(3.33, 3.33), (3.34, 3.34), (3.33, 3.33)], 10, 10),
        ([(3.33, 3.33), (0, 3.34), (3.33, 3.33)], 7, 10),
        ([(9.6, 9.6), (0, 0.4)], 9, 10),
        ([(0, 5), (0, 5)], 0, 10),
        ([(0.25, 0.25), (0, 0.25)], 0, 1),
    ],
)
def test_whole_points_add_up_and_never_round_up_to_full(
    scores: list[tuple[float, float]], score: int, most: int
) -> None:
    result = fractions(*scores)
    assert (result["score"], result["max-score"]) == (score, most)
    assert sum(t["score"] for t in result["tests"]) == score
    assert sum(t["max-score"] for t in result["tests"]) == most
    assert all(t["score"] in (0, t["max-score"]) for t in result["tests"])


def test_classroom50_says_what_its_environment_lacks(tmp_path: Path) -> None:
    done = run_grader(
        "step", "1", "--impl", "solutions", "--classroom50", tmp_path / "result.json",
        env={"CLASSROOM": "", "ASSIGNMENT": "x", "SUBMISSION_TAG": ""},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "CLASSROOM, SUBMISSION_TAG" in done.stderr


def test_a_group_and_its_owner_come_from_the_environment() -> None:
    environment = {**PLATFORM, "ASSIGNMENT_TYPE": "", "MODE": "group", "OWNER": ""}
    assert classroom50.identity(environment)["owner"] == "ada"
    assert classroom50.identity(environment)["assignment_type"] == "group"


def test_text_helpers_show_anything_and_hide_nothing_dangerous() -> None:
    assert readable("a\r\nb\rc\x07\x9b") == "a\nb\nc\ufffd\ufffd"
    assert len(readable("y" * 50_000, 1_000)) <= 1_000 and "50,000" in readable("y" * 50_000, 1_000)
    assert first_line("\n\n  \nsecond") == "second" and first_line("") == ""
    assert fence("a\n```\nb").startswith("````text")
    assert inline("a|b\n<i>*c*</i>") == r"a\|b \<i\>\*c\*\</i\>"


def test_a_student_sees_every_test_on_gradescope() -> None:
    result = gradescope.to_dict(RunResult("x", {}, 1, "none", unjudged((find_step(1),), "because")))
    assert result["visibility"] == "visible"
    assert {test["visibility"] for test in result["tests"]} == {"visible"}


# ------------------------------------------------------------------------- when nothing can be judged


ALL_FORMATS = ("json", "junit", "gradescope", "exercism", "classroom50")


def test_a_selection_without_meaning_gives_no_mark(tmp_path: Path) -> None:
    done = run_grader("run", "--steps", "0-99", "--gradescope", tmp_path / "results.json")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "there is no step 0" in done.stderr
    assert not (tmp_path / "results.json").exists()


@pytest.mark.parametrize("words", [["--impl", "nowhere"], ["--config", "no.toml"], ["--in-process"]])
def test_a_grader_that_cannot_do_its_work_writes_no_mark(words: list[str], tmp_path: Path) -> None:
    options = [word for name in ALL_FORMATS for word in (f"--{name}", tmp_path / name)]
    done = run_grader("run", "--steps", "1-2", *words, *options, env=PLATFORM)
    assert done.returncode == 2
    assert done.stderr.startswith("grader: ") and done.stderr.count("\n") == 1
    why = done.stderr.removeprefix("grader: ").strip()
    for name in ("json", "gradescope", "classroom50"):  # a number in these is taken for a mark
        assert not (tmp_path / name).exists()
    assert why in json.loads((tmp_path / "exercism").read_text(encoding="utf-8"))["message"]
    assert why in (tmp_path / "junit").read_text(encoding="utf-8").replace("&quot;", '"')


@pytest.mark.parametrize("words", [["--impl", "nowhere"], ["--config", "no.toml"]])
def test_where_no_mark_is_asked_the_result_says_why_nothing_was_judged(
    words: list[str], tmp_path: Path
) -> None:
    done = run_grader("run", "--steps", "1-2", *words, "--json", tmp_path / "json")
    why = done.stderr.removeprefix("grader: ").strip()
    result = json.loads((tmp_path / "json").read_text(encoding="utf-8"))
    tests = [test for step in result["steps"] for test in step["tests"]]
    assert done.returncode == 2 and len(tests) == len(suite_tests(1)) + len(suite_tests(2))
    assert all(why in test["message"] and test["status"] == "error" for test in tests)


def test_a_submission_without_the_katas_files_is_a_result_and_not_a_failure(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("ill", encoding="utf-8")
    out = tmp_path / "results.json"
    done = run_grader("run", "--submission", tmp_path / "in", "--gradescope", out)
    assert done.returncode == 1 and "there is no pico_gpt.py in in" in done.stderr
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["score"] == 0 and "there is no pico_gpt.py" in result["tests"][0]["output"]


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    done = run_grader("step", "1", "--impl", "solutions", "--json", tmp_path / "no" / "where.json")
    assert done.returncode == 2 and "there is no folder" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("variable", ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
def test_a_page_of_githubs_that_cannot_be_written_is_one_line(variable: str, tmp_path: Path) -> None:
    done = run_grader(
        "step", "1", "--impl", "solutions", "--github", env={variable: str(tmp_path / "no" / "file")}
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("grader: cannot write ") and "Traceback" not in done.stdout


def test_a_submission_that_is_nowhere_is_the_callers_mistake_and_no_mark(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    done = run_grader("run", "--submission", tmp_path / "nobody", "--gradescope", out)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "there is no submission" in done.stderr
    assert not out.exists()
