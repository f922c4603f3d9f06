"""Measure `class` on synthetic classes: time, scaling, a kill in the middle, and every mark.

    python tests/classroom/classes/measure.py                     75, 150 and 300 students
    python tests/classroom/classes/measure.py --numbers 24 48
    python tests/classroom/classes/measure.py --json tests/documents/measured_class.json

Prints one row a class, and exits with 1 if a mark is not as predicted or the resumed class differs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from make_class import ROOT, make_class
from results import results_in

from grader.classroom.room import cores


def command(folder: Path, out: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "grader", "class", str(folder), "--out", str(out), *words]


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def run(folder: Path, out: Path) -> float:
    started = perf_counter()
    subprocess.run(
        command(folder, out), cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return perf_counter() - started


def kill_in_the_middle(folder: Path, out: Path, number: int) -> int:
    """Start a class, kill it when half of it is judged, and say how many results it left."""
    running = subprocess.Popen(command(folder, out), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    for line in running.stderr:
        if int(line.split()[0]) >= number // 2:
            break
    running.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    running.wait()
    running.stderr.close()
    return len(list((out / "results").glob("*.json")))


def wrong_marks(out: Path, expected: dict[str, float]) -> list[str]:
    got = {entry: result["score"] for entry, result in results_in(out).items()}
    return [
        f"{entry}: {got.get(entry)}, predicted {points}"
        for entry, points in expected.items()
        if got.get(entry) != points
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--numbers", type=int, nargs="+", default=[75, 150, 300])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-kill", action="store_true")
    parser.add_argument("--json", type=Path, help="write what was measured, for the pages that say it")
    args = parser.parse_args()
    failed = False
    rows = []
    print("students  seconds  a student  marks as predicted  load before and after")
    with tempfile.TemporaryDirectory() as scratch:
        for number in args.numbers:
            folder, out = Path(scratch) / f"class{number}", Path(scratch) / f"out{number}"
            expected = make_class(folder, number, args.seed)
            before = load()
            seconds = run(folder, out)
            wrong = wrong_marks(out, expected)
            failed |= bool(wrong)
            right = f"{number - len(wrong)} of {number}"
            print(
                f"{number:8d}  {seconds:7.1f}  {seconds / number:9.2f}  {right:>18s}  {before} and {load()}",
                flush=True,
            )
            for line in wrong:
                print(f"          {line}")
            rows.append({"students": number, "seconds": round(seconds, 1), "marks_as_predicted": not wrong})
        if not args.without_kill:
            killed = Path(scratch) / "killed"
            left = kill_in_the_middle(folder, killed, number)
            seconds = run(folder, killed)
            same = results_in(killed) == results_in(out)
            failed |= not same
            verdict = "the same" if same else "NOT the same"
            print(f"killed with {left} of {number} judged, resumed in {seconds:.1f} s: {verdict}")
    if args.json:
        machine = {"cpus": cores(), "python": platform.python_version(), "numpy": version("numpy")}
        text = json.dumps({"machine": machine, "classes": rows}, indent=1) + "\n"
        args.json.write_text(text, encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
