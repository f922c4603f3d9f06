"""What a large class costs after it was judged: `merge`, the tables and the class page, of synthetic results.

    python -m tests.measures.many_results                     2,000, 8,000 and 20,000 submissions
    python -m tests.measures.many_results --numbers 500 1000

Prints seconds, the processor's time and the peak of memory of `merge` for each size, and exits with 1 where
memory passes 500 MB, or where the time of one submission grows by more than half from the smallest class to
the largest. On a machine that others use, only the processor's time says much.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from grader.classroom.plan import CLASS_SCHEMA, shard_of, verdict_key
from grader.judging.marks import unjudged
from grader.judging.results import RunResult
from grader.kata.curriculum import ROOT, STEPS, function_names

SHARDS = 2
MOST_BYTES = 500 * 10**6
_MEASURED = """
import resource, sys
from grader.cli import main
status = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print("MEASURED", used.ru_utime + used.ru_stime, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.exit(status)
"""


def manifest(shard: int, ids: list[str]) -> dict[str, Any]:
    return {
        "schema": CLASS_SCHEMA, "grader": "measure", "python": "3.11", "numpy": "2.0", "judging": "0" * 64,
        "settings": "1" * 64, "steps": [step.number for step in STEPS], "seed": 1, "own_stack": False,
        "seconds": 5.0, "submission_seconds": 120.0, "shard": [shard, SHARDS], "submissions": ids,
    }  # fmt: skip


def results_of(number: int, folder: Path) -> list[Path]:
    """Write the results of so many students into shards, as `class` leaves them."""
    rng = random.Random(5)
    whole = RunResult("exercises", {}, 1, "landlock7+seccomp", unjudged(list(STEPS), "", "passed")).to_dict()
    shards = [folder / f"shard{i}" for i in range(1, SHARDS + 1)]
    ids: dict[int, list[str]] = {i: [] for i in range(1, SHARDS + 1)}
    for shard in shards:
        for name in ("results", "reports"):
            (shard / name).mkdir(parents=True)
    usual = {name: [f"{name}{n}" for n in range(6)] for name in function_names()}
    tests = [(i, j) for i, step in enumerate(whole["steps"]) for j in range(len(step["tests"]))]
    for n in range(number):
        id = f"student_{n:06d}"
        shard = shard_of(id, SHARDS)
        ids[shard].append(id)
        result = json.loads(json.dumps(whole))
        for i, j in rng.sample(tests, 12):
            test = result["steps"][i]["tests"][j]
            test["status"], test["message"] = (
                "failed",
                f"the numbers are wrong in {rng.randrange(9)}\n" + "x" * 200,
            )
            test["diagnosis"] = f"{test['function']}.m{rng.randrange(9)}" if rng.random() < 0.7 else None
        forms = {}
        for name, ways in usual.items():
            if rng.random() < 0.6:
                own = rng.random() < 0.5
                forms[name] = [f"{id}{name}" if own else rng.choice(ways), rng.randrange(30, 200)]
        digest = f"{n:064d}"
        result["files"] = {"pico_gpt.py": {"sha256": digest}}
        place = manifest(shard, [])
        result["submission"] = {
            "id": id, "entry": id, "students": [{"name": id, "email": "", "sid": str(n)}], "origin": ".",
            "notes": [], "problem": "", "forms": forms, "settings": place["settings"],
            "key": verdict_key(place, {"pico_gpt.py": digest}),
        }  # fmt: skip
        home = shards[shard - 1]
        (home / "results" / f"{id}.json").write_text(json.dumps(result, indent=2), encoding="utf-8")
        for ending in (".md", ".html"):
            (home / "reports" / f"{id}{ending}").write_text(id, encoding="utf-8")
    for i, shard in enumerate(shards, 1):
        (shard / "class.json").write_text(json.dumps(manifest(i, ids[i])), encoding="utf-8")
    return shards


def measure(number: int) -> tuple[float, float, int]:
    """Seconds, the processor's seconds, and the peak of memory of merging so many."""
    with tempfile.TemporaryDirectory() as scratch:
        shards = results_of(number, Path(scratch))
        command = [sys.executable, "-c", _MEASURED, "merge", *map(str, shards), "--out", f"{scratch}/whole"]
        started = perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        seconds = perf_counter() - started
        if done.returncode:
            raise SystemExit(done.stderr)
        cpu, peak = next(line for line in done.stdout.splitlines() if line.startswith("MEASURED")).split()[1:]
        return seconds, float(cpu), int(peak)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--numbers", type=int, nargs="+", default=[2_000, 8_000, 20_000])
    args = parser.parse_args()
    print("students  seconds  CPU seconds  CPU ms a student  peak MB")
    each = []
    failed = False
    for number in args.numbers:
        seconds, cpu, peak = measure(number)
        each.append(cpu / number)
        failed |= peak > MOST_BYTES
        print(
            f"{number:8d}  {seconds:7.1f}  {cpu:11.1f}  {1000 * cpu / number:16.2f}  {peak / 1e6:7.0f}",
            flush=True,
        )
    return 1 if failed or each[-1] > 1.5 * each[0] else 0


if __name__ == "__main__":
    sys.exit(main())
