"""The student's edition: everything that a learner needs, and nothing that gives a solution away."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from grader.classroom.student_texts import PAGES, for_students
from grader.kata.curriculum import ROOT
from grader.kata.files import CannotGrade, packed, write_bytes
from grader.kata.sealed import SEALED, seal
from grader.kata.settings import FILE as SETTINGS
from grader.kata.settings import load_settings
from grader.kata.stubs import MARKER, SOLUTIONS, present, stub_files

TOP = (
    "Makefile", "README.md", "LICENSE", "pyproject.toml", "AGENTS.md", "CLAUDE.md", ".gitignore",
    ".gitattributes", "grading.toml", "conftest.py",
)  # fmt: skip
ROOMS = (
    "exercises", "reference_activations", "grader", "playground", "instructions", ".vscode", ".devcontainer",
)  # fmt: skip
LEAST = 20  # a line of a solution that is shorter says nothing by itself
# Solutions under another name, and what only makes goldens.
_TEACHERS = {
    "instructions/instructor_guide.md",
    "playground/bench/picogpt_way.py", "reference_activations/cases.py", "reference_activations/dump.py",
    "reference_activations/hugging_face.py", "reference_activations/train_pico.py",
}  # fmt: skip
_NEVER = re.compile(r"(^|/)(__pycache__|\.DS_Store|weights|\.[^/]*_cache)(/|$)|\.pyc$|~$")
_SOURCE = (".py", ".md", ".toml", ".json", ".yml", ".yaml", ".txt", ".html", ".js", ".css", ".ini", ".sh", "")


def write_edition(
    out: Path, *, with_reference: bool = True, workflow: str = "", repository: str = ""
) -> list[str]:
    """Write the student's edition into a new folder.

    Args:
        with_reference: ship the sealed reference, without which a mistake costs the steps above it as well.
        workflow: "OWNER/REPOSITORY@COMMIT" of the teacher's reusable workflow; adds the student's own.
        repository: OWNER/NAME of the students' repository on GitHub; adds what links to it.
    Returns:
        The files that were written, relative to `out`.
    Raises:
        CannotGrade: this is not the teacher's edition, the folder is not empty, or a file would give a
            solution away.
    """
    if not present():
        raise CannotGrade("there is no solutions/ here: only the teacher's edition can make the student's")
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise CannotGrade(f"{out} is not empty: give a new folder")
        if out.resolve() == ROOT or (ROOT in out.resolve().parents and _is_room(out)):
            raise CannotGrade(f"{out} is inside the kata: give a folder outside of it")
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
            made = Path(scratch) / "edition"
            _fill(made, with_reference, workflow, repository)
            found = leaks(made)
            if found:
                raise CannotGrade(f"this edition would give solutions away: {'; '.join(found[:3])}")
            if out.exists():
                out.rmdir()
            made.rename(out)
    except OSError as error:
        raise CannotGrade(f"cannot write {out}: {error.strerror or error}") from None
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())


def _fill(folder: Path, with_reference: bool, workflow: str, repository: str) -> None:
    for path in shipped_files():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if path.name in ("Makefile", "pyproject.toml") or path.suffix in PAGES:
            text = for_students(path.name, (ROOT / path).read_text(encoding="utf-8"), repository)
            (folder / path).write_bytes(text.encode())
        else:
            shutil.copyfile(ROOT / path, folder / path)
    if (ROOT / SETTINGS).is_file():  # even before git knows it: what counts is what students read
        load_settings(ROOT / SETTINGS)
        shutil.copyfile(ROOT / SETTINGS, folder / SETTINGS)
    (folder / "exercises").mkdir(exist_ok=True)
    for name, text in stub_files().items():
        (folder / "exercises" / name).write_bytes(text.encode())
    if with_reference:
        (folder / SEALED.relative_to(ROOT)).write_bytes(seal(SOLUTIONS))
    if workflow:
        _write_workflow(folder, workflow)


def shipped_files(*, everything: bool = False) -> list[PurePosixPath]:
    """The files of this repository that the student's edition holds, without those made for it.

    Args:
        everything: also what the grader knows of mistakes, for an autograder that no student sees.
    """
    return [path for path in _tracked() if _ships(path, everything)]


def left_behind() -> list[str]:
    """Files that would be shipped if git kept them, apart from the teacher's points, which always are."""
    strangers = map(PurePosixPath, _listed("--others", "--exclude-standard"))
    return sorted(str(p) for p in strangers if str(p) != str(SETTINGS) and _ships(p, everything=False))


def _listed(*words: str) -> list[str]:
    """The names that `git ls-files` prints; none where there is no git."""
    command = ["git", "ls-files", "-z", *words]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [name for name in done.stdout.decode().split("\0") if name]


def _tracked() -> Iterator[PurePosixPath]:
    """What git keeps here, or every file where git keeps nothing; links are left out."""
    listed = _listed()
    if "grader/cli.py" not in listed:  # a copy without its history, perhaps inside another repository
        listed = [
            (Path(place) / name).relative_to(ROOT).as_posix()
            for place, _, names in os.walk(ROOT)
            for name in names
        ]
    for name in sorted(set(listed)):
        whole = ROOT / name
        if not _NEVER.search(name) and whole.is_file() and not whole.is_symlink():
            yield PurePosixPath(name)


def _ships(path: PurePosixPath, everything: bool) -> bool:
    if len(path.parts) == 1:
        return path.name in TOP
    if path.parts[0] == "exercises" and path.suffix == ".py":
        return False  # made again from the solutions, whatever somebody has written there
    if path.parts[0] not in ROOMS or str(path) in _TEACHERS:
        return False
    return everything or not _gives_mistakes_away(path)


def _gives_mistakes_away(path: PurePosixPath) -> bool:
    """Known mistakes are solutions but for one line; the diagnosis has them from the sealed reference."""
    return path.parts[:2] == ("grader", "mistakes") and path.suffix == ".py" and path.name.startswith("step_")


def _write_workflow(out: Path, workflow: str) -> None:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", workflow):
        raise CannotGrade(f"'{workflow}' is not OWNER/REPOSITORY@COMMIT with all 40 digits of the commit")
    repository, _, commit = workflow.partition("@")
    text = (ROOT / "grader" / "classroom" / "templates" / "github" / "grade.yml").read_text(encoding="utf-8")
    path = out / ".github" / "workflows" / "grade.yml"
    path.parent.mkdir(parents=True)
    filled = text.replace("TEACHER/REPOSITORY", repository).replace("COMMIT", commit)
    path.write_bytes(filled.encode())


def _is_room(out: Path) -> bool:
    parts = out.resolve().relative_to(ROOT).parts
    return bool(parts) and parts[0] in (*ROOMS, "solutions", "tests", ".git", ".github")


# ------------------------------------------------------------------------------------------ leaks


def leaks(folder: Path) -> list[str]:
    """What a file in this folder shows of a solution: one of its lines, or a whole function of its kind."""
    telling, stubs = telling_lines(), _stub_arguments()
    defines = re.compile(rf"\bdef[\s\\]+({'|'.join(stubs)})\b")
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in _SOURCE:
            shown = path.relative_to(folder).as_posix()
            source = path.read_text(encoding="utf-8", errors="replace")
            text = _squeezed(source)
            found += [f"{shown} shows a line of {f}: {line}" for line, f in telling.items() if line in text]
            if path.suffix == ".py" and defines.search(source):  # to parse every file takes seconds
                found += [f"{shown} defines {f}" for f in _written(source, stubs)]
    return found


def _stub_arguments() -> dict[str, list[str]]:
    """Kata function -> the names of its arguments."""
    nodes = [node for text in stub_files().values() for node in ast.parse(text).body]
    return {n.name: [a.arg for a in n.args.args] for n in nodes if isinstance(n, ast.FunctionDef)}


def _written(source: str, stubs: dict[str, list[str]]) -> list[str]:
    """The kata's functions that a file defines under their own names and arguments, and not as stubs."""
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        and stubs.get(node.name) == [a.arg for a in node.args.args]
        and not isinstance(node.body[-1], ast.Raise)
    ]


def telling_lines(solutions: Path = SOLUTIONS) -> dict[str, str]:
    """Lines below `# SOLUTION` that are long enough to give something away -> their function."""
    public = _squeezed("\n".join(stub_files(solutions).values()))
    found = {}
    for path in sorted(solutions.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines()
        for node in ast.parse(source).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            inside = [line.strip() for line in lines[node.lineno - 1 : node.end_lineno]]
            body = inside[inside.index(MARKER) + 1 :] if MARKER in inside else inside
            for line in body:
                bare = _squeezed(line.split("  #")[0])
                if len(bare) > LEAST and bare not in public and not bare.startswith("#"):
                    found[bare] = node.name
    return found


def _squeezed(text: str) -> str:
    return " ".join(text.split())


# -------------------------------------------------------------------------------------------- zip


def write_zip(folder: Path, archive: Path, prefix: str = "") -> None:
    """Pack a folder so that the same files always give the same archive.

    Raises:
        CannotGrade: it cannot be written.
    """
    files = {
        str(PurePosixPath(prefix) / path.relative_to(folder).as_posix()): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    try:
        write_bytes(packed(files), archive)
    except OSError as error:
        raise CannotGrade(f"cannot write {archive}: {error.strerror or error}") from None
