"""`doctor`: what the kata needs on this machine, and what is there: one `Finding` a line.

Nothing here may be imported from a package that could be missing: that is what it finds out.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.arguments import add_impl
from grader.kata.curriculum import FILES, ROOT
from grader.kata.this_python import install_command, requirements
from grader.report.screen import Screen
from reference_activations.tokens import RANK_TABLE, RANK_TABLE_SHA256

OLDEST_PYTHON = (3, 10)


@dataclass(frozen=True)
class Finding:
    """One line of `doctor`.

    Attributes:
        what: what was looked at.
        is_there: whether it is as it should be.
        found: what was found, in words.
        remedy: what to type, or "".
        is_needed: False where the kata works without it.
    """

    what: str
    is_there: bool
    found: str
    remedy: str = ""
    is_needed: bool = True


def findings(impl: Path, encoding: str) -> Iterator[Finding]:
    """Every finding, in the order in which to fix them.

    Args:
        impl: the folder with the student's files.
        encoding: of the terminal.
    """
    yield _python()
    yield from _packages()
    yield from _truth()
    yield from _worker(impl)
    yield from _student_files(impl)
    yield _state_folder()
    yield from _weights()
    yield from _tools()
    can = encoding.lower().replace("-", "").startswith("utf")
    yield Finding(
        "terminal", can, f"writes {encoding}", "" if can else "set PYTHONUTF8=1 (… and the like show as ...)",
        is_needed=False,
    )  # fmt: skip


def _python() -> Finding:
    ok = sys.version_info >= OLDEST_PYTHON
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.prefix}"
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return Finding("Python", ok, found, "" if ok else f"install Python {oldest} or newer")


def _packages() -> Iterator[Finding]:
    """What pyproject.toml asks for, against what is installed."""
    needed = requirements()
    if needed is None:
        yield Finding("pyproject.toml", False, "cannot be read", "git checkout pyproject.toml")
        return
    for package in needed:
        try:
            version = importlib.metadata.version(package.name)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(package.name, False, f"not installed ({package.bounds})", install_command())
            continue
        fits = all(_fits(version, bound) for bound in package.bounds.split(",") if bound)
        remedy = "" if fits else install_command()
        yield Finding(package.name, fits, f"{version} ({package.bounds})", remedy)


def _fits(version: str, bound: str) -> bool:
    match = re.fullmatch(r"\s*(>=|<)\s*([\d.]+)\s*", bound)
    if match is None:
        return True
    have, limit = _numbers(version), _numbers(match[2])
    return have >= limit if match[1] == ">=" else have < limit


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(n) for n in found[0].split(".")) if found else ()


def _truth() -> Iterator[Finding]:
    """The shipped models and goldens, against the hashes in the manifest."""
    folder = ROOT / "reference_activations"
    remedy = "git checkout -- reference_activations"
    expected = {RANK_TABLE.name: RANK_TABLE_SHA256}
    try:
        models = json.loads((folder / "goldens" / "manifest.json").read_text(encoding="utf-8"))["models"]
        for name, entry in models.items():
            expected[f"goldens/{entry['file']}"] = entry["sha256"]
            expected[f"{name}/model.safetensors"] = entry["weights_sha256"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        yield Finding(
            "goldens", False, "reference_activations/goldens/manifest.json is missing or broken", remedy
        )
    for file, digest in expected.items():
        problem = _file_problem(folder / file, digest)
        name = f"reference_activations/{file}"
        yield Finding(name, not problem, problem or f"sha256 {digest[:8]}…", remedy if problem else "")


def _file_problem(path: Path, digest: str) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        return "missing"
    if data.startswith(b"version https://git-lfs"):
        return "only a Git LFS pointer"
    return "" if hashlib.sha256(data).hexdigest() == digest else "damaged: its sha256 does not match"


def _worker(impl: Path) -> Iterator[Finding]:
    """Whether student code can be run, and what confines it."""
    try:
        from grader.sandbox.host import Host
        from grader.sandbox.walls import missing_walls
    except ImportError as error:
        yield Finding("worker", False, f"cannot be loaded: {error}", install_command())
        return
    try:
        host = Host(impl, None)
        try:
            sandbox = host.sandbox
        finally:
            host.close()
    except Exception as error:  # whatever stops a worker on this machine is what we are here to say
        yield Finding(
            "worker", False, " ".join(str(error).split()) or type(error).__name__, "report this line"
        )
        return
    yield Finding("worker", True, "starts")
    missing = missing_walls(sandbox)
    yield Finding(
        "sandbox", not missing, f"{sandbox}: no {' and no '.join(missing)}" if missing else sandbox,
        "nothing for your own code; no marks are given on this machine" if missing else "", is_needed=False,
    )  # fmt: skip


def _student_files(impl: Path) -> Iterator[Finding]:
    from grader.kata.student_source import read_source

    for file in FILES:
        source = read_source(impl / file)
        name = (impl / file).as_posix()
        if source.data is None:
            remedy = f"python -m grader reset {_step_of(file)} --file brings it back"
            yield Finding(name, False, source.problem, remedy)
            continue
        if source.problem:
            yield Finding(name, False, source.problem, "fix that line", is_needed=False)
            continue
        ends = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}[source.newline]
        mixed = len({line[len(line.rstrip("\r\n")) :] for line in source.lines} - {""}) > 1
        mark = " with a byte order mark" if source.encoding == "utf-8-sig" else ""
        yield Finding(
            name,
            True,
            f"{source.encoding.removesuffix('-sig')}{mark}, {'mixed' if mixed else ends} line ends",
        )


def _step_of(file: str) -> int:
    from grader.kata.curriculum import STEPS

    return next(step.number for step in STEPS if step.file == file)


def _state_folder() -> Finding:
    from grader.student.state import kata_folder

    folder = kata_folder()
    there = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    ok = there.is_dir() and os.access(there, os.W_OK)
    found = "can be written" if ok else f"cannot be written ({there})"
    remedy = "" if ok else "set PICO_GPT_KATA_STATE to a folder that can be written"
    return Finding(folder.name, ok, found, remedy, is_needed=False)


def _weights() -> Iterator[Finding]:
    """The real GPT-2: present or not, it is not needed."""
    try:
        from reference_activations.models import REAL, weights_dir
    except ImportError:
        return
    here = [name for name in REAL if (weights_dir(name) / "model.safetensors").is_file()]
    if here:
        yield Finding("real GPT-2", True, ", ".join(here), is_needed=False)
    else:
        yield Finding(
            "real GPT-2", False, "weights not downloaded", "make weights MODEL=gpt2", is_needed=False
        )


def _tools() -> Iterator[Finding]:
    uses: dict[str, tuple[str, str]] = {
        "make": ("short commands", "everything works as python -m grader …"),
        "uv": ("faster setup", "pip is used instead"),
        "git": ("updates", "download the repository again for updates"),
    }
    for tool, (use, without) in uses.items():
        path = shutil.which(tool)
        yield Finding(
            tool, bool(path), path or f"not there ({use})", "" if path else without, is_needed=False
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_impl(parser)


def main(args: argparse.Namespace) -> int:
    screen = Screen()
    missing: list[Finding] = []
    n_lines = 0
    for finding in findings(args.impl, screen.encoding):
        word, style = ("OK", "passed") if finding.is_there else ("missing", "failed")
        if not finding.is_there and not finding.is_needed:
            word, style = "note", "not_implemented"
        rows = screen.wrap(f"{finding.what}: {finding.found}", f"{word:9s} ", hanging=" " * 10)
        first = rows[0][0][0]
        screen.line((word, style), (first[len(word) :], ""))
        screen.lines(rows[1:])
        if finding.remedy:
            screen.lines(screen.wrap(finding.remedy, f"{'':10s}-> ", "next", hanging=" " * 13))
        if not finding.is_there and finding.is_needed:
            missing.append(finding)
        n_lines += len(rows) + bool(finding.remedy)
        screen.flush()
    screen.line()
    if missing:
        names = ", ".join(finding.what for finding in missing)
        screen.lines(screen.wrap(f"the kata does not work yet: see {names}", style="failed"))
        if screen.is_terminal and n_lines + 3 > screen.height:  # what is missing has gone off the top
            for finding in missing:
                screen.lines(screen.wrap(f"{finding.what}: {finding.found}", "  ", hanging="    "))
                if finding.remedy:
                    screen.lines(screen.wrap(finding.remedy, "  -> ", "next", hanging="     "))
        return 1
    screen.line(("the kata works on this machine", "passed"))
    return 0
