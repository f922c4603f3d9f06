"""A copy of the repository in which pages are tried: the copy of a student who has finished.

Everything that git would hold is copied, `exercises/` holds the solutions' functions, and `.venv` is
the environment in which the tests run.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pages import ROOT, shipped_files

from grader.kata.curriculum import STEPS
from grader.kata.stubs import stub_of

# Make takes these as finished, so that nothing is installed.
READY = (".venv/.ready", ".venv/.ready-dev", ".venv/.ready-web", ".venv-golden/.ready")

_DRIVER = """
import ast, contextlib, io, json, sys, traceback
sys.argv = ["-"]
namespace = {"__name__": "__main__"}
answers = []
for source in json.load(sys.stdin):
    prints, problem = [], ""
    try:
        for node in ast.parse(source).body:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(ast.Module([node], []), "page", "exec"), namespace)
            prints.append((node.end_lineno, out.getvalue()))
    except BaseException:
        problem = traceback.format_exc()
    answers.append((prints, problem))
json.dump(answers, sys.stdout)
"""


@dataclass(frozen=True)
class Workspace:
    folder: Path

    def environment(self) -> dict[str, str]:
        left_out = ("PYTEST_", "PYTHONDONTWRITEBYTECODE")  # a student's Python compiles each module once
        env = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
        path = f"{self.folder / '.shims'}{os.pathsep}{env.get('PATH', '')}"
        return env | {
            "PATH": path,
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "VIRTUAL_ENV": sys.prefix,
        }

    def shell(self, script: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run shell lines from the copy's root; the first that fails ends the script."""
        return subprocess.run(
            ["sh", "-ec", script], cwd=self.folder, env=self.environment(), capture_output=True, text=True,
            encoding="utf-8", timeout=timeout, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def python(self, sources: list[str]) -> list[tuple[list[tuple[int, str]], str]]:
        """Run the Python blocks of one page, one after the other in one interpreter.

        Returns:
            For each block: what every statement printed, as (its last line, the text), and the
            traceback, empty if all went well.
        """
        done = subprocess.run(
            [sys.executable, "-c", _DRIVER], cwd=self.folder, env=self.environment(), timeout=300,
            input=json.dumps(sources), capture_output=True, text=True, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answers: list[tuple[list[tuple[int, str]], str]] = json.loads(done.stdout)
        return answers


def make_workspace(folder: Path) -> Workspace:
    """Copy the repository as it is now; times of files stay, so that make sees nothing to do."""
    for name in shipped_files():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    finish(folder)
    for name in ("experiments.py", "first_hour.py"):  # what the guide's exercises and step 0 ask for
        shutil.copy2(Path(__file__).with_name(name), folder)
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    shims = folder / ".shims"
    shims.mkdir()
    old = " ".join(f"-o {file}" for file in READY)
    _shim(shims / "make", f'exec "{shutil.which("make")}" --no-print-directory {old} "$@"')
    for name in ("python", "python3", "py"):
        _shim(shims / name, f'exec "{sys.executable}" "$@"')
    return Workspace(folder)


def finish(folder: Path, up_to: int = len(STEPS)) -> None:
    """Put the solutions' functions into exercises/, as a student would have written them.

    Args:
        up_to: the last step that the student has written; the functions of later ones are still stubs.
    """
    not_yet = {name for step in STEPS[up_to:] for name in step.function_names}
    for path in (folder / "solutions").glob("*.py"):
        text = solution = path.read_text(encoding="utf-8")
        for node in ast.parse(solution).body:
            if isinstance(node, ast.FunctionDef) and node.name in not_yet:
                text = text.replace(ast.get_source_segment(solution, node) or "", stub_of(node.name))
        lines = [line for line in text.splitlines() if line.strip() != "# SOLUTION"]
        (folder / "exercises" / path.name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _shim(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o755)
