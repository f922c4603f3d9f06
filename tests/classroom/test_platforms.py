"""From an export to the gradebook that goes back, once for each platform: the marks are as predicted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from classes.here import grader_here
from classes.make_class import solution_files, spoiled
from real_grader import run_grader

pytestmark = pytest.mark.timeout(300)
AT = "2026-11-02-10-00-00"
# platform -> where Ada's and Bo's file is in the export, and a gradebook with them and one more
EXPORTS = {
    "Canvas": (
        "lovelaceada_100_9001_pico_gpt-1.py",
        "byronbo_LATE_101_9002_pico_gpt.py",
        "Student,ID,SIS Login ID,Section,PicoGPT (7)\n    Points Possible,,,,10\n"
        '"Lovelace, Ada",100,ada,s,\n"Byron, Bo",101,bo,s,\n"Never, Cy",102,cy,s,\n',
    ),
    "Moodle": (
        "Ada Lovelace_100_assignsubmission_file_/pico_gpt.py",
        "Bo Byron_101_assignsubmission_file_/exercises/pico_gpt.py",
        "Identifier,Full name,Grade,Maximum Grade,Grade can be changed,Last modified (grade)\n"
        "Participant 100,Ada Lovelace,,10,Yes,-\nParticipant 101,Bo Byron,,10,Yes,-\n"
        "Participant 102,Cy Never,,10,Yes,-\n",
    ),
    "Brightspace": (
        "1-7 - Ada Lovelace - Nov 2, 2026 1109 PM/pico_gpt.py",
        "2-7 - Bo Byron - 2 nov. 2026 2309/pico_gpt.py",
        "OrgDefinedId,Last Name,First Name,PicoGPT Points Grade <Numeric MaxPoints:10>,"
        "End-of-Line Indicator\n"
        "#100,Lovelace,Ada,,#\n#101,Byron,Bo,,#\n#102,Never,Cy,,#\n",
    ),
    "Blackboard": (
        f"Pico GPT_ada_l_attempt_{AT}_pico_gpt.py",
        f"Pico GPT_bo_b_attempt_{AT}_pico_gpt.py",
        "Last Name,First Name,Username,PicoGPT [Total Pts: 10 Score] |123\n"
        "Lovelace,Ada,ada_l,\nByron,Bo,bo_b,\nNever,Cy,cy,\n",
    ),
}


@pytest.mark.parametrize("platform", EXPORTS)
def test_what_a_platform_exported_comes_back_with_the_marks(
    platform: str, tmp_path: Path, one_step: Path
) -> None:
    ada, bo, exported = EXPORTS[platform]
    right = solution_files()["pico_gpt.py"]
    for place, data in ((ada, right), (bo, spoiled(right, "gelu", "return None"))):
        (tmp_path / "in" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / place).write_bytes(data)
    (tmp_path / "exported.csv").write_text(exported, encoding="utf-8")
    run = run_grader if platform == "Canvas" else grader_here  # typed in a shell once
    done = run("class", tmp_path / "in", "--out", tmp_path / "out", "--config", one_step, "--jobs", "1",
               "--gradebook", tmp_path / "exported.csv")  # fmt: skip
    assert done.returncode == 0 and "note:" not in done.stderr, done.stderr
    before = list(csv.reader(io.StringIO(exported)))
    after = list(csv.reader(io.StringIO((tmp_path / "out" / "gradebook.csv").read_text(encoding="utf-8"))))
    cells = [(i, j) for i, line in enumerate(after) for j in range(len(line))]
    changed = {(i, j): after[i][j] for i, j in cells if after[i][j] != before[i][j]}
    first = len(before) - 3
    column = next(j for j, name in enumerate(before[0]) if "PicoGPT" in name or name == "Grade")
    assert changed == {(first, column): "10", (first + 1, column): "0"}
    roster = (tmp_path / "out" / "roster.csv").read_text(encoding="utf-8").splitlines()
    assert len(roster) == 2 and "Never" in roster[1] and "handed in nothing" in roster[1]
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    assert "1 handed in nothing" in page
