"""Nothing that one submission does changes another's mark, or keeps the class from beginning."""

from __future__ import annotations

import gzip
import io
import re
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from classes.make_class import solution_files, spoiled
from classes.reading import READER
from classes.results import results_in
from real_grader import ROOT, run_grader

from grader.classroom.room import LOW_BYTES, WORKER_BYTES

ATTACKS = ROOT / "tests" / "attacks" / "hostile"
ONE_SECRET = {"PICO_GPT_KATA_SECRET": "the same cases in both classes"}

pytestmark = pytest.mark.timeout(400)
MAIN = "pico_gpt.py"


def tar_header(kind: bytes, body: bytes) -> bytes:
    """A tar whose first entry is a header of this kind, and then a file of the kata's."""
    out = io.BytesIO()
    for name, type_, data in (("./PaxHeaders/x", kind, body), (MAIN, tarfile.REGTYPE, b"import math\n")):
        info = tarfile.TarInfo(name)
        info.type, info.size = type_, len(data)
        out.write(info.tobuf(tarfile.USTAR_FORMAT) + data + b"\0" * (-len(data) % 512))
    return out.getvalue() + b"\0" * 1024


def pax_of_digits(folder: Path) -> None:
    """tarfile's expression walks n digits n * n / 2 times: days for 8 million, packed into 8 KB."""
    (folder / "bad.tar.gz").write_bytes(gzip.compress(tar_header(tarfile.XHDTYPE, b"1" * 8_000_000), 9))


def long_name(folder: Path) -> None:
    """A name of 48 MB: as a path it takes 1.3 GB."""
    data = tar_header(tarfile.GNUTYPE_LONGNAME, b"ab/" * 16_000_000)
    (folder / "bad.tar.gz").write_bytes(gzip.compress(data, 1))


def zip_of_names(folder: Path) -> None:
    """A zip that lists half a million files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        opened.writestr("a", "")
    data = made.getvalue()
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    number, listed = 500_000, data[start:end]
    last = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, number % 65536, number % 65536, len(listed) * number, start, 0
    )
    (folder / "bad.zip").write_bytes(data[:start] + listed * number + last)


def punycode(folder: Path) -> None:
    """A codec whose decoding is quadratic: a minute for this file."""
    for name in solution_files():
        (folder / "bad").mkdir(exist_ok=True)
        (folder / "bad" / name).write_bytes(b"# coding: punycode\n-2n7c" + b"a" * 255_000)


def slow_to_parse(folder: Path) -> None:
    (folder / "bad").mkdir()
    (folder / "bad" / MAIN).write_bytes(b"def gelu(x):\n    return " + b"[0]," * 60_000 + b"\n")


def deep(folder: Path) -> None:
    (folder / "bad").mkdir()
    (folder / "bad" / MAIN).write_bytes(b"x = " + b"(" * 90_000 + b")" * 90_000)


IN_ONE_TEST = "args[0].ndim == 4"  # of gelu's six: to fill a disk or a memory takes seconds


def fills_the_disk(folder: Path) -> None:
    (folder / "bad").mkdir()
    body = f"i = 0\n    while {IN_ONE_TEST}:\n        i += 1\n"
    body += "        open(f'f{i}', 'wb').write(bytes(15 << 20))\n    return _right(*args, **kwargs)"
    (folder / "bad" / MAIN).write_bytes(spoiled(solution_files()[MAIN], "gelu", body))


def eats_memory(folder: Path) -> None:
    """All that a worker may have."""
    (folder / "bad").mkdir()
    body = f"kept = []\n    while {IN_ONE_TEST}:\n        kept.append(bytearray(64 << 20))\n    "
    body += "return _right(*args, **kwargs)"
    (folder / "bad" / MAIN).write_bytes(spoiled(solution_files()[MAIN], "gelu", body))


def loops(folder: Path) -> None:
    (folder / "bad").mkdir()
    (folder / "bad" / MAIN).write_bytes(b"while True:\n    pass\n")


def sleeps(folder: Path) -> None:
    (folder / "bad").mkdir()
    (folder / "bad" / MAIN).write_bytes(b"import time\ntime.sleep(10**6)\n")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The neighbour's result and report where nobody else handed in, and the settings."""
    folder = tmp_path_factory.mktemp("alone")
    neighbour(folder / "in")
    config = folder / "grading.toml"
    config.write_text('steps = "1-3"\ntime_limit = 2\nsubmission_limit = 60\n', encoding="utf-8")
    done = run_grader("class", folder / "in", "--out", folder / "out", "--config", config, env=ONE_SECRET)
    assert done.returncode == 0, done.stderr
    return folder / "out", config


def neighbour(folder: Path) -> None:
    (folder / "zoe").mkdir(parents=True)
    files = solution_files()
    files[MAIN] = spoiled(files[MAIN], "layer_norm", "return _right(*args, **kwargs) + 1")
    for name, data in files.items():
        (folder / "zoe" / name).write_bytes(data)


ARCHIVES = (pax_of_digits, long_name, zip_of_names)
HOSTILE = (*ARCHIVES, punycode, slow_to_parse, deep, fills_the_disk, eats_memory, loops)


@pytest.mark.timeout(600)
def test_one_student_after_all_hostile_hand_ins_has_the_mark_and_report_of_somebody_alone(
    alone: tuple[Path, Path], tmp_path: Path
) -> None:
    """One class with all of them, but for the one that takes half a minute to read; each alone by night.

    By day the one that never ends sleeps.
    """
    for make in (*HOSTILE, sleeps):
        if make not in (slow_to_parse, loops):
            (tmp_path / make.__name__).mkdir()
            make(tmp_path / make.__name__)
    for path in sorted(tmp_path.iterdir()):
        [made] = path.iterdir()
        (tmp_path / "in").mkdir(exist_ok=True)
        made.rename(tmp_path / "in" / made.name.replace("bad", path.name))
    neighbour(tmp_path / "in")
    assert_as_alone(alone, tmp_path)
    assert len(results_in(tmp_path / "out")) == len(HOSTILE)


@pytest.mark.nightly
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda make: make.__name__)
def test_the_next_students_mark_and_report_are_what_they_are_alone(
    hostile: object, alone: tuple[Path, Path], tmp_path: Path
) -> None:
    neighbour(tmp_path / "in")
    hostile(tmp_path / "in")  # type: ignore[operator]
    assert_as_alone(alone, tmp_path)


FILLS_THE_DISK = [
    "eats_disk",
    *(f"eats_disk_by_{how}" for how in ("empty_files", "files_without_names", "a_file_in_anothers_place")),
    "eats_disk_while_nobody_looks",
]


def test_who_fills_the_room_of_one_submission_takes_none_from_the_next(
    alone: tuple[Path, Path], tmp_path: Path, tmpfs: Callable[[str], Path]
) -> None:
    """In a folder that holds what one marker needs, and no more: who wrote more has a mark, too."""
    right = solution_files()[MAIN].decode()
    in_one_test = (
        f"\n\n_right = gelu\n\n\ndef gelu(*args):\n    return (_fills if {IN_ONE_TEST} else _right)(*args)\n"
    )
    for name in FILLS_THE_DISK:
        text = (ATTACKS / f"{name}.py").read_text("utf-8")
        if "def gelu(x)" in text:
            text += f"\n\n_fills = gelu\n{right}{in_one_test}"
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / MAIN).write_text(text, "utf-8")
    neighbour(tmp_path / "in")
    room_for_one = f"{WORKER_BYTES + LOW_BYTES + (1 << 20)}"
    assert_as_alone(alone, tmp_path, TMPDIR=str(tmpfs(room_for_one)))
    results = results_in(tmp_path / "out")
    assert (
        results.keys() == {"zoe", *FILLS_THE_DISK} and results["eats_disk_while_nobody_looks"]["score"] == 0
    )
    for name in FILLS_THE_DISK[:-1]:
        [lost] = [test for test in results[name]["steps"][0]["tests"] if test["status"] != "passed"]
        assert re.match("the code was stopped: it (wrote|made) more than", lost["message"])


def assert_as_alone(alone: tuple[Path, Path], tmp_path: Path, **env: str) -> None:
    """The neighbour in this class gets what the neighbour gets alone, byte for byte."""
    out, config = alone
    words = ("class", tmp_path / "in", "--out", tmp_path / "out", "--jobs", "1", "--config", config)
    done = run_grader(*words, env={**ONE_SECRET, **env})
    assert done.returncode == 0, done.stderr
    assert results_in(tmp_path / "out")["zoe"] == results_in(out)["zoe"]
    for ending in ("md", "html"):
        report = f"reports/zoe.{ending}"
        assert (tmp_path / "out" / report).read_bytes() == (out / report).read_bytes()


@pytest.mark.parametrize("hostile", ARCHIVES, ids=lambda make: make.__name__)
def test_an_archive_that_would_take_hours_is_refused_in_one_line(hostile: object, tmp_path: Path) -> None:
    hostile(tmp_path)  # type: ignore[operator]
    (path,) = tmp_path.iterdir()
    problem = READER.read(path).problem
    assert path.name in problem and "\n" not in problem
    assert "bytes" in problem or "more than" in problem
