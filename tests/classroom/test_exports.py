"""Folders as platforms export them: whose is what, and which of several hand-ins counts."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from classes.reading import find, taken_from

from grader.classroom.exports import kata_file
from grader.kata.files import CannotGrade
from grader.kata.stubs import stub_files

Found = dict[str, tuple[str, dict[str, str]]]  # student -> (sid, kata file -> its content)


def lay(folder: Path, *files: str) -> Path:
    """Files whose content is their own path, so that it can be told which one was taken."""
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(file, encoding="utf-8")
    return folder


def found_in(folder: Path) -> Found:
    found: Found = {}
    for submission in find(folder):
        taken = taken_from(submission)
        assert not taken.problem, taken.problem
        (student,) = submission.students
        assert student.name not in found
        found[student.name] = (student.sid, {name: data.decode() for name, data in taken.files.items()})
    return found


# ------------------------------------------------------------------------------------- platforms


def test_moodles_folders_say_who_and_which_number(tmp_path: Path) -> None:
    ada, bo = "Ada Lovelace_12345_assignsubmission_file_", "Bo O'Neil-Ñandú_777_assignsubmission_file"
    lay(tmp_path, f"{ada}/pico_gpt.py", f"{ada}/bpe.py", f"{bo}/exercises/pico_gpt.py")
    lay(tmp_path, "Ada Lovelace_12345_assignsubmission_onlinetext_/onlinetext.html")
    assert found_in(tmp_path) == {
        "Ada Lovelace": ("12345", {"pico_gpt.py": f"{ada}/pico_gpt.py", "bpe.py": f"{ada}/bpe.py"}),
        "Bo O'Neil-Ñandú": ("777", {"pico_gpt.py": f"{bo}/exercises/pico_gpt.py"}),
    }


def test_moodle_without_folders_is_one_student_and_not_one_for_each_file(tmp_path: Path) -> None:
    start = "Ada Lovelace_12345_assignsubmission_file_"
    lay(tmp_path, f"{start}pico_gpt.py", f"{start}kv_cache.py")
    assert found_in(tmp_path) == {
        "Ada Lovelace": (
            "12345",
            {"pico_gpt.py": f"{start}pico_gpt.py", "kv_cache.py": f"{start}kv_cache.py"},
        )
    }


def test_canvas_lays_every_file_beside_the_others(tmp_path: Path) -> None:
    lay(
        tmp_path,
        "lovelaceada_12345_67890_pico_gpt.py",
        "lovelaceada_12345_67891_bpe-1.py",
        "lovelaceada_12345_text.html",
        "oneilbo_LATE_222_67900_pico_gpt-2.py",
    )
    with zipfile.ZipFile(tmp_path / "zed_333_67999_my kata.zip", "w") as opened:
        opened.writestr("exercises\\pico_gpt.py", "zed")
    assert found_in(tmp_path) == {
        "lovelaceada": (
            "12345",
            {
                "pico_gpt.py": "lovelaceada_12345_67890_pico_gpt.py",
                "bpe.py": "lovelaceada_12345_67891_bpe-1.py",
            },
        ),
        "oneilbo": ("222", {"pico_gpt.py": "oneilbo_LATE_222_67900_pico_gpt-2.py"}),
        "zed": ("333", {"pico_gpt.py": "zed"}),
    }


def test_of_two_uploads_to_canvas_the_later_counts_and_it_is_said(tmp_path: Path) -> None:
    lay(tmp_path, "ada_1_67890_pico_gpt.py", "ada_LATE_1_70001_pico_gpt-1.py", "ada_1_67891_bpe.py")
    (submission,) = find(tmp_path)
    taken = taken_from(submission)
    assert taken.files["pico_gpt.py"] == b"ada_LATE_1_70001_pico_gpt-1.py" and "bpe.py" in taken.files
    assert taken.notes[0] == "handed in 2 times; the last one was judged"


def test_blackboards_last_attempt_counts_and_its_receipt_says_who_it_was(tmp_path: Path) -> None:
    early, late = "PicoGPT_ada1_attempt_2026-11-01-10-00-00", "PicoGPT_ada1_attempt_2026-11-02-09-00-00"
    lay(tmp_path, f"{early}_pico_gpt.py", f"{early}_bpe.py", f"{late}_pico_gpt.py")
    for attempt in (early, late):
        (tmp_path / f"{attempt}.txt").write_text("Name: Ada Lovelace (ada1)\r\nAssignment: PicoGPT\r\n")
    lay(tmp_path, "PicoGPT_bo_attempt_2026-11-02-09-30-00_pico_gpt.py")
    assert found_in(tmp_path) == {
        "Ada Lovelace": ("ada1", {"pico_gpt.py": f"{late}_pico_gpt.py"}),
        "bo": ("bo", {"pico_gpt.py": "PicoGPT_bo_attempt_2026-11-02-09-30-00_pico_gpt.py"}),
    }


def test_brightspaces_last_attempt_counts(tmp_path: Path) -> None:
    first = "123-456 - Ada Lovelace - Nov 2, 2026 1109 PM"
    second = "123-456 - Ada Lovelace - Nov 10, 2026 105 AM"
    other = "124-456 - Bo - December 1, 2026 12:05 PM - pico_gpt.py"
    lay(tmp_path, f"{first}/pico_gpt.py", f"{second}/pico_gpt.py", other, "index.html")
    assert found_in(tmp_path) == {
        "Ada Lovelace": ("123", {"pico_gpt.py": f"{second}/pico_gpt.py"}),
        "Bo": ("124", {"pico_gpt.py": other}),
    }


def test_clones_are_called_as_their_students(tmp_path: Path) -> None:
    named = tmp_path / "pico-gpt-submissions"
    for student in ("ada", "bo-b"):
        lay(named, f"pico-gpt-{student}/.git/HEAD", f"pico-gpt-{student}/exercises/pico_gpt.py")
    assert set(found_in(named)) == {"ada", "bo-b"}
    clones = tmp_path / "clones"
    for student in ("ada", "adam", "bo"):
        lay(clones, f"kata-5-{student}/.git/HEAD", f"kata-5-{student}/exercises/pico_gpt.py")
    assert set(found_in(clones)) == {"ada", "adam", "bo"}
    lay(clones, "cy.zip/pico_gpt.py")
    assert "ada" in found_in(clones)


def test_files_that_were_renamed_by_hand_belong_to_who_is_in_their_name(tmp_path: Path) -> None:
    lay(tmp_path, "ada_pico_gpt.py", "ada_bpe.py", "Bo Ö - pico_gpt.py", "pico_gpt_cy.py", "weights_cy.py")
    assert {who: set(files) for who, (_, files) in found_in(tmp_path).items()} == {
        "ada": {"pico_gpt.py", "bpe.py"},
        "Bo Ö": {"pico_gpt.py"},
        "cy": {"pico_gpt.py", "weights.py"},
    }


def test_a_folder_with_the_katas_files_themselves_is_one_student(tmp_path: Path) -> None:
    lay(tmp_path / "ada", "pico_gpt.py", "kv_cache.py", "bpe.py", "weights.py")
    assert {who: len(files) for who, (_, files) in found_in(tmp_path / "ada").items()} == {"ada": 4}


# ------------------------------------------------------------------------------------- accidents


def test_submissions_that_lie_one_folder_too_deep_are_found(tmp_path: Path) -> None:
    lay(tmp_path, "download/ada/pico_gpt.py", "download/bo/exercises/pico_gpt.py", ".DS_Store")
    lay(tmp_path, "__MACOSX/download/._ada")
    assert set(found_in(tmp_path)) == {"ada", "bo"}
    one = lay(tmp_path / "one", "export/Ada_1_assignsubmission_file_/pico_gpt.py")
    assert set(found_in(one)) == {"Ada"}


def test_one_students_loose_files_are_not_a_class(tmp_path: Path) -> None:
    lay(tmp_path, "ada/first.py", "ada/second.py")
    (submission,) = find(tmp_path)
    assert submission.id == "ada" and "there is no pico_gpt.py" in taken_from(submission).problem


def test_one_students_repository_alone_in_a_folder_is_one_student(tmp_path: Path) -> None:
    lay(
        tmp_path, *(f"ada/{file}" for file in ("exercises/pico_gpt.py", "solutions/pico_gpt.py", "README.md"))
    )
    assert set(found_in(tmp_path)) == {"ada"}


def test_an_export_beside_the_archive_it_came_from_is_that_export(tmp_path: Path) -> None:
    lay(tmp_path, "download/ada/pico_gpt.py", "download/bo/pico_gpt.py")
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as opened:
        opened.writestr("ada/pico_gpt.py", "ada")
    assert set(found_in(tmp_path)) == {"ada", "bo"}


def test_nothing_in_a_hand_in_hides_the_others_or_itself(tmp_path: Path) -> None:
    lay(tmp_path, "ada/pico_gpt.py", "bo/pico_gpt.py", "bo/class.json", "bo/results/x.json")
    lay(
        tmp_path,
        "cy/pico_gpt.py",
        "cy/submission_metadata.yml",
        "cy/Ada_1_assignsubmission_file_/pico_gpt.py",
    )
    assert set(found_in(tmp_path)) == {"ada", "bo", "cy"}


def test_a_file_named_as_another_students_stays_with_who_handed_it_in(tmp_path: Path) -> None:
    at = "2026-11-02-10-00-00"
    lay(
        tmp_path / "blackboard",
        f"Pico_eve_attempt_{at}_Pico_ada_attempt_{at}_pico_gpt.py",
        f"Pico_ada_attempt_{at}_pico_gpt.py",
    )
    lay(
        tmp_path / "canvas",
        "evilbob_22222_67892_lovelaceada_12345_assignsubmission_file_pico_gpt.py",
        "evilbob_22222_67893_bo_2_999_bpe.py",
        "lovelaceada_12345_67890_pico_gpt.py",
    )
    lay(tmp_path / "alone", "evilbob_22222_67892_lovelaceada_12345_assignsubmission_file_pico_gpt.py")
    for folder, who in (
        ("blackboard", {"ada": "ada", "eve": "eve"}),
        ("canvas", {"evilbob": "22222", "lovelaceada": "12345"}),
        ("alone", {"evilbob": "22222"}),
    ):
        found = find(tmp_path / folder)
        assert {s.students[0].name: s.students[0].sid for s in found} == who


def test_an_archive_of_a_whole_class_is_refused_in_one_line(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as opened:
        for name in ("ada", "bo", "cy"):
            opened.writestr(f"{name}/pico_gpt.py", name)
    with pytest.raises(CannotGrade, match="holds several submissions: unpack it first"):
        find(tmp_path)


def test_what_lies_beside_submissions_is_nobody(tmp_path: Path) -> None:
    lay(tmp_path, "ada/pico_gpt.py", "roster.xlsx", "README.md", "index.html", "grades.csv", "._ada")
    assert set(found_in(tmp_path)) == {"ada"}


def test_what_a_mac_lays_beside_a_renamed_file_is_not_a_second_one(tmp_path: Path) -> None:
    lay(tmp_path, "ada/pico_gpt (1).py", "ada/._pico_gpt (1).py")
    assert found_in(tmp_path)["ada"][1] == {"pico_gpt.py": "ada/pico_gpt (1).py"}


def test_a_renamed_file_beside_a_right_one_is_taken_where_its_own_is_missing(tmp_path: Path) -> None:
    lay(tmp_path, "ada/pico_gpt.py", "ada/kv_cache (1).py", "ada/pico_gpt (2).py", "ada/test_bpe.py")
    (submission,) = find(tmp_path)
    taken = taken_from(submission)
    assert set(taken.files) == {"pico_gpt.py", "kv_cache.py"}
    assert taken.files["pico_gpt.py"] == b"ada/pico_gpt.py"
    assert taken.notes == [
        "kv_cache (1).py was taken as kv_cache.py",
        "pico_gpt (2).py was left aside, because there is pico_gpt.py",
        "test_bpe.py was left aside",
    ]


def test_work_beside_untouched_stubs_is_judged_but_never_the_solutions(tmp_path: Path) -> None:
    lay(tmp_path, "ada/exercises/pico_gpt.py", "ada/pico_gpt.py", "ada/solutions/pico_gpt.py")
    lay(tmp_path, "bo/exercises/pico_gpt.py", "bo/solutions/pico_gpt.py")
    for name in ("ada", "bo"):
        (tmp_path / name / "exercises" / "pico_gpt.py").write_bytes(stub_files()["pico_gpt.py"].encode())
    ada, bo = (taken_from(submission) for submission in find(tmp_path))
    assert ada.files["pico_gpt.py"] == b"ada/pico_gpt.py" and "untouched stub" in ada.notes[0]
    assert bo.origin == "exercises" and not bo.notes


def test_the_archive_with_the_katas_files_is_found_among_others(tmp_path: Path) -> None:
    for name, inside in (("kata.zip", "pico_gpt.py"), ("pictures.zip", "cat.txt"), ("more.zip", "dog.txt")):
        (tmp_path / "ada").mkdir(exist_ok=True)
        with zipfile.ZipFile(tmp_path / "ada" / name, "w") as opened:
            opened.writestr(inside, name)
    lay(tmp_path, "bo/pico_gpt.py")
    assert found_in(tmp_path)["ada"][1] == {"pico_gpt.py": "kata.zip"}


def test_a_notebook_is_told_by_its_name(tmp_path: Path) -> None:
    lay(tmp_path, "ada.ipynb", "bo/work.ipynb")
    ada, bo = (taken_from(submission).problem for submission in find(tmp_path))
    assert ada == "ada.ipynb is a notebook: hand in pico_gpt.py"
    assert bo == "there is no pico_gpt.py in bo, only the notebook work.ipynb"


# ------------------------------------------------------------------------------------------ names


def test_two_students_of_one_name_are_two_and_it_is_said(tmp_path: Path) -> None:
    lay(tmp_path, "ada/pico_gpt.py", "Ada_1_assignsubmission_file_/pico_gpt.py")
    lay(tmp_path, "Ada_2_assignsubmission_file_/pico_gpt.py")
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as opened:
        opened.writestr("pico_gpt.py", "zip")
    found = find(tmp_path)
    assert len({submission.id.casefold() for submission in found}) == 4
    notes = {submission.path.name: submission.notes for submission in found}
    assert notes["ada"] == ("the same name as ada.zip",) and notes["ada.zip"] == ("the same name as ada",)
    assert notes["Ada_1_assignsubmission_file_"] == ()  # their numbers tell them apart


def test_long_names_and_names_written_in_two_ways_have_files_of_their_own(tmp_path: Path) -> None:
    for name in ("Zoe\u0301", "Zo\u00e9 ", "𠀀" * 60, "李" * 80):
        lay(tmp_path, f"{name}/pico_gpt.py")
    found = find(tmp_path)
    assert len({submission.id for submission in found}) == 4
    assert all(len(submission.id.encode()) < 140 for submission in found)
    assert {s.students[0].name for s in found} >= {"Zo\u00e9"}  # as a gradebook writes it


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("pico_gpt.py", "pico_gpt.py"),
        ("Pico_GPT (1).PY", "pico_gpt.py"),
        ("pico_gpt - Copy (2).py", "pico_gpt.py"),
        ("kv_cache_2.py", "kv_cache.py"),
        ("bpe.py.txt", "bpe.py"),
        ("weights_ada.py", "weights.py"),
        ("my_weights_final.py", ""),
        ("subpe.py", ""),
    ],
)
def test_a_renamed_file_is_known_by_what_is_left_of_its_name(name: str, file: str) -> None:
    assert kata_file(name) == file


def test_long_names_in_an_archive_are_looked_at_and_hold_nobody_up(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as opened:
        opened.writestr("pico_gpt.py", "ada")
        for n in range(2_000):
            opened.writestr(f"{n}{'_' * 200}bpe{'-' * 30}", "")
            opened.writestr(f"bpe{'_' * 200}{n}", "")
        opened.writestr("_" * 60_000 + "bpe.py", "")
    (submission,) = find(tmp_path)
    assert set(taken_from(submission).files) == {"pico_gpt.py"}


def test_thousands_of_folders_with_the_katas_files_hold_nobody_up(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as opened:
        opened.writestr("exercises/pico_gpt.py", stub_files()["pico_gpt.py"])
        for n in range(9_000):
            opened.writestr(f"{n}/pico_gpt.py", "mine")
            opened.writestr(f"{n}/bpe.py", "mine")
    lay(tmp_path, "bo/pico_gpt.py")
    ada, bo = (taken_from(submission) for submission in find(tmp_path))
    assert ada.origin == "exercises" and bo.origin == "."


# ------------------------------------------------------------------------------------- Gradescope


def test_gradescopes_numbers_stay_as_they_are_and_rubys_words_do_no_harm(tmp_path: Path) -> None:
    lay(tmp_path, "submission_1/pico_gpt.py")
    (tmp_path / "submission_metadata.yml").write_text(
        "---\nsubmission_1:\n  :submitters:\n  - :name: Ada\n    :sid: 0012\n    :email:\n"
        "  :created_at: !ruby/object:ActiveSupport::TimeWithZone\n    utc: &1 2026-13-45 99:00\n"
        "    time: *1\n",
        encoding="utf-8",
    )
    (submission,) = find(tmp_path)
    assert [(s.name, s.sid, s.email) for s in submission.students] == [("Ada", "0012", "")]
