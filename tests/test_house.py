"""The house rules: who may import whom, where things are, and tables that repeat the curriculum."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from real_grader import ROOT, run_grader

from grader import __version__
from grader.kata.curriculum import STEPS, step_of
from grader.kata.stubs import MARKER, stub_files

TRACKED = [
    Path(line)
    for line in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines()
    if (ROOT / line).exists()
]
ROOMS = ("exercises", "solutions", "reference_activations", "grader", "playground")
LISTS = (("grader", "mistakes"), ("tests", "diagnosis"), ("tests", "alternatives"))
MAY_IMPORT = {
    "exercises": {"exercises"},
    "solutions": {"solutions"},
    "reference_activations": {"reference_activations"},
    "grader": {"grader", "reference_activations"},
    "playground": {"playground", "reference_activations", "grader"},
}
# The rooms of the grader. Data flows down this list, and a room imports only rooms above it.
GRADERS = ("kata", "sandbox", "judging", "mistakes", "suites", "report", "classroom", "student")
BESIDE = {"__init__.py", "__main__.py", "arguments.py", "cli.py"}
PLAYGROUNDS = {"grader.kata", "grader.sandbox"}  # what the playground may import of the grader
# Scripts that make goldens, and the one that the benchmark runs with a Python that has torch.
TORCH_SCRIPTS = {"hugging_face.py", "dump.py", "cases.py", "train_pico.py", "torch_side.py"}
TOP_LEVEL = {
    "exercises", "solutions", "reference_activations", "grader", "playground", "instructions", "tests",
    "Makefile", "README.md", "pyproject.toml", "LICENSE", ".ci", ".github", ".gitignore", ".gitattributes",
    "CONTRIBUTING.md", "CHANGELOG.md", "AGENTS.md", "CLAUDE.md", ".vscode", ".devcontainer",
    "grading.toml", "conftest.py",
}  # fmt: skip


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that a file imports when it runs (what only a type checker sees is left out)."""
    found: set[str] = set()
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    checked_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in checked_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_between_rooms_point_one_way(room: str) -> None:
    for path in TRACKED:
        if path.suffix == ".py" and path.parts[0] == room:
            others = {name.split(".")[0] for name in imports(path)} & set(ROOMS)
            assert others <= MAY_IMPORT[room], f"{path} imports {others - MAY_IMPORT[room]}"


def rooms_of_the_grader(path: Path) -> set[str]:
    """The rooms of the grader that a file imports from."""
    names = {tuple(name.split(".")) for name in imports(path)}
    found = {name[1] for name in names if name[0] == "grader" and len(name) > 1}
    return found - {"__version__"}


@pytest.mark.parametrize("room", GRADERS)
def test_a_room_of_the_grader_imports_only_rooms_above_it(room: str) -> None:
    above = {*GRADERS[: GRADERS.index(room) + 1]} | ({"arguments"} if room in GRADERS[-2:] else set())
    files = [path for path in TRACKED if path.suffix == ".py" and path.parts[:2] == ("grader", room)]
    assert files
    for path in files:
        # What is asked for may show itself as a command; nothing else of it knows the command line.
        also = {"arguments"} if path.stem.endswith("_command") else set()
        below = rooms_of_the_grader(path) - above - also
        assert not below, f"{path} imports {', '.join(sorted(below))}"


def test_every_room_of_the_grader_says_what_it_is_for_and_is_entered_by_its_door() -> None:
    """Other rooms import what a room's `__all__` lists: its own names, or the room's modules."""
    doors = {room: importlib.import_module(f"grader.{room}") for room in GRADERS}
    for room, door in doors.items():
        assert door.__doc__ and isinstance(door.__all__, list), room
    for path in TRACKED:
        inside = path.parts[1] if path.parts[0] == "grader" else ""
        if path.suffix != ".py" or path.parts[0] not in ROOMS:
            continue
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "grader" and len(parts) > 2 and parts[1] in doors and parts[1] != inside:
                assert parts[2] in doors[parts[1]].__all__, f"{path} imports {name} past the door"


def test_beside_the_rooms_of_the_grader_lie_at_most_four_modules() -> None:
    inside = {path.parts[1] for path in TRACKED if path.parts[0] == "grader"}
    assert inside == {*GRADERS, *BESIDE}


def test_the_playground_imports_only_the_kata_and_the_sandbox_of_the_grader() -> None:
    for path in TRACKED:
        if path.suffix == ".py" and path.parts[0] == "playground":
            names = {name for name in imports(path) if name.split(".")[0] == "grader"}
            asked = {".".join(name.split(".")[:2]) for name in names}
            assert asked <= PLAYGROUNDS, f"{path} imports {asked - PLAYGROUNDS}"


def test_nothing_that_people_run_imports_the_tests() -> None:
    helpers = {path.stem for path in TRACKED if path.parts[:2] == ("tests", "helpers")}
    for path in TRACKED:
        if path.suffix == ".py" and path.parts[0] in ROOMS:
            found = {name.split(".")[0] for name in imports(path)} & {"tests", *helpers}
            assert not found, f"{path} imports {found}"


def test_no_module_imports_itself_through_others() -> None:
    """Also not inside of functions; a room's door may open to its modules."""
    modules = {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__"): path
        for path in TRACKED
        if path.suffix == ".py" and path.parts[0] in ROOMS
    }
    arrows = {
        name: {
            target
            for target in imports(path) & set(modules)
            if not (path.name == "__init__.py" and target.startswith(f"{name}."))
        }
        for name, path in modules.items()
    }
    for name in modules:
        seen: set[str] = set()
        todo = sorted(arrows[name] - {name})
        while todo:
            at = todo.pop()
            assert at != name, f"{name} imports itself through others: {', '.join(sorted(seen))}"
            if at not in seen:
                seen.add(at)
                todo += sorted(arrows[at])


def test_the_grader_stands_on_at_most_seven_levels() -> None:
    """A level above another imports from it: the drawing of folder-to-folder imports has no circle."""
    needs = {room: set[str]() for room in GRADERS}
    for path in TRACKED:
        if path.suffix == ".py" and path.parts[0] == "grader" and len(path.parts) > 2:
            needs[path.parts[1]] |= rooms_of_the_grader(path) & set(GRADERS) - {path.parts[1]}
    level: dict[str, int] = {}
    for room in GRADERS:  # each imports only rooms before it
        level[room] = 1 + max((level[other] for other in needs[room]), default=0)
    assert level["kata"] == 1 and max(level.values()) <= 7, level


def test_no_two_files_of_tests_share_a_name() -> None:
    """pytest imports each by its name alone, and would refuse the second."""
    names = [path.name for path in TRACKED if path.parts[0] == "tests" and path.name.startswith("test_")]
    assert [name for name in names if names.count(name) > 1] == []


def test_only_the_scripts_made_for_it_import_torch() -> None:
    for path in TRACKED:
        if path.suffix == ".py" and path.parts[0] in ROOMS and path.name not in TORCH_SCRIPTS:
            heavy = {name.split(".")[0] for name in imports(path)} & {"torch", "transformers"}
            assert not heavy, f"{path} imports {heavy}"


def test_nothing_lies_about_at_the_top() -> None:
    assert {path.parts[0] for path in TRACKED} <= TOP_LEVEL


def test_no_module_is_much_longer_than_400_lines() -> None:
    for path in TRACKED:
        # Lists of functions are not logic: they may be as long as there are functions.
        if path.suffix == ".py" and path.parts[:2] not in LISTS:
            n = len((ROOT / path).read_text(encoding="utf-8").splitlines())
            assert n <= (420 if path.parts[0] != "tests" else 520), f"{path} has {n} lines: split it"


def test_the_grader_says_the_version_of_the_project() -> None:
    about = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^version = "(.+)"$', about, re.MULTILINE)[1] == __version__  # type: ignore[index]


def test_what_git_holds_stays_small() -> None:
    total = sum((ROOT / path).stat().st_size for path in TRACKED if path.parts[0] == "reference_activations")
    assert total < 16e6


def test_nothing_in_the_tree_is_pickled_or_says_where_it_was_made() -> None:
    here = str(ROOT).encode() + b"/"
    for path in TRACKED:
        data = (ROOT / path).read_bytes()
        assert not data.startswith((b"\x80\x04", b"\x80\x03", b"\x80\x02")), f"{path} is a pickle"
        if path.suffix in (".py", ".md", ".toml", ".json", ".yml", ".html"):
            assert here not in data or len(ROOT.parts) < 3, f"{path} names {ROOT}"


def test_the_stubs_are_what_the_solutions_strip_to() -> None:
    done = run_grader("stubs", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_stubs_check_notices_a_changed_file(tmp_path: Path) -> None:
    for name, text in stub_files().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert run_grader("stubs", "--check", "--out", tmp_path).returncode == 0
    (tmp_path / "pico_gpt.py").write_text(stub_files()["pico_gpt.py"] + "# more\n", encoding="utf-8")
    done = run_grader("stubs", "--check", "--out", tmp_path)
    assert done.returncode == 1 and "run python -m grader stubs" in done.stdout


def test_stubs_never_overwrite_somebodys_work_unasked(tmp_path: Path) -> None:
    for name, text in stub_files().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    mine = stub_files()["pico_gpt.py"].replace(
        '    raise NotImplementedError("step 1: gelu")', "    return x"
    )
    (tmp_path / "pico_gpt.py").write_text(mine, encoding="utf-8")
    done = run_grader("stubs", "--out", tmp_path)
    assert done.returncode == 2 and "would be overwritten" in done.stderr
    assert (tmp_path / "pico_gpt.py").read_text(encoding="utf-8") == mine


def test_every_stub_is_a_docstring_and_one_raise() -> None:
    for name, text in stub_files().items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                assert len(node.body) == 2 and ast.get_docstring(node), f"{name}: {node.name}"
                step = step_of(node.name)
                assert (
                    ast.unparse(node.body[1])
                    == f"raise NotImplementedError('step {step.number}: {node.name}')"
                )
        assert MARKER not in text


def test_every_docstring_gives_arguments_results_and_a_source() -> None:
    for name, text in stub_files().items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                words = ast.get_docstring(node) or ""
                for section in ("Args:", "Returns:", "Source:"):
                    assert section in words, f"{name}: {node.name} has no {section}"


def test_every_step_has_its_suite_its_page_and_ten_points() -> None:
    for step in STEPS:
        assert step.suite.is_file(), step.suite
        assert step.page.is_file(), step.page
        assert step.points == 10


def test_the_map_of_the_house_shows_what_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    house = text[text.index("## The house") : text.index("One source of truth")]
    assert tuple(re.findall(r"^\| `(\w+)/` \|", house, re.MULTILINE)[-len(GRADERS) :]) == GRADERS
    for place in re.findall(r"`([\w/]+/[\w/]*(?:\.py)?)`", house):
        assert (ROOT / place).exists() or (ROOT / "grader" / place).exists(), place


def test_the_readme_table_is_the_curriculum() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", readme, re.MULTILINE)
    expected = []
    for step in STEPS:
        functions = [f"`{name}`" for name in step.function_names]
        functions += [f"`{name}` with sampling" for name in step.also]
        expected.append((str(step.number), ", ".join(functions), step.title, f"`{step.file}`"))
    assert rows == expected


def test_the_makefile_names_only_commands_that_exist() -> None:
    from importlib.util import find_spec

    from grader.cli import COMMANDS, MEASURES, module_of

    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\$\(GRADER\) ([a-z0-9]+)", text))
    assert named <= set(COMMANDS)
    for command in COMMANDS:
        if command not in MEASURES:
            assert find_spec(module_of(command)), command
