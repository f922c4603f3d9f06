"""What a platform's machine offers: a shell, an environment, a repository; for tests to import."""

from __future__ import annotations

import compileall
import json
import os
import py_compile
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
from real_grader import ROOT

from grader.sandbox.base import BYTECODE

SCHEMAS = ROOT / "tests" / "schemas"


def compile_all(kata: Path) -> None:
    """Give a copy of the kata what Python compiles in each of its processes, wherever it is cloned to."""
    kept = py_compile.PycInvalidationMode.UNCHECKED_HASH
    assert compileall.compile_dir(kata / "grader", quiet=1, invalidation_mode=kept)
    bring_bytecode(kata)


def bring_bytecode(kata: Path) -> None:
    """What workers import is compiled once in every copy of the kata, with all of NumPy: bring it along."""
    if BYTECODE.is_dir() and not (kata / ".kata" / "bytecode").exists():
        shutil.copytree(BYTECODE, kata / ".kata" / "bytecode")


def commit_all(folder: Path) -> str:
    """Commit everything, packed quickly and not small."""
    quick = (["config", "core.compression", "0"], ["config", "pack.window", "0"])
    git = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], *quick, ["add", "-A", "-f"], ["commit", "-q", "-m", "all"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()


def environment(shim: Path, **more: str) -> dict[str, str]:
    keep = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**keep, "PATH": f"{shim}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1", **more}


def started_in(tmp_path: Path) -> set[str]:
    """The folders in which Python was started: it imports from there."""
    return set((tmp_path / "where.log").read_text(encoding="utf-8").split())


def bash(script: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd, env=env, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def check_schema(data: Any, name: str) -> None:
    rules = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(rules).validate(data)
