"""Saves are noticed: told by the system, and looked for where it does not tell."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from grader.student.saves import Saves, signature

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
