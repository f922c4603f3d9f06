"""Where the fresh cases of a run come from.

At home a seed is a small random number that is printed, so that a run can be repeated. Where marks are given,
a student must not know it beforehand: it is computed from the files that were handed in *and* a secret of the
teacher's (HMAC), or it is random. Either way the result tells it afterwards.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from grader.kata.files import CannotGrade

VARIABLE = "PICO_GPT_KATA_SECRET"
NAME = "pico-gpt-kata.secret"
LEAST = 16  # characters: a secret that nobody tries out
SEEDS = 1 << 64


def random_seed() -> int:
    """A number that is short enough to be typed again."""
    return secrets.randbelow(1_000_000)


def marks_seed(files: Mapping[str, str], secret: bytes | None) -> int:
    """The seed of marks: the same for the same files, and known only to who has the secret.

    Args:
        files: file name -> sha256, of what was handed in.
        secret: None: a random seed, another one in every run.
    """
    if secret is None:
        return secrets.randbelow(SEEDS)
    text = "".join(f"{name} {digest}\n" for name, digest in sorted(files.items()))
    return int.from_bytes(hmac.digest(secret, text.encode(), hashlib.sha256)[:8], "big")


def given_secret() -> bytes | None:
    """The secret that the environment gives, as in CI; None where it gives none.

    Raises:
        CannotGrade: it is too short to be one.
    """
    secret = os.environ.get(VARIABLE, "").strip()
    if secret and len(secret) < LEAST:
        raise CannotGrade(f"{VARIABLE} has {len(secret)} characters: a secret needs {LEAST} or more")
    return secret.encode() or None


def secret_beside(out: Path) -> bytes:
    """The secret of the classes whose results are in the same folder as `out`; it is made on first use.

    Raises:
        CannotGrade: it cannot be read or made.
    """
    given = given_secret()
    if given is not None:
        return given
    path = out.absolute().parent / NAME
    try:
        if not path.exists():
            _make(path)
        secret = path.read_bytes().strip()
    except OSError as error:
        why = error.strerror or str(error)
        raise CannotGrade(f"cannot keep the secret of marks in {path}: {why} (or set {VARIABLE})") from None
    if len(secret) < LEAST:
        raise CannotGrade(f"{path} holds no secret: delete it, and a new one is made")
    return secret


def _make(path: Path) -> None:
    """Write a new secret, for its owner's eyes; of two that are made at once, the first one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()
