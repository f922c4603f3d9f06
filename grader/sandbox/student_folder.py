"""A student's folder, as a worker is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.kata.curriculum import FILES, function_names, step_of
from grader.kata.student_file import StudentFile, names_beside, read_student_file
from grader.sandbox.allowed import STUDENTS_PACKAGE
from grader.sandbox.reference_source import Cut, ReferenceSource


class StudentFolder:
    """The student's files, read once, and stand-ins for the functions that are not judged.

    Args:
        impl: the folder.
        reference: the solutions; None: every function is the student's own.
        real_paths: the code sees where its files really lie (for a debugger).
    """

    def __init__(self, impl: Path, reference: ReferenceSource | None, real_paths: bool = False):
        self.files: dict[str, StudentFile] = {name: read_student_file(impl / name) for name in FILES}
        self.beside = names_beside(impl, FILES)
        self._reference = reference
        name = impl.resolve().name or STUDENTS_PACKAGE
        self._shown = {
            file.path.as_posix() if real_paths else f"{name}/{file.path.name}": file
            for file in self.files.values()
        }

    @property
    def shown(self) -> dict[str, StudentFile]:
        """The files by the path that the code itself sees: nothing in it says where they really lie."""
        return self._shown

    def put_into(self, private: Path) -> None:
        """Copies of the files, where their `__file__` says that they are."""
        there = set()
        for shown, file in self._shown.items():
            if file.data is not None:
                path = private / shown
                if path.parent not in there:
                    path.parent.mkdir(exist_ok=True)
                    there.add(path.parent)
                with path.open("wb", buffering=0) as copy:
                    copy.write(file.data)

    def parameters(self, function: str) -> list[str]:
        """The contract's names of a function's parameters, where they are known."""
        return self._reference.parameters(function) if self._reference else []

    def boot(self, function: str, own: frozenset[str]) -> dict[str, Any]:
        """The fields of grader.sandbox.inside.student_modules.Boot."""
        cut = self._reference.cut(function, own) if self._reference else Cut()
        files: dict[str, tuple[str, bytes | str]] = {}
        for shown, file in self._shown.items():
            why_not = file.problem or f"{file.path.name} is missing"
            files[file.path.stem] = shown, why_not if file.data is None else file.data
        return {
            "function": function,
            "module": step_of(function).file.removesuffix(".py"),
            "files": files,
            "own": {name: step_of(name).file.removesuffix(".py") for name in function_names() if name in own},
            "reference": cut.reference,
            "compiled": cut.compiled,
            "links": cut.links,
            "provided": cut.provided,
            "parameters": self.parameters(function),
        }
