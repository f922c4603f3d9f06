"""Measure `class` on synthetic classes: time, scaling, kills at random moments, and every mark.

    python tests/classroom/classes/measure.py                     75, 150 and 300 students
    python tests/classroom/classes/measure.py --numbers 24 48
    python tests/classroom/classes/measure.py --numbers 60 --platforms   one class from each platform's export
    python tests/classroom/classes/measure.py --json tests/documents/measured_class.json

Prints one row a class, and exits with 1 if a mark is not as predicted or the resumed class differs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform as machine_of
import random
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from killing import command, kill_at
from make_class import PLATFORMS, ROOT, make_class
from results import results_in

from grader.classroom.room import cores


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def run(folder: Path, out: Path) -> float:
    started = perf_counter()
    subprocess.run(
        command(folder, out), cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return perf_counter() - started


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
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--platforms", action="store_true", help="one class from the export of each platform")
    parser.add_argument("--json", type=Path, help="write what was measured, for the pages that say it")
    args = parser.parse_args()
    failed = False
    rows = []
    print("students  seconds  a student  marks as predicted  load before and after")
    with tempfile.TemporaryDirectory() as scratch:
        for number, platform in [
            (n, p) for n in args.numbers for p in (PLATFORMS if args.platforms else [""])
        ]:
            folder, out = Path(scratch) / f"{platform}{number}", Path(scratch) / f"out{platform}{number}"
            expected = make_class(folder, number, args.seed, platform)
            before = load()
            seconds = run(folder, out)
            wrong = wrong_marks(out, expected)
            failed |= bool(wrong)
            right = f"{number - len(wrong)} of {number}"
            print(
                f"{number:8d}  {seconds:7.1f}  {seconds / number:9.2f}  {right:>18s}  {before} and {load()}"
                f"  {platform}".rstrip(),
                flush=True,
            )
            for line in wrong:
                print(f"          {line}")
            rows.append({"students": number, "seconds": round(seconds, 1), "marks_as_predicted": not wrong})
        if args.kills:
            killed = Path(scratch) / "killed"
            last = random.Random(args.seed)
            moments = [last.uniform(0, seconds / 4) for _ in range(args.kills)]
            left = kill_at(moments, folder, killed)
            seconds = run(folder, killed)
            same = results_in(killed) == results_in(out)
            failed |= not same
            verdict = "the same" if same else "NOT the same"
            shown = ", ".join(map(str, left))
            print(f"killed with {shown} of {number} judged, then finished in {seconds:.1f} s: {verdict}")
    if args.json:
        machine = {"cpus": cores(), "python": machine_of.python_version(), "numpy": version("numpy")}
        text = json.dumps({"machine": machine, "classes": rows}, indent=1) + "\n"
        args.json.write_text(text, encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
