"""What the tests of this room share: files judged by a host that is there already."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
from real_grader import SOLUTIONS, Graded

from grader.cli import run_command
from grader.judging.run import judge
from grader.sandbox.host import Host
from grader.student import run


@pytest.fixture(scope="session")
def warm_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One for all files of these tests, which are in folders of pytest's."""
    with Host(tmp_path_factory.getbasetemp(), SOLUTIONS) as host:
        yield host


@pytest.fixture
def grade_here(warm_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Graded]:
    """`python -m grader run --impl FOLDER …`, but in this process and with the warm host.

    A fifth of the work of `grade`, which types the command: that is for what only a new process can show.
    """

    def grade(impl: Path, *words: str) -> Graded:
        report = tmp_path / "result.json"
        report.unlink(missing_ok=True)
        out, err = io.StringIO(), io.StringIO()
        warm_host.turn_to(impl)
        with (
            mock.patch("grader.student.judging.judge", partial(judge, host=warm_host)),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            status = run_command("run", run, ["--impl", str(impl), "--json", str(report), *words])
        result = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        return Graded(status, out.getvalue(), err.getvalue(), result)

    monkeypatch.setenv("NO_COLOR", "1")
    return grade
