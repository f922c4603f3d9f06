"""Archives as tools and tricks make them: what is judged is what unpacking them would give, or it is told."""

from __future__ import annotations

import io
import os
import tarfile
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.classroom.exports import kata_file
from grader.classroom.taking import take

A, B = b"# one\n", b"# two\n"
STUB = b'def gelu(x):\n    raise NotImplementedError("step 1: gelu")\n'
OUT = "its path leads out of the archive: zip the folder that holds the four files"


def zip_of(path: Path, *files: tuple[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, data in files:
            opened.writestr(name, data)
    return path


def tar_of(path: Path, *files: tuple[str, bytes | str]) -> Path:
    """A text instead of bytes is what a hard link points at."""
    with tarfile.open(path, "w") as opened:
        for name, data in files:
            info = tarfile.TarInfo(name)
            if isinstance(data, str):
                info.type, info.linkname = tarfile.LNKTYPE, data
                opened.addfile(info)
            else:
                info.size = len(data)
                opened.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("name", ["/etc/pico_gpt.py", "../pico_gpt.py", "C:\\ada\\pico_gpt.py"])
@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_a_file_whose_path_leads_out_is_named_with_what_to_do(name: str, make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    shown = name.replace("\\", "/")
    assert take(make(tmp_path / "ada", (name, A))).problem == f"ada: {shown} was not judged: {OUT}"
    beside = make(tmp_path / "bo", ("bpe.py", A), (name, A))
    assert take(beside).notes == [f"{shown} was not judged: {OUT}"]
    twin = make(tmp_path / "cy", ("pico_gpt.py", A), (name, B))
    assert (take(twin).files, take(twin).notes) == ({"pico_gpt.py": A}, [f"{shown} was not judged: {OUT}"])


@pytest.mark.parametrize("make", [zip_of, tar_of])
@pytest.mark.parametrize("other", ["pico_gpt.py", "./pico_gpt.py", "x/../pico_gpt.py"])
def test_of_one_name_twice_the_last_counts_as_for_everybody_who_unpacks(
    other: str, make, tmp_path: Path  # type: ignore[no-untyped-def]
) -> None:  # fmt: skip
    same = take(make(tmp_path / "ada", ("pico_gpt.py", A), (other, A)))
    differs = take(make(tmp_path / "bo", (other, A), ("pico_gpt.py", B)))
    many = take(make(tmp_path / "cy", *[("pico_gpt.py", A)] * 9, ("pico_gpt.py", B)))
    leads_out = other.startswith("x/")
    said = "pico_gpt.py is there {}, and not the same each time: the last one was judged"
    notes = [f"{other} was not judged: {OUT}"] if leads_out else [said.format("twice")]
    assert (same.files, same.notes) == ({"pico_gpt.py": A}, notes if leads_out else [])
    assert differs.files == many.files == {"pico_gpt.py": B}
    assert differs.notes == notes
    assert many.notes == [said.format("10 times")]


def test_folders_that_differ_only_in_how_an_umlaut_is_written_are_one(tmp_path: Path) -> None:
    taken = take(zip_of(tmp_path / "ada", ("Gru\u0308n/pico_gpt.py", A), ("Gr\xfcn/pico_gpt.py", B)))
    assert taken.files == {"pico_gpt.py": B} and "is there twice" in taken.notes[0]


@pytest.mark.parametrize("name", ["pico_gpt.py ", "pico_gpt.py.", "PICO_GPT.PY", "pico_gpt.py/pico_gpt.py"])
def test_names_that_some_systems_take_for_the_same_are_taken(name: str, tmp_path: Path) -> None:
    for make in (zip_of, tar_of):
        taken = take(make(tmp_path / make.__name__, (name, A), ("bpe.py", B)))
        assert taken.files == {"pico_gpt.py": A, "bpe.py": B}, taken
    both = take(zip_of(tmp_path / "both", ("pico_gpt.py", A), (name, B)))
    assert both.files == {"pico_gpt.py": A}
    assert both.notes[0].endswith("was left aside, because there is pico_gpt.py")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
def test_windows_archives_that_left_backslashes_on_disk_are_read(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    for file in ("pico_gpt.py", "bpe.py"):
        (tmp_path / "ada" / f"kata\\exercises\\{file}").write_bytes(A)
    taken = take(tmp_path / "ada")
    assert (taken.files, taken.origin) == ({"pico_gpt.py": A, "bpe.py": A}, "kata/exercises")


def test_a_hard_link_in_a_tar_is_the_file_that_it_links(tmp_path: Path) -> None:
    linked = [
        ("old/work.py", A),
        ("exercises/pico_gpt.py", "old/work.py"),
        ("exercises/bpe.py", "nowhere.py"),
    ]
    taken = take(tar_of(tmp_path / "ada", *linked))
    assert taken.files == {"pico_gpt.py": A}
    assert "bpe.py was left out: it is a link: hand in the file itself" in taken.notes
    assert take(tar_of(tmp_path / "bo", ("pico_gpt.py", A), ("pico_gpt.py", "/etc/passwd"))).files == {}


@pytest.mark.parametrize("place", ["venv", "env/exercises", ".kata", "/".join("abcdefghijklmn")])
def test_a_file_in_a_folder_where_nobody_looks_is_named_with_what_to_do(place: str, tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "x" / "ada", (f"{place}/pico_gpt.py", A), ("readme.txt", A))
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "y" / "ada")
    for said in (take(archive).problem, take(tmp_path / "y" / "ada").problem):
        assert said.startswith(f"ada: {place[:3]}") and "looked into: move the files" in said, said
    work = zip_of(tmp_path / "z" / "ada", (f"{place}/pico_gpt.py", A), ("pico_gpt.py", B))
    assert (take(work).files, take(work).notes) == ({"pico_gpt.py": B}, [])


@pytest.mark.parametrize("again", [" copy", " copy (1)", " - Kopie", "-A-AAA", "_copy_1", " (copy) (1)"])
def test_no_name_takes_the_time_of_the_class_that_reads_it(again: str, tmp_path: Path) -> None:
    """The names of uploads are read in the class's own process; each of these once took hours."""
    for name in ("pico_gpt" + again * (220 // len(again)) + "!.py", "ada_pico_gpt" + again * 20 + ".p"):
        assert kata_file(name) in ("", "pico_gpt.py")
    assert kata_file("pico_gpt" + again * 2 + ".py") == "pico_gpt.py"


FOUR = ("pico_gpt.py", "kv_cache.py", "bpe.py", "weights.py")


def beside(folder: Path, contents: bytes, *archived: tuple[str, bytes]) -> Path:
    for file in FOUR:
        (folder / "exercises").mkdir(parents=True, exist_ok=True)
        (folder / "exercises" / file).write_bytes(contents)
    zip_of(folder / "final.zip", *archived)
    return folder


@pytest.mark.parametrize(
    ("contents", "archived", "judged", "says"),
    [
        (A, [("pico_gpt.py", B)], A, ["final.zip was not opened, because there is exercises/pico_gpt.py"]),
        (
            STUB,
            [("pico_gpt.py", B)],
            B,
            [
                "exercises/pico_gpt.py is the untouched stub: the one in final.zip was judged",
                "found in final.zip: pico_gpt.py",
            ],
        ),
        (
            STUB,
            [("pico_gpt.py", STUB)],
            STUB,
            ["final.zip was left aside, because the same files are beside it"],
        ),
    ],
)
def test_an_archive_beside_the_files_is_named_and_work_in_it_counts_more_than_a_stub(
    contents: bytes, archived: Sequence[tuple[str, bytes]], judged: bytes, says: list[str], tmp_path: Path
) -> None:
    taken = take(beside(tmp_path / "ada", contents, *archived))
    assert taken.files["pico_gpt.py"] == judged and len(taken.files) == 4
    assert taken.notes == says


def test_zips_that_are_streamed_large_or_encrypted_are_read_or_say_what_to_do(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        """A stream that cannot go back: what a zip then says about sizes comes after the data."""

        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("pico_gpt.py", A)
    (tmp_path / "streamed").write_bytes(pipe.data)
    with (
        zipfile.ZipFile(tmp_path / "large", "w") as opened,
        opened.open("pico_gpt.py", "w", force_zip64=True) as f,
    ):
        f.write(A)
    for name in ("streamed", "large"):
        assert take(tmp_path / name).files == {"pico_gpt.py": A}
    data = bytearray((tmp_path / "streamed").read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    (tmp_path / "locked").write_bytes(data)
    said = take(tmp_path / "locked").problem
    assert said == "pico_gpt.py was left out: it is protected by a password: hand in a zip without one"
