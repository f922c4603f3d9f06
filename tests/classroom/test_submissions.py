"""What students hand in, found and read safely: every wrapping, every accident, every trick."""

from __future__ import annotations

import io
import os
import tarfile
import tracemalloc
import zipfile
from functools import lru_cache
from pathlib import Path

import pytest
from classes.reading import find
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.classroom import archives, entries, taking
from grader.classroom.entries import inside
from grader.classroom.taking import take
from grader.kata.files import CannotGrade

MAIN = b"import math\n"


def put(path: Path, data: bytes = MAIN) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zipped(path: Path, **files: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name.replace("__", "/") + ".py", data)
    return path


# ----------------------------------------------------------------------------- where the files are


@pytest.mark.parametrize(
    ("files", "origin", "found"),
    [
        (["pico_gpt.py", "bpe.py"], ".", {"pico_gpt.py", "bpe.py"}),
        (["exercises/pico_gpt.py", "solutions/pico_gpt.py"], "exercises", {"pico_gpt.py"}),
        (
            ["kata/exercises/pico_gpt.py", "kata/exercises/kv_cache.py"],
            "kata/exercises",
            {"pico_gpt.py", "kv_cache.py"},
        ),
        (["a/b/c/pico_gpt.py"], "a/b/c", {"pico_gpt.py"}),
        (["pico_gpt.py", "old/pico_gpt.py"], ".", {"pico_gpt.py"}),
        (["bpe.py", "weights.py"], ".", {"bpe.py", "weights.py"}),
        (["x/bpe.py", "y/pico_gpt.py"], "y", {"bpe.py", "pico_gpt.py"}),
        ([".venv/pico_gpt.py", "src/pico_gpt.py"], "src", {"pico_gpt.py"}),
    ],
)
def test_the_katas_files_are_found_where_they_are(
    files: list[str], origin: str, found: set[str], tmp_path: Path
) -> None:
    for file in files:
        put(tmp_path / "ada" / file)
    taken = take(tmp_path / "ada")
    assert (taken.problem, taken.origin, set(taken.files)) == ("", origin, found)
    assert all("was left aside" in note or "was judged with" in note for note in taken.notes)


def test_a_folder_a_zip_and_every_kind_of_tar_are_the_same(tmp_path: Path) -> None:
    put(tmp_path / "ada" / "exercises" / "pico_gpt.py", b"# mine\n")
    put(tmp_path / "ada" / "notes.md", b"hello")
    wanted = take(tmp_path / "ada")
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as opened:
        opened.write(tmp_path / "ada" / "exercises" / "pico_gpt.py", "exercises/pico_gpt.py")
    for kind, ending in (("w", "tar"), ("w:gz", "tgz"), ("w:bz2", "tar.bz2"), ("w:xz", "tar.xz")):
        with tarfile.open(tmp_path / f"ada.{ending}", kind) as tar:  # type: ignore[call-overload]
            tar.add(tmp_path / "ada", "ada")
    for archive in sorted(tmp_path.glob("ada.*")):
        taken = take(archive)
        assert (taken.problem, taken.files) == ("", wanted.files), archive


def test_an_archive_is_known_by_what_it_is_and_not_by_its_name(tmp_path: Path) -> None:
    zipped(tmp_path / "ada.zip", pico_gpt=b"# zip\n").rename(tmp_path / "ada.tar.gz")
    assert take(tmp_path / "ada.tar.gz").files == {"pico_gpt.py": b"# zip\n"}


def test_one_archive_inside_a_folder_or_an_archive_is_opened_and_no_deeper(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "scratch" / "hand-in.zip", exercises__pico_gpt=MAIN).read_bytes()
    put(tmp_path / "ada" / "hand-in.zip", inner)
    assert take(tmp_path / "ada").files == {"pico_gpt.py": MAIN}
    assert take(tmp_path / "ada").notes == ["found in hand-in.zip"]
    for name, content in (("once", inner), ("twice", (tmp_path / "once.zip"))):
        data = content if isinstance(content, bytes) else content.read_bytes()
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as opened:
            opened.writestr("hand-in.zip", data)
    assert take(tmp_path / "once.zip").files == {"pico_gpt.py": MAIN}
    assert "there is no pico_gpt.py" in take(tmp_path / "twice.zip").problem


def test_a_large_archive_in_a_folder_is_read_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MAX_NESTED_BYTES", 1_000)
    (tmp_path / "ada").mkdir()
    for path in (tmp_path / "ada" / "kata.zip", tmp_path / "inner.zip"):
        with zipfile.ZipFile(path, "w") as opened:
            opened.writestr("exercises/pico_gpt.py", MAIN)
            opened.writestr("weights.bin", bytes(5_000))
    assert take(tmp_path / "ada").files == {"pico_gpt.py": MAIN}
    with zipfile.ZipFile(tmp_path / "bo.zip", "w") as opened:
        opened.write(tmp_path / "inner.zip", "inner.zip")
    assert "inner.zip: it is larger than" in take(tmp_path / "bo.zip").problem


def test_what_a_repository_holds_besides_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "MAX_ENTRIES", 5)
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as opened:
        opened.writestr("kata/exercises/pico_gpt.py", MAIN)
        for n in range(9):
            for place in (".git/objects", ".venv/lib", "my-env/lib/python3.12/site-packages"):
                opened.writestr(f"kata/{place}/{n}", "")
    with zipfile.ZipFile(tmp_path / "ada.zip") as opened:
        opened.extractall(tmp_path / "ada")
    with tarfile.open(tmp_path / "ada.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "ada" / "kata", "kata")
    for name in ("ada", "ada.zip", "ada.tar.gz"):
        assert take(tmp_path / name).files == {"pico_gpt.py": MAIN}


def test_renamed_copies_and_a_file_alone_are_taken_with_a_note(tmp_path: Path) -> None:
    put(tmp_path / "bo.py")
    assert take(tmp_path / "bo.py").files == {"pico_gpt.py": MAIN}
    put(tmp_path / "canvas" / "ada_12_pico_gpt-2.py")
    put(tmp_path / "canvas" / "ada_13_kv_cache (1).py", b"# kv\n")
    taken = take(tmp_path / "canvas")
    assert taken.files == {"pico_gpt.py": MAIN, "kv_cache.py": b"# kv\n"} and len(taken.notes) == 2
    put(tmp_path / "alone" / "my_transformer.py")
    assert take(tmp_path / "alone").notes == ["my_transformer.py was taken as pico_gpt.py"]
    put(tmp_path / "two" / "pico_gpt-1.py")
    put(tmp_path / "two" / "pico_gpt-2.py", MAIN + b"# another\n")
    assert "keep one" in take(tmp_path / "two").problem


# ------------------------------------------------------------------------------------ what is odd


def odd_zip(folder: Path) -> Path:
    return zipped(folder / "x.zip", notes__one=b"hello", notes__two=b"hello")


def traversing(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "x.zip", "w") as opened:
        for name in (
            "../pico_gpt.py",
            "/etc/pico_gpt.py",
            "a/../../pico_gpt.py",
            "C:\\pico_gpt.py",
            "..\\pico_gpt.py",
        ):
            opened.writestr(name, MAIN)
    return folder / "x.zip"


def zip_link(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "x.zip", "w") as opened:
        info = zipfile.ZipInfo("pico_gpt.py")
        info.external_attr = 0o120777 << 16
        opened.writestr(info, "/etc/passwd")
    return folder / "x.zip"


def zip_bomb(folder: Path) -> Path:
    return zipped(folder / "x.zip", pico_gpt=b"#" * (8 << 20))


def bomb_of_another_kind(folder: Path, kind: int) -> Path:
    """Bzip2 and LZMA make a thousandth of zeros, and zipfile unpacks them in blocks of any size."""
    return put(folder / "x.zip", packed_zeros(kind))


@lru_cache(maxsize=2)
def packed_zeros(kind: int) -> bytes:
    """A zip of 48 MiB of zeros, half as much again as may be taken for it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", kind) as opened, opened.open("pico_gpt.py", "w") as file:
        for _ in range(6):
            file.write(bytes(8 << 20))
    return made.getvalue()


def names_on_many_lines(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "x.zip", "w") as opened:
        opened.writestr("a\n\x1b[31m/pico_gpt.py", MAIN)
        opened.writestr("c\r\n/pico_gpt.py", MAIN + b"# another\n")
    return folder / "x.zip"


def tar_of(folder: Path, kind: bytes) -> Path:
    with tarfile.open(folder / "x.tar", "w") as opened:
        info = tarfile.TarInfo("exercises/pico_gpt.py")
        info.type, info.linkname = kind, "/etc/passwd"
        opened.addfile(info)
    return folder / "x.tar"


def encrypted(folder: Path) -> Path:
    data = bytearray(zipped(folder / "x.zip", pico_gpt=MAIN).read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    return put(folder / "x.zip", bytes(data))


def link_to_a_file(folder: Path) -> Path:
    (folder / "x").mkdir()
    (folder / "x" / "pico_gpt.py").symlink_to("/etc/passwd")
    return folder / "x"


def link_to_a_folder(folder: Path) -> Path:
    put(folder / "other" / "pico_gpt.py")
    (folder / "x").symlink_to(folder / "other")
    return folder / "x"


def link_inside(folder: Path) -> Path:
    put(folder / "other" / "pico_gpt.py")
    (folder / "x").mkdir()
    (folder / "x" / "exercises").symlink_to(folder / "other")
    return folder / "x"


def pipe(folder: Path) -> Path:
    (folder / "x").mkdir()
    os.mkfifo(folder / "x" / "pico_gpt.py")
    return folder / "x"


def large_file(folder: Path) -> Path:
    return put(folder / "x" / "pico_gpt.py", b"#" * 300_000).parent


def two_versions(folder: Path) -> Path:
    for version in ("a", "b"):
        put(folder / "x" / version / "pico_gpt.py", MAIN + version.encode())
    return folder / "x"


ODD = {
    "a zip without the kata": (odd_zip, "there is no pico_gpt.py"),
    "paths that lead out": (traversing, "../pico_gpt.py was not judged: its path leads out"),
    "a link in a zip": (zip_link, "symbolic link"),
    "a zip bomb": (zip_bomb, "larger than 256 KiB"),
    "a bomb in bzip2": (lambda folder: bomb_of_another_kind(folder, zipfile.ZIP_BZIP2), "not read here"),
    "a bomb in LZMA": (lambda folder: bomb_of_another_kind(folder, zipfile.ZIP_LZMA), "not read here"),
    "names on many lines": (names_on_many_lines, "more than one pico_gpt.py (a \ufffd[31m/pico_gpt.py, c"),
    "another archiver": (lambda folder: put(folder / "x.zip", b"7z\xbc\xaf\x27\x1c"), "not a zip or tar"),
    "a link in a tar": (lambda folder: tar_of(folder, tarfile.SYMTYPE), "a symbolic link: hand in the"),
    "a hard link in a tar": (lambda folder: tar_of(folder, tarfile.LNKTYPE), "a link"),
    "a device in a tar": (lambda folder: tar_of(folder, tarfile.CHRTYPE), "not a regular file"),
    "a password": (encrypted, "password"),
    "not an archive": (lambda folder: put(folder / "x.zip", b"hello"), "not a zip or tar archive"),
    "half an archive": (lambda folder: put(folder / "x.zip", b"PK\x03\x04"), "not a zip or tar archive"),
    "no bytes": (lambda folder: put(folder / "x.tar.gz", b""), "not a zip or tar archive"),
    "another format": (lambda folder: put(folder / "x.pdf", b"%PDF"), "not a zip or tar archive"),
    "a large file": (large_file, "larger than 256 KiB"),
    "nothing": (lambda folder: (folder / "x").mkdir() or folder / "x", "there is no pico_gpt.py"),
    "two at once": (two_versions, "more than one pico_gpt.py (a/pico_gpt.py, b/pico_gpt.py)"),
}  # fmt: skip
POSIX_ODD = {
    "a link to a file": (link_to_a_file, "symbolic link"),
    "a link to a folder": (link_to_a_folder, "symbolic link"),
    "a folder that is a link": (link_inside, "there is no pico_gpt.py"),
    "a pipe": (pipe, "not a regular file"),
}
if os.name == "posix":
    ODD |= POSIX_ODD


@pytest.mark.parametrize("name", ODD)
def test_what_cannot_be_judged_says_why_in_one_line(name: str, tmp_path: Path) -> None:
    make, says = ODD[name]
    taken = take(make(tmp_path))
    assert says in taken.problem and "\n" not in taken.problem and not taken.files


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_may_be_compressed_as_systems_do_and_damage_is_noticed(kind: int, tmp_path: Path) -> None:
    wanted = b"".join(b"x = %d\n" % n for n in range(5_000))
    with zipfile.ZipFile(tmp_path / "x.zip", "w", kind) as opened:
        opened.writestr("pico_gpt.py", wanted)
    assert take(tmp_path / "x.zip").files == {"pico_gpt.py": wanted}
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "x.zip").write_bytes(data)
    assert "damaged in the archive" in take(tmp_path / "x.zip").problem


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_takes_no_memory(kind: int, tmp_path: Path) -> None:
    bomb = bomb_of_another_kind(tmp_path, kind)
    tracemalloc.start()
    try:
        assert take(bomb).problem
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


def test_a_submission_that_breaks_the_reader_costs_nobody_else_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path) -> None:
        raise AssertionError("a\nb")

    put(tmp_path / "ada" / "pico_gpt.py")
    monkeypatch.setattr("grader.classroom.taking.folder_entries", broken)
    assert take(tmp_path / "ada").problem == "ada cannot be read: AssertionError: a b"


def test_an_odd_file_beside_a_good_one_is_left_out_with_a_note(tmp_path: Path) -> None:
    put(tmp_path / "x" / "pico_gpt.py")
    put(tmp_path / "x" / "bpe.py", b"#" * 300_000)
    taken = take(tmp_path / "x")
    assert set(taken.files) == {"pico_gpt.py"} and taken.problem == ""
    assert taken.notes == ["bpe.py was left out: it is larger than 256 KiB"]


def test_a_compressed_tar_is_read_only_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as opened:
        info = tarfile.TarInfo("zeros")
        info.size = 4 << 20
        opened.addfile(info, io.BytesIO(bytes(info.size)))
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 1 << 20)
    assert "unpacks to more than 1 MiB" in take(tmp_path / "x.tar.gz").problem


def test_too_many_files_are_not_counted_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MAX_ENTRIES", 5)
    for n in range(9):
        put(tmp_path / "x" / f"{n}.txt")
    assert "more than 5 files" in take(tmp_path / "x").problem


def test_nothing_but_the_katas_files_is_written(tmp_path: Path) -> None:
    for name in ("pico_gpt.py", "conftest.py", "numpy.py", "sitecustomize.py", "pytest.ini"):
        put(tmp_path / "x" / name)
    take(tmp_path / "x").write(tmp_path / "private" / "exercises")
    assert [p.name for p in (tmp_path / "private").rglob("*") if p.is_file()] == ["pico_gpt.py"]


@pytest.mark.parametrize(
    "name", ["../a.py", "/a.py", "a/../../b.py", "C:/a.py", "..\\a.py", "", ".", "a\0b.py"]
)
def test_names_that_lead_out_lead_nowhere(name: str) -> None:
    assert inside(name) is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damaged_archive_breaks_the_reader(data: st.DataObject, tmp_path: Path) -> None:
    """Change, cut or double some bytes of a real archive: it is read, or it is refused with a line."""
    kind = data.draw(st.sampled_from(["zip", "tar", "tar.gz", "tar.xz"]))
    path = tmp_path / f"x.{kind}"
    if kind == "zip":
        zipped(path, exercises__pico_gpt=MAIN * 20, notes=b"hello")
    else:
        mode = {"tar": "w", "tar.gz": "w:gz", "tar.xz": "w:xz"}[kind]
        with tarfile.open(path, mode) as opened:  # type: ignore[call-overload]
            info = tarfile.TarInfo("exercises/pico_gpt.py")
            info.size = len(MAIN * 20)
            opened.addfile(info, io.BytesIO(MAIN * 20))
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw)
    taken = take(path)
    assert bool(taken.files) != bool(taken.problem)
    assert "\n" not in taken.problem


# --------------------------------------------------------------------------------- the class's folder


def test_every_entry_is_somebody_and_has_a_name_that_files_can_have(tmp_path: Path) -> None:
    for name in ("Łukasz Ñandú", "=1+1", "O'Neil, Ann", "a b", "a_b", "A_B", "con", "..."):
        put(tmp_path / name / "pico_gpt.py")
    for beside in ("grades.csv", ".DS_Store", "__MACOSX/x", "grading.toml"):
        put(tmp_path / beside)
    put(tmp_path / "out" / "class.json")
    found = find(tmp_path, ignore=[tmp_path / "out"])
    names = [s.students[0].name for s in found]
    assert sorted(names) == sorted(["=1+1", "A_B", "O'Neil, Ann", "a b", "a_b", "con", "Łukasz Ñandú"])
    ids = [s.id for s in found]
    assert len({id.casefold() for id in ids}) == len(ids)
    assert all(id and not set(id) & set("/\\:*?\"<>| '=") and id.casefold() != "con" for id in ids)
    assert ids == [s.id for s in find(tmp_path, ignore=[tmp_path / "out"])]


def test_a_student_cannot_pass_a_folder_off_as_the_whole_class(tmp_path: Path) -> None:
    for name in ("ada", "bo"):
        put(tmp_path / name / "pico_gpt.py")
    put(tmp_path / "mallory" / "submission_metadata.yml", b"x: 1")
    put(tmp_path / "mallory" / "pico_gpt.py")
    assert [s.id for s in find(tmp_path)] == ["ada", "bo", "mallory"]


@pytest.mark.skipif(os.name != "posix", reason="names and links of POSIX systems")
def test_no_name_is_too_odd_for_the_class(tmp_path: Path) -> None:
    names = ["\U00020000" * 63, os.fsdecode(b"\xff\xfe"), "a\n\x1b[31m", "::error::x", "<b>"]
    for name in names:
        put(tmp_path / name / "pico_gpt.py")
    (tmp_path / "circle").symlink_to("circle")
    os.mkfifo(tmp_path / "pipe")
    found = find(tmp_path)
    assert len(found) == 7
    assert all(len(os.fsencode(f".{s.id}.json.12345678")) < 255 for s in found)
    assert [s.id for s in found if take(s.path).problem] == ["circle", "pipe"]


METADATA = """---
submission_101:
  :submitters:
  - :name: Ada Lovelace
    :sid: "1815"
    :email: ada@example.org
  :created_at: 2026-11-02 10:00:00.000000000 Z
  :score: 0.0
submission_102:
  :submitters:
  - :name: Grace Hopper
    :email: grace@example.org
  - :name: =cmd()
    :sid: 7
"""


@pytest.mark.parametrize("nested", [False, True])
def test_a_gradescope_export_knows_its_students(nested: bool, tmp_path: Path) -> None:
    home = tmp_path / "assignment_5_export" if nested else tmp_path
    put(home / "submission_101" / "pico_gpt.py")
    put(home / "submission_102" / "exercises" / "pico_gpt.py")
    put(home / "submission_103" / "pico_gpt.py")
    (home / "submission_metadata.yml").write_text(METADATA, encoding="utf-8")
    found = {s.id: s.students for s in find(tmp_path)}
    assert [student.name for student in found["submission_102"]] == ["Grace Hopper", "=cmd()"]
    assert found["submission_101"][0].sid == "1815" and found["submission_101"][0].email == "ada@example.org"
    assert found["submission_103"][0].name == "submission_103"


def test_metadata_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    put(tmp_path / "submission_1" / "pico_gpt.py")
    (tmp_path / "submission_metadata.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(CannotGrade, match=r"submission_metadata\.yml"):
        find(tmp_path)
    (tmp_path / "submission_metadata.yml").write_text(
        "!!python/object/apply:os.system ['true']", encoding="utf-8"
    )
    with pytest.raises(CannotGrade):
        find(tmp_path)
