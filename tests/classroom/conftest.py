"""What the tests of classes share: a machine that is short of something, and small classes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from classes.make_class import solution_files, spoiled


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Make a folder of this size ("1500k") that is a file system of its own; skip where none can be."""
    mounted: list[Path] = []

    def make(size: str) -> Path:
        folder = tmp_path / f"tmpfs{len(mounted)}"
        folder.mkdir()
        if os.name != "posix" or not shutil.which("mount"):
            pytest.skip("there is no mount here")
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        if subprocess.run(words, capture_output=True).returncode:
            pytest.skip("only root may mount a file system")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


@pytest.fixture
def three_steps(tmp_path: Path) -> Path:
    config = tmp_path / "three.toml"
    config.write_text('steps = "1-3"\n', encoding="utf-8")
    return config


@pytest.fixture
def one_step(tmp_path: Path) -> Path:
    config = tmp_path / "one.toml"
    config.write_text('steps = "1"\n', encoding="utf-8")
    return config


@pytest.fixture
def small_class() -> Callable[..., Path]:
    """Make a folder of some students who wrote three steps, the first all right, each other wrong in its own.

    What they return has no shape that any known mistake gives: nothing is spent on looking for its name.
    """

    def make(folder: Path, number: int = 8) -> Path:
        files = solution_files()
        for n in range(number):
            body = f"return [{n}]" if n else "return _right(*args, **kwargs)"
            place = folder / f"student_{n}"
            place.mkdir(parents=True)
            name = ("gelu", "softmax", "layer_norm")[n % 3]
            (place / "pico_gpt.py").write_bytes(spoiled(files["pico_gpt.py"], name, body))
        return folder

    return make
