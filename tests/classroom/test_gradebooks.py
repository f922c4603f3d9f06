"""Marks go back: the gradebooks that platforms export, filled as their own importers read them."""

# ruff: noqa: E501  tables as platforms write them

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom.changes import changed_marks, marks_of
from grader.classroom.exports import Student
from grader.classroom.feedback import moodle_feedback
from grader.classroom.gradebook import fill
from grader.classroom.grades import cell
from grader.classroom.rows import Row
from grader.classroom.table import read_table
from grader.kata.files import CannotGrade


def row(name: str, sid: str = "", score: float | None = 120, email: str = "") -> Row:
    return Row(name.replace(" ", "_"), name, (Student(name, email, sid),), score, 140, ())


CANVAS = (
    'Student,ID,SIS User ID,SIS Login ID,Section,"PicoGPT, part 1 (4711)",Essay (4712),Final Score\r\n'
    ",,,,,Manual Posting,,(read only)\r\n"
    "    Points Possible,,,,,140,10,(read only)\r\n"
    '"Lovelace, Ada",30100,u1,ada,"S, 1",,9.50,81\r\n'
    '"Hopper, Grace",30101,u2,grace,"S, 1","7",,0\r\n'
    '"O\'Neil, Ñandú",30102,u3,bo,"S, 2",EX,8,0\r\n'
    '"Student, Test",30199,,x,"S, 1",,,\r\n'
)
MOODLE = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    '"Participant 2010","Ada Lovelace",ada@x.org,"Submitted for grading",,140.00,Yes,"Monday, 2 November 2026",-,\n'
    '"Participant 2011","Grace Hopper",grace@x.org,"Submitted",5,140.00,No,-,-,"very ""good"""\n'
    '"Participant 2012","Bo Nobody",bo@x.org,"No submission",,140.00,Yes,-,-,\n'
)
BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,PicoGPT Points Grade <Numeric MaxPoints:140>,"
    "End-of-Line Indicator\r\n"
    "#100,#ada,Lovelace,Ada,,#\r\n#101,#grace,Hopper,Grace,,#\r\n"
)
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"PicoGPT [Total Pts: 140 Score] |12345"\t"Availability"\n'
    '"Lovelace"\t"Ada"\t"ada1"\t"7"\t""\t"Yes"\n"Hopper"\t"Grace"\t"grace1"\t"8"\t""\t"Yes"\n'
)


def write(tmp_path: Path, text: str, codec: str = "utf-8") -> Path:
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(codec))
    return path


def column(data: bytes, name: str, codec: str = "utf-8-sig", delimiter: str = ",") -> list[str]:
    rows = list(csv.reader(io.StringIO(data.decode(codec), newline=""), delimiter=delimiter))
    place = next(i for i, title in enumerate(rows[0]) if name in title)
    return [line[place] for line in rows]


def canvas_import(text: str) -> dict[int, dict[str, str]]:
    """What lib/gradebook_importer.rb takes of a file: assignments by the number in their header, students by ID."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    header = rows[0]
    assert header[0].startswith("Student") and "ID" in header[1] and "Section" in header
    found: dict[int, dict[str, str]] = {}
    for line in rows[1:]:
        if line[0].strip().startswith("Points Possible") or not line[1].strip():
            continue
        grades = {
            match[1]: value
            for title, value in zip(header, line)
            if (match := re.fullmatch(r".+ \((\d+)\)", title)) and "(read only)" not in title
        }
        found[int(line[1])] = grades
    return found


def test_canvas_gets_its_one_column_and_everything_else_as_it_was(tmp_path: Path) -> None:
    people = [row("lovelaceada", "30100", 123.5), row("hoppergrace", "30101", None), row("eve", "999")]
    filled = fill(write(tmp_path, CANVAS), people, "part 1")
    after = filled.data.decode("utf-8")
    assert after == CANVAS.replace('"S, 1",,9.50', '"S, 1",123.5,9.50')
    assert canvas_import(after)[30100] == {"4711": "123.5", "4712": "9.50"}
    assert canvas_import(after)[30101]["4711"] == "7"  # no mark: the cell keeps what it has
    assert filled.roster.missing == ("O'Neil, Ñandú", "Student, Test") and filled.roster.unknown == ("eve",)
    assert filled.notes == ()


def test_a_column_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    text = CANVAS.replace("PicoGPT, part 1", "Project")
    with pytest.raises(CannotGrade, match=r"2 columns can be this assignment's .*name it with --column"):
        fill(write(tmp_path, text), [row("lovelaceada", "30100")])
    assert fill(write(tmp_path, text), [row("lovelaceada", "30100")], "project").data
    with pytest.raises(CannotGrade, match="is not a gradebook from Canvas, Moodle"):
        fill(write(tmp_path, "a,b\n1,2\n"), [])


def test_moodles_worksheet_is_filled_where_it_may_be(tmp_path: Path) -> None:
    people = [row("Ada Lovelace", "2010"), row("Grace Hopper", "2011"), row("Bo Nobody", score=None)]
    filled = fill(write(tmp_path, MOODLE), people)
    assert filled.data.decode() == MOODLE.replace('grading",,140', 'grading",120,140')
    assert column(filled.data, "Grade")[1:] == ["120", "5", ""]  # the second is locked
    assert filled.roster.missing == () and filled.roster.unknown == ()
    german = MOODLE.replace(",Grade,", ",Bewertung,").replace("Participant ", "Teilnehmer/in")
    assert column(fill(write(tmp_path, german), people).data, "Bewertung")[1] == "120"


def test_brightspace_and_blackboard_are_filled_by_name_and_by_user_name(tmp_path: Path) -> None:
    people = [row("Ada Lovelace", "123"), row("grace", "124", 7.25)]
    filled = fill(write(tmp_path, BRIGHTSPACE), people)
    assert filled.data.decode() == BRIGHTSPACE.replace("Ada,,#", "Ada,120,#").replace(
        "Grace,,#", "Grace,7.25,#"
    )
    people = [row("Ada Lovelace", "ada1"), row("x", "grace1", 7.25)]
    path = write(tmp_path, "\ufeff" + BLACKBOARD, "utf-16-le")
    data = fill(path, people).data
    assert data.startswith(b"\xff\xfe") and column(data, "PicoGPT", "utf-16", "\t")[1:] == ["120", "7.25"]


def test_a_decimal_comma_stays_one(tmp_path: Path) -> None:
    text = "Student;ID;Section;PicoGPT (1);Essay (2)\n    Points Possible;;;140;10\nAda;1;s;;9,5\n"
    assert fill(write(tmp_path, text), [row("ada", "1", 12.5)]).data.decode().endswith("Ada;1;s;12,5;9,5\n")


def test_another_maximum_and_two_hand_ins_of_one_person_are_told(tmp_path: Path) -> None:
    text = CANVAS.replace(",140,10,", ",100,10,")
    first, second = row("lovelaceada", "30100"), replace(row("Ada Lovelace", "30100", 9), id="b")
    filled = fill(write(tmp_path, text), [first, second], "part 1")
    assert filled.notes == (
        "Ada Lovelace and lovelaceada are one person's: the first mark stands",
        "the gradebook counts to 100, these marks to 140: change one of the two",
    )
    assert canvas_import(filled.data.decode())[30100]["4711"] == "120"


@pytest.mark.parametrize("text", ['a,b\r\n"x ""y"" z",\r\n', "a,b\n1,2", "a;b\n;\n", 'a,b\n"1\n2",3\n'])
def test_a_table_that_nobody_changes_is_the_same_bytes(text: str, tmp_path: Path) -> None:
    for codec in ("utf-8", "utf-8-sig", "latin-1"):
        path = write(tmp_path, text.replace("z", "é"), codec)
        table = read_table(path)
        assert table.with_cells({}) == path.read_bytes()
        rows = list(csv.reader(io.StringIO(table.text, newline=""), delimiter=table.separator))
        assert [[cell.text for cell in line] for line in table.rows] == rows


def moodle_accepts(name: str) -> tuple[int, str] | None:
    """What feedback/file/importziplib.php makes of a path: (participant, file), or nothing."""
    parts = name.split("/")
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) < 4 or not info[1].isdecimal() or info[2:4] != ["assignsubmission", "file"]:
            continue
        rest = [*(info[4:] or [""]), *parts]
        return int(info[1]), "/".join(rest)
    return None


def test_every_report_for_moodle_finds_its_participant(tmp_path: Path) -> None:
    people = [row("Ada_Love Lace", "2010"), row("../Bo", "2011"), row("cy"), row("di", "2013", None)]
    people = [replace(one, id=f"s{n}") for n, one in enumerate(people)]
    for one in people:
        (tmp_path / f"{one.id}.html").write_text(one.id, encoding="utf-8")
    assert moodle_feedback(people, tmp_path, tmp_path / "feedback.zip") == ["cy"]
    with zipfile.ZipFile(tmp_path / "feedback.zip") as opened:
        found = {moodle_accepts(name): opened.read(name) for name in opened.namelist()}
    assert found == {(2010, "/report.html"): b"s0", (2011, "/report.html"): b"s1"}


def test_whose_mark_changed_and_why() -> None:
    about = dict.fromkeys(("grader", "python", "numpy", "judging", "steps", "seed", "own_stack", "seconds", "submission_seconds", "settings"), 1)  # fmt: skip
    old = [replace(row(name, score=10), files=(("pico_gpt.py", "a"),)) for name in ("ada", "bo", "cy")]
    before = {"marks": marks_of(old), "marks_of": about}
    now = [replace(old[0], score=20, files=(("pico_gpt.py", "b"),)), replace(old[1], score=11), row("di")]
    assert changed_marks(before, about, now) == [
        ("ada", "ada", 10, 20, "other files were handed in"),
        ("bo", "bo", 10, 11, "judged again with the same files and settings"),
        ("di", "di", "", 120, "new here"),
        ("cy", "cy", 10, "", "no longer there"),
    ]
    for key, why in (("grader", "the grader changed"), ("settings", "the points changed")):
        assert changed_marks(before, {**about, key: 2}, [now[1]])[0][4] == why
    assert changed_marks({}, about, now) == []
    failed = replace(old[0], score=None, not_judged="no room")
    assert changed_marks(before, about, [failed])[0][3:] == ("", "not judged: no room")


@pytest.mark.parametrize(
    "text", ["x;=1+1;_pico_gpt.py", "work;=HYPERLINK(A1);.py", "\uff1d1+1", "a; =1", "\uff0bx", "a;@b"]
)
def test_no_cell_is_a_formula_also_where_semicolons_separate(text: str) -> None:
    for piece in cell(text).split(";"):
        assert not piece.strip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b"))
