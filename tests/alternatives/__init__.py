"""Right implementations in unusual clothes: none of them may ever fail.

Each section of a file (`# == function.name`) is what a student might write; it is judged as part of
the solutions' file, whose function of that name it replaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.judging.reference import Reference
from grader.kata.curriculum import ROOT, step_of

HERE = Path(__file__).parent
MODULE_OF_FILE = {
    "pico_gpt.py": "pico_gpt",
    "kv_cache.py": "kv_cache",
    "bpe.py": "bpe",
    "weights.py": "weights",
}


def alternatives(files: str = "steps_*.py") -> dict[str, str]:
    """Every alternative by its id, "gelu.sigmoid": its source text."""
    found: dict[str, str] = {}
    for path in sorted(HERE.glob(files)):
        for section in re.split(r"^# == ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name, _, source = section.partition("\n")
            assert name not in found, f"two alternatives are called {name}"
            found[name] = source
    return found


def function_of(name: str) -> str:
    return name.split(".")[0]


def student_file(name: str, source: str) -> tuple[str, str]:
    """The file that a student with this alternative hands in: (file name, text)."""
    file = step_of(function_of(name)).file
    return file, (ROOT / "solutions" / file).read_text(encoding="utf-8") + f"\n\n# {name}\n{source}"


def bound(name: str, source: str) -> Callable[..., Any]:
    """The alternative as a function of this process, beside the reference's functions."""
    function = function_of(name)
    space = dict(Reference()[function].__globals__)
    exec(compile(source, f"<{name}>", "exec"), space)
    return space[function]  # type: ignore[no-any-return]
