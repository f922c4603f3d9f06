"""Classroom 50's result.json, schema classroom50/result/v1 (foundation50/classroom50, schemas/).

Its runner writes the owner, the kind of assignment and the times over whatever is here; everything
else comes from the environment that it sets.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from grader.judging.results import RunResult, TestResult
from grader.kata.files import CannotGrade, write_json
from grader.kata.prices import apportion
from grader.report.text import first_line

SCHEMA = "classroom50/result/v1"
TIME = "%Y-%m-%dT%H:%M:%SZ"


def write(result: RunResult, path: Path) -> None:
    """Write the result for Classroom 50.

    Raises:
        CannotGrade: the environment does not say whose submission this is.
        OSError: the file cannot be written.
    """
    write_json(to_dict(result, os.environ), path)


def to_dict(result: RunResult, environment: Mapping[str, str]) -> dict[str, Any]:
    tests = [test for step in result.steps for test in step.tests]
    names = [
        f"step {step.number}, {test.function}: {test.name}" for step in result.steps for test in step.tests
    ]
    rows = _whole_points(tests)
    graded_at = datetime.now(timezone.utc)
    out: dict[str, Any] = {
        "schema": SCHEMA,
        **identity(environment),
        "datetime": _committed_at(environment, graded_at).strftime(TIME),
        "graded_at": graded_at.strftime(TIME),
        "score": sum(score for score, _ in rows),
        "max-score": sum(most for _, most in rows),
        "tests": [
            {
                "test-name": name,
                "passed": test.status == "passed",
                "score": score,
                "max-score": most,
                "status": test.status,
                "message": first_line(test.message),
            }
            for name, test, (score, most) in zip(names, tests, rows)
        ],
    }
    if environment.get("GITHUB_ACTOR"):
        number = environment.get("GITHUB_ACTOR_ID", "")
        out["submitted_by"] = {
            "username": environment["GITHUB_ACTOR"],
            "id": int(number) if number.isdecimal() else None,
        }
    return out


def _whole_points(tests: list[TestResult]) -> list[tuple[int, int]]:
    """(score, max score) of every test in whole points, as Classroom 50 wants them.

    Points are hundredths here. The two sums are the run's own score and maximum, rounded; a run that is
    not right in everything never rounds up to full marks. Each half is shared by largest remainder.
    """
    score, most = sum(t.score for t in tests), sum(t.max_score for t in tests)
    whole_most, whole_score = int(most + 0.5), int(score + 0.5)
    if score < most - 0.005:
        whole_score = min(whole_score, max(0, whole_most - 1))
    earned = [t.score > 0 for t in tests]
    shares = [0] * len(tests)
    for kind, total in ((True, whole_score), (False, whole_most - whole_score)):
        members = [i for i, is_earned in enumerate(earned) if is_earned is kind]
        for i, share in zip(members, apportion(total, [tests[i].max_score for i in members])):
            shares[i] = share
    return [(share if is_earned else 0, share) for share, is_earned in zip(shares, earned)]


def identity(environment: Mapping[str, str]) -> dict[str, Any]:
    """Whose submission this is, from the runner's environment.

    Raises:
        CannotGrade: a value that Classroom 50 requires is missing.
    """
    missing = [name for name in ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG") if not environment.get(name)]
    if missing:
        raise CannotGrade(
            f"--classroom50 needs {', '.join(missing)} in the environment: Classroom 50's runner sets them"
        )
    classroom, assignment = environment["CLASSROOM"], environment["ASSIGNMENT"]
    repository = environment.get("GITHUB_REPOSITORY", "")
    page = f"{environment.get('GITHUB_SERVER_URL', 'https://github.com')}/{repository}"
    tag = environment["SUBMISSION_TAG"]
    if not tag.startswith("submit/"):
        raise CannotGrade(f"SUBMISSION_TAG is '{tag}': Classroom 50's tags begin with submit/")
    commit = environment.get("COMMIT_URL") or f"{page}/commit/{environment.get('GITHUB_SHA', '')}"
    mode = environment.get("ASSIGNMENT_TYPE") or environment.get("MODE") or "individual"
    return {
        "classroom": classroom,
        "assignment": assignment,
        "assignment_type": "individual" if mode == "individual" else "group",
        "owner": environment.get("OWNER") or environment.get("USERNAME")
        or _owner(repository, classroom, assignment) or environment.get("GITHUB_ACTOR") or "unknown",
        "submission": tag,
        "commit": commit,
        "release": environment.get("RELEASE_URL") or f"{page}/releases/tag/{tag.replace('/', '%2F')}",
        "review": environment.get("REVIEW_URL") or commit,
    }  # fmt: skip


def _owner(repository: str, classroom: str, assignment: str) -> str:
    """The student in OWNER/CLASSROOM-ASSIGNMENT-STUDENT."""
    name = repository.rpartition("/")[2]
    prefix = f"{classroom}-{assignment}-"
    return name[len(prefix) :] if name.lower().startswith(prefix.lower()) else ""


def _committed_at(environment: Mapping[str, str], otherwise: datetime) -> datetime:
    """When the graded commit was made: the submission's time, the same however often it is graded."""
    commit, checkout = environment.get("GITHUB_SHA", ""), environment.get("GITHUB_WORKSPACE") or "."
    if not re.fullmatch("[0-9a-f]{40,64}", commit):
        return otherwise
    command = ["git", "-C", checkout, "show", "-s", "--format=%cI", commit]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.strip()
        return datetime.fromisoformat(said.replace("Z", "+00:00")).astimezone(timezone.utc)
    except (OSError, ValueError, subprocess.SubprocessError):
        return otherwise
