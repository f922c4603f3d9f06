"""The first verdict: what `python -m grader step 1` imports before it speaks, and what it starts first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What a cold `step 1` imports besides the standard library. If you add a line, say why a beginner who
# waits for the first verdict needs it.
ROOTS = {
    "grader": "the judge",
    "reference_activations": "the goldens",
    "numpy": "answers are compared in it",
    "pytest": "the suites are pytest's",
    "_pytest": "the same",
    "pluggy": "pytest's plugins",
    "iniconfig": "pytest's settings",
    "packaging": "pytest compares versions",
    "pygments": "pytest's terminal looks for it",
    "py": "pytest's name for its own paths",
    "pytest_timeout": "the net below a test of ours that hangs",
    "exceptiongroup": "pytest on Python 3.10",
    "tomli": "settings on Python 3.10",
}
ROOMS = {
    "arguments": "numbers and folders on the command line",
    "cli": "which command is in which room",
    "classroom": "whether the machine was busy (room)",
    "judging": "the tests and their verdicts",
    "kata": "what is asked",
    "mistakes": "only its face: names are looked for where something is wrong",
    "report": "the verdict on the screen",
    "sandbox": "the student's function runs in it",
    "student": "the command",
    "suites": "the step's tests",
}
# What was there once, and cost a tenth of a second or a look at every step.
NOT_THERE = {
    "tqdm": "the reference draws no bars in the judge",
    "grader.sandbox.in_process": "only --in-process needs it",
    "grader.sandbox.fresh_processes": "only where there is no fork",
    "grader.classroom.reader": "only --submission needs it",
    "grader.suites.test_step_02_softmax": "another step's tests",
    "grader.mistakes.step_01_gelu": "the answers were right",
}

STEP = """
import json, sys
before = set(sys.modules)
seen = []
def hook(event, args):
    if event == "subprocess.Popen":
        seen.append("numpy" in sys.modules)
sys.addaudithook(hook)
from grader.cli import main
status = main(["step", "1", "--impl", "solutions"])
print(json.dumps({"status": status, "modules": sorted(set(sys.modules) - before), "seen": seen}))
"""


def cold_step(folder: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", STEP], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PICO_GPT_KATA_STATE": folder},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["status"] == 0
    return found


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return cold_step(str(tmp_path_factory.mktemp("state")))


def test_a_cold_step_imports_only_what_has_a_reason(step: dict[str, Any]) -> None:
    roots = {name.partition(".")[0] for name in step["modules"]}
    standard = {*sys.stdlib_module_names, *sys.builtin_module_names}
    odd = {root for root in roots - standard if not root.startswith(("_sysconfigdata", "_cython", "cython_"))}
    assert odd <= set(ROOTS)
    assert {name.split(".")[1] for name in step["modules"] if name.startswith("grader.")} <= set(ROOMS)


@pytest.mark.parametrize("name", NOT_THERE)
def test_a_cold_step_does_without(step: dict[str, Any], name: str) -> None:
    assert name not in step["modules"], NOT_THERE[name]


@pytest.mark.skipif(sys.platform != "linux", reason="there is a base process only where there is fork")
def test_the_sandbox_comes_up_while_the_judge_imports_numpy(step: dict[str, Any]) -> None:
    assert step["seen"] == [False]  # one process, started before NumPy
