"""What comes late, and what counts above: the mark, with what was reached beside it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from classes.here import class_here
from classes.make_class import solution_files, spoiled

from grader.kata.late import LateRule, read_late

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

RULE = """
due = 2026-11-02T23:59:00
per_day = 10
cap = 50
grace_minutes = 15
[extensions]
"ada@x.org" = 2
s77 = "excused"
"""


def rule(text: str = RULE) -> LateRule:
    return read_late(tomllib.loads(text))


@pytest.mark.parametrize(
    ("when", "days"),
    [
        ("2026-11-02 23:59", 0),
        ("2026-11-03 00:14", 0),
        ("2026-11-03 00:15", 1),
        ("2026-11-03 23:59:00", 1),
        ("2026-11-03 23:59:01", 2),
        ("2027-11-03 09:00", 366),
        ("", None),
        ("Montag, den zweiten", None),
    ],
)
def test_every_day_that_has_begun_counts_and_the_grace_comes_first(when: str, days: int | None) -> None:
    assert rule().days_late(when, ["somebody"]) == days


def test_an_extension_is_the_persons_and_the_longest_of_a_group_counts() -> None:
    late = "2026-11-05 12:00"
    assert rule().days_late(late, ["bo@x.org"]) == 3
    assert rule().days_late(late, ["Ada@X.org "]) == 1
    assert rule().days_late(late, ["bo@x.org", "ada@x.org"]) == 1
    assert rule().days_late("2028-01-01 00:00", ["S77"]) == 0


@pytest.mark.parametrize(("days", "off"), [(0, 0), (1, 14), (3, 42), (5, 70), (9, 70)])
def test_what_is_taken_off_grows_by_the_day_up_to_the_cap(days: int, off: float) -> None:
    assert rule().taken_off(days, 140) == off


CLASS = """
steps = "1-2"
[points]
2 = {{ points = 5, extra = true }}
[late]
due = 2026-11-02T12:00:00
per_day = {per_day}
[late.extensions]
"Cy Never" = "excused"
"""


def marks(out: Path) -> dict[str, dict[str, Any]]:
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def test_a_class_has_marks_after_lateness_with_what_was_reached_beside_them(tmp_path: Path) -> None:
    right = solution_files()["pico_gpt.py"]
    for folder, data in {
        "1-7 - Ada Lovelace - Nov 2, 2026 1159 AM": right,
        "2-7 - Bo Byron - Nov 4, 2026 1100 AM": right,
        "3-7 - Cy Never - Nov 9, 2026 1100 AM": right,
        "4-7 - Di Half - Nov 3, 2026 1100 AM": spoiled(right, "gelu", "return x * 0 + 9"),
    }.items():
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / "pico_gpt.py").write_bytes(data)
    config, out = tmp_path / "grading.toml", tmp_path / "out"
    words = (tmp_path / "in", out, "--config", config)
    config.write_text(CLASS.format(per_day=25), encoding="utf-8")
    assert class_here(*words).returncode == 0
    found = marks(out)
    assert {name: (row["score"], row["raw_score"], row["days_late"]) for name, row in found.items()} == {
        "Ada Lovelace": ("15", "15", "0"),
        "Bo Byron": ("10", "15", "2"),
        "Cy Never": ("15", "15", "0"),
        "Di Half": ("2.5", "5", "1"),
    }
    assert {row["max_score"] for row in found.values()} == {"10"}
    said = "2 days late: 5 points taken off the 15 that were reached"
    assert found["Bo Byron"]["remark"].startswith(said)
    [page] = (out / "reports").glob("*Bo*.html")
    assert said in page.read_text(encoding="utf-8") and "10 of 10 points" in page.read_text(encoding="utf-8")
    assert "5 / 5 extra" in page.with_suffix(".md").read_text(encoding="utf-8")

    config.write_text(CLASS.format(per_day=0), encoding="utf-8")  # nobody is judged again
    done = class_here(*words)
    assert done.returncode == 0 and "4 of 4 (4 from before)" in done.stderr, done.stderr
    assert marks(out)["Bo Byron"]["score"] == "15"
    changes = (out / "changes.csv").read_text(encoding="utf-8")
    assert changes.count("the points changed") == 2 and ",10,15," in changes


def test_without_a_rule_nothing_is_taken_off_and_no_column_says_so(tmp_path: Path, one_step: Path) -> None:
    place = tmp_path / "in" / "byronbo_LATE_101_9002_pico_gpt.py"
    place.parent.mkdir()
    place.write_bytes(solution_files()["pico_gpt.py"])
    out = tmp_path / "out"
    assert class_here(place.parent, out, "--config", one_step).returncode == 0
    [row] = marks(out).values()
    assert (row["score"], row["late"], "raw_score" in row) == ("10", "yes", False)
    one_step.write_text('steps = "1"\n[late]\ndue = 2026-11-02T12:00:00\nper_day = 10\n', encoding="utf-8")
    assert class_here(place.parent, out, "--config", one_step).returncode == 0
    [row] = marks(out).values()
    assert row["score"] == "10" and "late, and the export does not say by how much" in row["remark"]
