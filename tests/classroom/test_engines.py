"""The guide's examples of marking a class elsewhere, run as they stand: a Slurm array, a Dask cluster."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from classes.here import class_here
from classes.results import results_in
from real_grader import ROOT, run_grader

from grader.classroom.marking import judge_class
from grader.classroom.plan import plan_class
from grader.kata.settings import load_settings

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="clusters run Linux"),
    pytest.mark.timeout(400),
]


@pytest.fixture(autouse=True)
def one_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """All folders of a test are of one teacher."""
    monkeypatch.setenv("PICO_GPT_KATA_SECRET", "a secret of the tests' own")


GUIDE = (ROOT / "instructions" / "instructor_guide.md").read_text(encoding="utf-8")


def example(language: str, word: str) -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.S)
    (found,) = (block for block in blocks if word in block)
    return found


def test_a_slurm_array_comes_to_what_one_machine_does(
    small_class: Callable[..., Path], tmp_path: Path, one_step: Path
) -> None:
    folder = small_class(tmp_path / "hand-ins", 4)
    script = example("text", "SBATCH").replace("16", "2").replace(".venv/bin/python", sys.executable)
    script = script.replace("hand-ins", str(folder)).replace("shards/", f"{tmp_path}/shards/")
    script = script.replace("--jobs 1", f"--jobs 1 --config {one_step}")
    for task in ("1", "2"):
        env = {**os.environ, "SLURM_ARRAY_TASK_ID": task, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(["sh", "-c", script], cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    done = run_grader(
        "merge", tmp_path / "shards" / "1", tmp_path / "shards" / "2", "--out", tmp_path / "marks"
    )
    assert done.returncode == 0, done.stderr
    class_here(folder, tmp_path / "whole", "--config", one_step)
    assert results_in(tmp_path / "marks") == results_in(tmp_path / "whole")


def test_a_dask_cluster_that_loses_a_machine_comes_to_what_one_machine_does(
    small_class: Callable[..., Path], tmp_path: Path, one_step: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "lib"), str(ROOT)]))
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "elsewhere.py").write_text(example("python", "distributed"), encoding="utf-8")
    import elsewhere  # type: ignore[import-not-found]

    folder = small_class(tmp_path / "in", 4)
    done: list[str] = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        pids: dict[str, int] = {}
        with distributed.Client(cluster) as client:
            pids.update(client.run(os.getpid))

        def on_row(row: Any, was_there: bool) -> None:
            done.append(row.id)
            if len(done) == 1:
                threading.Thread(target=os.kill, args=(next(iter(pids.values())), signal.SIGKILL)).start()

        plan = plan_class(folder, tmp_path / "out", load_settings(one_step))
        judged = judge_class(plan, 2, on_row, elsewhere.on_cluster(cluster.scheduler_address))
    assert not judged.not_judged and len(judged.rows) == 4
    run = class_here(folder, tmp_path / "out", "--config", one_step)
    assert run.returncode == 0 and "(4 from before)" in run.stderr
    shutil.rmtree(tmp_path / "lib")
    class_here(folder, tmp_path / "whole", "--config", one_step)
    assert results_in(tmp_path / "out") == results_in(tmp_path / "whole")
