"""The proof of a release: everything that its pages tell a student to type works in a fresh copy of it.

A copy is set up with `make setup` alone. Then every shell block of every page runs, in the order in which
a reader meets them, and the suites run under plain pytest. Where a comment `<!-- run: … -->` comes before a
block, its command runs instead: the block would download, serve forever, or take minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.kata.files import CannotGrade

FIRST = ("README.md", "instructions/LEARNING_GUIDE.md")
LONGEST_S = 900
_BLOCK = re.compile(
    r"(?:^<!-- run: (?P<run>.*?) -->\n)?^```(?P<language>sh|powershell)\n(?P<text>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
# A student who has written nothing is told so: that is an answer. These are none.
_BROKEN = re.compile(
    r"Traceback \(most recent|^make(\[\d+\])?: \*\*\*|there is no command|only in the teacher", re.MULTILINE
)


@dataclass(frozen=True)
class Tried:
    """What a page tells a student to type, and what came of it; `problem` is "" where it works."""

    page: str
    line: int
    script: str
    problem: str


def prove(edition: Path) -> Iterator[Tried]:
    """Try out all that the pages of an edition say, in a fresh copy.

    Raises:
        CannotGrade: `make setup` itself does not work.
    """
    with tempfile.TemporaryDirectory(prefix="pico-gpt-release-") as scratch:
        kata = Path(scratch) / "kata"
        shutil.copytree(edition, kata)
        set_up = _run(kata, "make setup", fails_at=1)
        if set_up:
            raise CannotGrade(f"make setup does not work in {edition}: {set_up}")
        for page in pages(kata):
            for line, script in scripts(page.read_text(encoding="utf-8")):
                yield Tried(page.relative_to(kata).as_posix(), line, script, _run(kata, script))
        yield Tried("pytest", 1, "pytest", _suites(kata))


def pages(kata: Path) -> list[Path]:
    """The pages, in the order in which a reader meets them."""
    found = sorted((kata / "instructions").rglob("*.md"), key=lambda path: ("steps" not in path.parts, path))
    return list(dict.fromkeys([*(kata / name for name in FIRST), *found]))


def scripts(text: str) -> list[tuple[int, str]]:
    """The shell blocks of a page, as (line, what to run)."""
    found = []
    for block in _BLOCK.finditer(text):
        script = block["run"] or block["text"]
        if block["language"] == "powershell" and not block["run"]:
            continue
        found.append((text.count("\n", 0, block.start("text")), script.strip()))
    return found


def _run(kata: Path, script: str, fails_at: int = 2) -> str:
    """Why this does not work, or "". A verdict (exit status 1) is an answer as well."""
    # make hands down what was typed for it (OUT=…): those words were meant for `make release` alone.
    typed = {word.split("=")[0] for word in os.environ.get("MAKEFLAGS", "").split() if "=" in word}
    env = {
        key: value
        for key, value in os.environ.items()
        if key not in typed and not key.startswith(("PYTEST_", "MAKE", "MFLAGS"))
    }
    env = {
        key: value
        for key, value in env.items()
        if key not in ("VIRTUAL_ENV", "PYTHONPATH", "PICO_GPT_KATA_STATE")
    }
    env |= {"NO_COLOR": "1", "PATH": f"{kata / '.venv' / 'bin'}{os.pathsep}{env.get('PATH', '')}"}
    try:
        done = subprocess.run(
            ["sh", "-c", script], cwd=kata, env=env, capture_output=True, text=True, encoding="utf-8",
            errors="replace", timeout=LONGEST_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"not finished after {LONGEST_S} s"
    said = done.stdout + done.stderr
    if done.returncode >= fails_at or done.returncode < 0 or _BROKEN.search(said):
        lines = [line for line in said.splitlines() if line.strip()]
        return f"exit status {done.returncode}: {lines[-1] if lines else 'nothing was printed'}"
    return ""


def _suites(kata: Path) -> str:
    """Plain pytest finds every test and breaks on none: in a fresh copy each says that nothing is written."""
    done = subprocess.run(
        [str(kata / ".venv" / "bin" / "python"), "-m", "pytest", "-q", "--tb=line"], cwd=kata,
        capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=LONGEST_S,
    )  # fmt: skip
    summary = done.stdout.strip().splitlines()[-1:] or ["nothing was printed"]
    return "" if done.returncode == 1 and "error" not in summary[0] else summary[0]
