"""Commands as a student types them, without a terminal."""

from __future__ import annotations

from pathlib import Path

from real_grader import run_grader


def says(*words: str | Path, status: int = 0, env: dict[str, str] | None = None) -> str:
    """What a command prints, on both streams; its exit status is as expected, and there is no traceback."""
    done = run_grader(*words, env=env)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    if status == 2:
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stdout + done.stderr
