"""The reference for an edition without `solutions/`: obscured, so that nobody reads it by accident.

The student's edition must judge as the teacher's does: one wrong function may not cost the steps that
stand on it, so something has to stand in for it. `grader/reference.sealed` holds those functions, without
a word of explanation. It is no secret (whoever wants to can open it, as they can find a solution on the
web), and marks never depend on it being one.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import hashlib
import json
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from grader.curriculum import FILES, ROOT
from grader.results import CannotGrade

SEALED = ROOT / "grader" / "reference.sealed"
_LABEL = b"pico-gpt-kata: helper functions of the judge; reading them spoils the exercise\n"


def seal(solutions: Path) -> bytes:
    """The solutions of every step, without docstrings and comments, as the bytes of `reference.sealed`."""
    bare = {file: _bare((solutions / file).read_text(encoding="utf-8")) for file in FILES}
    packed = zlib.compress(json.dumps(bare).encode(), 9)
    return _LABEL + base64.b64encode(_mixed(packed)) + b"\n"


@contextlib.contextmanager
def unsealed(sealed: Path = SEALED) -> Iterator[Path]:
    """A folder with the solutions, for as long as they are being read.

    Raises:
        CannotGrade: the file is damaged.
    """
    try:
        text = sealed.read_bytes().replace(b"\r\n", b"\n").removeprefix(_LABEL)
        files = json.loads(zlib.decompress(_mixed(base64.b64decode(text))))
    except (OSError, ValueError, zlib.error):
        raise CannotGrade(f"{sealed} is damaged: get it anew from where this edition came from") from None
    with tempfile.TemporaryDirectory(prefix="pico-gpt-reference-") as folder:
        for file in FILES:
            (Path(folder) / file).write_text(files[file], encoding="utf-8")
        yield Path(folder)


def _bare(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree) + "\n"


def _mixed(data: bytes) -> bytes:
    """The bytes under a fixed stream; twice gives them back."""
    stream = b"".join(
        hashlib.sha256(_LABEL + block.to_bytes(4, "big")).digest() for block in range(len(data) // 32 + 1)
    )
    return bytes(a ^ b for a, b in zip(data, stream))
