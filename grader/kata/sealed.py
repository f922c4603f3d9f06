"""The reference for an edition without `solutions/`: obscured, so that nobody reads it by accident.

The student's edition must judge as the teacher's does, and name mistakes as it does: one wrong function may
not cost the steps that build on it, so something has to stand in for it. `grader/reference.sealed` holds
those functions and the known mistakes. `diff` opens a step of it once that step has passed. It is not secret
(anybody who wants to can open it, as they can find a solution on the web), and marks never depend on it
being one.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import json
import shutil
import tempfile
import zlib
from functools import lru_cache
from pathlib import Path

from grader.kata.curriculum import FILES, ROOT
from grader.kata.files import CannotGrade
from grader.kata.stubs import SOLUTIONS, present

SEALED = ROOT / "grader" / "reference.sealed"
MISTAKES = ROOT / "grader" / "mistakes"
_LABEL = b"pico-gpt-kata: helper functions of the judge; reading them spoils the exercise\n"


def seal(solutions: Path, mistakes: Path = MISTAKES) -> bytes:
    """The solutions of every step and the register of mistakes, as the bytes of `reference.sealed`."""
    files = {file: (solutions / file).read_text(encoding="utf-8") for file in FILES}
    for path in sorted(mistakes.glob("step_*.py")):
        files[f"mistakes/{path.name}"] = path.read_text(encoding="utf-8")
    packed = zlib.compress(json.dumps(files).encode(), 9)
    return _LABEL + base64.b64encode(_mixed(packed)) + b"\n"


@lru_cache(maxsize=1)
def unsealed(sealed: Path = SEALED) -> Path:
    """A private folder with the solutions, until this program ends; in its `mistakes/` is the register.

    Raises:
        CannotGrade: the file is damaged.
    """
    try:
        text = sealed.read_bytes().replace(b"\r\n", b"\n").removeprefix(_LABEL)
        files = json.loads(zlib.decompress(_mixed(base64.b64decode(text))))
    except (OSError, ValueError, zlib.error):
        raise CannotGrade(f"{sealed} is damaged: get it again from where this edition came from") from None
    folder = Path(tempfile.mkdtemp(prefix="pico-gpt-reference-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "mistakes").mkdir()
    for name, source in files.items():
        (folder / name).write_text(source, encoding="utf-8")
    return folder


def reference_folder(folder: Path = SOLUTIONS) -> Path | None:
    """The solutions, or what the student's edition has in their place; None where there is neither."""
    if present(folder):
        return folder
    return unsealed() if folder == SOLUTIONS and SEALED.is_file() else None


def _mixed(data: bytes) -> bytes:
    """The bytes under a fixed stream; twice gives them back."""
    stream = b"".join(
        hashlib.sha256(_LABEL + block.to_bytes(4, "big")).digest() for block in range(len(data) // 32 + 1)
    )
    return bytes(a ^ b for a, b in zip(data, stream))
