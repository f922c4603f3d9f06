"""What `python -m playground bench` measures of the grader: how long a student waits for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from grader.kata.curriculum import ROOT
from playground.bench.measure import best

SAVED_STEPS = (1, 6)  # an easy one, and one that builds on five others

_WORKER = """
import sys, time, numpy as np
from pathlib import Path
from grader.sandbox.host import Host
started = time.perf_counter()
host = Host(Path(sys.argv[1]), None)
own, x = frozenset({"gelu"}), np.zeros(8, dtype=np.float32)
host.call("gelu", x, own=own)
start_s = time.perf_counter() - started
started = time.perf_counter()
for _ in range(200):
    host.call("gelu", x, own=own)
print(start_s, (time.perf_counter() - started) / 200)
host.close()
"""


def grader_timings(impl: Path, repeats: int, whole: bool) -> dict[str, float]:
    """Seconds that judging takes, as a student waits for it.

    Returns:
        "import_numpy_pytest_s" (the floor), "step_1_s" (`python -m grader step 1`, from nothing),
        "worker_start_s" (until the first answer), "small_call_s", "save_to_verdict_1_s" and
        "save_to_verdict_6_s" (`python -m grader watch`, from a save to the last line of the verdict), and
        with `whole` "run_s" (all steps).
    """

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)

    judge = ("--impl", str(impl.resolve()))
    command("-m", "grader", "step", "1", *judge)  # so that everything is compiled and in the page cache
    found = {
        "import_numpy_pytest_s": best(lambda: command("-c", "import numpy, pytest"), repeats),
        "step_1_s": best(lambda: command("-m", "grader", "step", "1", *judge), repeats),
    }
    said = command("-c", _WORKER, str(impl.resolve())).stdout.split()
    if len(said) == 2:
        found |= {"worker_start_s": float(said[0]), "small_call_s": float(said[1])}
    for step in SAVED_STEPS:
        seconds = save_to_verdict(impl, step, repeats)
        if seconds is not None:
            found[f"save_to_verdict_{step}_s"] = seconds
    if whole:
        found["run_s"] = best(lambda: command("-m", "grader", "run", *judge), 1)
    return found


def save_to_verdict(impl: Path, step: int, repeats: int) -> float | None:
    """Seconds from a save to the last line of the verdict, of a program that waits for saves.

    Returns:
        The best of several saves; None if the program ended by itself.
    """
    with tempfile.TemporaryDirectory() as folder:
        for path in impl.glob("*.py"):
            shutil.copy(path, folder)
        file = Path(folder, "pico_gpt.py")
        words = ("-m", "grader", "watch", str(step), "--impl", folder)
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert process.stdout is not None
        taken: list[float] = []
        saved = 0.0
        try:
            for line in process.stdout:
                if " points  (seed" not in line:
                    continue
                if saved:
                    taken.append(perf_counter() - saved)
                if len(taken) == repeats:
                    break
                text = file.read_text(encoding="utf-8")
                saved = perf_counter()
                file.write_text(f"{text}# save {len(taken)}\n", encoding="utf-8")
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
    return min(taken, default=None)
