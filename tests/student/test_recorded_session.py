"""The session in the README is what the program says today."""

from __future__ import annotations

import pytest

pytest.importorskip("pexpect", reason="pseudo-terminals exist on Linux and macOS only")
from terminal.record_session import in_readme, normalised, record


def test_the_readmes_session_is_what_the_program_says() -> None:
    told = in_readme()
    assert told, "the README has no session: run python tests/student/terminal/record_session.py --readme"
    assert normalised(told) == record(), "run python tests/student/terminal/record_session.py --readme"
