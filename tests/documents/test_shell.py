"""Every shell line of every page runs, in a copy of the repository.

A block under `<!-- run: … -->` runs in the reduced form that the comment gives: commands that would
download, serve forever or take minutes. The lines themselves are still checked: make must know
them, and the reduced form must be of the same program.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from pages import ROOT, Block, page_paths, read_page
from workspace import Workspace, finish, make_workspace

BLOCKS = [
    block
    for path in page_paths()
    for block in read_page(path).blocks
    if block.language in ("sh", "powershell")
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("kata"))


def posix(block: Block) -> str:
    """The block as a script for sh, with the slashes of a Windows block replaced."""
    if block.language == "sh":
        return block.text
    text = block.text.replace(".venv\\Scripts\\", ".venv/bin/").replace("\\", "/")
    return re.sub(r"^py ", "python ", text, flags=re.MULTILINE)


def lines_of(script: str) -> list[list[str]]:
    """The commands of a script, each as words, without comments and with lines joined."""
    script = re.sub(r"\\\n", " ", script)
    return [words for line in script.splitlines() if (words := shlex.split(line, comments=True))]


def program(words: list[str], workspace: Workspace) -> list[str]:
    """What a command line runs: `python -m MODULE COMMAND` for make's targets, else its first word."""
    words = [word for word in words if not re.match(r"\w+=", word)]
    if words[0] == "make":
        done = workspace.shell("make -n " + shlex.join(words[1:]), timeout=60)
        assert done.returncode == 0, done.stderr
        found = re.search(r"-m (\S+)(?: ([a-z0-9]+)\b)?", done.stdout)
        assert found, f"{shlex.join(words)} runs no module:\n{done.stdout}"
        return [word for word in found.groups() if word]
    if "-m" in words:
        return [word for word in words[words.index("-m") + 1 :][:2] if re.fullmatch(r"[a-z][\w.]*", word)]
    return [Path(words[0]).name]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_shell_lines_run(block: Block, workspace: Workspace) -> None:
    script = posix(block)
    if block.run is not None:
        for words in lines_of(script):
            wanted = program(words, workspace)
            tried = shlex.join(words) in block.run or any(wanted[0] in line for line in lines_of(block.run))
            assert tried, f"{block}: {shlex.join(words)} is not tried"
        script = block.run
    finish(workspace.folder)  # whatever the block before has done to the student's files
    done = workspace.shell(script, timeout=540)
    assert done.returncode == 0, f"{block}: exit status {done.returncode}\n{done.stdout}\n{done.stderr}"


def test_a_line_that_make_does_not_know_is_noticed(workspace: Workspace) -> None:
    with pytest.raises(AssertionError, match="No rule to make target"):
        program(["make", "test-stop-1"], workspace)
    assert workspace.shell("make test-stop-1").returncode != 0


def test_a_student_who_types_the_pages_commands_is_heard(workspace: Workspace) -> None:
    """The copy is what it claims to be: a finished student's."""
    done = workspace.shell("make test-step-6")
    assert done.returncode == 0 and "10 of 10 points" in done.stdout, done.stdout + done.stderr


def test_there_are_shell_lines_in_the_pages_that_must_have_them() -> None:
    names = {block.page.relative_to(ROOT).as_posix() for block in BLOCKS}
    assert {"README.md", "CONTRIBUTING.md", "instructions/LEARNING_GUIDE.md"} <= names
