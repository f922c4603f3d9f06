"""Fixtures that the project's own tests share; what they are made of is in real_grader.py."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from real_grader import ROOT, SOLUTIONS, Graded, replace_function, run_grader
from worker_calls import PATIENT, Open

from grader.sandbox.base import FORKING
from grader.sandbox.host import Host, Limits

os.environ.pop(
    "GITHUB_ACTIONS", None
)  # there the grader speaks to the runner, too: only where a test wants it

os.environ.setdefault("VIRTUAL_ENV", sys.prefix)  # as where somebody has activated .venv
# These take longest: they start first, so that no worker is left alone with one of them at the end.
LONG = (
    "test_attacks",
    "test_class",
    "test_web_page",
    "test_xray_page_use",
    "test_shell",
    "test_alternatives",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long first (`make test` deals them out in this order), the others as they come."""
    place = {name: i for i, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))


@pytest.fixture
def student(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder of student files: the solutions, or the stubs, with some functions replaced."""

    def make(start: str = "solutions", **functions: str) -> Path:
        folder = tmp_path / f"impl{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for path in sorted((ROOT / start).glob("*.py")):
            text = path.read_text(encoding="utf-8")
            for name, body in functions.items():
                if f"\ndef {name}(" in text:
                    text = replace_function(text, name, body)
            (folder / path.name).write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def grade(tmp_path: Path) -> Callable[..., Graded]:
    """Run `python -m grader run --impl FOLDER …` and read its JSON result."""

    def run(impl: Path, *words: str) -> Graded:
        report = tmp_path / "result.json"
        report.unlink(missing_ok=True)
        done = run_grader("run", "--impl", impl, "--json", report, *words)
        result = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        return Graded(done.returncode, done.stdout, done.stderr, result)

    return run


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State, backups and archives of a test go into its own folder."""
    monkeypatch.setenv("PICO_GPT_KATA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("MAKELEVEL", "")
    return tmp_path / "state"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[Any, Host]]]:
    """Hosts that wait for the next test, and the folder in which they look for files."""
    kept: dict[Any, Host] = {}
    yield tmp_path_factory.mktemp("hosts"), kept
    for host in kept.values():
        host.close()


@pytest.fixture
def open_host(hosts: tuple[Path, dict[Any, Host]]) -> Iterator[Open]:
    """Open a host over a pico_gpt.py (or other files) with this text.

    A host that an earlier test of the module is done with turns to these files, as it turns to the next
    submission of a class: no process that has seen a file stays. What a test has closed does not come back.
    """
    folder, kept = hosts
    used: list[tuple[Any, Host]] = []

    def make(
        text: str | None = None,
        /,
        reference: Path | None = SOLUTIONS,
        kind: str = "forked",
        limits: Limits = PATIENT,
        in_process: bool = False,
        **files: str,
    ) -> Host:
        impl = Path(tempfile.mkdtemp(dir=folder))
        for name, content in {**files, **({"pico_gpt": text} if text is not None else {})}.items():
            (impl / f"{name}.py").write_text(content, "utf-8")
        key, forking = (reference, kind, limits, in_process), FORKING and kind == "forked"
        host = kept.pop(key, None) or Host(
            folder, reference, limits=limits, in_process=in_process, forking=forking
        )
        used.append((key, host))
        host.turn_to(impl)
        return host

    yield make
    for key, host in used:
        if host._folder is None or key in kept:  # closed, or in this very process
            host.close()
        else:
            kept[key] = host
