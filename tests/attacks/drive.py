"""Drives the grader over hostile files, and says what came of it. It runs in processes of its own, so that an
attack that ends the judge ends only them.

    python tests/attacks/drive.py < jobs > outcomes        one JSON object a line, each way
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def grade(impl: str, steps: str, limit: float, folder: str) -> dict[str, Any]:
    """Judge a folder as `python -m grader run` does. This function is all that knows how."""
    from grader.cli import main

    report = Path(folder, "result.json")
    words = ["run", "--impl", impl, "--steps", steps, "--time-limit", str(limit), "--seed", "7"]
    said = io.StringIO()
    started = perf_counter()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = main([*words, "--json", str(report)])
    seconds = perf_counter() - started
    result = json.loads(report.read_text("utf-8")) if report.exists() else {}
    return {"exit": status, "said": said.getvalue()[-2000:], "seconds": seconds, "result": result}


def left_behind(folder: str) -> list[str]:
    """Files and processes that are still there: everything of a run has its folder's name in it."""
    found = [str(path) for path in Path(folder).iterdir()]
    for process in Path("/proc").glob("[0-9]*"):
        command = where = ""
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes().decode("utf-8", "replace")
        with contextlib.suppress(OSError):  # not ours to read without root
            where = str((process / "cwd").readlink())
        if int(process.name) != os.getpid() and (folder in command or where.startswith(folder)):
            found.append(f"process {process.name}: {command[:100]}")
    return found


def peak_mib() -> int:
    """The most memory that this process, the judge, has held since its peak was set back."""
    [line] = [x for x in Path("/proc/self/status").read_text("utf-8").splitlines() if x.startswith("VmHWM:")]
    return int(line.split()[1]) >> 10


def main() -> None:
    sys.path.insert(0, str(ROOT))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        job = json.loads(line)
        with tempfile.TemporaryDirectory() as reports, tempfile.TemporaryDirectory(prefix="host-") as folder:
            tempfile.tempdir = folder
            Path("/proc/self/clear_refs").write_text("5", "utf-8")  # the peak begins again
            try:
                outcome = grade(job["impl"], job["steps"], job["limit"], reports)
            finally:
                tempfile.tempdir = None
            outcome["peak_mib"] = peak_mib()
            outcome["left"] = left_behind(folder)
        answers.write(json.dumps(outcome) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
