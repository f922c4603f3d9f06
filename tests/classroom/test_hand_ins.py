"""Hand-ins are seen: what people, clouds and platforms make of four files, and what is said of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from classes.make_class import solution_files
from classes.reading import find, taken_from

from grader.classroom.rows import remark
from grader.classroom.taking import Taken, take

FOUR = ("pico_gpt.py", "kv_cache.py", "bpe.py", "weights.py")


def lay(folder: Path, *files: str) -> Path:
    """Files whose content is their own path, so that it can be told which one was taken."""
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(f"# {file}", encoding="utf-8")
    return folder


def zipped(path: Path, *files: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as opened:
        for file in files:
            opened.writestr(file, f"# {path.name}/{file}")


def origins(taken: Taken) -> dict[str, str]:
    assert not taken.problem, taken.problem
    return {name: data.decode().removeprefix("# ") for name, data in taken.files.items()}


def class_of(folder: Path) -> dict[str, Taken]:
    return {s.students[0].name: taken_from(s) for s in find(folder)}


# ------------------------------------------------------------------------------ people and clouds


@pytest.mark.parametrize(
    "name",
    [
        "pico_gpt_final.py", "ada_pico_gpt.py", "pico_gpt.py.txt", "pico_gpt - Copy.py", "pico_gpt copy.py",
        "pico_gpt copy 2.py", "pico_gpt (1).py", "Copy of pico_gpt.py", "pico_gpt - Kopie.py", "PICO_GPT.PY",
        "pico_gpt (Ada's conflicted copy 2026-11-02).py", "pico_gpt-DESKTOP-4F2K1.py", "pico_gpt – copie.py",
    ],
)  # fmt: skip
@pytest.mark.parametrize("wrapping", ["folder", "zip"])
def test_a_renamed_file_is_taken_beside_files_that_are_called_right(
    name: str, wrapping: str, tmp_path: Path
) -> None:
    if wrapping == "folder":
        taken = take(lay(tmp_path / "ada", name, *FOUR[1:]))
    else:
        zipped(tmp_path / "ada.zip", name, *FOUR[1:])
        taken = take(tmp_path / "ada.zip")
    assert set(taken.files) == set(FOUR) and name.encode() in taken.files["pico_gpt.py"]
    assert taken.notes == [f"{name} was taken as pico_gpt.py"]


def test_a_name_with_a_bad_sign_is_not_taken_but_told(tmp_path: Path) -> None:
    taken = take(
        lay(tmp_path / "ada", "pico_gpt.py", "kv_cache.py", "weights.py", "test_bpe.py", "picogpt.py")
    )
    assert "bpe.py" not in taken.files
    assert taken.notes == ["picogpt.py was left aside", "test_bpe.py was left aside"]


def test_two_that_can_be_the_missing_file_are_named_and_none_is_judged(tmp_path: Path) -> None:
    taken = take(lay(tmp_path / "ada", *FOUR[:3], "weights_a.py", "weights_b.py"))
    assert "weights.py" not in taken.files
    assert taken.notes[0] == "ada holds weights_a.py and weights_b.py: keep one, called weights.py"


def test_parts_in_several_folders_are_one_submission(tmp_path: Path) -> None:
    taken = take(lay(tmp_path / "ada", "step01/pico_gpt.py", "step13/bpe.py", "weights.py"))
    assert origins(taken) == {
        "pico_gpt.py": "step01/pico_gpt.py", "bpe.py": "step13/bpe.py", "weights.py": "weights.py"
    }  # fmt: skip
    assert taken.notes == [
        "step13/bpe.py was judged with the others", "weights.py was judged with the others"
    ]  # fmt: skip


def test_parts_in_archives_beside_files_and_in_several_archives_are_one_submission(tmp_path: Path) -> None:
    lay(tmp_path / "ada", "pico_gpt.py")
    zipped(tmp_path / "ada" / "rest.zip", "bpe.py", "weights.py")
    taken = take(tmp_path / "ada")
    assert set(taken.files) == {"pico_gpt.py", "bpe.py", "weights.py"}
    assert taken.notes == ["found in rest.zip: bpe.py, weights.py"]
    zipped(tmp_path / "bo" / "a.zip", "pico_gpt.py")
    zipped(tmp_path / "bo" / "b.zip", "bpe.py")
    taken = take(tmp_path / "bo")
    assert origins(taken) == {"pico_gpt.py": "a.zip/pico_gpt.py", "bpe.py": "b.zip/bpe.py"}
    assert taken.notes == ["found in a.zip: pico_gpt.py", "found in b.zip: bpe.py"]
    zipped(tmp_path / "cy" / "a.zip", "pico_gpt.py")
    zipped(tmp_path / "cy" / "b.zip", "pico_gpt.py")
    assert take(tmp_path / "cy").problem == "cy holds a.zip and b.zip: keep one"


@pytest.mark.parametrize(
    "tops", [("Version 1", "Version 2", "Version 10"), ("1", "2", "10"), ("attempt_1", "attempt_2")]
)
def test_of_several_attempts_in_folders_the_last_counts(tops: tuple[str, ...], tmp_path: Path) -> None:
    taken = take(lay(tmp_path / "ada", *(f"{top}/pico_gpt.py" for top in tops)))
    assert origins(taken) == {"pico_gpt.py": f"{tops[-1]}/pico_gpt.py"}
    assert taken.notes == [f"handed in {len(tops)} times; the last one ({tops[-1]}) was judged"]


def test_of_several_attempts_with_a_time_in_the_name_the_last_counts(tmp_path: Path) -> None:
    names = ("20261102_100000_pico_gpt.py", "20261103_090000_pico_gpt.py", "20261102_100000_bpe.py")
    taken = take(lay(tmp_path / "ada", *names))
    assert origins(taken) == {"pico_gpt.py": names[1], "bpe.py": names[2]}
    assert taken.notes[0] == "handed in 2 times; the last one was judged"


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("work.rar", "only work.rar, which cannot be opened here: hand in a zip"),
        ("homework.7z", "hand in a zip"),
        ("pico_gpt.docx", "hand in the .py file"),
        ("pico_gpt.py.gz", "hand in the file itself"),
        ("pico_gpt.txt", "hand in it as a .py file"),
        ("work.ipynb", "only the notebook work.ipynb"),
    ],
)
def test_what_cannot_be_opened_is_named_with_what_to_hand_in(file: str, says: str, tmp_path: Path) -> None:
    assert says in take(lay(tmp_path / "ada", file)).problem
    notes = take(lay(tmp_path / "bo", "pico_gpt.py", file)).notes
    assert file.endswith(".ipynb") or any(file in note and "hand in" in note for note in notes), notes


def test_a_notebook_under_another_name_and_an_empty_file_are_told(tmp_path: Path) -> None:
    lay(tmp_path / "ada", "pico_gpt.py")
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": []}], "metadata": {}})
    (tmp_path / "ada" / "bpe.py").write_text(notebook, encoding="utf-8")
    (tmp_path / "ada" / "weights.py").write_text("\n", encoding="utf-8")
    (tmp_path / "ada" / "kv_cache.py").write_text("import x\n!pip install numpy\n", encoding="utf-8")
    assert take(tmp_path / "ada").notes == [
        "kv_cache.py comes from a notebook: line 2 is not Python, take it out",
        "weights.py is empty",
        "bpe.py was left out: it is a notebook under another name: "
        "save it as a Python script, and hand that in",
    ]


@pytest.mark.parametrize("codec", ["punycode", "idna", "unicode_escape", "utf-7", "rot13", "zlib", "utf-16"])
def test_a_codec_that_can_take_hours_is_refused_before_anything_is_decoded(
    codec: str, tmp_path: Path
) -> None:
    (tmp_path / "pico_gpt.py").write_bytes(f"# coding: {codec}\n-2n7c".encode() + b"a" * 255_000)
    assert "save it as UTF-8" in take(tmp_path).problem


@pytest.mark.parametrize("codec", ["utf-8", "latin-1", "ascii", "cp1252", "iso-8859-15", "utf_8"])
def test_usual_codecs_are_read(codec: str, tmp_path: Path) -> None:
    (tmp_path / "pico_gpt.py").write_bytes(f"# -*- coding: {codec} -*-\nimport math\n".encode())
    assert set(take(tmp_path).files) == {"pico_gpt.py"}


# -------------------------------------------------------------------------------------- platforms


def test_anonymous_canvas_is_one_student_and_not_one_for_each_file(tmp_path: Path) -> None:
    lay(tmp_path, "anon_AbC12_67890_pico_gpt.py", "anon_AbC12_67891_bpe.py", "anon_AbC12_67892_kv_cache.py")
    lay(tmp_path, "anon_AbC12_67893_weights.py", "LATE_anon_zZ9x1_67900_pico_gpt.py")
    found = {s.students[0].name: s for s in find(tmp_path)}
    assert {who: len(taken_from(s).files) for who, s in found.items()} == {"anon_AbC12": 4, "anon_zZ9x1": 1}
    assert (found["anon_AbC12"].late, found["anon_zZ9x1"].late) == (False, True)
    assert {s.id for s in found.values()} == {"anon_AbC12_AbC12", "anon_zZ9x1_zZ9x1"}


def test_on_canvas_other_files_never_beat_the_right_one(tmp_path: Path) -> None:
    lay(tmp_path, "ada_1_67891_bpe.py", "ada_1_67894_test_bpe.py", "ada_1_67895_pico_gpt.py")
    lay(tmp_path, "bo_2_77890_pico_gpt.py", "bo_2_77891_pico_gpt_old.py", "bo_2_77892_pico_gpt-1.py")
    lay(tmp_path, "cy_3_text.html", "di_LATE_4_link.html")
    found = class_of(tmp_path)
    assert origins(found["ada"])["bpe.py"] == "ada_1_67891_bpe.py"
    assert "test_bpe.py was left aside, because there is bpe.py" in found["ada"].notes
    assert origins(found["bo"]) == {"pico_gpt.py": "bo_2_77892_pico_gpt-1.py"}
    assert found["bo"].notes[0] == "handed in 2 times; the last one was judged"
    for who in ("cy", "di"):
        assert "a text or a link was handed in, and no file" in found[who].notes


def test_a_resubmission_on_canvas_keeps_its_id(tmp_path: Path) -> None:
    lay(tmp_path / "first", "lovelaceada_30100_990000_pico_gpt.py")
    lay(tmp_path / "second", "lovelaceada_LATE_30100_991008_pico_gpt-1.py")
    (first,), (second,) = find(tmp_path / "first"), find(tmp_path / "second")
    assert first.id == second.id == "lovelaceada_30100"


@pytest.mark.parametrize(
    "dates",
    [
        ("Nov 2, 2026 1109 PM", "Nov 10, 2026 105 AM"),
        ("2 nov. 2026 2309", "10 nov. 2026 0105"),
        ("2. November 2026 23:09", "10. November 2026 01:05"),
        ("2 de dez de 2026 2309", "10 de dez de 2026 0105"),
    ],
)
def test_brightspace_in_other_languages_is_one_student_whose_last_attempt_counts(
    dates: tuple[str, str], tmp_path: Path
) -> None:
    folders = [f"123-456 - Ada Lovelace - {date}" for date in dates]
    lay(tmp_path, *(f"{folder}/pico_gpt.py" for folder in folders))
    (submission,) = find(tmp_path)
    assert origins(taken_from(submission)) == {"pico_gpt.py": f"{folders[1]}/pico_gpt.py"}
    assert submission.handed_in.startswith("2026-1") and submission.handed_in.endswith("-10 01:05")


def test_blackboard_without_receipts_takes_the_user_name_whole(tmp_path: Path) -> None:
    at = "attempt_2026-11-02-10-00-00_pico_gpt.py"
    lay(tmp_path, f"Pico GPT_ada_l_{at}", f"Pico GPT_bo_l_{at}")
    assert {s.students[0].sid for s in find(tmp_path)} == {"ada_l", "bo_l"}
    assert {s.handed_in for s in find(tmp_path)} == {"2026-11-02 10:00"}


def test_moodles_default_group_has_no_suffix(tmp_path: Path) -> None:
    lay(tmp_path, "Default group_assignsubmission_file/pico_gpt.py", "Ada_7_assignsubmission_file/bpe.py")
    assert set(class_of(tmp_path)) == {"Default group", "Ada"}


def test_two_submissions_never_claim_one_number_without_a_note(tmp_path: Path) -> None:
    lay(tmp_path, "Ada_7_assignsubmission_file_/pico_gpt.py", "Eve_7_assignsubmission_file_/pico_gpt.py")
    notes = [submission.notes for submission in find(tmp_path)]
    assert notes[0] == ("the number 7 is also that of Eve_7_assignsubmission_file_",)


def test_two_names_that_look_alike_are_told_apart_by_a_note(tmp_path: Path) -> None:
    lay(tmp_path, "Ada\u200b Lovelace/pico_gpt.py", "Ada Lovelace/pico_gpt.py")
    assert all("the same name as" in submission.notes[0] for submission in find(tmp_path))


def test_by_hand_nobody_adds_to_somebody_elses_work(tmp_path: Path) -> None:
    lay(tmp_path, "ada_pico_gpt.py", "ADA_kv_cache.py")
    found = {s.students[0].name: s for s in find(tmp_path)}
    assert {who: set(taken_from(s).files) for who, s in found.items()} == {
        "ada": {"pico_gpt.py"}, "ADA": {"kv_cache.py"}
    }  # fmt: skip
    assert all("the same name as" in s.notes[0] for s in found.values())


# ----------------------------------------------------------------------------------------- remarks


def test_a_remark_never_says_not_handed_in_of_what_lies_there(tmp_path: Path) -> None:
    test = {"name": "t", "function": "f", "status": "error", "message": "x", "diagnosis": None}
    steps = [{"number": n, "tests": [test]} for n in (1, 12, 13, 14)]
    taken = take(lay(tmp_path / "ada", "pico_gpt.py", "test_bpe.py", "weights_a.py", "weights_b.py"))
    about = {"problem": "", "notes": taken.notes}
    said = remark({"submission": about, "files": {"pico_gpt.py": {}}, "steps": steps})
    assert "test_bpe.py was left aside" in said and "not handed in: kv_cache.py" in said
    assert said.endswith("not handed in: kv_cache.py")


def test_right_files_in_a_whole_repository_need_no_note(tmp_path: Path) -> None:
    for name, data in solution_files().items():
        for place in ("exercises", "solutions", "grader/kata/stub_files"):
            (tmp_path / "ada" / place).mkdir(parents=True, exist_ok=True)
            (tmp_path / "ada" / place / name).write_bytes(data)
    (tmp_path / "ada" / "tests").mkdir()
    (tmp_path / "ada" / "tests" / "test_weights.py").write_text("", encoding="utf-8")
    taken = take(tmp_path / "ada")
    assert set(taken.files) == set(FOUR) and not taken.notes
