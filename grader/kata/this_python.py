"""Whether the Python that runs can do the work: whether it has the packages of pyproject.toml.

Only the standard library is imported here, for this is asked before anything else is.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMPORTED_AS = {"pytest-timeout": "pytest_timeout", "pyyaml": "yaml"}  # a package -> what one imports


@dataclass(frozen=True)
class Requirement:
    """One line of [project] dependencies: `numpy>=1.26,<3` has the bounds `>=1.26,<3`."""

    name: str
    bounds: str

    @property
    def module(self) -> str:
        return IMPORTED_AS.get(self.name.lower(), self.name)


@lru_cache(maxsize=1)
def requirements() -> tuple[Requirement, ...] | None:
    """What this Python must have; None where pyproject.toml cannot be read.

    Read without a TOML parser, which Python 3.10 does not have.
    """
    try:
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    block = re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    found = []
    for line in re.findall(r'"([^"]+)"', block[1]) if block else ():
        needed, _, marker = line.partition(";")
        match = re.match(r"\s*([A-Za-z0-9._-]+)\s*(.*)", needed)
        if match and not ("python_version < '3.11'" in marker and sys.version_info >= (3, 11)):
            found.append(Requirement(match[1], match[2].strip()))
    return tuple(found) if block else None


def lacking() -> list[str]:
    """The packages that this Python does not have."""
    return [needed.name for needed in requirements() or () if find_spec(needed.module) is None]


def complaint(words: str) -> str:
    """One line on what this Python lacks and what to type instead, or "".

    Args:
        words: the command line behind `python`, such as "-m grader step 1".
    """
    missing = lacking()
    return refusal(", ".join(missing), words) if missing else ""


def refusal(packages: str, words: str) -> str:
    """That this Python lacks these packages, and what to type instead."""
    this = f"this Python ({sys.executable or 'python'}, {platform.python_version()}) lacks {packages}"
    ours = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if ours.exists() and Path(sys.prefix).resolve() != (ROOT / ".venv").resolve():
        return f"{this}: use {_as_typed(ours)} {words}"
    return f"{this}: type {install_command()}"


def install_command() -> str:
    """What installs the packages."""
    return "make setup" if shutil.which("make") and os.name != "nt" else "python -m pip install ."


def _as_typed(path: Path) -> str:
    """A path as one types it here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
