"""`python -m grader COMMAND`: one module a command, imported only when it is asked for."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.kata.this_python import complaint

# command -> what `--help` says of it.
COMMANDS: dict[str, str] = {
    "step": "judge one step (make test-step-N)",
    "run": "judge all steps, or --steps 1-11 (make grade)",
    "watch": "judge the current step whenever its file is saved",
    "trace": "what each line of a function made (make trace N=6)",
    "progress": "the board: what is done, what is next",
    "hint": "a hint for a step; --level 1 to 3",
    "reset": "put one step's functions back to their stubs, with a backup",
    "diff": "your functions beside the solution's, once they pass",
    "prompt": "all that an AI tutor needs to help you with a step",
    "doctor": "what is installed, what is missing, what to type",
    "submit": "pack your files for handing in, and check the archive",
    "class": "judge a folder of submissions",
    "merge": "put the shards of a class together",
    "stubs": "write exercises/ from solutions/; --check only compares",
    "release": "write the student's edition, without the solutions",
    "gradescope": "write the Gradescope autograder zip",
    "mistakes": "run every known mistake through the grader",
    "suspects": "which line is pointed at, where it is known",
    "margins": "noise, tolerance and nearest mistake of every function",
    "gpt2": "judge an implementation on the real GPT-2 (make test-gpt2)",
}

# command -> the room that serves it; all others are a student's.
ROOMS = {**dict.fromkeys(("class", "merge", "release", "gradescope"), "classroom"), "stubs": "kata"}
# What measures the judge itself needs tests/ and solutions/, and lives there.
MEASURES = ("mistakes", "margins", "suspects")
JUDGING = ("step", "run")  # they call the student's functions at once
TEACHERS = (*ROOMS, *MEASURES)
ROOT = Path(__file__).resolve().parents[1]


class Parser(argparse.ArgumentParser):
    """argparse, with its complaints in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        command, required = self.prog.split()[-1], "the following arguments are required: "
        if message == f"{required}N":
            from grader.report.text import typed

            self.exit(2, f"grader: {command} needs the number of a step, as in: {typed(command, 3)}\n")
        if message.startswith(required) and os.environ.get("MAKELEVEL"):
            names = message.removeprefix(required).replace("--", "").upper().split(", ")
            words = " ".join(f"{name}=…" for name in names)
            self.exit(2, f"grader: {command} needs more words: make {command} {words}\n")
        if message.startswith("argument N: "):
            self.exit(2, f"grader: {message.removeprefix('argument N: ')}\n")
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 passed, 1 not passed, 2 could not do its work."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help())
        return 0 if words else 2
    name, rest = words[0], words[1:]
    if name not in COMMANDS:
        print(f"grader: there is no command '{name}': {', '.join(_commands())}", file=sys.stderr)
        return 2
    if name in TEACHERS and not _is_teachers():
        print(f"grader: {name} is for teachers: it is in the teacher's edition of the kata", file=sys.stderr)
        return 2
    if name != "doctor" and (problem := complaint(" ".join(("-m grader", *words)))):
        print(f"grader: {problem}", file=sys.stderr)
        return 2
    if name in MEASURES:
        return _measure(name, rest)
    if name in JUDGING and not {"--in-process", "-h", "--help"} & {*rest}:
        from grader.sandbox.allowed import Limits
        from grader.sandbox.base import start_ahead

        start_ahead(Limits())  # it comes up while the command imports what it needs
    return run_command(name, importlib.import_module(module_of(name)), rest)


def _help() -> str:
    names = _commands()
    width = max(map(len, names))
    lines = ["usage: python -m grader COMMAND [options]", ""]
    lines += [f"  {name:{width}}  {COMMANDS[name]}" for name in names]
    lines += ["", "python -m grader COMMAND --help says more about one of them."]
    if not _is_teachers():
        lines += ["Commands for teachers are in the teacher's edition of the kata."]
    return "\n".join(lines)


def _commands() -> tuple[str, ...]:
    """The commands that work in this edition."""
    return tuple(name for name in COMMANDS if name not in TEACHERS or _is_teachers())


def _is_teachers() -> bool:
    """Whether this is the edition with the solutions."""
    return (ROOT / "solutions" / "pico_gpt.py").is_file()


def module_of(name: str) -> str:
    """Where a command lives; teachers' and maintainers' end in `_command` (`class` is a keyword)."""
    return f"grader.{ROOMS[name]}.{name}_command" if name in ROOMS else f"grader.student.{name}"


def run_command(name: str, module: Any, rest: Sequence[str]) -> int:
    """Run the command that a module holds; its exit status."""
    parser = Parser(prog=f"python -m grader {name}", description=COMMANDS[name])
    module.add_arguments(parser)
    args = parser.parse_args(rest)
    from grader.kata.files import CannotGrade

    if name not in JUDGING:
        gc.enable()
    try:
        return int(module.main(args))
    except CannotGrade as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1
    except Exception as error:  # never Python's own status 1, which would mean "some did not pass"
        traceback.print_exc()
        print(f"grader: the grader itself failed: {type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _measure(name: str, words: list[str]) -> int:
    """Start a measure of tests/measures/, where this edition has it."""
    if not (ROOT / "tests" / "measures" / f"{name}.py").is_file():
        print(f"grader: {name} measures the judge itself, for maintainers: not in this copy", file=sys.stderr)
        return 2
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", f"tests.measures.{name}", *words]
    return subprocess.call(command, env={**os.environ, "PYTHONPATH": path})
