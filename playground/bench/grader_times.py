"""What `python -m playground bench` measures of the grader: how long a student waits for it."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from time import perf_counter
from typing import Any

from grader.kata.curriculum import ROOT
from playground.bench.clock import best

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
        "save_to_verdict_6_s" (`python -m grader watch`, from a save to the last line of the verdict),
        "save_to_page_s" (`python -m playground live`, from a save of a gelu to the whole new page, as it is
        sent to a browser; 95th percentile), and with `whole` "run_s" (all steps).
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
    page = save_to_page(impl, max(4, 4 * repeats))
    if page is not None:
        found["save_to_page_s"] = page
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


GELUS = ("    return x", "    return x * (x > 0)")  # each is another wrong gelu than the one before
NEWS_S = 120


def save_to_page(impl: Path, saves: int) -> float | None:
    """Seconds from a save to the live page that shows it, read to its end; the 95th percentile of the saves.

    Returns:
        None where the program does not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        for path in impl.glob("*.py"):
            shutil.copy(path, folder)
        file = Path(folder, "pico_gpt.py")
        text = file.read_text(encoding="utf-8")
        words = ("-m", "playground", "live", "--impl", folder, "--port", "0", "--no-browser")
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        taken: list[float] = []
        try:
            address = process.stdout.readline().split()[4]
            _ask(address).read()  # the first page
            with _ask(f"{address}events") as news:
                for number in range(saves + 1):
                    saved = perf_counter()
                    file.write_text(f"{text}\n\ndef gelu(x):\n{GELUS[number % 2]}\n", encoding="utf-8")
                    wanted = f'"saved":"{file.stat().st_mtime_ns}"'.encode()
                    while wanted not in _ask(address).read():
                        while not news.readline().startswith(b"data: "):
                            pass
                    taken.append(perf_counter() - saved)
        except (OSError, IndexError):
            return None
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
    later = sorted(taken[1:])  # the first save may wait for the judging of all steps
    return later[max(0, math.ceil(0.95 * len(later)) - 1)]


def _ask(address: str) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
    return opener.open(address, timeout=NEWS_S)
