#!/usr/bin/env python3
"""Classroom 50: put this at CLASSROOM/autograders/ASSIGNMENT/autograder.py of your classroom50 repository.

Classroom 50's runner starts it in the student's checkout. It fetches the grader at one commit, judges the
kata's files of the checkout, and leaves result.json there. It exits with 0 when it graded, whatever the
marks are; anything else tells the runner that grading itself failed, and then there is no result.json.
"""

import sys

del sys.path[0]  # where this file lies: a student's tempfile.py beside it is not to be imported

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

# The two lines to fill in: your copy of the kata, and the commit that judges this assignment.
GRADER = "https://github.com/TEACHER/REPOSITORY.git"
COMMIT = "COMMIT"

NEEDED = ("numpy", "pytest", "pytest_timeout", "tiktoken", "safetensors", "tqdm", "regex", "rich", "jinja2")


def fetch_grader(folder: Path) -> None:
    """The grader's files at exactly that commit, and no history."""
    git = ["git", "-C", str(folder)]
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    subprocess.run([*git, "fetch", "--quiet", "--depth", "1", GRADER, COMMIT], check=True)
    subprocess.run([*git, "checkout", "--quiet", "FETCH_HEAD"], check=True)


def python_with_requirements(grader: Path, folder: Path) -> str:
    """This Python where it has everything, else one in an environment of its own."""
    needed = NEEDED if sys.version_info >= (3, 11) else (*NEEDED, "tomli")
    if all(importlib.util.find_spec(name) for name in needed):
        return sys.executable
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(grader)], check=True)
    return python


def main() -> int:
    submission = Path.cwd()
    result = submission / "result.json"
    remove(result)  # one that was committed is not this run's; nor is a link followed
    with tempfile.TemporaryDirectory(prefix="pico-gpt-grader-") as scratch:
        grader, judged = Path(scratch) / "grader", Path(scratch) / "result.json"
        fetch_grader(grader)
        python = python_with_requirements(grader, Path(scratch) / "venv")
        command = [python, "-m", "grader", "run", "--submission", str(submission)]
        command += ["--classroom50", str(judged)]
        # Started in the grader's folder: Python looks for modules where it starts.
        status = subprocess.run(command, cwd=grader, check=False).returncode
        if status not in (0, 1) or not judged.is_file():  # it is written only with a mark in it
            return status or 2
        with result.open("xb") as file:
            file.write(judged.read_bytes())
    return 0


def remove(path: Path) -> None:
    """Remove whatever is there, and nothing that it points to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
