"""Saves are noticed: told by the system, looked for where it does not tell, and on remote file systems."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from grader.student.saves import Saves, is_remote, signature

WAIT_S = 60


class Bell:
    """Rings for every save."""

    def __init__(self) -> None:
        self._rung = threading.Semaphore(0)

    def __call__(self) -> None:
        self._rung.release()

    def rings(self) -> bool:
        return self._rung.acquire(timeout=WAIT_S)


def test_only_the_katas_own_files_count(tmp_path: Path) -> None:
    bell = Bell()
    with Saves(tmp_path, bell):
        (tmp_path / "notes.txt").write_text("not this", encoding="utf-8")
        (tmp_path / "pico_gpt.py").write_text("x = 1\n", encoding="utf-8")
        assert bell.rings()
        before = signature(tmp_path)
        (tmp_path / "pico_gpt.py.swp").write_text("nor this", encoding="utf-8")
        assert signature(tmp_path) == before
        (tmp_path / "bpe.py").write_text("x = 1\n", encoding="utf-8")
        assert bell.rings()


def test_a_save_that_the_system_does_not_tell_of_is_seen_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = threading.Semaphore(0)

    def silent(*paths: Any, stop_event: threading.Event, **options: Any) -> Iterator[set[Any]]:
        while not stop_event.is_set():
            looks.acquire(timeout=WAIT_S)
            yield set()

    monkeypatch.setattr(watchfiles, "watch", silent)
    bell = Bell()
    with Saves(tmp_path, bell):
        (tmp_path / "pico_gpt.py").write_text("x = 1\n", encoding="utf-8")
        looks.release()
        assert bell.rings()
        looks.release()


def test_where_the_system_has_no_watches_left_the_files_are_polled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, polled = watchfiles.watch, []

    def exhausted(*paths: Any, force_polling: bool | None, **options: Any) -> Any:
        polled.append(force_polling)
        if not force_polling:
            raise OSError(28, "OS file watch limit reached")
        return real(*paths, force_polling=force_polling, **options)

    monkeypatch.setattr(watchfiles, "watch", exhausted)
    bell = Bell()
    with Saves(tmp_path, bell, polling=False):
        (tmp_path / "pico_gpt.py").write_text("x = 1\n", encoding="utf-8")
        assert bell.rings()
        (tmp_path / "pico_gpt.py").write_text("x = 12\n", encoding="utf-8")
        assert bell.rings()
    assert polled[0] is False and polled[-1] is True


MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:40 / /home rw - nfs4 server:/home rw
31 30 0:41 / /home/ada/local rw - xfs /dev/sdb1 rw
32 22 0:42 / /mnt/my\\040share rw - cifs //pc/share rw
33 22 0:43 / /media/stick rw - fuseblk /dev/sdc1 rw
34 22 0:44 / /mnt/ssh rw master:1 - fuse.sshfs ada@pc:/ rw
a line that is none
"""


@pytest.mark.parametrize(
    ("folder", "remote"),
    [
        ("/srv/kata", False),
        ("/home/ada/kata", True),
        ("/home/ada/local/kata", False),
        ("/homes/ada", False),
        ("/mnt/my share/kata", True),
        ("/media/stick/kata", False),
        ("/mnt/ssh/kata", True),
    ],
)
def test_folders_of_other_machines_are_known_by_their_mount(
    folder: str, remote: bool, tmp_path: Path
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS, encoding="utf-8")
    assert is_remote(Path(folder), mounts) == remote


def test_without_a_list_of_mounts_a_folder_counts_as_local(tmp_path: Path) -> None:
    assert not is_remote(tmp_path, tmp_path / "nothing")
