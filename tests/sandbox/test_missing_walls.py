"""Every wall matters: with one of them missing, at least one of the attacks that it is there for succeeds.

A copy of the grader has the wall taken out of its source. By day each wall meets the attack that it is there
for; by night all walls meet all attacks that want the sandbox off, and no result of any of them is lost.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from real_grader import ROOT
from test_attacks import ATTACK_JOBS, ATTACKS, Driver, Job, judged_in

from grader.sandbox.base import BYTECODE

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="these walls are Linux's"),
              pytest.mark.timeout(300)]  # fmt: skip
CONFINE, WORKERS = "sandbox/inside/confine.py", "sandbox/workers.py"
POINTS = "points"
Judged = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True)
class Wall:
    """One wall.

    Attributes:
        name: what it is.
        file: of the grader's; where it stands.
        text, without: a line or a part of one, and what it is with the wall missing.
        attack: the file that succeeds then.
        bites: what shows that it did: POINTS, or an expression for a message.
        beside: a wall that keeps the attack out as well, and is missing, too.
    """

    name: str
    file: str
    text: str
    without: str
    attack: str
    bites: str = POINTS
    beside: str = ""


WALLS = [
    Wall("Landlock", CONFINE, "version = landlock.restrict([*rules, (private, landlock.PRIVATE)], shared)",
         "version = 0", "looks_in_solutions_by_path"),
    Wall("seccomp", CONFINE, "filtered = seccomp.restrict()", "filtered = False",
         "looks_at_the_neighbours_files", "yours 42"),
    Wall("the limit of memory", CONFINE, '"RLIMIT_AS": address_space, ', "",
         "eats_memory_and_answers", "took more than 2048 MiB of memory"),
    Wall("the limit of a file", CONFINE, '"RLIMIT_FSIZE": file_bytes, ', "",
         "eats_disk_by_a_sparse_file", "is wrong|wrote more than"),
    Wall("the limit of open files", "sandbox/allowed.py", "MAX_OPEN_FILES = 256", "MAX_OPEN_FILES = 1024",
         "eats_descriptors_and_answers"),
    Wall("the look at the disk", WORKERS, "if not too_much(self._folder, ", "if True or (",
         "eats_disk_and_answers"),
    Wall("descriptors closed", "sandbox/inside/worker.py", "for fd in _open_descriptors():", "for fd in ():",
         "looks_for_other_descriptors", "yours 42"),
    Wall("a list of variables", "sandbox/base.py", "for name in KEPT_VARIABLES if name in os.environ}",
         "for name in os.environ}", "looks_in_its_environment", "yours 42"),
    Wall("nothing told of places", "sandbox/inside/worker.py", "config.clear()", "pass",
         "looks_for_the_teachers_folders", "is wrong"),
    Wall("changes seen from outside", "sandbox/messages.py", 'if answer.status == "returned" else []',
         "if False else []", "world_changes_its_input_unseen"),
    Wall("lists handed over twice", "judging/judge.py", "if self._again and holds_lists(",
         "if False and holds_lists(", "world_changes_its_callers_list_unseen"),
    Wall("functions withheld", "sandbox/allowed.py", 'WITHHELD = {12: ("generate", "gpt2")}', "WITHHELD = {}",
         "generates_without_a_cache", "computes the past again"),
    Wall("the gate of imports", "sandbox/inside/imports.py",
         "if all(self._holds(place) for place in where if place.is_absolute()):", "if True:",
         "looks_in_solutions_by_sys_path", beside="Landlock"),
    Wall("capabilities dropped", CONFINE, "        drop_capabilities()\n", "",
         "looks_in_parent_memory", "yours 42", beside="Landlock"),
]  # fmt: skip
SLOW = "the limit of memory"  # two gigabytes, six times
BY_DAY = [
    pytest.param(wall, id=wall.name, marks=[pytest.mark.nightly] if wall.name == SLOW else [])
    for wall in WALLS
]
NAMED = {wall.name: wall for wall in WALLS}
JOBS = {job.name: job for job in ATTACK_JOBS}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what judges."""
    root = tmp_path_factory.mktemp("copy")
    for name in ("grader", "reference_activations", "solutions", "exercises"):
        shutil.copytree(ROOT / name, root / name)  # with what is compiled already
    if BYTECODE.is_dir():
        shutil.copytree(BYTECODE, root / ".kata" / "bytecode")
    (root / "tests" / "attacks").mkdir(parents=True)
    shutil.copy(ATTACKS / "drive.py", root / "tests" / "attacks")
    return root


@pytest.fixture(scope="module")
def judged_without(copy: Path) -> Judged:
    """Judge attacks in the copy with some walls missing: their outcomes. Then the copy is whole again."""

    def judge(walls: list[Wall], jobs: list[Job]) -> list[dict[str, Any]]:
        was: dict[Path, str] = {}
        for wall in walls:
            path = copy / "grader" / wall.file
            text = path.read_text("utf-8")
            was.setdefault(path, text)
            assert text.count(wall.text) == 1, f"{wall.name} is not where it was"
            path.write_text(text.replace(wall.text, wall.without), "utf-8")
        driver = Driver(copy)
        try:
            return [driver.run(job) for job in jobs]
        finally:
            driver.close()
            for path, text in was.items():
                path.write_text(text, "utf-8")

    return judge


@pytest.fixture(scope="module")
def without_landlock(judged_without: Judged) -> dict[str, dict[str, Any]]:
    """With Landlock alone missing, which helps other walls: the attack on it, and those on the others."""
    jobs = [JOBS[wall.attack] for wall in WALLS if "Landlock" in (wall.name, wall.beside)]
    return dict(zip((job.name for job in jobs), judged_without([NAMED["Landlock"]], jobs)))


@pytest.mark.parametrize("wall", BY_DAY)
def test_with_a_wall_missing_the_attack_that_it_is_there_for_succeeds(
    wall: Wall, judged_without: Judged, without_landlock: dict[str, dict[str, Any]]
) -> None:
    if wall.name == "capabilities dropped" and os.geteuid() != 0:
        pytest.skip("who is not root has none; that the memory is closed is enough")
    if wall.beside:
        beside = without_landlock[wall.attack]
        assert not bites(wall, beside), "the wall beside it is the one that matters"
    if wall.name == "Landlock":
        outcome = without_landlock[wall.attack]
    else:
        missing = [NAMED[wall.beside], wall] if wall.beside else [wall]
        [outcome] = judged_without(missing, [JOBS[wall.attack]])
    assert bites(wall, outcome), [test["message"] for test in judged_in(outcome)]


def bites(wall: Wall, outcome: dict[str, Any]) -> bool:
    if wall.bites == POINTS:
        return bool(outcome["result"]["score"] > 0)
    return any(re.search(wall.bites, test["message"]) for test in judged_in(outcome))


@pytest.mark.nightly
@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.name)
def test_with_a_wall_missing_every_attack_still_has_a_result(wall: Wall, judged_without: Judged) -> None:
    jobs = [job for job in ATTACK_JOBS if job.needs or job.name in {other.attack for other in WALLS}]
    outcomes = judged_without([wall], jobs)
    lost = [job.name for job, outcome in zip(jobs, outcomes) if outcome.get("exit") not in (0, 1)]
    assert lost == []
    alone = wall.bites == POINTS and not wall.beside
    assert any(outcome["result"]["score"] > 0 for outcome in outcomes) == alone
