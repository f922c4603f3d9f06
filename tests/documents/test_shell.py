"""Every shell line of every page runs, in a copy of the repository.

A block under `<!-- run: … -->` runs in the reduced form that the comment gives: commands that would
download, serve forever or take minutes. The lines themselves are still checked: make must know
them, and the reduced form must be of the same program.

What judges all steps is typed by a student who has come to step 4: the words are the same. `make test-step-N`
alone, at the head of a step's page, is typed by day for steps 0, 1 and 3, and for the others by night; what
it would run is looked at for all of them.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from pages import ROOT, Block, page_paths, read_page
from workspace import Workspace, finish, make_workspace

from grader.kata.curriculum import STEPS

BLOCKS = [
    block
    for path in page_paths()
    for block in read_page(path).blocks
    if block.language in ("sh", "powershell")
]
BY_DAY = ("make test-step-0", "make test-step-1", "make test-step-3")
ONE_STEP = re.compile(r"make test-step-\d+")
SHARDS = "class hand-ins --out shards"  # by day tests/classroom/test_class.py types the same
EVERY_STEP = re.compile(r"make (grade|submit|class)\b|-m grader (run|submit|class)\b")
HALFWAY = 4  # the steps that a student has written who has all judged


# What leaves a student's files as they are, and so does the same in every page.
ONLY_LOOKS = re.compile(
    r"make (test-step-\d+|grade|xray PROMPT=\S+ OUT=xray\.html)|\S+ tests/documents/write\.py CHANGELOG"
    r"|(python -m [\w.]+( \w+)?|\S+ tests/\S+\.py) --(help|version)"
    r"|git --version|cd \."
    r"|((command -v \w+|python -m (pip --version|grader step \d+)) \|\| )?(true|test \$\? -eq 1)"
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("kata"))


@pytest.fixture(scope="module")
def typed() -> set[str]:
    """The commands that only look and have been typed, each with success."""
    return set()


def by_night(block: Block) -> list[pytest.MarkDecorator]:
    line = block.text.strip()
    is_dear = SHARDS in line or (ONE_STEP.fullmatch(line) and line not in BY_DAY)
    return [pytest.mark.nightly] if is_dear else []


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


def not_yet_typed(script: str, typed: set[str]) -> tuple[str, set[str]]:
    """The script without what only looks and was typed before; and what of that kind is left in it."""
    lines, looks = [], set()
    for line in re.sub(r"\\\n", " ", script).splitlines():
        commands = [re.sub(r"\s+#.*", "", command).strip() for command in re.split("&&|;", line)]
        if all(ONLY_LOOKS.fullmatch(command) for command in commands):
            left = [command for command in dict.fromkeys(commands) if command not in typed | looks]
            looks |= set(left)
            line = " && ".join(left)
        lines.append(line)
    return "\n".join(lines), looks


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
@pytest.mark.parametrize("block", [pytest.param(block, marks=by_night(block)) for block in BLOCKS], ids=str)
def test_shell_lines_run(block: Block, workspace: Workspace, typed: set[str]) -> None:
    script = posix(block)
    if block.run is not None:
        for words in lines_of(script):
            wanted = program(words, workspace)
            tried = shlex.join(words) in block.run or any(wanted[0] in line for line in lines_of(block.run))
            assert tried, f"{block}: {shlex.join(words)} is not tried"
        script = block.run
    # whatever the block before has done to the student's files
    finish(workspace.folder, HALFWAY if EVERY_STEP.search(script) else len(STEPS))
    script, looks = not_yet_typed(script, typed)
    done = workspace.shell(script, timeout=540)
    assert done.returncode == 0, f"{block}: exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    typed |= looks


def test_a_command_is_left_out_only_where_it_looks_and_was_typed_before() -> None:
    script = (
        "make grade   # all\nmake submit\npython -m grader watch --help && make grade\nmake grade || true\n"
    )
    again, looks = not_yet_typed(script, {"make grade"})
    assert again.splitlines() == ["", "make submit", "python -m grader watch --help", "make grade || true"]
    assert looks == {"python -m grader watch --help"}
    for changing in ("make test-step-6 > report.txt", "make diff N=1", "python -m grader reset 3 --yes"):
        assert not_yet_typed(changing, {changing}) == (changing, set())


def test_every_steps_target_judges_that_step(workspace: Workspace) -> None:
    numbers = range(len(STEPS) + 1)
    done = workspace.shell("make -n " + " ".join(f"test-step-{n}" for n in numbers))
    judged = [line.split(" ||")[0].strip() for line in done.stdout.splitlines() if "-m grader" in line]
    assert judged == [f".venv/bin/python -m grader step {n} --impl exercises" for n in numbers], done.stdout


def test_a_line_that_make_does_not_know_is_noticed(workspace: Workspace) -> None:
    with pytest.raises(AssertionError, match="No rule to make target"):
        program(["make", "test-stop-1"], workspace)
    assert workspace.shell("make test-stop-1").returncode != 0


def test_a_student_who_types_the_pages_commands_is_heard(workspace: Workspace) -> None:
    """The copy is what it claims to be: a finished student's."""
    finish(workspace.folder)
    done = workspace.shell("make test-step-6")
    assert done.returncode == 0 and "10 of 10 points" in done.stdout, done.stdout + done.stderr


def test_there_are_shell_lines_in_the_pages_that_must_have_them() -> None:
    names = {block.page.relative_to(ROOT).as_posix() for block in BLOCKS}
    assert {"README.md", "CONTRIBUTING.md", "instructions/LEARNING_GUIDE.md"} <= names
