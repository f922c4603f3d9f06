"""A class that is killed while it runs, as a machine that loses its power would end it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def command(folder: Path, out: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "grader", "class", str(folder), "--out", str(out), *words]


def kill_at(moments: Iterable[float], folder: Path, out: Path, *words: str) -> list[int]:
    """Start a class again and again, kill it after so many seconds: how many results each try left."""
    left = []
    for seconds in moments:
        running = subprocess.Popen(
            command(folder, out, *words), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            running.wait(seconds)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
            running.wait()
        left.append(len(list((out / "results").glob("*.json"))))
    return left
