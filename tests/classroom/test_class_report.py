"""What a teacher reads about a class: who has similar code, the gradebook, the class report, each report."""

from __future__ import annotations

import csv
import random
import re
import shutil
from pathlib import Path

import pytest
from classes.make_class import solution_files

from grader.classroom.alike import Pair, pairs_alike
from grader.classroom.forms import forms_in
from grader.classroom.grades import cell, write_grades
from grader.classroom.page import common_mistakes, page
from grader.classroom.readable import student_page, student_report
from grader.classroom.rows import Row, remark, row_of
from grader.kata.curriculum import function_names

# ------------------------------------------------------------------------------------ written alike


OWN = b'''"""My kata."""
import numpy as np

def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    """Mine."""
    if temperature == 0:
        winner = np.zeros(len(logits))
        winner[int(logits.argmax())] = 1.0  # all of it
        return winner
    scaled = logits / temperature
    order = sorted(range(len(scaled)), key=lambda i: -scaled[i])
    kept = order[:top_k] if top_k else order
    weights = np.exp(scaled[kept] - scaled[kept[0]])
    weights = weights / weights.sum()
    total, chosen = 0.0, []
    for place, weight in zip(kept, weights):
        if total >= top_p:
            break
        chosen.append(place)
        total += weight
    out = np.zeros(len(logits))
    out[chosen] = weights[: len(chosen)] / weights[: len(chosen)].sum()
    return out
'''


def forms(source: bytes) -> list[tuple[str, str, int]]:
    return [(name, *form) for name, form in forms_in({"pico_gpt.py": source}).items()]


def test_a_copy_with_other_names_and_comments_is_found() -> None:
    copy = (
        OWN.replace(b"winner", b"greedy")
        .replace(b"chosen", b"nucleus")
        .replace(b"import numpy as np", b"import numpy")
    )
    copy = copy.replace(b"np.", b"numpy.").replace(
        b'"""Mine."""', b'"""Also mine."""\n    # thought about it'
    )
    other = OWN.replace(b"weights / weights.sum()", b"weights / np.sum(weights, dtype=float)")
    found = pairs_alike({"ada": forms(OWN), "bo": forms(copy), "cy": forms(other)})
    assert found == [Pair(("ada", "bo"), ("next_token_probs",), 1.0)]


def test_the_reference_short_functions_and_what_many_wrote_are_nobodys_copy() -> None:
    reference = forms(solution_files()["pico_gpt.py"])
    assert reference == []
    assert pairs_alike({"ada": reference, "bo": reference}) == []
    assert forms(b"def linear(x, w, b):\n    return np.matmul(x, w) + b\n") == []
    crowd = {f"student {n}": forms(OWN) for n in range(13)}
    assert pairs_alike(crowd) == []


def test_a_class_of_a_hundred_that_wrote_on_their_own_is_not_accused() -> None:
    """Everybody draws each function's shape on their own: a usual way, or one of their own."""
    rng = random.Random(7)
    usual = {
        name: [(name, f"{name}{n}", rng.randrange(30, 200)) for n in range(6)] for name in function_names()
    }
    forms: dict[str, list[tuple[str, str, int]]] = {}
    for i in range(100):
        mine = []
        for name, ways in usual.items():
            draw = rng.random()
            if draw < 0.36:
                mine.append((name, f"own {i} {name}", rng.randrange(30, 200)))
            elif draw < 0.6:
                mine.append(rng.choices(ways, weights=[18, 12, 8, 5, 3, 1])[0])
        forms[f"s{i}"] = mine
    assert pairs_alike(forms) == []
    forms["copy"] = forms["s3"]
    assert [pair.ids for pair in pairs_alike(forms)] == [("copy", "s3")]


def test_one_shared_function_among_many_of_ones_own_is_not_a_copy() -> None:
    mine = [(f"f{n}", f"mine{n}", 120) for n in range(4)]
    yours = [(f"f{n}", f"yours{n}", 120) for n in range(4)]
    both = ("next_token_probs", "same", 120)
    others = {f"s{n}": [("f0", f"o{n}", 120)] for n in range(20)}
    assert pairs_alike({"ada": [*mine, both], "bo": [*yours, both], **others}) == []
    assert [pair.ids for pair in pairs_alike({"ada": [*mine, both], "bo": [*mine, both], **others})] == [
        ("ada", "bo")
    ]


def test_files_that_do_not_parse_have_no_form() -> None:
    for source in (
        b"def gelu(:",
        b"\x00",
        b"x = " + b"(" * 5_000,
        b"x = " + b"-" * 50_000 + b"1",
        b"\xff\xfe",
    ):
        assert forms(source) == []


# ---------------------------------------------------------------------------------------- reports


def result(
    name: str, message: str = "wrong", diagnosis: str | None = None, **more: object
) -> dict[str, object]:
    test = {"name": "t", "function": "gelu", "status": "failed", "score": 0, "max_score": 10,
            "message": message, "diagnosis": diagnosis, "duration_s": 0.0}  # fmt: skip
    step = {"number": 1, "name": "gelu", "status": "failed", "own_stack": "not_run", "own_stack_message": "",
            "score": 0, "max_score": 10, "duration_s": 0.0, "tests": [test]}  # fmt: skip
    about = {"id": "x", "entry": name, "students": [{"name": name, "email": "", "sid": ""}], "origin": ".",
             "notes": [], "problem": "", "forms": {}, "key": "", **more}  # fmt: skip
    files = {"pico_gpt.py": {"sha256": "0" * 64}}
    return {"schema": "", "impl": "exercises", "files": files, "seed": 1, "sandbox": "none", "score": 0,
            "max_score": 10, "duration_s": 0, "steps": [step], "submission": about}  # fmt: skip


def row(name: str, message: str = "wrong", diagnosis: str | None = None, **more: object) -> Row:
    return row_of(result(name, message, diagnosis, **more))


ABOUT = {"seed": None, "grader": "g", "settings": "s", "python": "3.11", "numpy": "2.0", "steps": [1]}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "|calc", "%x"])
def test_a_name_never_becomes_a_formula(name: str, tmp_path: Path) -> None:
    assert cell(name).startswith("'")
    write_grades([row(name)], tmp_path / "grades.csv", [1])
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["name"].startswith("'")


def test_a_name_of_several_lines_stays_whole_in_its_cell() -> None:
    assert cell("Ada\nLovelace") == "Ada Lovelace" and cell("") == ""


def test_a_members_row_for_everybody_in_a_group(tmp_path: Path) -> None:
    pair = [{"name": n, "email": f"{n}@x.org", "sid": ""} for n in ("ada", "bo")]
    write_grades([row("team", students=pair)], tmp_path / "grades.csv", [1])
    rows = (tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 3 and rows[1].startswith("ada,ada@x.org,,team,0,10")


NASTY = "<script>alert(1)</script> \x00 \ud800 \u202e | `x` ![](http://evil.example/x)"


def test_nothing_that_a_student_writes_is_markup_in_the_class_report() -> None:
    text = page(ABOUT, [row(NASTY, NASTY, problem=NASTY), row(NASTY, NASTY, id="y")], 1.0)
    assert "<script" not in text and "\x00" not in text and "\u202e" not in text
    assert text.encode("utf-8")


def test_nothing_that_a_student_writes_is_markup_in_their_own_report() -> None:
    text = student_report(result(NASTY, NASTY))
    outside = re.sub(r"(`{3,})text\n.*?\n\1", "", text, flags=re.S)
    page = student_page(result(NASTY, NASTY))
    assert "<script" not in page and "\x00" not in page and "\u202e" not in page and page.encode("utf-8")
    assert "<script>" not in outside and "](http" not in outside.replace("\\](", "")
    assert text.encode("utf-8")


def test_a_report_is_whole_on_a_telephone(tmp_path: Path) -> None:
    """What there is to fix once stood to the right of what a telephone shows."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright comes with make setup-dev")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium here")
    (tmp_path / "report.html").write_text(student_page(result("ada", "no")), encoding="utf-8")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto((tmp_path / "report.html").as_uri())
        hidden = "[...document.querySelectorAll('.wide, html')].map(e => e.scrollWidth - e.clientWidth)"
        assert max(page.evaluate(hidden)) <= 0
        browser.close()


def test_a_named_mistake_is_counted_once_a_student_and_told_in_words() -> None:
    results = [
        row("ada", "no", "gelu.x", id="s0"),
        row("bo", "no", "gelu.x", id="s1"),
        row("cy", "no", id="s2"),
    ]
    found = common_mistakes(results)
    assert [(m.id, m.function, m.ids) for m in found] == [
        ("gelu.x", "gelu", ("s0", "s1")),
        ("", "gelu", ("s2",)),
    ]
    text = page(ABOUT, results, 1.0)
    assert text.index("gelu.x") < text.index("What else went wrong") < text.index("has no name here")


def test_a_file_that_cannot_be_loaded_is_one_line_and_not_one_for_each_function() -> None:
    one = result("ada", "pico_gpt.py cannot be loaded: SyntaxError: invalid syntax")
    tests = one["steps"][0]["tests"]  # type: ignore[index]
    tests[0]["status"] = "error"
    tests.append({**tests[0], "function": "softmax"})
    found = common_mistakes([row_of(one)])
    assert [(m.function, m.sentence) for m in found] == [("pico_gpt.py", tests[0]["message"])]


def test_what_concerns_a_whole_file_is_said_once_in_the_report_and_in_the_gradebook() -> None:
    one = result("ada", "pico_gpt.py cannot be loaded: SyntaxError\n  next: look at line 3")
    tests = one["steps"][0]["tests"]  # type: ignore[index]
    tests[0]["status"] = "error"
    tests.append({**tests[0], "function": "softmax"})
    text = student_report(one)
    assert text.count("look at line 3") == 1 and "## All of pico_gpt.py" in text
    assert remark({**one, "files": {}}) == "not handed in: pico_gpt.py"
    assert remark(one) == "pico_gpt.py cannot be loaded: SyntaxError"
    tests[1]["message"] = "softmax raised ValueError"
    assert remark(one) == "" and "## All of" not in student_report(one)


def test_the_class_report_calls_students_by_name_and_tells_two_of_one_name_apart() -> None:
    names = ("Ada Lovelace", "Bo", "Bo")
    results = [row(name, "no", "gelu.x", id=f"s{n}") for n, name in enumerate(names)]
    text = page(ABOUT, results, 1.0)
    assert text.count('<a href="reports/s0.html">Ada Lovelace</a>') == 5
    assert '<a href="reports/s1.html">Bo (s1)</a>' in text and '<a href="reports/s2.html">Bo (s2)</a>' in text
