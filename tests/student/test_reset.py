"""`reset`: functions go back to their stubs, and every other byte of the file stays as it is."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from real_grader import ROOT
from terminal.commands import says

from grader.kata.curriculum import STEPS
from grader.kata.stubs import pristine, stub_of

Student = Callable[..., Path]
MINE = "def softmax(x):\n    # all mine\n    return x\n"


pytestmark = pytest.mark.usefixtures("own_state")


def backups(state: Path) -> list[bytes]:
    folder = state / "backups"
    return sorted(path.read_bytes() for path in folder.iterdir()) if folder.exists() else []


def test_reset_puts_one_steps_functions_back_and_nothing_else(student: Student, own_state: Path) -> None:
    folder = student(softmax=MINE)
    file = folder / "pico_gpt.py"
    before = file.read_bytes()
    says("reset", "2", "--yes", "--impl", folder)
    assert file.read_text(encoding="utf-8") == before.decode().replace(MINE, stub_of("softmax") + "\n")
    assert backups(own_state) == [before]
    assert "to do" in says("progress", "--impl", folder).splitlines()[2]
    assert "nothing to do" in says("reset", "2", "--yes", "--impl", folder)


def test_resetting_every_step_gives_the_stubs_back_byte_for_byte(student: Student) -> None:
    folder = student()
    for step in STEPS:
        says("reset", str(step.number), "--yes", "--impl", folder)
    for name in ("pico_gpt.py", "kv_cache.py", "bpe.py", "weights.py"):
        assert (folder / name).read_bytes() == (ROOT / "exercises" / name).read_bytes()


def test_reset_refuses_without_anybody_to_ask(student: Student) -> None:
    folder = student(softmax=MINE)
    before = (folder / "pico_gpt.py").read_bytes()
    assert "reset N --yes does not ask" in says("reset", "2", "--impl", folder, status=2)
    assert (folder / "pico_gpt.py").read_bytes() == before


ODD_FILES = {
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "old Mac": lambda text: text.replace("\n", "\r").encode(),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "latin-1": lambda text: ("# -*- coding: latin-1 -*-\n# café\n" + text).encode("latin-1"),
    "form feed": lambda text: text.replace("import math", "\x0c\nimport math").encode(),
    "decorated": lambda text: text.replace(
        "def softmax", "@lambda f: f\n@staticmethod\ndef softmax"
    ).encode(),
    "one line": lambda text: text.replace(MINE, "def softmax(x): return x; y = 3\n").encode(),
    "at the end": lambda text: (text.replace(MINE, "") + "\n\n" + MINE.rstrip("\n")).encode(),
    "at the start": lambda text: b"\xef\xbb\xbf" + (MINE + "\n\n" + text.replace(MINE, "")).encode(),
    "mixed line ends": lambda text: text.replace("\n", "\r\n", 40).encode(),
}


@pytest.mark.parametrize("kind", ODD_FILES)
def test_reset_keeps_every_other_byte_of_odd_files(kind: str, student: Student) -> None:
    from grader.kata.student_source import parse_source

    folder = student(softmax=MINE)
    file = folder / "pico_gpt.py"
    before = ODD_FILES[kind](file.read_text(encoding="utf-8"))
    file.write_bytes(before)
    place = parse_source(file, before).definitions("softmax")[0]
    lines = re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", before)
    says("reset", "2", "--yes", "--impl", folder)
    after = file.read_bytes()
    head, tail = b"".join(lines[: place.first - 1]), b"".join(lines[place.last :])
    assert after.startswith(head) and after.endswith(tail)
    source = parse_source(file, after)
    assert source.problem == "" and source.definitions("softmax")[0].open_line
    stub = after[len(head) : len(after) - len(tail)].decode("utf-8-sig").rstrip("\r\n")
    assert re.split("\r\n|\r|\n", stub) == stub_of("softmax").split("\n")
    assert len(set(re.findall("\r\n|\r|\n", stub))) == 1


def test_reset_appends_a_function_that_is_missing(student: Student) -> None:
    folder = student(softmax="")
    file = folder / "pico_gpt.py"
    before = file.read_text(encoding="utf-8")
    assert "there was no function softmax" in says("reset", "2", "--yes", "--impl", folder)
    assert file.read_text(encoding="utf-8") == before + "\n\n" + stub_of("softmax") + "\n"


def test_reset_leaves_one_of_several_definitions(student: Student) -> None:
    folder = student(softmax=MINE)
    file = folder / "pico_gpt.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "\n\n" + MINE + "\nextra = 1\n", encoding="utf-8")
    assert "was defined 2 times" in says("reset", "2", "--yes", "--impl", folder)
    expected = text.replace(MINE, stub_of("softmax") + "\n") + "\n\n" + "\nextra = 1\n"
    assert file.read_text(encoding="utf-8") == expected


def test_reset_says_when_a_later_line_still_gives_the_name_away(student: Student) -> None:
    folder = student(softmax=MINE)
    with (folder / "pico_gpt.py").open("a", encoding="utf-8") as file:
        file.write("\nsoftmax = gelu\n")
    assert "take that line out" in says("reset", "2", "--yes", "--impl", folder)


def test_a_file_that_does_not_parse_can_only_be_put_back_whole(student: Student, own_state: Path) -> None:
    folder = student(softmax="def softmax(x):\n    return (x\n")
    file = folder / "pico_gpt.py"
    broken = file.read_bytes()
    said = says("reset", "2", "--yes", "--impl", folder, status=2)
    assert "never closed" in said and "reset 2 --file" in said
    assert file.read_bytes() == broken
    says("reset", "2", "--file", "--yes", "--impl", folder)
    assert file.read_text(encoding="utf-8") == pristine("pico_gpt.py")
    assert backups(own_state) == [broken]


def test_a_missing_file_comes_back_whole(student: Student, own_state: Path) -> None:
    folder = student()
    (folder / "bpe.py").unlink()
    assert "reset 13 --file" in says("reset", "13", "--yes", "--impl", folder, status=2)
    says("reset", "13", "--file", "--yes", "--impl", folder)
    assert (folder / "bpe.py").read_text(encoding="utf-8") == pristine("bpe.py")
    assert backups(own_state) == []


def test_without_a_place_for_the_backup_nothing_is_reset(student: Student, own_state: Path) -> None:
    folder = student(softmax=MINE)
    own_state.write_text("in the way", encoding="utf-8")
    before = (folder / "pico_gpt.py").read_bytes()
    says("reset", "2", "--yes", "--impl", folder, status=2)
    assert (folder / "pico_gpt.py").read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows that tests do not have")
def test_reset_does_not_follow_links(student: Student, tmp_path: Path) -> None:
    folder = student(softmax=MINE)
    file, real = folder / "pico_gpt.py", tmp_path / "elsewhere.py"
    file.rename(real)
    file.symlink_to(real)
    before = real.read_bytes()
    for words in ((), ("--file",)):
        assert "symbolic link" in says("reset", "2", "--yes", "--impl", folder, *words, status=2)
    assert real.read_bytes() == before
